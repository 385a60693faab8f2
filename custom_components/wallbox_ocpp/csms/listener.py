"""The TCP port that chargers connect to, and the quotas on its connections."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
import logging
import socket
import ssl
from typing import Final, override

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from .handshake import peer_network
from .quotas import Quotas

BACKLOG: Final = 16
"""Connections that are accepted in one go, so that a flood does not block the event loop."""
_TURNS_TO_ARRIVE: Final = 2
"""Turns of the event loop from a connection's acceptance until it is known here."""


class _OnlyOurs(logging.Filter):
    """Drops the log records about peers that do not send HTTP.

    aiohttp logs them as errors with a traceback, and quotes what was sent, secrets included.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_LOGGER: Final = logging.getLogger(__name__)
_LOGGER.addFilter(_OnlyOurs())

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves HTTP on a port, to as many connections as the quotas allow."""

    def __init__(
        self,
        handler: Handler,
        may_connect: Callable[[str], bool],
        quotas: Quotas,
        patience: float,
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            handler: Answers every request.
            may_connect: Returns whether an address may connect once more. If not, the connection
                is closed before anything is read, which costs least.
            quotas: The limits for peers.
            patience: Seconds that requests may go on after `close`.
        """
        self._patience = patience
        self._limited_server = _LimitedServer(handler, may_connect, quotas)
        self._server: asyncio.Server | None = None

    async def open(
        self, port: int, host: str | None, tls: ssl.SSLContext | None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be opened.
        """
        self._server = await asyncio.get_running_loop().create_server(
            partial(_DeferredTls, self._limited_server, tls)
            if tls
            else self._limited_server,
            host,
            port,
            backlog=BACKLOG,
        )

    async def refuse(self) -> None:
        """Stop listening; open connections stay."""
        server, self._server = self._server, None
        if server is None:
            return
        loop = asyncio.get_running_loop()
        for listening in server.sockets:
            loop.remove_reader(listening)
        # Who has just been accepted is attached to the server in the next turn, and shown to us in
        # the one after. A server that is closed by then forgets to close them (cpython#109564).
        for _ in range(_TURNS_TO_ARRIVE):
            await asyncio.sleep(0)
        server.close()

    def admitted(self, request: web.BaseRequest) -> None:
        """Take a connection out of the quotas, because it is a registered charge point's."""
        self._limited_server.release(request.protocol)

    async def close(self) -> None:
        """Close every connection."""
        await self.refuse()
        tasks = list(self._limited_server.encrypting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._limited_server.pre_shutdown()
        await self._limited_server.shutdown(self._patience)


class _LimitedServer(web.Server):
    """Limits the connections that are not admitted; idle ones are closed to make room."""

    def __init__(
        self, handler: Handler, may_connect: Callable[[str], bool], quotas: Quotas
    ) -> None:
        async def received(request: web.BaseRequest) -> web.StreamResponse:
            self._silent.pop(request.protocol, None)
            return await handler(request)

        super().__init__(
            received,
            logger=_LOGGER,
            access_log=None,
            keepalive_timeout=quotas.idle,
            # aiohttp would wait for more data after a request that was refused.
            lingering_time=0,
        )
        self.quotas = quotas
        self.encrypting: dict[RequestHandler, asyncio.Task[None]] = {}
        self._may_connect = may_connect
        self._networks: dict[RequestHandler, str] = {}
        """The network of each connection that counts."""
        self._silent: dict[RequestHandler, None] = {}
        """Those of them without a request yet, oldest first."""
        self._counts: Counter[str] = Counter()
        """Connections by network."""

    def accept(self, handler: RequestHandler, transport: asyncio.BaseTransport) -> bool:
        """Count a connection and return True, if there is room for it or room can be made."""
        network = peer_network(str((transport.get_extra_info("peername") or ("",))[0]))
        if not self._may_connect(network) or not self._make_room(network):
            return False
        self._networks[handler] = network
        self._counts[network] += 1
        self._silent[handler] = None
        return True

    def release(self, handler: RequestHandler) -> None:
        """Take a connection out of the count."""
        self._silent.pop(handler, None)
        if (network := self._networks.pop(handler, None)) is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]

    def _make_room(self, network: str) -> bool:
        crowded = self._counts[network] >= self.quotas.connections
        if not crowded and len(self._networks) < self.quotas.unidentified:
            return True
        for handler in self._silent:
            if not crowded or self._networks[handler] == network:
                self.release(handler)
                if handler.transport:
                    handler.transport.abort()
                elif task := self.encrypting.get(handler):
                    task.cancel()
                return True
        return False

    @override
    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        super().connection_made(handler, transport)
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, self.quotas.unread
        )
        if handler not in self._networks and not self.accept(handler, transport):
            transport.abort()

    @override
    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self.release(handler)


class _DeferredTls(asyncio.Protocol):
    """Starts TLS only for connections that the quotas allow, because TLS costs most."""

    def __init__(self, server: _LimitedServer, tls: ssl.SSLContext) -> None:
        self._limited_server = server
        self._tls = tls

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        handler = self._limited_server()
        if self._limited_server.accept(handler, transport):
            connection = transport.get_extra_info("socket").dup()
            task = asyncio.create_task(
                self._encrypt(handler, connection), name=__name__, eager_start=True
            )
            encrypting = self._limited_server.encrypting
            encrypting[handler] = task
            task.add_done_callback(lambda _: encrypting.pop(handler))
        # The socket was duplicated; the copy stays connected.
        transport.close()

    async def _encrypt(
        self, handler: RequestHandler, connection: socket.socket
    ) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: handler,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=self._limited_server.quotas.idle,
            )
        except OSError:
            self._limited_server.release(handler)
