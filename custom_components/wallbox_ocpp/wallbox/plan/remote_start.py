"""The transaction of the car that is plugged in: asked for once, if the charger opens none."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_profiles import remote_start
from ..model.offline_fix import ProfileName
from ..state import ChargerState
from .step import Answer, Result, Step, Wait, silent


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the request, if it is due and the car may have a transaction."""
    start = state.start
    if start.asked or (start.due_at and start.due_at <= now):
        if not _may_start(state, now):
            return None
        return Step(
            request=remote_start(),
            sending=lambda state: _with(state, started=True),
            learn=_learn,
        )
    return Wait(start.due_at) if start.due_at else None


def requested(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state once the owner asks for a transaction, if the car may have one."""
    asked = _with(state, asked=True)
    return asked if _may_start(asked, now) else state


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Let go of what the owner asks for once the car has it, or can no longer have it."""
    if state.start.asked and not _may_start(state, now):
        return _with(state, asked=False)
    return state


def outcome(state: ChargerState) -> bool | None:
    """Say whether the charger has not refused; None as long as that is not clear."""
    if state.start.asked or state.link.silent_until or not state.connected:
        return None
    return not state.start_refused


def _may_start(state: ChargerState, now: datetime) -> bool:
    """Say whether a car waits for a transaction, and may have one.

    Without our fix, or locked, it is left to wait for a card. A second request in the same
    plug-in is refused for ever (docs/chargers.md §3.3).
    """
    ours = state.fix_enabled and state.lock.profile is not ProfileName.FACTORY
    return (
        (ours or state.start.asked)
        and state.start.started is None
        and not state.bars(now)
        and state.is_wallbox
        and not state.rebooting
        and state.wish.charging
        and state.status is ChargePointStatus.preparing
    )


def _learn(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    before = state.start
    state = silent(_with(state, asked=False, due_at=None), answer, now)
    if not answer.given:
        # Nobody knows whether it was heard, so it may be asked again.
        lost = state.transaction is None and answer.result is not Result.WITHDRAWN
        due_at = before.due_at or now
        return _with(state, started=None, due_at=due_at) if lost else state
    if answer.accepted or before.started is not True:
        # The car may have left meanwhile.
        return state
    # One that has just begun by itself refuses, too.
    return _with(state, started=state.transaction is not None)


def _with(state: ChargerState, **changes: Any) -> ChargerState:
    return replace(state, start=replace(state.start, **changes))
