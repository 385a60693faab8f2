"""A port of our own that chargers connect to, and its bounds."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
import socket
import ssl
from typing import Final, override

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from . import http_log
from .bounds import Bounds

BACKLOG: Final = 16
"""Connections that are accepted in one go: a flood must not hold up everything else."""

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves HTTP on a port, to as many as the bounds allow."""

    def __init__(
        self,
        handler: Handler,
        allows: Callable[[str], bool],
        bounds: Bounds,
        patience: float,
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            handler: Answers every request.
            allows: Says whether an address may connect once more. Who may not is hung up on
                before anything is read, which costs least.
            bounds: What one peer may take up.
            patience: Seconds for requests that are still being handled when it closes.
        """
        self._patience = patience
        self._idle = bounds.idle
        self._door = _Door(handler, allows, bounds)
        self._server: asyncio.Server | None = None

    async def open(
        self, port: int, host: str | None, tls: ssl.SSLContext | None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be had.
        """
        self._server = await asyncio.get_running_loop().create_server(
            self._door,
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=self._idle if tls else None,
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
        self._door.pre_shutdown()
        await self._door.shutdown(self._patience)


class _Door(web.Server):
    """Counts the connections of each address."""

    def __init__(
        self, handler: Handler, allows: Callable[[str], bool], bounds: Bounds
    ) -> None:
        super().__init__(
            handler,
            logger=http_log.LOGGER,
            access_log=None,
            keepalive_timeout=bounds.idle,
        )
        self._allows = allows
        self._most = bounds.connections
        self._unread = bounds.unread
        self._addresses: Counter[str] = Counter()
        self._address_of: dict[RequestHandler, str] = {}

    @override
    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        super().connection_made(handler, transport)
        address = str((transport.get_extra_info("peername") or ("",))[0])
        self._address_of[handler] = address
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, self._unread
        )
        self._addresses[address] += 1
        if self._addresses[address] > self._most or not self._allows(address):
            transport.abort()

    @override
    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        address = self._address_of.pop(handler)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
