"""Listens, admits, and hands each charge point's `Session` to its owner."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
import logging
from typing import Final

from aiohttp import hdrs, web

from . import http_log
from .admission import Admission
from .endings import Ending
from .logbook import Logbook
from .session import Session, Timing, label

_LOGGER = logging.getLogger(__name__)

SUBPROTOCOL: Final = "ocpp1.6"
MAX_FRAME_SIZE: Final = 256 * 1024
"""Bytes; a full GetConfiguration answer of a Wallbox is about 5 KiB."""

_GREETING: Final = (
    "This is the OCPP 1.6 central system of Wallbox OCPP for Home Assistant. "
    "It is for chargers, not for browsers: enter this address in the Wallbox app, "
    "with ws:// instead of http://.\n"
)

type Owner = Callable[[Session], Awaitable[None]]
"""Takes over a connection and returns when it has ended."""


class CentralSystem:
    """An OCPP 1.6J central system on a port of its own."""

    def __init__(self, timing: Timing | None = None) -> None:
        """Prepare; nothing listens yet."""
        self.admission = Admission(asyncio.get_running_loop().time)
        self.logbooks: defaultdict[str, Logbook] = defaultdict(Logbook)
        """By identity."""
        self._timing = timing or Timing()
        self._owners: dict[str, Owner] = {}
        self._sessions: dict[str, Session] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self.port: int | None = None
        """Where it listens; None while it does not."""

    async def start(self, port: int, host: str | None = None) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be had.
        """
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=http_log.LOGGER,
            shutdown_timeout=self._timing.close,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self.stop()
            raise
        self.port = port

    async def stop(self) -> None:
        """Stop listening, and say goodbye to every charge point."""
        if self._runner:
            # First of all, because a charge point that is told goodbye redials at once.
            for site in list(self._runner.sites):
                await site.stop()
        await asyncio.gather(
            *(session.close() for session in self._sessions.values()), *self._closing
        )
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        self.port = None

    def register(self, identity: str, owner: Owner) -> Callable[[], None]:
        """Admit a charge point from now on; the returned function ends that.

        The identity is compared exactly, after percent-decoding.
        """
        self._owners[identity] = owner
        self.admission.strangers.pop(identity, None)

        def unregister() -> None:
            if self._owners.get(identity) is not owner:
                return
            del self._owners[identity]
            if session := self._sessions.get(identity):
                self._close_aside(session, Ending.STOPPED)

        return unregister

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            return web.Response(text=_GREETING)
        identity = _identity(request)
        if refusal := self._refusal(request, identity):
            return refusal
        owner = self._owners[identity]
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            timeout=self._timing.close,
            autoping=False,
            max_msg_size=MAX_FRAME_SIZE,
        )
        await socket.prepare(request)
        logbook, address = self.logbooks[identity], request.remote or ""
        session = Session(socket, identity, self._timing, logbook, address)
        if previous := self._sessions.get(identity):
            # A charge point that redials has given up on its old connection, which may be
            # half-open: it is closed aside, so that the new one need not wait for it.
            self._close_aside(previous, Ending.REPLACED)
        self._sessions[identity] = session
        try:
            async with session:
                await owner(session)
        finally:
            if self._sessions.get(identity) is session:
                del self._sessions[identity]
        await session.close()
        return socket

    def _refusal(self, request: web.Request, identity: str) -> web.Response | None:
        address = request.remote or ""
        if not self.admission.allows(address):
            return web.Response(
                status=429, text="Too many connections; wait a minute.\n"
            )
        offered = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
        protocols = [name.strip() for line in offered for name in line.split(",")]
        if protocols and SUBPROTOCOL not in protocols:
            return web.Response(
                status=400, text=f"Only {SUBPROTOCOL} is spoken here.\n"
            )
        if identity not in self._owners:
            if identity and self.admission.remember(identity, address):
                _LOGGER.info(
                    "An unknown charger %s at %s was turned away",
                    label(identity),
                    address,
                )
            return web.Response(
                status=404, text="This charger has not been added yet.\n"
            )
        return None

    def _close_aside(self, session: Session, ending: Ending) -> None:
        task = asyncio.create_task(session.close(ending), name=f"{__name__} close")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _identity(request: web.Request) -> str:
    """Return the last non-empty segment of the path, as OCPP-J 1.6 §3.1.1 has it."""
    return next((part for part in reversed(request.path.split("/")) if part), "")
