"""Planner of the Wi-Fi signal strength, which is read while its sensor is enabled."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..model.reading import Read
from ..state import ChargerState
from .step import Answer, Step, Wait, silent

SIGNAL_STRENGTH: Final = "WiFiSignalStrength"
"""0 to 100 (docs/chargers.md §1.3)."""
READ_EVERY: Final = timedelta(hours=1)

_READ: Final = Read(keys=(SIGNAL_STRENGTH,))


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request."""
    due = state.pending.signal_at
    if due is None or SIGNAL_STRENGTH not in state.settings.configuration:
        return None
    return Step(request=_READ.request, learn=_learn) if due <= now else Wait(due)


def wanted(state: ChargerState, at: datetime | None) -> ChargerState:
    """Return the state in which it is read at that time and then hourly; None for never."""
    return replace(state, pending=replace(state.pending, signal_at=at))


def _learn(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if not answer.given:
        return silent(state, answer, now)
    if state.pending.signal_at is not None:
        state = wanted(state, now + READ_EVERY)
    read = _READ.answered(answer.result_payload)
    return replace(state, settings=state.settings.partly_read(read.found))
