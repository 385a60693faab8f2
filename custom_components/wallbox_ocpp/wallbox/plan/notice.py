"""What an event, a changed wish or elapsed time means for the plan."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model import sessions
from ..model.clock import REPLAY
from ..model.connector import MAYBE_WITHIN_TRANSACTION, WITHIN_TRANSACTION
from ..model.events import Booted, Event, LimitJudged, SessionChanged, StatusChanged
from ..model.limits import Limit
from ..model.local_list import ListSync
from ..model.provisioning import Provisioning
from ..state import ChargerState
from . import lease_trial, leases, limits, offline_test, owner_requests, plans

FORGOTTEN: Final = timedelta(seconds=10)
"""Time after a reconnect in which the StopTransaction of an earlier session may still come."""
READ_RECENTLY: Final = timedelta(seconds=15)
"""How old a reading may be when a car pauses: most chargers send one every ten seconds."""
START_AFTER: Final = timedelta(seconds=15)
"""Time in which a charger may begin a transaction by itself after a car was plugged in."""


def noticed(state: ChargerState, event: Event, now: datetime) -> ChargerState:
    """Return the state after an event."""
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
            # One firmware drops the TxDefaultProfile when a transaction starts
            # (docs/chargers.md §3.7).
            state = state.holding(held.for_next_transaction())
            state = state.starting(replace(start, started=True))
            # In a queue, a start comes before the stop that belongs to it.
            gone = state.connector.plugged_in is False
            state = _abandoned_at(state, now + REPLAY if gone else None)
            pending = replace(state.pending, start_received=True)
            state = replace(state, pending=pending)
        case StatusChanged(before, after=ChargePointStatus.preparing):
            # A locked charger begins no transaction by itself.
            due_at = now if state.locked else now + START_AFTER
            state = _given_up(state, before, now).starting(
                replace(start, due_at=due_at)
            )
        case StatusChanged(before, after=ChargePointStatus.available):
            state = _given_up(state, before, now).starting(
                replace(start, started=None, due_at=None)
            )
        case StatusChanged(before, after=after) if after in WITHIN_TRANSACTION:
            state = _abandoned_at(state, None)
            if before is ChargePointStatus.charging:
                state = _read_after_pause(state, now)
            if after is ChargePointStatus.suspended_evse and held.transaction.renew_at:
                state = leases.doubted_from(state, now)
        case LimitJudged():
            state = limits.judged(state, now)
        case StatusChanged() | SessionChanged():
            pass
        case _:
            return state
    return looked_again(state)


def connected(state: ChargerState) -> ChargerState:
    """Return the state after a connect, with what is due then; a reconnect is not a boot.

    Readings are requested, because unattended energy is known only with the next one.
    """
    unseen = state.metering.offline_period is not None
    pending = replace(
        state.pending,
        status_requested=False,
        status_expected_until=None,
        last_call=None,
        start_received=False,
        readings_due=state.pending.readings_due or unseen,
        reset=None,
        back_by=None,
        checks=(),
    )
    return looked_again(replace(state, pending=pending))


def disconnected(state: ChargerState) -> ChargerState:
    """Return the state after a disconnect, without what was pending on the connection."""
    charging = state.charging
    return replace(
        state,
        pending=replace(
            state.pending, owner_requests={}, readings_due=False, checks=()
        ),
        provisioning=state.provisioning.broken_off(),
        charging=replace(
            charging,
            held=replace(
                charging.held,
                asked=False,
                leases=replace(charging.held.leases, tried_until=None, doubt_at=None),
            ),
            remote_start=replace(charging.remote_start, asked=False, due_at=None),
        ),
    )


def reconsidered(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after the owner has changed what is wanted."""
    if state.connector.status is ChargePointStatus.preparing:
        start = replace(state.charging.remote_start, due_at=now + START_AFTER)
        state = state.starting(start)
    return looked_again(state)


def looked_again(state: ChargerState) -> ChargerState:
    """Return the state in which refused and unanswered requests are sent again."""
    pending = replace(state.pending, silent_until=None)
    return replace(state, pending=pending).holding(state.charging.held.retried())


def forgotten(state: ChargerState) -> ChargerState:
    """Return the state of a charger that may hold nothing any more."""
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
    """Return the state after all that is due by now."""
    held, pending = state.charging.held, state.pending
    if _over(held.retry_at, now):
        state = state.holding(held.retried())
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
        # Its StopTransaction comes after all readings of a queue.
        waits = state.metering.clock.catches_up(now)
        pending = replace(pending, abandon_at=now + REPLAY if waits else None)
        if not waits and state.connector.status not in MAYBE_WITHIN_TRANSACTION:
            # The StopTransaction of the session never came.
            state = replace(state, ledger=sessions.abandon(state.ledger, now))
    if pending is not state.pending:
        state = replace(state, pending=pending)
    state = leases.elapsed(plans.elapsed(state, now), now)
    return offline_test.advanced(state, now)


def next_moment(state: ChargerState) -> datetime | None:
    """Return when something is next due for `elapsed`; None if nothing is."""
    held, pending = state.charging.held, state.pending
    moments = (
        held.retry_at,
        pending.silent_until,
        pending.back_by,
        pending.abandon_at,
        *pending.checks,
        offline_test.next_moment(state),
        plans.next_moment(state),
        leases.next_moment(state),
        lease_trial.next_moment(state),
    )
    return min(filter(None, moments), default=None)


def _for_unit(state: ChargerState) -> ChargerState:
    """Switch to the original configuration of another unit, if it is another one."""
    settings = state.settings.of_unit(state.identity.serial_number)
    if settings.other_units is state.settings.other_units:
        return replace(state, settings=settings)
    provisioning = replace(state.provisioning, restore=None)
    return replace(state, settings=settings, provisioning=provisioning)


def _over(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _read_after_pause(state: ChargerState, now: datetime) -> ChargerState:
    """Request readings: what flowed until now belongs to the time before the pause."""
    last = state.metering.register.last
    if last and now - last.read_at <= READ_RECENTLY:
        return state
    return replace(state, pending=replace(state.pending, readings_due=True))


def _has_booted(state: ChargerState) -> bool:
    """Return whether the charger has booted on this connection, not counting requested messages."""
    latest = state.link.connections.history[-1:]
    return any(connection.boots for connection in latest)


def _given_up(
    state: ChargerState, before: ChargePointStatus | None, now: datetime
) -> ChargerState:
    """Schedule to close a session that is not running, after time for its StopTransaction to come."""
    session, link = state.ledger.open, state.link
    forgotten = state.charging.remote_start.started is None
    if session is None:
        return _abandoned_at(state, None)
    if state.connector.status is ChargePointStatus.preparing and not forgotten:
        began, connected = session.started, link.connected_at
        if began is None or connected is None or began >= connected:
            # The transaction began before its status came.
            return _abandoned_at(state, None)
    moment = now + _time_to_stop(state, before, now)
    # A charger that reconnects again and again must not postpone this.
    return _abandoned_at(state, min(state.pending.abandon_at or moment, moment))


def _time_to_stop(
    state: ChargerState, before: ChargePointStatus | None, now: datetime
) -> timedelta:
    """Return how long the StopTransaction of a session that is not running may still take."""
    link = state.link
    if state.pending.start_received:
        # While a charger waits to repeat a StartTransaction, only its statuses arrive
        # (docs/chargers.md §5.3).
        return REPLAY
    if before is ChargePointStatus.available:
        # The next car has come.
        queue_sent = link.connected_at is None or now - link.connected_at > REPLAY
        return timedelta() if queue_sent else FORGOTTEN
    forgotten = state.charging.remote_start.started is None and _has_booted(state)
    return FORGOTTEN if forgotten else REPLAY


def _abandoned_at(state: ChargerState, moment: datetime | None) -> ChargerState:
    return replace(state, pending=replace(state.pending, abandon_at=moment))
