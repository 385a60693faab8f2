"""Planner of RemoteStartTransaction: sent once for a car, if the charger begins no transaction."""

from dataclasses import replace
from datetime import datetime

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_profiles import remote_start
from ..model.offline_fix import ProfileName
from ..state import ChargerState
from .step import Answer, Result, Step, Wait, silent


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the request, if it is due and the car may have a transaction."""
    start = state.charging.remote_start
    if start.asked or (start.due_at and start.due_at <= now):
        if not _may_start(state, now):
            return None
        return Step(request=remote_start(), sending=_sent, learn=_learn)
    return Wait(start.due_at) if start.due_at else None


def requested(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state once the owner has requested a transaction, if the car may have one."""
    asked = state.starting(replace(state.charging.remote_start, asked=True))
    return asked if _may_start(asked, now) else state


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Drop the owner's request once the car has a transaction, or can no longer have one."""
    start = state.charging.remote_start
    if start.asked and not _may_start(state, now):
        return state.starting(replace(start, asked=False))
    return state


def outcome(state: ChargerState) -> bool | None:
    """Return False if the charger has refused, True if not; None as long as that is unknown."""
    start = state.charging.remote_start
    if start.asked or state.pending.silent_until or not state.link.connected:
        return None
    return not start.refused


def _may_start(state: ChargerState, now: datetime) -> bool:
    """Return whether a car is plugged in without a transaction, and may have one.

    Without the fix, or locked, it waits for a card. A second request in the same plug-in is
    refused for ever (docs/chargers.md §3.3).
    """
    charging, profile = state.charging, state.access.lock.profile
    ours = (
        state.settings.fix_enabled
        and profile is not ProfileName.FACTORY
        # Without any limit, the car could not be paused.
        and not charging.held.refuses_all
    )
    return (
        (ours or charging.remote_start.asked)
        and charging.remote_start.started is None
        and not state.requires_card(now)
        and state.identity.is_wallbox
        and not state.link.rebooting
        and charging.wish.charging
        and state.connector.status is ChargePointStatus.preparing
    )


def _sent(state: ChargerState) -> ChargerState:
    return state.starting(replace(state.charging.remote_start, started=True))


def _learn(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    before = state.charging.remote_start
    after = replace(before, asked=False, due_at=None)
    running = state.transaction is not None
    if not answer.given:
        # It is unknown whether the request arrived, so it may be sent again.
        if not running and answer.result is not Result.WITHDRAWN:
            after = replace(after, started=None, due_at=before.due_at or now)
    elif not answer.accepted and before.started is True:
        # A charger that has just begun one by itself refuses, too. The car may be gone by now.
        after = replace(after, started=running)
    return silent(state.starting(after), answer, now)
