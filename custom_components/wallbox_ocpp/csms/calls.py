"""What we ask a charge point, from the asking to the answer, and how it can fail."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import uuid4

from .requests import OcppPayload


class CallFailedError(Exception):
    """A request of ours came to nothing."""


class NotConnectedError(CallFailedError):
    """The charge point is not connected."""


class TooManyCallsError(CallFailedError):
    """Too many requests wait for the charge point already."""


class DroppedError(NotConnectedError):
    """The charge point left after the request was sent and before it answered."""


class WithdrawnError(CallFailedError):
    """The request was no longer wanted when its turn came."""


class NoAnswerError(CallFailedError):
    """The charge point did not answer in time."""


class RefusedError(CallFailedError):
    """The charge point answered with a CALLERROR, whose code this carries."""

    def __init__(self, code: str) -> None:
        """Keep the code; the description may quote secrets, so it is left behind."""
        super().__init__(code)
        self.code = code


class Priority(IntEnum):
    """How urgent a request is."""

    URGENT = 0
    ROUTINE = 1


@dataclass(order=True, slots=True)
class PendingCall:
    """A request that waits for its turn, or for its answer."""

    priority: Priority
    order: int
    request: OcppPayload = field(compare=False)
    only_if: Callable[[], bool] | None = field(compare=False)
    unique_id: str = field(compare=False, default_factory=lambda: str(uuid4()))
    wanted: bool = field(compare=False, default=True)
    """Somebody waits for the answer."""
    answer: asyncio.Future[dict[str, Any]] = field(
        compare=False,
        default_factory=lambda: asyncio.get_running_loop().create_future(),
    )

    def resolve(self, answer: dict[str, Any] | CallFailedError) -> None:
        """Settle the answer, unless it is settled."""
        if self.answer.done():
            return
        if not isinstance(answer, CallFailedError):
            self.answer.set_result(answer)
        elif self.wanted:
            self.answer.set_exception(answer)
            # Its caller may be about to go; asyncio must not complain that nobody looked.
            self.answer.exception()
        else:
            # Nor that a shielded future failed, which it does once its caller has gone.
            self.answer.cancel()
