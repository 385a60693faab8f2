"""A port of our own that chargers connect to, and its quotas."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
import socket
import ssl
from typing import Final, override

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from . import http_log
from .handshake import peer_network
from .quotas import Quotas

BACKLOG: Final = 16
"""Connections that are accepted in one go: a flood must not hold up everything else."""

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves HTTP on a port, to as many as the quotas allow."""

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
            may_connect: Says whether an address may connect once more. Who may not is hung up on
                before anything is read, which costs least.
            quotas: What peers may take up.
            patience: Seconds for requests that are still being handled when it closes.
        """
        self._patience = patience
        self._limited_server = _LimitedServer(handler, may_connect, quotas)
        self._server: asyncio.Server | None = None

    async def open(
        self, port: int, host: str | None, tls: ssl.SSLContext | None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be had.
        """
        self._server = await asyncio.get_running_loop().create_server(
            partial(_DeferredTls, self._limited_server, tls)
            if tls
            else self._limited_server,
            host,
            port,
            backlog=BACKLOG,
        )

    def refuse(self) -> None:
        """Stop listening; who is connected stays so."""
        if self._server:
            self._server.close()
            self._server = None

    def admitted(self, request: web.BaseRequest) -> None:
        """Count a connection no more, because it is that of a charge point we know."""
        self._limited_server.lets_out(request.protocol)

    async def close(self) -> None:
        """Close every connection."""
        self.refuse()
        tasks = list(self._limited_server.encrypting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._limited_server.pre_shutdown()
        await self._limited_server.shutdown(self._patience)


class _LimitedServer(web.Server):
    """Bounds the connections that have not been admitted; those that say nothing go first."""

    def __init__(
        self, handler: Handler, may_connect: Callable[[str], bool], quotas: Quotas
    ) -> None:
        async def heard(request: web.BaseRequest) -> web.StreamResponse:
            self._silent.pop(request.protocol, None)
            return await handler(request)

        super().__init__(
            heard,
            logger=http_log.LOGGER,
            access_log=None,
            keepalive_timeout=quotas.idle,
            # What comes after a request is of no interest, and would be waited for.
            lingering_time=0,
        )
        self.quotas = quotas
        self.encrypting: dict[RequestHandler, asyncio.Task[None]] = {}
        self._may_connect = may_connect
        self._networks: dict[RequestHandler, str] = {}
        """Of all that count."""
        self._silent: dict[RequestHandler, None] = {}
        """Those of them that have asked for nothing yet, the oldest first."""
        self._counts: Counter[str] = Counter()
        """Connections by network."""

    def lets_in(
        self, handler: RequestHandler, transport: asyncio.BaseTransport
    ) -> bool:
        """Count a connection, if there is room for it or can be made."""
        network = peer_network(str((transport.get_extra_info("peername") or ("",))[0]))
        if not self._may_connect(network) or not self._makes_room(network):
            return False
        self._networks[handler] = network
        self._counts[network] += 1
        self._silent[handler] = None
        return True

    def lets_out(self, handler: RequestHandler) -> None:
        """Count a connection no more."""
        self._silent.pop(handler, None)
        if (network := self._networks.pop(handler, None)) is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]

    def _makes_room(self, network: str) -> bool:
        crowded = self._counts[network] >= self.quotas.connections
        if not crowded and len(self._networks) < self.quotas.unidentified:
            return True
        for handler in self._silent:
            if not crowded or self._networks[handler] == network:
                self.lets_out(handler)
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
        if handler not in self._networks and not self.lets_in(handler, transport):
            transport.abort()

    @override
    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self.lets_out(handler)


class _DeferredTls(asyncio.Protocol):
    """Has a connection encrypted if its address may have it, for that costs most of all."""

    def __init__(self, server: _LimitedServer, tls: ssl.SSLContext) -> None:
        self._limited_server = server
        self._tls = tls

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        handler = self._limited_server()
        if self._limited_server.lets_in(handler, transport):
            connection = transport.get_extra_info("socket").dup()
            task = asyncio.create_task(
                self._encrypt(handler, connection), name=__name__, eager_start=True
            )
            encrypting = self._limited_server.encrypting
            encrypting[handler] = task
            task.add_done_callback(lambda _: encrypting.pop(handler))
        # The copy stays connected.
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
            self._limited_server.lets_out(handler)
