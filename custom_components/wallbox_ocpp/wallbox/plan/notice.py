"""What happens in a charger, or to what its owner wants, and what it means for the plan."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model import sessions
from ..model.clock import REPLAY
from ..model.events import Booted, Event, LimitJudged, SessionChanged, StatusChanged
from ..model.held_profiles import Slot
from ..model.limits import Limit
from ..model.list_sync import ListSync
from ..model.provisioning import Provisioning
from ..state import ChargerState
from . import limits, owner_requests

START_AFTER: Final = timedelta(seconds=15)
"""For which a charger with a car may open a transaction by itself."""


def noticed(state: ChargerState, event: Event, now: datetime) -> ChargerState:
    """Take in something that happened in the charger."""
    held, start = state.charging.held, state.charging.remote_start
    match event:
        case Booted():
            state = owner_requests.booted(forgotten(state)).starting(
                replace(start, started=None)
            )
            pending = replace(state.pending, reset=None, back_by=None)
            state = replace(state, pending=pending)
        case SessionChanged(changed) if changed.ended is None:
            # One firmware throws the default profile away when a transaction starts
            # (docs/chargers.md §3.7).
            state = state.holding(replace(held, default=Slot(), transaction=Slot()))
            state = state.starting(replace(start, started=True))
            state = _abandoned_later(state, now)
        case StatusChanged(after=ChargePointStatus.preparing):
            # Locked, it opens nothing by itself.
            due_at = now if state.locked else now + START_AFTER
            pending = replace(state.pending, abandon_at=None)
            state = replace(state, pending=pending).starting(
                replace(start, due_at=due_at)
            )
        case StatusChanged(after=ChargePointStatus.available):
            state = state.starting(replace(start, started=None, due_at=None))
            state = _abandoned_later(state, now)
        case StatusChanged(after=ChargePointStatus.suspended_evse):
            if held.transaction.renew_at:
                doubt = now + limits.DOUBT_LEASE_AFTER
                state = state.holding(replace(held, doubt_lease_at=doubt))
        case LimitJudged():
            state = limits.judged(state)
        case StatusChanged() | SessionChanged():
            pass
        case _:
            return state
    return looked_again(state)


def connected(state: ChargerState) -> ChargerState:
    """Take up work for a charger that has connected; a reconnect is not a boot.

    What flowed without us is known with the next reading, for which a charger may take its time.
    """
    unseen = state.metering.offline_period is not None
    pending = replace(
        state.pending,
        status_requested=False,
        readings_due=state.pending.readings_due or unseen,
        reset=None,
        back_by=None,
        checks=(),
    )
    return looked_again(replace(state, pending=pending))


def disconnected(state: ChargerState) -> ChargerState:
    """Drop what only made sense while the charger was there."""
    charging = state.charging
    return replace(
        state,
        pending=replace(
            state.pending, owner_requests=(), readings_due=False, checks=()
        ),
        provisioning=state.provisioning.broken_off(),
        charging=replace(
            charging,
            held=replace(charging.held, asked=False, doubt_lease_at=None),
            remote_start=replace(charging.remote_start, asked=False, due_at=None),
        ),
    )


def reconsidered(state: ChargerState, now: datetime) -> ChargerState:
    """Look again: what the owner wants has changed."""
    if state.connector.status is ChargePointStatus.preparing:
        start = replace(state.charging.remote_start, due_at=now + START_AFTER)
        state = state.starting(start)
    return looked_again(state)


def looked_again(state: ChargerState) -> ChargerState:
    """Ask again for what the charger refused or did not answer."""
    pending = replace(state.pending, silent_until=None)
    return replace(state, pending=pending).holding(state.charging.held.retried())


def forgotten(state: ChargerState) -> ChargerState:
    """Take it that the charger holds nothing any more."""
    charging = state.charging
    return replace(
        state,
        charging=replace(charging, held=charging.held.forgotten(), limit=Limit()),
        access=replace(state.access, list_sync=ListSync()),
        provisioning=Provisioning(asked=state.provisioning.asked),
    )


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Take in what follows from the time that has passed."""
    held, pending = state.charging.held, state.pending
    if _over(held.retry_at, now):
        state = state.holding(held.retried())
    if _over(held.doubt_lease_at, now):
        state = limits.lease_doubted(state)
    if any(check <= now for check in pending.checks):
        unclear = (
            state.transaction is not None and state.charging.limit.followed is None
        )
        pending = replace(
            pending,
            checks=tuple(check for check in pending.checks if check > now),
            readings_due=pending.readings_due or unclear,
        )
    if _over(pending.silent_until, now):
        pending = replace(pending, silent_until=None)
    if _over(pending.back_by, now):
        pending = replace(pending, back_by=None)
        state = replace(state, link=state.link.reboot_missed())
    if _over(pending.abandon_at, now):
        pending = replace(pending, abandon_at=None)
        if state.transaction is None:
            # The charger has no car, and never said what became of its session.
            state = replace(state, ledger=sessions.abandon(state.ledger, now))
    return state if pending is state.pending else replace(state, pending=pending)


def next_moment(state: ChargerState) -> datetime | None:
    """Return when `elapsed` has something to take in; None if never."""
    held, pending = state.charging.held, state.pending
    moments = (
        held.retry_at,
        held.doubt_lease_at,
        pending.silent_until,
        pending.back_by,
        pending.abandon_at,
        *pending.checks,
    )
    return min(filter(None, moments), default=None)


def _over(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _abandoned_later(state: ChargerState, now: datetime) -> ChargerState:
    """Give a session up that has no car, unless its StopTransaction is in a queue."""
    waits = state.ledger.open and state.connector.plugged_in is False
    # A charger that comes and goes must not put this off for ever.
    if not waits or state.pending.abandon_at:
        return state
    return replace(state, pending=replace(state.pending, abandon_at=now + REPLAY))
