"""A step of the plan: a request, its answer as a value, and what is learned from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from ...csms.requests import OcppPayload, read_status
from ..model.offline_fix import ACCEPTED
from ..model.reading import Write
from ..state import ChargerState

RETRY_AFTER: Final = timedelta(seconds=60)
"""Time until a refused or unanswered request is sent again."""


class Result(StrEnum):
    """The result of a request."""

    ANSWERED = "answered"
    ERROR = "error"
    """The charger answered with a CALLERROR."""
    SILENT = "silent"
    """It did not answer in time."""
    DROPPED = "dropped"
    """It disconnected or booted before it answered."""
    NOT_SENT = "not_sent"
    """It disconnected before the request was sent."""
    WITHDRAWN = "withdrawn"
    """`Step.only_if` no longer held, and the request was not sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request, or the reason why there is none."""

    result: Result
    payload: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    """The code of a CALLERROR."""

    @property
    def status(self) -> str:
        """The status in the answer, or the code of the CALLERROR."""
        return read_status(self.payload) if not self.error else self.error

    @property
    def accepted(self) -> bool:
        """Whether the status is Accepted."""
        return self.result is Result.ANSWERED and self.status == ACCEPTED

    @property
    def result_payload(self) -> Mapping[str, Any] | None:
        """The payload of a CALLRESULT; None after a CALLERROR, or without an answer."""
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
    """Called with the state at that time, the answer, and the time in UTC."""
    sending: Callable[[ChargerState], ChargerState] | None = None
    """Returns the state from the moment on at which the request is sent."""
    only_if: Callable[[ChargerState], bool] | None = None
    """Whether to send it, checked with the state when its turn has come."""
    save_first: bool = False
    """The state has to be on disk before the request is sent."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be requested before a time."""

    until: datetime


def write_condition(write: Write) -> Callable[[ChargerState], bool] | None:
    """Return `Step.only_if` of a write: authorisation keys only while no transaction is open."""
    if not write.setting.only_idle:
        return None
    return lambda state: state.may_change_authorisation


def silent(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    """Return the state in which nothing is requested for a while, after a missing answer."""
    if answer.result is not Result.SILENT:
        return state
    return replace(
        state,
        pending=replace(state.pending, silent_until=now + RETRY_AFTER),
        provisioning=state.provisioning.broken_off(),
    )
