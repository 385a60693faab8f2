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
from ..model.provisioning import Provisioning
from ..state import ChargerState
from . import limits, owner_requests

START_AFTER: Final = timedelta(seconds=15)
"""For which a charger with a car may open a transaction by itself."""


def noticed(state: ChargerState, event: Event, now: datetime) -> ChargerState:
    """Take in something that happened in the charger."""
    match event:
        case Booted():
            state = replace(
                owner_requests.booted(forgotten(state)),
                start=replace(state.start, started=None),
                link=replace(state.link, reset=None, back_by=None),
            )
        case SessionChanged(changed) if changed.ended is None:
            state = replace(
                state,
                start=replace(state.start, started=True),
                # One firmware throws the default profile away when a transaction starts
                # (docs/chargers.md §3.7).
                held=replace(state.held, default=Slot(), transaction=Slot()),
            )
            state = _abandoned_later(state, now)
        case StatusChanged(after=ChargePointStatus.preparing):
            # Locked, it opens nothing by itself.
            due_at = now if state.locked else now + START_AFTER
            state = replace(
                state,
                start=replace(state.start, due_at=due_at),
                link=replace(state.link, abandon_at=None),
            )
        case StatusChanged(after=ChargePointStatus.available):
            start = replace(state.start, started=None, due_at=None)
            state = _abandoned_later(replace(state, start=start), now)
        case StatusChanged(after=ChargePointStatus.suspended_evse):
            if state.held.transaction.renew_at:
                doubt = now + limits.DOUBT_LEASE_AFTER
                state = replace(state, held=replace(state.held, doubt_lease_at=doubt))
        case LimitJudged():
            state = limits.judged(state)
        case StatusChanged() | SessionChanged():
            pass
        case _:
            return state
    return looked_again(state)


def connected(state: ChargerState) -> ChargerState:
    """Take up work for a charger that has connected; a reconnect is not a boot."""
    link = replace(
        state.link, status_requested=False, reset=None, back_by=None, checks=()
    )
    return looked_again(replace(state, link=link))


def disconnected(state: ChargerState) -> ChargerState:
    """Drop what only made sense while the charger was there."""
    return replace(
        state,
        link=replace(state.link, readings_due=False, checks=()),
        provisioning=state.provisioning.broken_off(),
        start=replace(state.start, asked=False, due_at=None),
        held=replace(state.held, asked=False, doubt_lease_at=None),
        owner_requests=(),
    )


def reconsidered(state: ChargerState, now: datetime) -> ChargerState:
    """Look again: what the owner wants has changed."""
    if state.status is ChargePointStatus.preparing:
        start = replace(state.start, due_at=now + START_AFTER)
        state = replace(state, start=start)
    return looked_again(state)


def looked_again(state: ChargerState) -> ChargerState:
    """Ask again for what the charger refused or did not answer."""
    return replace(
        state,
        held=state.held.retried(),
        link=replace(state.link, silent_until=None),
    )


def forgotten(state: ChargerState) -> ChargerState:
    """Take it that the charger holds nothing any more."""
    return replace(
        state,
        held=state.held.forgotten(),
        limit=Limit(),
        list_sync=type(state.list_sync)(),
        provisioning=Provisioning(asked=state.provisioning.asked),
    )


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Take in what follows from the time that has passed."""
    held, link = state.held, state.link
    if held.retry_at and held.retry_at <= now:
        state = replace(state, held=held.retried())
    if held.doubt_lease_at and held.doubt_lease_at <= now:
        state = limits.lease_doubted(state)
    if link.silent_until and link.silent_until <= now:
        state = replace(state, link=replace(state.link, silent_until=None))
    if any(check <= now for check in link.checks):
        unclear = state.transaction is not None and state.limit.followed is None
        link = replace(
            state.link,
            checks=tuple(check for check in link.checks if check > now),
            readings_due=state.link.readings_due or unclear,
        )
        state = replace(state, link=link)
    if link.back_by and link.back_by <= now:
        state = replace(
            state,
            link=replace(state.link, back_by=None),
            overdue=state.rebooting and not state.connected,
            rebooting=False,
        )
    if link.abandon_at and link.abandon_at <= now:
        state = replace(state, link=replace(state.link, abandon_at=None))
        if state.transaction is None:
            # The charger has no car, and never said what became of its session.
            state = replace(state, ledger=sessions.abandon(state.ledger, now))
    return state


def next_moment(state: ChargerState) -> datetime | None:
    """Return when `elapsed` has something to take in; None if never."""
    held, link = state.held, state.link
    moments = (
        held.retry_at,
        held.doubt_lease_at,
        link.silent_until,
        link.back_by,
        link.abandon_at,
        *link.checks,
    )
    return min(filter(None, moments), default=None)


def _abandoned_later(state: ChargerState, now: datetime) -> ChargerState:
    """Give a session up that has no car, unless its StopTransaction is in a queue."""
    waits = state.ledger.open and state.plugged_in is False
    # A charger that comes and goes must not put this off for ever.
    if not waits or state.link.abandon_at:
        return state
    return replace(state, link=replace(state.link, abandon_at=now + REPLAY))
