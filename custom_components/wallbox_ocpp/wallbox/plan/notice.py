"""What happens in a charger, or to what its owner wants, and what it means for the plan."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model import sessions
from ..model.clock import REPLAY
from ..model.connector import WITHIN_TRANSACTION
from ..model.events import Booted, Event, LimitJudged, SessionChanged, StatusChanged
from ..model.held_profiles import Slot
from ..model.limits import Limit
from ..model.list_sync import ListSync
from ..model.provisioning import Provisioning
from ..state import ChargerState
from . import limits, offline_test, owner_requests

FORGOTTEN: Final = timedelta(seconds=10)
"""For which a charger that is back may still say how the session of another car ended."""
START_AFTER: Final = timedelta(seconds=15)
"""For which a charger with a car may open a transaction by itself."""


def noticed(state: ChargerState, event: Event, now: datetime) -> ChargerState:
    """Take in something that happened in the charger."""
    held, start = state.charging.held, state.charging.remote_start
    match event:
        case Booted():
            state = _for_unit(state)
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
            # A queue tells of a beginning before the end that goes with it.
            gone = state.connector.plugged_in is False
            state = _abandoned_at(state, now + REPLAY if gone else None)
        case StatusChanged(before, after=ChargePointStatus.preparing):
            # Locked, it opens nothing by itself.
            due_at = now if state.locked else now + START_AFTER
            state = _given_up(state, before, now).starting(
                replace(start, due_at=due_at)
            )
        case StatusChanged(before, after=ChargePointStatus.available):
            state = _given_up(state, before, now).starting(
                replace(start, started=None, due_at=None)
            )
        case StatusChanged(after=after) if after in WITHIN_TRANSACTION:
            state = _abandoned_at(state, None)
            if after is ChargePointStatus.suspended_evse and held.transaction.renew_at:
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
        provisioning=Provisioning(
            asked=state.provisioning.asked, restore=state.provisioning.unfinished
        ),
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
        if state.connector.status not in (None, *WITHIN_TRANSACTION):
            # The charger never said what became of its session.
            state = replace(state, ledger=sessions.abandon(state.ledger, now))
    if pending is not state.pending:
        state = replace(state, pending=pending)
    return offline_test.advanced(state, now)


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
        offline_test.next_moment(state),
    )
    return min(filter(None, moments), default=None)


def _for_unit(state: ChargerState) -> ChargerState:
    """Keep the original configurations of two units apart, if another one has come."""
    settings = state.settings.of_unit(state.identity.serial_number)
    if settings.other_units is state.settings.other_units:
        return replace(state, settings=settings)
    provisioning = replace(state.provisioning, restore=None)
    return replace(state, settings=settings, provisioning=provisioning)


def _over(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _has_booted(state: ChargerState) -> bool:
    """Say whether the charger has started in this connection, and was not only asked to say so."""
    latest = state.link.connections.history[-1:]
    return any(connection.boots for connection in latest)


def _given_up(
    state: ChargerState, before: ChargePointStatus | None, now: datetime
) -> ChargerState:
    """Give a session up that is not running, once its end has had time to come from a queue."""
    session, link = state.ledger.open, state.link
    forgotten = state.charging.remote_start.started is None
    if session is None:
        return _abandoned_at(state, None)
    if state.connector.status is ChargePointStatus.preparing and not forgotten:
        began, connected = session.started, link.connected_at
        if began is None or connected is None or began >= connected:
            # It is only ahead of its status.
            return _abandoned_at(state, None)
    next_car = before is ChargePointStatus.available
    if next_car and (link.connected_at is None or now - link.connected_at > REPLAY):
        return _abandoned_at(state, now)
    soon = next_car or (forgotten and _has_booted(state))
    moment = now + (FORGOTTEN if soon else REPLAY)
    # A charger that comes and goes must not put this off for ever.
    return _abandoned_at(state, min(state.pending.abandon_at or moment, moment))


def _abandoned_at(state: ChargerState, moment: datetime | None) -> ChargerState:
    return replace(state, pending=replace(state.pending, abandon_at=moment))
