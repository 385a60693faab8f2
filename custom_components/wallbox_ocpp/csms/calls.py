"""What we ask a charge point, from the asking to the answer, and how it can fail."""

import asyncio
from typing import Any
from uuid import uuid4


class CallFailedError(Exception):
    """A request of ours came to nothing."""


class NotConnectedError(CallFailedError):
    """The charge point is not connected."""


class DroppedError(NotConnectedError):
    """The charge point left, or started again, before it answered what was sent."""


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


class PendingCall:
    """A request that waits for its answer, also if nobody else does any more."""

    def __init__(self) -> None:
        """Give it an id that nobody else has."""
        self.unique_id = str(uuid4())
        self.outcome: asyncio.Future[dict[str, Any]] = (
            asyncio.get_running_loop().create_future()
        )

    def resolve(self, outcome: dict[str, Any] | CallFailedError) -> None:
        """Tell whoever waits what became of it, unless that is settled."""
        if self.outcome.done():
            return
        if isinstance(outcome, CallFailedError):
            self.outcome.set_exception(outcome)
            # Its caller may be about to go; asyncio must not complain that nobody looked.
            self.outcome.exception()
        else:
            self.outcome.set_result(outcome)
