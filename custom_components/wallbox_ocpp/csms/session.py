"""The connection of one charge point: one CALL at a time, pacing, time-outs, pings, closing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
import logging
from typing import Any, NamedTuple, Self

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from .calls import (
    CallFailedError,
    DroppedError,
    NoAnswerError,
    NotConnectedError,
    PendingCall,
    RefusedError,
    UnwritableError,
    WithdrawnError,
    settle,
)
from .close_reason import CloseReason
from .frame_log import FrameLog, Kind
from .frames import (
    Call,
    CallError,
    CallResult,
    Frame,
    Malformed,
    read_frame,
    write_frame,
)
from .handshake import ConnectionInfo
from .messages import (
    BootNotification,
    Message,
    StatusNotification,
    Unreadable,
    read_message,
)
from .quotas import TokenBucket
from .requests import OcppPayload, action_of, payload_of

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The delays and time-outs of a connection, in seconds."""

    call_gap: float = 0.5
    """From an answer to our next CALL: a burst makes a Wallbox drop the socket
    (docs/chargers.md §3.7)."""
    call_timeout: float = 30
    """GetConfiguration alone takes a Wallbox 3–4 s, and it answers late under load
    (docs/chargers.md §2, §3.5)."""
    settle: float = 5
    """From BootNotification.conf to our first CALL, if no StatusNotification comes first."""
    silence: float = 4
    """Until a charge point that sends nothing is taken to have reconnected without a reboot."""
    slow_boot: float = 60
    """The same for one that got a CALL before its BootNotification the last time: some start over
    with each (docs/chargers.md §4.2)."""
    ping: float = 20
    """From ping to ping; a Wallbox on 6.7 drops a socket left quiet longer
    (docs/chargers.md §5.2)."""
    dead: float = 50
    """Without anything received, pongs included, until the connection is closed; two pings fit in."""
    goodbye: float = 1
    """For the peer's half of the closing handshake."""


class Readiness(Enum):
    """Whether a CALL may be sent; if not, what is being waited for."""

    UNHEARD = auto()
    """The answer to the first message, or `Timing.silence` or `Timing.slow_boot`."""
    BOOTING = auto()
    """The answer to a BootNotification: Wallbox 6.6 starts over when a CALL precedes it
    (docs/chargers.md §4.2)."""
    SETTLING = auto()
    """The first StatusNotification after a boot, or `Timing.settle`."""
    READY = auto()
    BUSY = auto()
    """The answer to a CALL, or `Timing.call_timeout`."""
    PAUSING = auto()
    """`Timing.call_gap` to pass."""
    CLOSED = auto()


class Request(NamedTuple):
    """A message of the charge point that has to be answered."""

    unique_id: str
    message: Message


class Session:
    """A charge point's connection, from handshake to close.

    Use it as a context manager, iterate over `requests` and `answer` each; use `call` from any
    other task. A CALL waits until the charge point is ready for one (`Readiness`): after a boot,
    once it has settled; after a mere reconnect, after its first message.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        identity: str,
        timing: Timing,
        frame_log: FrameLog,
        bucket: TokenBucket,
        connection_info: ConnectionInfo,
        abort: Callable[[], None],
    ) -> None:
        """Wrap a socket after its handshake. ``abort`` ends its connection at once.

        Frame log and bucket are those of the charge point, not of the connection: a reconnect
        does not refill the bucket.
        """
        self.identity = identity
        self.connection_info = connection_info
        self.violations = frame_log.violations
        self._ended_by: CloseReason | None = None
        self._frame_log = frame_log
        self._recorder = frame_log.recorder
        self._received = self._asked = False
        """Whether anything was received on this connection; and whether a CALL was sent."""
        self._socket = socket
        self._abort = abort
        self._timing = timing
        self._bucket = bucket
        self._readiness = Readiness.UNHEARD
        self._timer: asyncio.TimerHandle | None = None
        """Ends the present readiness, where that has a time-out."""
        self._callable = asyncio.Event()
        """Set while the readiness is READY or CLOSED."""
        self._in_flight: PendingCall | None = None
        self._cancelled: str | None = None
        """The id of the last CALL that a boot or the end has cancelled; an answer to it may still come."""
        self._now = asyncio.get_running_loop().time
        self._next_call_at = self._received_at = self._now()
        self._pinging: asyncio.Task[None] | None = None

    @property
    def silent_for(self) -> float:
        """Seconds since anything was received, pongs included."""
        return self._now() - self._received_at

    @property
    def close_reason(self) -> CloseReason:
        """Why it has ended; before that, why it will if it is closed from our side."""
        return self._ended_by or CloseReason.STOPPED

    async def __aenter__(self) -> Self:
        """Start: allow CALLs, and send pings."""
        self._recorder.note(Kind.OPENED)
        timing, slow = self._timing, self._frame_log.slow_to_boot
        self._set_readiness(
            Readiness.UNHEARD, timing.slow_boot if slow else timing.silence
        )
        self._pinging = asyncio.create_task(
            self._send_pings(), name=f"{__name__} pings"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End: every pending CALL fails at once."""
        self._end(self.close_reason)
        if self._pinging:
            self._pinging.cancel()
            await asyncio.wait({self._pinging})
        self._recorder.note(Kind.CLOSED, self.close_reason)

    async def requests(self) -> AsyncIterator[Request]:
        """Yield the requests of the charge point until it has disconnected.

        Answers to our own CALLs go to their callers. Whoever iterates must answer each request
        before taking the next, and must not await a `call` in between.
        """
        while (received := await self._socket.receive()).type not in _ENDS:
            await self._bucket.take()
            self._received_at = self._now()
            if received.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await self._socket.pong(received.data)
            elif received.type is WSMsgType.TEXT:
                if request := await self._take(received.data):
                    yield request
            elif received.type is WSMsgType.BINARY:
                self._violation("a binary message")
            elif isinstance(received.data, WebSocketError):
                self._violation("a broken or too big message")
                self._end(CloseReason.BROKEN)
        left = received.type is WSMsgType.CLOSE
        self._end(CloseReason.LEFT if left else CloseReason.LOST)

    async def answer(self, request: Request, result: OcppPayload) -> None:
        """Answer a request with a dataclass of `ocpp.v16.call_result`."""
        await self._send(CallResult(request.unique_id, payload_of(result)))
        match self._readiness:
            case Readiness.BOOTING if isinstance(request.message, BootNotification):
                self._set_readiness(Readiness.SETTLING, self._timing.settle)
            case Readiness.SETTLING if isinstance(request.message, StatusNotification):
                self._pause()
            case Readiness.UNHEARD:
                self._pause()
            case _:
                pass

    async def ready(self) -> None:
        """Wait until a CALL would be sent without delay.

        Raises:
            NotConnectedError: The connection has ended.
        """
        while self._readiness is not Readiness.READY:
            if self._readiness is Readiness.CLOSED:
                raise NotConnectedError
            await self._callable.wait()

    async def call(
        self, request: OcppPayload, *, only_if: Callable[[], bool] | None = None
    ) -> dict[str, Any]:
        """Send a dataclass of `ocpp.v16.call` and return the payload of its answer.

        With `only_if`, the condition is checked when its turn to be sent has come.

        Raises:
            NotConnectedError: There is no connection; a `DroppedError` if the request was
                sent before it ended, or before a BootNotification.
            WithdrawnError: The condition did not hold.
            NoAnswerError: The answer took longer than `Timing.call_timeout`.
            RefusedError: The charge point answered with a CALLERROR; an `UnwritableError` if
                the request was not sent.
        """
        await self.ready()
        if only_if and not only_if():
            raise WithdrawnError
        pending = PendingCall()
        frame = Call(pending.unique_id, action_of(request), payload_of(request))
        try:
            text = write_frame(frame)
        except TypeError:
            _LOGGER.error(
                "%s cannot be sent to charger %s; please report this",
                frame.action,
                label(self.identity),
            )
            # Whoever asks for it again and again must not keep everything else from running.
            self._next_call_at = self._now() + self._timing.call_gap
            self._pause()
            raise UnwritableError from None
        self._in_flight = pending
        self._set_readiness(Readiness.BUSY, self._timing.call_timeout)
        self._asked = True
        await self._send_text(text)
        return await pending.outcome

    async def close(self, close_reason: CloseReason = CloseReason.STOPPED) -> None:
        """Close the connection, with a close frame where possible."""
        self._end(close_reason)
        # A peer that has stopped reading does not even take the close frame.
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self._timing.goodbye):
                await self._socket.close(code=WSCloseCode.GOING_AWAY)

    def cut(self) -> None:
        """End the connection without a closing handshake, as a power failure does."""
        self._end(CloseReason.STOPPED)
        self._abort()

    async def _take(self, text: str) -> Request | None:
        self._recorder.note(Kind.RECEIVED, text)
        match read_frame(text):
            case Call() as call:
                return await self._read(call)
            case CallResult(unique_id, payload):
                self._resolve(unique_id, payload)
            case CallError(unique_id, code):
                self._resolve(unique_id, RefusedError(code))
            case Malformed(reason, refusal):
                self._violation(reason)
                if refusal:
                    await self._send(refusal)
        return None

    async def _read(self, call: Call) -> Request | None:
        match read_message(call.action, call.payload):
            case Unreadable(code, reason):
                self._violation(reason)
                await self._send(CallError(call.unique_id, code, reason))
                return None
            case message:
                boots = isinstance(message, BootNotification)
                self._learn_boot(boots=boots)
                if boots:
                    self._cancel_call()
                    self._set_readiness(Readiness.BOOTING)
                return Request(call.unique_id, message)

    def _resolve(
        self, unique_id: str, outcome: dict[str, Any] | CallFailedError
    ) -> None:
        if self._in_flight and self._in_flight.unique_id == unique_id:
            self._learn_boot(boots=False)
            self._settle_call(outcome)
            self._pause()
        elif unique_id != self._cancelled:
            self._violation("an answer to no question")

    def _learn_boot(self, *, boots: bool) -> None:
        """Learn from the first message whether it has booted or only reconnected."""
        if not self._received:
            self._received = True
            if self._asked or not boots:
                self._frame_log.slow_to_boot = boots

    def _cancel_call(self) -> None:
        """Fail the CALL in flight: the charge point has booted and no longer knows of it, or we part."""
        if self._in_flight:
            self._cancelled = self._in_flight.unique_id
            self._settle_call(DroppedError())

    def _settle_call(self, outcome: dict[str, Any] | CallFailedError) -> None:
        if self._in_flight:
            settle(self._in_flight.outcome, outcome)
            self._in_flight = None
            self._next_call_at = self._now() + self._timing.call_gap

    def _pause(self) -> None:
        if (seconds := self._next_call_at - self._now()) > 0:
            self._set_readiness(Readiness.PAUSING, seconds)
        else:
            self._set_readiness(Readiness.READY)

    def _set_readiness(
        self, readiness: Readiness, seconds: float | None = None
    ) -> None:
        """Set the readiness, for at most some seconds if given."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._readiness = readiness
        if readiness in (Readiness.READY, Readiness.CLOSED):
            self._callable.set()
        else:
            self._callable.clear()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._settle_call(NoAnswerError())
        self._pause()

    async def _send_pings(self) -> None:
        while self.silent_for < self._timing.dead:
            await asyncio.sleep(self._timing.ping)
            with suppress(ConnectionError):
                await self._socket.ping()
        await self.close(CloseReason.SILENT)

    async def _send(self, frame: Frame) -> None:
        await self._send_text(write_frame(frame))

    async def _send_text(self, text: str) -> None:
        self._recorder.note(Kind.SENT, text)
        # The reader notices that the peer has disconnected, and ends the session.
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    def _end(self, close_reason: CloseReason) -> None:
        self._ended_by = self._ended_by or close_reason
        if self._asked and not self._received:
            self._frame_log.slow_to_boot = True
        self._cancel_call()
        self._set_readiness(Readiness.CLOSED)

    def _violation(self, kind: str) -> None:
        self.violations[kind] += 1
        if self.violations[kind] == 1:
            _LOGGER.warning(
                "Charger %s broke the protocol: %s; from now on this is only counted",
                label(self.identity),
                kind,
            )


def label(identity: str) -> str:
    """Return the part of an identity that a log may show: it is often the serial number."""
    return f"…{identity[-3:]}" if len(identity) > 3 else "…"


_ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED})
"""The message types that end the iteration."""
