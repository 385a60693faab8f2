"""The way out: (state, time) → the next request to a charger, or when to look again.

`next_step` returns a request, and its answer leads to a new state, until nothing is left to ask.
What the charger may have lost, or never confirmed, counts as not held.
"""

from datetime import datetime

from ..state import ChargerState
from . import (
    connection,
    limits,
    local_list,
    offline_test,
    owner_requests,
    provisioning,
    remote_start,
    restore,
    signal,
)
from .step import Step, Wait

PLANNERS = (
    owner_requests.next_step,
    connection.next_step,
    limits.next_step,
    connection.next_reading,
    # Before anything puts the settings right.
    offline_test.next_step,
    restore.next_step,
    provisioning.next_step,
    remote_start.next_step,
    local_list.next_step,
    signal.next_step,
)
"""The planners, by priority."""

_ADVANCING = (
    remote_start.advanced,
    restore.advanced,
    provisioning.advanced,
)


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state of a charger that is ready, after all changes that need no request."""
    before = None
    while state is not before:
        before = state
        for advance in _ADVANCING:
            state = advance(state, now)
    return state


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request to a charger that is ready for one, or when to look again.

    None if only an event changes anything.
    """
    if silent_until := state.pending.silent_until:
        return Wait(silent_until)
    waits: list[Wait] = []
    for planner in PLANNERS:
        match planner(state, now):
            case Step() as step:
                return step
            case Wait() as wait:
                waits.append(wait)
            case None:
                pass
    return min(waits, key=lambda wait: wait.until, default=None)
