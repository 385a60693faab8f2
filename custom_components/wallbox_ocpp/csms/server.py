"""Listens, admits, and hands each charge point's `Session` to its owner."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
import logging
import ssl
from typing import Any, Final

from aiohttp import hdrs, web

from .close_reason import CloseReason
from .frame_log import FrameLog
from .handshake import (
    MAX_UNFIT,
    ConnectionInfo,
    HandshakeAttempt,
    HandshakeResult,
    SlidingWindow,
    UnknownChargers,
    peer_network,
)
from .listener import Listener
from .passwords import BusyError, Credentials, Verifier, read_basic
from .quotas import Quotas, TokenBucket
from .session import Session, Timing, label

_LOGGER = logging.getLogger(__name__)

SUBPROTOCOL: Final = "ocpp1.6"

_GREETING: Final = (
    "This is the OCPP 1.6 central system of Wallbox OCPP for Home Assistant. "
    "It is for chargers, not for browsers: enter this address in the Wallbox app, "
    "with ws:// instead of http://.\n"
)
_TOO_OFTEN: Final = "Too many connections; wait a minute.\n"
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Wallbox OCPP"'}

type Owner = Callable[[Session], Awaitable[None]]
"""Takes over a connection and returns when it has ended."""
type Watcher = Callable[[HandshakeAttempt], None]


@dataclass(frozen=True, slots=True)
class _Registration:
    owner: Owner
    credentials: Callable[[], Credentials]


class CentralSystem:
    """An OCPP 1.6J central system, on a port of its own and wherever else it is asked to handle."""

    def __init__(
        self, timing: Timing | None = None, quotas: Quotas | None = None
    ) -> None:
        """Prepare; nothing listens yet."""
        self._timing = timing or Timing()
        self._quotas = quotas or Quotas()
        now = asyncio.get_running_loop().time
        self.unknown_chargers = UnknownChargers(now)
        self.unfit_chargers = UnknownChargers(now, fit=False)
        """Those that cannot be registered under the identity that they knock with."""
        self._handshakes = SlidingWindow(now, self._quotas.handshakes)
        self._admissions = SlidingWindow(now, self._quotas.admissions)
        self.frame_logs: defaultdict[str, FrameLog] = defaultdict(FrameLog)
        """By identity."""
        self._verifier = Verifier()
        self._registered: dict[str, _Registration] = {}
        self._sessions: dict[str, Session] = {}
        self._connect_lock = asyncio.Lock()
        self._watchers: list[Watcher] = []
        self._warned: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self.port: int | None = None
        """Where it listens; None while it does not."""

    async def start(
        self, port: int, host: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be had.
        """
        listener = Listener(
            self.handle, self._handshakes.allows, self._quotas, self._timing.goodbye
        )
        self.port = port
        try:
            await listener.open(port, host, tls)
        except OSError:
            self.port = None
            raise
        self._listener = listener

    async def stop(self) -> None:
        """Stop listening, and say goodbye to every charge point."""
        self.port = None
        listener, self._listener = self._listener, None
        if listener:
            # First of all, because a charge point that is told goodbye redials at once.
            listener.refuse()
        for session in list(self._sessions.values()):
            self._spawn(session.close())
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * self._timing.goodbye)
        if listener:
            await listener.close()

    def register(
        self,
        identity: str,
        owner: Owner,
        credentials: Callable[[], Credentials] = Credentials,
    ) -> Callable[[], None]:
        """Admit a charge point from now on; the returned function ends that.

        The identity is compared exactly, after percent-decoding. What the charge point has to
        prove itself with is asked for at each handshake.
        """
        registration = _Registration(owner, credentials)
        self._registered[identity] = registration
        self.unknown_chargers.forget(identity)

        def unregister() -> None:
            if self._registered.get(identity) is not registration:
                return
            del self._registered[identity]
            if session := self._sessions.get(identity):
                self._spawn(session.close())

        return unregister

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell of each handshake from now on; the returned function ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def namesake(self, identity: str) -> str | None:
        """Return who is registered under the same identity but for capital and small letters."""
        return next(
            (
                known
                for known in self._registered
                if known != identity and known.casefold() == identity.casefold()
            ),
            None,
        )

    async def handle(
        self,
        request: web.BaseRequest,
        path: str | None = None,
        *,
        must_prove: bool = False,
    ) -> web.StreamResponse:
        """Answer a request, and serve the charge point that it comes from.

        Args:
            request: The request.
            path: The part of its path that is meant for us, if it comes through another web
                server. The last segment that is not empty is the identity.
            must_prove: Nobody is let in without a password.
        """
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            return _refuse(200, _GREETING)
        if path is None:
            path = request.path
        elif not self._handshakes.allows(peer_network(request.remote or "")):
            return _refuse(429, _TOO_OFTEN)
        identity = _identity(path)
        connection_info = await self._authenticate(
            request, identity, must_prove=must_prove
        )
        if not isinstance(connection_info, ConnectionInfo):
            return connection_info
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            timeout=self._timing.goodbye,
            autoping=False,
            max_msg_size=self._quotas.frame_size,
        )
        await socket.prepare(request)
        async with self._connect_lock:
            # Its owner has a lot to do when one comes, and others want their turn in between.
            await asyncio.sleep(0)
        session = Session(
            socket,
            identity,
            self._timing,
            self.frame_logs[identity],
            TokenBucket(self._quotas),
            connection_info,
        )
        # Home Assistant's own server cancels us when the connection is torn down, and the owner
        # may just be writing to the disk; it notices by itself that its charge point has gone.
        await asyncio.shield(self._spawn(self._serve(session)))
        return socket

    async def _serve(self, session: Session) -> None:
        identity = session.identity
        registration = self._registered.get(identity)
        if registration is None or self.port is None:
            # It came to an end while the password was being compared.
            await session.close()
            return
        if previous := self._sessions.get(identity):
            # A charge point that redials has given up on its old connection, which may be
            # half-open: it is closed aside, so that the new one need not wait for it.
            self._spawn(previous.close(CloseReason.REPLACED))
        self._sessions[identity] = session
        self._notify(
            identity, session.connection_info.address, HandshakeResult.ADMITTED
        )
        try:
            async with session:
                await registration.owner(session)
        finally:
            if self._sessions.get(identity) is session:
                del self._sessions[identity]
        await session.close()

    async def _authenticate(
        self, request: web.BaseRequest, identity: str, *, must_prove: bool
    ) -> ConnectionInfo | web.Response:
        """Let a charge point in, or say why not."""
        address = request.remote or ""
        if self.port is None:
            return _refuse(503, "Nobody is here at the moment.\n")
        if (offered := _offered(request)) and SUBPROTOCOL not in offered:
            self._notify(identity, address, HandshakeResult.WRONG_SUBPROTOCOL)
            return _refuse(400, f"Only {SUBPROTOCOL} is spoken here.\n")
        user, password = read_basic(request.headers.get(hdrs.AUTHORIZATION, "")) or (
            identity,
            None,
        )
        if user != identity:
            # A charge point is the user of its own password (OCPP's security profile 1).
            password = None
        if (registration := self._registered.get(identity)) is None:
            return self._reject_unknown(identity, address, password)
        hashes = registration.credentials().hashes
        proof: str | None = None
        if password is not None:
            try:
                proof = await self._verifier.match(password, hashes)
            except BusyError:
                return _refuse(503, "Too many passwords at once; try again.\n")
        if proof is None and (registration.credentials().current or must_prove):
            return self._reject_password(identity, address)
        if not self._admissions.allows(identity):
            return _refuse(429, _TOO_OFTEN)
        self._warned.discard(identity)
        return ConnectionInfo(address=address, encrypted=request.secure, proof=proof)

    def _reject_unknown(
        self, identity: str, address: str, password: str | None
    ) -> web.Response:
        new = self.unknown_chargers.remember(identity, address, password)
        # Nobody keeps a password for an identity that there cannot be, nor all of one that is long.
        self.unfit_chargers.remember(identity[:MAX_UNFIT], address, None)
        if new:
            _LOGGER.info(
                "An unknown charger %s at %s was turned away", label(identity), address
            )
        self._notify(
            identity,
            address,
            HandshakeResult.UNKNOWN if identity else HandshakeResult.NAMELESS,
        )
        return _refuse(404, "This charger has not been added yet.\n")

    def _reject_password(self, identity: str, address: str) -> web.Response:
        if identity not in self._warned:
            self._warned.add(identity)
            _LOGGER.warning(
                "Charger %s at %s was refused, because its password is not the right one",
                label(identity),
                address,
            )
        self._notify(identity, address, HandshakeResult.WRONG_PASSWORD)
        return _refuse(401, "The password is not the right one.\n", _CHALLENGE)

    def _notify(self, identity: str, address: str, result: HandshakeResult) -> None:
        attempt = HandshakeAttempt(identity, address, result)
        for watcher in list(self._watchers):
            watcher(attempt)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=__name__, eager_start=True)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task


def _identity(path: str) -> str:
    """Return the last non-empty segment of the path, as OCPP-J 1.6 §3.1.1 has it."""
    return next((part for part in reversed(path.split("/")) if part), "")


def _offered(request: web.BaseRequest) -> list[str]:
    lines = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    return [name.strip() for line in lines for name in line.split(",")]


def _refuse(
    status: int, text: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    response = web.Response(status=status, text=text, headers=headers)
    # Whoever is not served has no reason to stay connected.
    response.force_close()
    return response
