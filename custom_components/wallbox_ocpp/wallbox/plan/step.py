"""A request to a charger, its answer as a value, and what is learned from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from ...csms.requests import OcppPayload, read_status
from ..model.offline_fix import ACCEPTED
from ..state import ChargerState

RETRY_AFTER: Final = timedelta(seconds=60)
"""Until what the charger refused or did not answer is tried again."""


class Result(StrEnum):
    """What came of a request."""

    ANSWERED = "answered"
    ERROR = "error"
    """The charger answered with a CALLERROR."""
    SILENT = "silent"
    """It did not answer in time."""
    DROPPED = "dropped"
    """It left after the request was sent and before it answered."""
    NOT_SENT = "not_sent"
    """It left before the request was sent."""
    WITHDRAWN = "withdrawn"
    """The request was no longer allowed when its turn came, and was not sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request, also if there is none."""

    result: Result
    payload: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    """The code of a CALLERROR."""

    @property
    def status(self) -> str:
        """The status in the answer, or the code of the error."""
        return read_status(self.payload) if not self.error else self.error

    @property
    def accepted(self) -> bool:
        """Whether the charger has said that it did as it was asked."""
        return self.result is Result.ANSWERED and self.status == ACCEPTED

    @property
    def result_payload(self) -> Mapping[str, Any] | None:
        """The payload of a CALLRESULT; None if it is a CALLERROR, or missing."""
        return self.payload if self.result is Result.ANSWERED else None

    @property
    def given(self) -> bool:
        """Whether the charger answered at all."""
        return self.result in (Result.ANSWERED, Result.ERROR)


type Learn = Callable[[ChargerState, Answer, datetime], ChargerState]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A request, and how its answer changes what is known."""

    request: OcppPayload
    learn: Learn
    """Takes the state as it is by then, the answer, and the time in UTC."""
    sending: Callable[[ChargerState], ChargerState] | None = None
    """What is true from the moment on at which the request is sent."""
    only_if: Callable[[ChargerState], bool] | None = None
    """Asked when the request's turn has come, with the state as it is by then."""
    save_first: bool = False
    """The state has to be on disk before the request is sent."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to ask before some time."""

    until: datetime


def may_change_authorisation(state: ChargerState) -> bool:
    """Say whether the authorisation keys may be written; for `Step.only_if`."""
    return state.may_change_authorisation


def silent(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    """Let a charger be for a while that did not answer, whatever was under way."""
    if answer.result is not Result.SILENT:
        return state
    return replace(
        state,
        pending=replace(state.pending, silent_until=now + RETRY_AFTER),
        provisioning=state.provisioning.broken_off(),
    )
