"""One charge point's connection: one CALL in flight, pacing, time-outs, pings, orderly end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
import itertools
import logging
from typing import Any, Self

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from .calls import (
    CallFailedError,
    DroppedError,
    NoAnswerError,
    NotConnectedError,
    PendingCall,
    Priority,
    RefusedError,
    TooManyCallsError,
    WithdrawnError,
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
from .quotas import Quotas, TokenBucket
from .requests import OcppPayload, action_of, payload_of

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The central system's patience, in seconds."""

    call_gap: float = 0.5
    """Between an answer and our next CALL: a burst makes a Wallbox drop the socket
    (docs/chargers.md §3.7)."""
    call_timeout: float = 30
    """GetConfiguration alone takes a Wallbox 3–4 s, and it answers late under load
    (docs/chargers.md §2, §3.5)."""
    settle: float = 5
    """After the answer to BootNotification, if no StatusNotification comes first."""
    silence: float = 60
    """Until a charge point that says nothing at all is taken as ready for a CALL."""
    ping: float = 20
    """Between our pings; a Wallbox on 6.7 drops a socket left quiet longer
    (docs/chargers.md §5.2)."""
    dead: float = 50
    """Without a sign of life, two pings among it, until the connection is given up."""
    close: float = 1
    """For the peer's half of the closing handshake."""


@dataclass(frozen=True, slots=True)
class Request:
    """A message of the charge point that waits for its answer."""

    unique_id: str
    message: Message


class Session:
    """A charge point's connection, from handshake to close.

    Use it as a context manager, iterate over `requests` and `answer` each; call `call` from any
    other task. A CALL waits until the charge point is ready for one: after the answer to its
    BootNotification and a moment to settle, or, on a mere reconnect, after its first message.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        identity: str,
        timing: Timing,
        frame_log: FrameLog,
        *,
        quotas: Quotas | None = None,
        connection_info: ConnectionInfo | None = None,
    ) -> None:
        """Wrap a socket whose handshake is done.

        All that goes over it is noted in the frame log, on from what is there already.
        """
        self.identity = identity
        self.connection_info = connection_info or ConnectionInfo()
        self.violations = frame_log.violations
        self._close_reason: CloseReason | None = None
        self._recorder = frame_log.recorder
        self._socket = socket
        self._timing = timing
        self._quotas = quotas or Quotas()
        self._queue: asyncio.PriorityQueue[PendingCall] = asyncio.PriorityQueue()
        self._order = itertools.count()
        self._in_flight: PendingCall | None = None
        self._ready = asyncio.Event()
        self._idle = asyncio.Event()
        """Set while no CALL is under way, and the gap after the last one has passed."""
        self._booted = False
        self._settling: asyncio.TimerHandle | None = None
        self._open = False
        self._heard_at = asyncio.get_running_loop().time()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def close_reason(self) -> CloseReason:
        """How it has ended, or will have if it is we who end it."""
        return self._close_reason or CloseReason.STOPPED

    async def __aenter__(self) -> Self:
        """Begin to send CALLs and pings."""
        self._open = True
        self._recorder.note(Kind.OPENED)
        self._settle_within(self._timing.silence)
        self._tasks = [
            asyncio.create_task(self._send_calls(), name=f"{__name__} calls"),
            asyncio.create_task(self._send_pings(), name=f"{__name__} pings"),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End: every CALL that still waits fails at once."""
        self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._recorder.note(Kind.CLOSED, self.close_reason)

    async def requests(self) -> AsyncIterator[Request]:
        """Yield what the charge point asks, until it is gone.

        Answers to our own CALLs are handed to their callers on the way. The caller must answer
        each request before it takes the next, and must not wait for a `call` in between.
        """
        bucket = TokenBucket(self._quotas)
        while (received := await self._socket.receive()).type not in _ENDS:
            await bucket.frame()
            self._heard_at = asyncio.get_running_loop().time()
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
                self._ended(CloseReason.BROKEN)
        self._ended(
            CloseReason.LEFT if received.type is WSMsgType.CLOSE else CloseReason.LOST
        )

    async def answer(self, request: Request, result: OcppPayload) -> None:
        """Answer a request with a dataclass of `ocpp.v16.call_result`."""
        await self._send(CallResult(request.unique_id, payload_of(result)))
        if isinstance(request.message, BootNotification):
            self._settle_within(self._timing.settle)
        elif isinstance(request.message, StatusNotification) or not self._booted:
            self._ready.set()

    async def ready(self) -> None:
        """Wait until a CALL would be sent at once.

        Raises:
            NotConnectedError: The connection has ended.
        """
        while self._open and not (self._ready.is_set() and self._idle.is_set()):
            await self._ready.wait()
            await self._idle.wait()
        if not self._open:
            raise NotConnectedError

    async def call(
        self,
        request: OcppPayload,
        *,
        urgent: bool = False,
        only_if: Callable[[], bool] | None = None,
    ) -> dict[str, Any]:
        """Send a dataclass of `ocpp.v16.call` and return the payload of its answer.

        Urgent requests overtake the others. One that is only wanted under a condition is
        asked for it when its turn has come.

        Raises:
            NotConnectedError: There is no connection; a `DroppedError` if the request was
                sent before it ended.
            TooManyCallsError: Too many wait already.
            WithdrawnError: The condition did not hold.
            NoAnswerError: The answer took longer than `Timing.call_timeout`.
            RefusedError: The charge point answered with a CALLERROR.
        """
        if not self._open:
            raise NotConnectedError
        if self._queue.qsize() >= self._quotas.calls:
            raise TooManyCallsError
        pending = PendingCall(
            Priority.URGENT if urgent else Priority.ROUTINE,
            next(self._order),
            request,
            only_if,
        )
        self._queue.put_nowait(pending)
        try:
            # The charge point still owes its answer when our caller has gone, and no other
            # CALL may be sent before that.
            return await asyncio.shield(pending.answer)
        finally:
            pending.wanted = False

    async def close(self, close_reason: CloseReason = CloseReason.STOPPED) -> None:
        """Say goodbye and end the connection."""
        self._ended(close_reason)
        self._end()
        # To one that has stopped reading, not even the goodbye can be said.
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self._timing.close):
                await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def _take(self, text: str) -> Request | None:
        self._recorder.note(Kind.RECEIVED, text)
        match read_frame(text):
            case Call() as call:
                return await self._read(call)
            case CallResult(unique_id, payload):
                self._resolve(unique_id, payload)
            case CallError(unique_id, code):
                self._resolve(unique_id, RefusedError(code))
            case Malformed(reason, answer):
                self._violation(reason)
                if answer:
                    await self._send(answer)
        return None

    async def _read(self, call: Call) -> Request | None:
        match read_message(call.action, call.payload):
            case Unreadable(code, reason):
                self._violation(reason)
                await self._send(CallError(call.unique_id, code, reason))
                return None
            case message:
                if isinstance(message, BootNotification):
                    # Wallbox 6.6 starts over when a CALL precedes the answer to its
                    # BootNotification (docs/chargers.md §4.2).
                    self._booted = True
                    self._hold()
                return Request(call.unique_id, message)

    def _resolve(
        self, unique_id: str, answer: dict[str, Any] | CallFailedError
    ) -> None:
        pending = self._in_flight
        if pending is None or pending.unique_id != unique_id:
            self._violation("an answer to no question")
        else:
            pending.resolve(answer)

    async def _send_calls(self) -> None:
        while True:
            self._idle.set()
            pending = await self._next_call()
            self._idle.clear()
            self._in_flight = pending
            await self._send(
                Call(
                    pending.unique_id,
                    action_of(pending.request),
                    payload_of(pending.request),
                )
            )
            await asyncio.wait([pending.answer], timeout=self._timing.call_timeout)
            pending.resolve(NoAnswerError())
            self._in_flight = None
            await asyncio.sleep(self._timing.call_gap)

    async def _next_call(self) -> PendingCall:
        while True:
            pending = await self._queue.get()
            if not self._ready.is_set():
                # Something more urgent may arrive in the meantime, so it goes back in the queue.
                self._queue.put_nowait(pending)
                await self._ready.wait()
            elif pending.only_if and not pending.only_if():
                pending.resolve(WithdrawnError())
            elif pending.wanted and not pending.answer.done():
                return pending

    async def _send_pings(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard_at < self._timing.dead:
            await asyncio.sleep(self._timing.ping)
            with suppress(ConnectionError):
                await self._socket.ping()
        await self.close(CloseReason.SILENT)

    async def _send(self, frame: Frame) -> None:
        text = write_frame(frame)
        self._recorder.note(Kind.SENT, text)
        # A peer that has just left is noticed by the reader, which ends the session.
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    def _hold(self) -> None:
        self._ready.clear()
        if self._settling:
            self._settling.cancel()

    def _settle_within(self, seconds: float) -> None:
        if self._open:
            self._settling = asyncio.get_running_loop().call_later(
                seconds, self._ready.set
            )

    def _ended(self, close_reason: CloseReason) -> None:
        self._close_reason = self._close_reason or close_reason

    def _end(self) -> None:
        self._open = False
        self._hold()
        if self._in_flight:
            self._in_flight.resolve(DroppedError())
        while not self._queue.empty():
            self._queue.get_nowait().resolve(NotConnectedError())
        self._ready.set()
        self._idle.set()

    def _violation(self, kind: str) -> None:
        self.violations[kind] += 1
        if self.violations[kind] == 1:
            _LOGGER.warning(
                "Charger %s broke the protocol: %s; from now on this is only counted",
                label(self.identity),
                kind,
            )


def label(identity: str) -> str:
    """Return what a log may show of an identity, which is often the serial number."""
    return f"…{identity[-3:]}" if len(identity) > 3 else "…"


_ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED})
"""What comes after the last message."""
