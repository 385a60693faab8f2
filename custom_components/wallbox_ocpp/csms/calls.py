"""Our CALLs to a charge point: one that is pending, and the errors that it can end with."""

import asyncio
from typing import Any
from uuid import uuid4

from .frames import ErrorCode


class CallFailedError(Exception):
    """A request of ours was not answered with a CALLRESULT."""


class NotConnectedError(CallFailedError):
    """The charge point is not connected."""


class DroppedError(NotConnectedError):
    """The charge point disconnected or rebooted before it answered a request that was sent."""


class WithdrawnError(CallFailedError):
    """The condition of the request no longer held when its turn to be sent came."""


class NoAnswerError(CallFailedError):
    """The charge point did not answer in time."""


class RefusedError(CallFailedError):
    """The charge point answered with a CALLERROR, whose code this carries."""

    def __init__(self, code: str) -> None:
        """Take the code."""
        super().__init__(code)
        self.code = code


class UnwritableError(RefusedError):
    """The request could not be written as a frame, and was not sent."""

    def __init__(self) -> None:
        """Take the code with which a charge point refuses what it cannot read."""
        super().__init__(ErrorCode.FORMATION_VIOLATION)


class PendingCall:
    """A request that has been sent, until it is answered; also if its caller was cancelled."""

    def __init__(self) -> None:
        """Create it with a unique message id."""
        self.unique_id = str(uuid4())
        self.outcome: asyncio.Future[dict[str, Any]] = (
            asyncio.get_running_loop().create_future()
        )


def settle[T](future: asyncio.Future[T], outcome: T | Exception) -> None:
    """Hand a result to whoever waits for it, unless there is one already."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
        # Who waits may be cancelled; asyncio must not log an exception that was never retrieved.
        future.exception()
    else:
        future.set_result(outcome)
