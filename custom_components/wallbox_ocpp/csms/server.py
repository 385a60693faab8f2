"""The central system: admits charge points, and hands the `Session` of each to its owner."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
import logging
import ssl
from typing import Any, Final

from aiohttp import WSCloseCode, hdrs, web

from .close_reason import CloseReason
from .frame_log import FrameLog
from .handshake import (
    MAX_UNREGISTRABLE,
    SUBPROTOCOL,
    ConnectionInfo,
    Handshake,
    HandshakeAttempt,
    HandshakeResult,
    SlidingWindow,
    UnknownChargers,
    judge,
    peer_network,
)
from .listener import Listener
from .passwords import BusyError, Credentials, Verifier
from .quotas import Quotas, TokenBucket
from .session import Session, Timing, label

_LOGGER = logging.getLogger(__name__)

_GREETING: Final = (
    "This is the OCPP 1.6 central system of Wallbox OCPP for Home Assistant. "
    "It is for chargers, not for browsers: enter this address in the Wallbox app, "
    "with ws:// instead of http://.\n"
)
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Wallbox OCPP"'}

type Owner = Callable[[Session], Awaitable[None]]
"""Serves a connection, and returns when it has ended."""
type Watcher = Callable[[HandshakeAttempt], None]


@dataclass(slots=True)
class _Registration:
    owner: Owner
    credentials: Callable[[], Credentials]
    verifier: Verifier
    bucket: TokenBucket
    warned: bool = False
    """A wrong password was logged since the last right one."""


class CentralSystem:
    """An OCPP 1.6J central system, on a port of its own and behind other web servers (`handle`)."""

    def __init__(
        self, timing: Timing | None = None, quotas: Quotas | None = None
    ) -> None:
        """Prepare; nothing listens yet."""
        self._timing = timing or Timing()
        self._quotas = quotas or Quotas()
        now = asyncio.get_running_loop().time
        self.unknown_chargers = UnknownChargers(now)
        self.unregistrable_chargers = UnknownChargers(now, registrable=False)
        """Those whose identity cannot be registered."""
        self._connections = SlidingWindow(now, self._quotas.handshakes)
        self._reprieves = SlidingWindow(now, self._quotas.reprieves, 1)
        self._handshakes = SlidingWindow(now, self._quotas.handshakes)
        self._admissions = SlidingWindow(now, self._quotas.admissions)
        self.frame_logs: defaultdict[str, FrameLog] = defaultdict(FrameLog)
        """By identity."""
        self._hashing = asyncio.Lock()
        self._registered: dict[str, _Registration] = {}
        self._shut_out: set[str] = set()
        self._sessions: dict[str, Session] = {}
        self._turnstile = asyncio.Lock()
        self._watchers: list[Watcher] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self.port: int | None = None
        """The port it listens on; None while it does not."""

    async def start(
        self, port: int, host: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on all addresses, or on one.

        Raises:
            OSError: The port cannot be opened.
        """
        listener = Listener(
            self.handle, self._lets_connect, self._quotas, self._timing.goodbye
        )
        self.port = port
        try:
            await listener.open(port, host, tls)
        except OSError:
            self.port = None
            raise
        self._listener = listener

    async def stop(self) -> None:
        """Stop listening, and close every connection."""
        self.port = None
        listener, self._listener = self._listener, None
        if listener:
            # First, because a charge point reconnects at once when its connection is closed.
            await listener.refuse()
        for registration in self._registered.values():
            registration.verifier.close()
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
        """Admit a charge point until the returned function is called.

        The identity is compared exactly, after percent-decoding. ``credentials`` is called at
        each handshake.
        """
        registration = _Registration(
            owner, credentials, Verifier(self._hashing), TokenBucket(self._quotas)
        )
        self._registered[identity] = registration
        self.unknown_chargers.forget(identity)

        def unregister() -> None:
            if self._registered.get(identity) is not registration:
                return
            del self._registered[identity]
            registration.verifier.close()
            if session := self._sessions.get(identity):
                self._spawn(session.close())

        return unregister

    def shut_out(self, identity: str) -> Callable[[], None]:
        """Act towards one charge point as if the server were down, until the returned function is called.

        Its connection is aborted without a closing handshake, and connections with its identity are
        aborted without an HTTP answer. Any answer, even 503, would show that a server is running; the
        identity is only known after the request, so the connection itself cannot be refused. Other
        charge points are not affected.
        """
        self._shut_out.add(identity)
        if session := self._sessions.get(identity):
            session.cut()
        return lambda: self._shut_out.discard(identity)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call the watcher with each handshake until the returned function is called."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def namesake(self, identity: str) -> str | None:
        """Return a registered identity that differs from this one only in case."""
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
            must_prove: A password is required, also where none is set.
        """
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            return _refuse(200, _GREETING)
        handshake = Handshake.read(request, request.path if path is None else path)
        result, proof = await self._examine(handshake, must_prove=must_prove)
        identity, address = handshake.identity, handshake.address
        registration = self._registered.get(identity)
        match result:
            case HandshakeResult.BUSY:
                return _refuse(503, "Too many passwords at once; try again.\n")
            case HandshakeResult.CLOSED:
                return _refuse(503, "Nobody is here at the moment.\n")
            case HandshakeResult.SHUT_OUT:
                return _hang_up(request)
            case HandshakeResult.TOO_OFTEN:
                return _refuse(429, "Too many connections; wait a minute.\n")
            case HandshakeResult.WRONG_SUBPROTOCOL:
                refusal = _refuse(400, f"Only {SUBPROTOCOL} is spoken here.\n")
            case HandshakeResult.UNKNOWN | HandshakeResult.NAMELESS:
                # It cannot be registered: its password is not kept, and a long one is cut.
                self.unregistrable_chargers.remember(
                    identity[:MAX_UNREGISTRABLE], address, None
                )
                if self.unknown_chargers.remember(
                    identity, address, handshake.password
                ):
                    _LOGGER.info(
                        "An unknown charger %s at %s was turned away",
                        label(identity),
                        address,
                    )
                refusal = _refuse(404, "This charger has not been added yet.\n")
            case HandshakeResult.WRONG_PASSWORD:
                if registration and not registration.warned:
                    registration.warned = True
                    _LOGGER.warning(
                        "Charger %s at %s was refused, because its password is not the "
                        "right one",
                        label(identity),
                        address,
                    )
                refusal = _refuse(
                    401, "The password is not the right one.\n", _CHALLENGE
                )
            case HandshakeResult.ADMITTED:
                if registration:
                    registration.warned = False
                return await self._admit(request, handshake, proof)
        self._notify(identity, address, result)
        return refusal

    def _lets_connect(self, network: str) -> bool:
        """Return whether a network may open another connection."""
        return self._connections.allows(network) or self._reprieves.allows("")

    async def _examine(
        self, handshake: Handshake, *, must_prove: bool
    ) -> tuple[HandshakeResult, str | None]:
        """Return the result of a handshake, and the hash that its password matches."""
        if self.port is None:
            return HandshakeResult.CLOSED, None
        if handshake.identity in self._shut_out:
            # It is not counted, so that it is admitted at once afterwards.
            return HandshakeResult.SHUT_OUT, None
        too_often = not self._handshakes.allows(peer_network(handshake.address))
        credentials: Credentials | None = None
        proof: str | None = None
        if registration := self._registered.get(handshake.identity):
            credentials = registration.credentials()
            if handshake.password is not None and handshake.speaks_ocpp:
                try:
                    proof = await registration.verifier.match(
                        handshake.password, credentials.hashes
                    )
                except BusyError:
                    return HandshakeResult.BUSY, None
        result = judge(
            handshake, credentials, proof, must_prove=must_prove, too_often=too_often
        )
        if result is HandshakeResult.ADMITTED and not self._admissions.allows(
            handshake.identity
        ):
            result = HandshakeResult.TOO_OFTEN
        return result, proof

    async def _admit(
        self, request: web.BaseRequest, handshake: Handshake, proof: str | None
    ) -> web.StreamResponse:
        """Open the WebSocket, and serve the charge point."""
        if handshake.subprotocols:
            # aiohttp reads the first header line only.
            headers = request.headers.copy()
            headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = ", ".join(handshake.subprotocols)
            request = request.clone(headers=headers)
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            timeout=self._timing.goodbye,
            autoping=False,
            max_msg_size=self._quotas.frame_size,
        )
        await socket.prepare(request)
        if self._listener:
            self._listener.admitted(request)
        async with self._turnstile:
            # Serving a new connection takes long; others get their turn in between.
            await asyncio.sleep(0)
        # Home Assistant's own server cancels this task when the connection is lost, while the owner
        # may be writing to the disk. The owner notices by itself that the connection has ended.
        transport = request.transport
        abort = transport.abort if transport else socket.force_close
        await asyncio.shield(self._spawn(self._serve(socket, handshake, proof, abort)))
        return socket

    async def _serve(
        self,
        socket: web.WebSocketResponse,
        handshake: Handshake,
        proof: str | None,
        abort: Callable[[], None],
    ) -> None:
        identity = handshake.identity
        registration = self._registered.get(identity)
        if registration is None or self.port is None or identity in self._shut_out:
            # The central system was stopped, or no longer admits it, since the password was compared.
            await socket.close(code=WSCloseCode.GOING_AWAY)
            return
        session = Session(
            socket,
            identity,
            self._timing,
            self.frame_logs[identity],
            registration.bucket,
            ConnectionInfo(
                address=handshake.address, encrypted=handshake.encrypted, proof=proof
            ),
            abort,
        )
        if previous := self._sessions.get(identity):
            # A charge point that reconnects has given up its old connection, which may be half-open:
            # it is closed in the background, so that the new one need not wait.
            self._spawn(previous.close(CloseReason.REPLACED))
        self._sessions[identity] = session
        self._notify(identity, handshake.address, HandshakeResult.ADMITTED)
        try:
            async with session:
                await registration.owner(session)
        finally:
            if self._sessions.get(identity) is session:
                del self._sessions[identity]
        await session.close()

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


def _hang_up(request: web.BaseRequest) -> web.Response:
    """Abort a connection. The answer, which aiohttp demands, is not sent."""
    if request.transport:
        request.transport.abort()
    return _refuse(503, "")


def _refuse(
    status: int, text: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    response = web.Response(status=status, text=text, headers=headers)
    # A peer that is refused must not keep the connection open.
    response.force_close()
    return response
