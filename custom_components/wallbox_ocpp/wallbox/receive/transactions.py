"""How StartTransaction, MeterValues and StopTransaction change what is known of a charger."""

from dataclasses import replace
from datetime import datetime

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus

from ...csms.messages import MeterValues, StartTransaction, StopTransaction
from ..model import meter, meter_history, sessions
from ..model.charging_session import Circumstances
from ..model.events import Event, FoundOut, LimitJudged, Measured, SessionChanged
from ..model.limits import at_least
from ..model.offline_energy import closed, unattended_in
from ..model.sessions import Ledger
from ..state import ChargerState
from . import authorization
from .outcome import Outcome


def start(state: ChargerState, message: StartTransaction, now: datetime) -> Outcome:
    """Take in that a transaction has begun."""
    delayed = _from_queue(state, message.timestamp, now)
    state = _heard(state, message.meter_start, message.timestamp, now)
    moment = _moment(state, message.timestamp, now)
    status = authorization.authorization_status(state, message.id_tag, moment)
    ledger, session = sessions.start(
        state.ledger,
        message,
        now,
        delayed=delayed,
        who=authorization.holder(state, message.id_tag),
        refused=status is not AuthorizationStatus.accepted,
        plugged_in=None if delayed else state.connector.plugged_in_at,
        drawing=state.connector.status is ChargePointStatus.charging and not delayed,
    )
    shown: tuple[Event, ...] = ()
    if ledger is not state.ledger:
        state, shown = authorization.started(
            state, message.id_tag, now, delayed=delayed
        )
    # A transaction belies a status that has not caught up yet.
    belied = state.connector.status is ChargePointStatus.available and not delayed
    return Outcome(
        replace(
            state,
            ledger=ledger,
            connector=replace(
                state.connector,
                status=None if belied else state.connector.status,
                plugged_in_at=state.connector.plugged_in_at if delayed else None,
            ),
        ),
        # Also one that is refused has its number and its session (OCTT 037_3).
        call_result.StartTransaction(
            transaction_id=session.transaction_id,
            id_tag_info=IdTagInfo(status=status),
        ),
        (*shown, SessionChanged(session)),
    )


def stop(state: ChargerState, message: StopTransaction, now: datetime) -> Outcome:
    """Take in that a transaction has ended."""
    delayed = _from_queue(state, message.timestamp, now)
    circumstances = _circumstances(state, message.timestamp, now)
    state = _heard(state, message.meter_stop, message.timestamp, now)
    ledger, session = sessions.stop(
        state.ledger,
        message,
        now,
        delayed=delayed,
        **circumstances,
    )
    if state.metering.offline_period:
        unattended = unattended_in(
            session, state.metering.offline_period, session.meter_last or 0.0
        )
        ledger, session = sessions.marked(ledger, session, unattended)
    register = (
        state.metering.register.advanced(message.meter_stop or 0)
        or state.metering.register
    )
    # A stop from the queue may tell of an earlier transaction than the one that runs now.
    readings = (
        state.metering.readings if ledger.open else meter.idle(state.metering.readings)
    )
    return Outcome(
        replace(
            state,
            ledger=ledger,
            metering=replace(state.metering, register=register, readings=readings),
        ),
        call_result.StopTransaction(),
        (SessionChanged(session),),
    )


def measure(state: ChargerState, message: MeterValues, now: datetime) -> Outcome:
    """Take in readings of the meter."""
    ledger = _adopted(state, message, now)
    adopted = ledger is not state.ledger
    register, readings, clock = (
        state.metering.register,
        state.metering.readings,
        state.metering.clock,
    )
    dropped = 0
    drawn: float | None = None
    news: float | None = None
    for value in message.meter_values:
        live = not _from_queue(state, value.timestamp, now)
        clock = clock.learned(value.timestamp, now, state.link.connected_at)
        measured, nonsense = meter.read(value.sampled_values)
        dropped += nonsense
        if measured.energy is not None:
            advanced = register.advanced(measured.energy)
            dropped += advanced is None
            register = advanced or register
            if register.value == measured.energy:
                ledger = sessions.extend(
                    ledger,
                    message.transaction_id,
                    register.value,
                    value.timestamp or now,
                    **_circumstances(state, value.timestamp, now),
                )
                if clock.is_news(value.timestamp, state.link.connected_at):
                    news = register.value
            if not clock.is_news(value.timestamp, state.link.connected_at):
                state = _late(state, measured.energy, value.timestamp, now)
        if measured.power is not None:
            ledger = sessions.peaked(ledger, message.transaction_id, measured.power)
        if live:
            readings = meter.merge(readings, measured)
            drawn = at_least(measured)
    state = replace(
        state,
        ledger=ledger,
        metering=replace(
            state.metering,
            register=register,
            readings=readings,
            clock=clock,
            dropped_readings=state.metering.dropped_readings + dropped,
        ),
    )
    attended, judgement = judge(_attended(state, news, now), drawn, now)
    events: list[Event] = []
    if adopted:
        events.append(SessionChanged(ledger.sessions[-1]))
    events += (Measured(), *judgement)
    if attended.metering.unattended is not state.metering.unattended:
        events.append(FoundOut())
    return Outcome(attended, call_result.MeterValues(), tuple(events))


def judge(
    state: ChargerState, drawn: float | None, now: datetime
) -> tuple[ChargerState, tuple[LimitJudged, ...]]:
    """Compare the amps that are drawn in the open transaction with the limit."""
    if state.transaction is None:
        return state, ()
    limit = state.charging.limit.observed(drawn, now)
    if limit.followed is None or limit.followed is state.charging.limit.followed:
        return replace(state, charging=replace(state.charging, limit=limit)), ()
    return replace(state, charging=replace(state.charging, limit=limit)), (
        LimitJudged(),
    )


def _adopted(state: ChargerState, message: MeterValues, now: datetime) -> Ledger:
    """Take over a transaction that runs and that we never heard of.

    History from the queue and a second one beside an open session are not taken for that.
    """
    live = all(
        not _from_queue(state, value.timestamp, now) for value in message.meter_values
    )
    if not live or state.ledger.open:
        return state.ledger
    timestamps = [value.timestamp for value in message.meter_values if value.timestamp]
    return sessions.adopt(
        state.ledger,
        message.transaction_id or 0,
        state.metering.register.value,
        max(timestamps, default=now),
    )


def _from_queue(state: ChargerState, timestamp: datetime | None, now: datetime) -> bool:
    return state.metering.clock.from_queue(timestamp, now, state.link.connected_at)


def _moment(state: ChargerState, timestamp: datetime | None, now: datetime) -> datetime:
    """Return when something happened, by our clock as far as possible."""
    if timestamp is None or not _from_queue(state, timestamp, now):
        return now
    return timestamp + state.metering.clock.behind


def _circumstances(
    state: ChargerState, timestamp: datetime | None, now: datetime
) -> Circumstances:
    """Return what a session needs to know of how a reading came to us."""
    late = _from_queue(state, timestamp, now)
    behind = _moment(state, timestamp, now) - (timestamp or now)
    return Circumstances(
        behind=behind,
        unseen=late
        or state.connector.status is None
        or state.metering.offline_period is not None,
        since=state.metering.offline_period.since - behind
        if state.metering.offline_period
        else None,
        tariff=state.metering.tariff,
    )


def _heard(
    state: ChargerState,
    register: int | None,
    timestamp: datetime | None,
    now: datetime,
) -> ChargerState:
    """Take in the register at the start or end of a transaction."""
    if not state.metering.clock.is_news(timestamp, state.link.connected_at):
        return _late(state, register, timestamp, now)
    advanced = state.metering.register.advanced_to(register or 0)
    if advanced is None:
        return state
    return _attended(
        replace(state, metering=replace(state.metering, register=advanced)),
        advanced.value,
        now,
    )


def _late(
    state: ChargerState,
    register: float | None,
    timestamp: datetime | None,
    now: datetime,
) -> ChargerState:
    """Take in a register from the time without the charger."""
    if state.metering.history is None or register is None:
        return state
    moment = _moment(state, timestamp, now)
    return replace(
        state,
        metering=replace(
            state.metering,
            history=meter_history.noted(state.metering.history, moment, register),
        ),
    )


def _attended(
    state: ChargerState, reading: float | None, now: datetime
) -> ChargerState:
    """End the time without the charger with the first reading that is news."""
    if state.metering.offline_period is None or reading is None:
        return state
    gap, ledger = state.metering.offline_period, state.ledger
    found = closed(gap, reading, ledger.sessions, now)
    if found and ledger.open:
        unattended = unattended_in(ledger.open, gap, reading)
        ledger, _ = sessions.marked(ledger, ledger.open, unattended)
    return replace(
        state,
        metering=replace(
            state.metering,
            offline_period=None,
            history=state.metering.history
            and meter_history.ended(state.metering.history, now, reading),
            unattended=found or state.metering.unattended,
            unattended_energy=state.metering.unattended_energy
            + (found.energy if found else 0.0),
        ),
        ledger=ledger,
    )
