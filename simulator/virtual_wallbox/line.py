"""The charger's end of the OCPP-J line: one CALL at a time, what is kept for later, and when replies go out."""

from collections.abc import Callable
from dataclasses import dataclass
import json
from random import Random
from typing import Any, Final

from .messages import Payload
from .transaction import Transaction

CALL: Final = 2
RESULT: Final = 3
ERROR: Final = 4

_FIRST_IDS: Final = 1804289383
_HIGHEST_ID: Final = 2**31


@dataclass(slots=True, eq=False)
class Request:
    """A CALL of the charger, waiting to be sent or answered.

    Attributes:
        action: OCPP action.
        payload: Builds it when it is sent, because only then the transaction's id may be known.
        transaction: Set for what belongs to a transaction: that outlives the connection and the power, and is retried.
        failures: CALLERRORs it has met with.
        not_before: Charger second of the next attempt.
    """

    action: str
    payload: Callable[[], Payload]
    transaction: Transaction | None = None
    failures: int = 0
    not_before: float = 0.0


class Line:
    """Queues, numbers and encodes; knows nothing of what the messages mean."""

    def __init__(self, *, extra_fields: bool) -> None:
        """Start with an empty queue.

        Args:
            extra_fields: Add a field that OCPP does not know to every CALL.
        """
        self._extra_fields = extra_fields
        self._ids = Random(_FIRST_IDS)
        self._queue: list[Request] = []
        self._replies: list[tuple[float, str]] = []
        self._outstanding: tuple[str, Request] | None = None
        self._frames: list[str] = []

    @property
    def outstanding(self) -> Request | None:
        """The CALL that waits for its answer."""
        return self._outstanding[1] if self._outstanding else None

    @property
    def owes_reply(self) -> bool:
        """Return whether a CALL of the server is still unanswered."""
        return bool(self._replies)

    def ask(self, *requests: Request, first: bool = False) -> None:
        """Queue CALLs, at the end or before all others."""
        if first:
            self._queue[:0] = requests
        else:
            self._queue += requests

    def waits(self, action: str) -> bool:
        """Return whether such a CALL is queued or unanswered."""
        return any(
            request.action == action
            for request in (*self._queue, self.outstanding)
            if request
        )

    def reply(self, kind: int, message_id: str, *body: object, due: float) -> None:
        """Answer a CALL of the server at `due`."""
        self._replies.append((due, _encode([kind, message_id, *body])))

    def pump(self, now: float, may_send: Callable[[Request], bool]) -> bool:
        """Write what can be written; return whether a new CALL is now waiting for its answer."""
        self._frames += [text for due, text in self._replies if due <= now]
        self._replies = [reply for reply in self._replies if reply[0] > now]
        if self._outstanding is not None:
            return False
        request = self._next(now, may_send)
        if request is None:
            return False
        if request.transaction is None:
            self._queue.remove(request)
        message_id = str(self._ids.randrange(_HIGHEST_ID))
        payload = request.payload() | (
            {"internalState": "0xB1"} if self._extra_fields else {}
        )
        self._outstanding = (message_id, request)
        self._frames.append(_encode([CALL, message_id, request.action, payload]))
        return True

    def next_due(self, now: float) -> float | None:
        """When there may next be something to send, as far as time decides it."""
        waits = [due for due, _ in self._replies]
        if self._outstanding is None:
            waits += [request.not_before for request in self._queue]
        return min((wait for wait in waits if wait > now), default=None)

    def take_frames(self) -> list[str]:
        """Give what is to be sent, once."""
        frames, self._frames = self._frames, []
        return frames

    def answered(self, message_id: str) -> Request | None:
        """Match an answer to its CALL, which is then done; `None` if nothing waits for it."""
        if self._outstanding is None or self._outstanding[0] != message_id:
            return None
        request = self._outstanding[1]
        self._outstanding = None
        if request in self._queue:
            self._queue.remove(request)
        return request

    def unanswered(self, retry_at: float) -> Request | None:
        """Give up waiting; what belongs to a transaction stays queued until `retry_at`."""
        request = self.outstanding
        self._outstanding = None
        if request is not None:
            request.not_before = retry_at
        return request

    def disconnect(self) -> None:
        """Forget all that does not belong to a transaction; the rest may be sent as soon as the link is back."""
        self._outstanding = None
        self._replies.clear()
        self._frames.clear()
        self._queue = [
            request for request in self._queue if request.transaction is not None
        ]
        for request in self._queue:
            request.not_before = 0.0

    def reboot(self) -> None:
        """Lose everything volatile; message ids begin anew, as rand() without a seed does (docs/chargers.md §8.1.1)."""
        self.disconnect()
        self._ids = Random(_FIRST_IDS)

    def _next(self, now: float, may_send: Callable[[Request], bool]) -> Request | None:
        blocked = False
        for request in self._queue:
            if request.transaction is not None:
                if blocked:
                    continue
                # Messages of transactions keep their order, so a waiting one holds up those behind it.
                blocked = True
            if request.not_before <= now and may_send(request):
                return request
        return None


def _encode(message: list[Any]) -> str:
    # A blank after each colon and none after a comma: docs/chargers.md §3.0.
    return json.dumps(message, separators=(",", ": "))
