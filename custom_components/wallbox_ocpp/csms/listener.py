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
        allows: Callable[[str], bool],
        quotas: Quotas,
        patience: float,
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            handler: Answers every request.
            allows: Says whether an address may connect once more. Who may not is hung up on
                before anything is read, which costs least.
            quotas: What one peer may take up.
            patience: Seconds for requests that are still being handled when it closes.
        """
        self._patience = patience
        self._idle = quotas.idle
        self._limited_server = _LimitedServer(handler, allows, quotas)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(
        self, port: int, host: str | None, tls: ssl.SSLContext | None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be had.
        """
        self._server = await asyncio.get_running_loop().create_server(
            partial(_DeferredTls, self._limited_server, tls, self._idle, self._tasks)
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

    async def close(self) -> None:
        """Close every connection."""
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._limited_server.pre_shutdown()
        await self._limited_server.shutdown(self._patience)


class _LimitedServer(web.Server):
    """Counts the connections of each address."""

    def __init__(
        self, handler: Handler, allows: Callable[[str], bool], quotas: Quotas
    ) -> None:
        super().__init__(
            handler,
            logger=http_log.LOGGER,
            access_log=None,
            keepalive_timeout=quotas.idle,
            # What comes after a request is of no interest, and would be waited for.
            lingering_time=0,
        )
        self._allows = allows
        self._most = quotas.connections
        self._unread = quotas.unread
        self._addresses: Counter[str] = Counter()
        self._address_of: dict[RequestHandler, str] = {}

    def lets_in(
        self, handler: RequestHandler, transport: asyncio.BaseTransport
    ) -> bool:
        """Count a connection, and say whether its address may have one more."""
        address = peer_network(str((transport.get_extra_info("peername") or ("",))[0]))
        self._address_of[handler] = address
        self._addresses[address] += 1
        return self._addresses[address] <= self._most and self._allows(address)

    def lets_out(self, handler: RequestHandler) -> None:
        """Count a connection no more."""
        if (address := self._address_of.pop(handler, None)) is None:
            return
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    @override
    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        super().connection_made(handler, transport)
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, self._unread
        )
        known = handler in self._address_of
        if not known and not self.lets_in(handler, transport):
            transport.abort()

    @override
    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self.lets_out(handler)


class _DeferredTls(asyncio.Protocol):
    """Has a connection encrypted if its address may have it, for that costs most of all."""

    def __init__(
        self,
        server: _LimitedServer,
        tls: ssl.SSLContext,
        patience: float,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._limited_server = server
        self._tls = tls
        self._patience = patience
        self._tasks = tasks

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        handler = self._limited_server()
        if self._limited_server.lets_in(handler, transport):
            connection = transport.get_extra_info("socket").dup()
            task = asyncio.create_task(
                self._encrypt(handler, connection), name=__name__, eager_start=True
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._limited_server.lets_out(handler)
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
                ssl_handshake_timeout=self._patience,
            )
        except OSError:
            self._limited_server.lets_out(handler)
