"""Judges each reading of a charger's meter, once, before anything uses it.

To which transaction does it belong, when was it read, and is it possible? Lifetime, sessions, cost,
power, statistics and unattended energy all use only what is accepted here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ocpp.v16.enums import ChargePointStatus

from ...csms.messages import MeterValue
from ..model import meter, meter_history, open_session, sessions
from ..model.charging_session import Circumstances
from ..model.events import LimitJudged
from ..model.firmware import most_power
from ..model.limits import at_least
from ..model.metering import Metering
from ..model.offline_energy import OfflinePeriod, closed, unattended_in
from ..model.register import LEAP, LEEWAY, Judged, Judgement, RegisterReading
from ..state import ChargerState
from .moment import Moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The state after readings, and the current in them."""

    state: ChargerState
    drawn: float | None = None
    """The amps that flow now in at least one phase; None if unknown."""


def take(
    state: ChargerState,
    values: Iterable[MeterValue],
    transaction_id: int | None,
    now: datetime,
    *,
    history: bool = False,
) -> Taken:
    """Apply readings of the connector.

    Args:
        state: The state.
        values: The readings.
        transaction_id: Their transaction, if they have one.
        now: In UTC.
        history: They come with a StopTransaction, and may be from any time of the transaction.
    """
    taken = Taken(state=state)
    merged = _by_instant(values)
    stamps = [value.timestamp for value in merged if value.timestamp and not history]
    for value in merged:
        taken = _take_one(taken, value, transaction_id, now)
    metering = taken.state.metering
    if stamps and not sessions.is_foreign(taken.state.ledger, transaction_id):
        # Readings of an unknown transaction may be forged, and their timestamps, too.
        clock = metering.clock.learned(max(stamps), now, state.link.connected_at)
        known = replace(taken.state, metering=metering.by_clock(clock))
        taken = replace(taken, state=known)
    return taken


def register(
    state: ChargerState,
    raw: float | None,
    moment: Moment,
    transaction_id: int | None,
    *,
    final: bool = False,
    leap: float = LEAP,
) -> tuple[ChargerState, Judged | None]:
    """Apply a reading of the lifetime register, and return how it was judged.

    The first reading ever also corrects the start of the open session. The first live one that is
    believed ends the offline period.

    Args:
        state: The state.
        raw: The reading, in Wh; None if there is none.
        moment: When it was read.
        transaction_id: Its transaction, if it has one.
        final: It is the last one of the transaction.
        leap: See `Register.judged`.
    """
    if raw is None:
        return state, None
    power, first = (
        most_power(state.identity.model),
        state.metering.register.value is None,
    )
    stamp = None if _is_of_the_future(state, moment) else moment.stamp
    reading = RegisterReading(raw=raw, read_at=moment.now, stamp=stamp)
    metering, judged = state.metering.judged(reading, power, final=final, leap=leap)
    state = replace(state, metering=metering)
    if judged.judgement is Judgement.DOUBTED:
        return state, judged
    if first:
        ledger = open_session.begun_at(
            state.ledger, transaction_id, judged.value, moment.theirs, power
        )
        state = replace(state, ledger=ledger)
    if moment.news:
        return _offline_period_ended(state, judged.value, moment.now), judged
    return _with_history(state, judged.value, moment), judged


def _is_of_the_future(state: ChargerState, moment: Moment) -> bool:
    """Return whether a stamp is further ahead than the charger's clock, as its last reading shows it.

    It would make all that follows look old. A clock that is always ahead does not.
    """
    last = state.metering.register.last
    if moment.stamp is None or last is None or last.stamp is None:
        return False
    usual = max(last.stamp - last.read_at, -moment.lag)
    return moment.stamp - moment.now > usual + LEEWAY


def circumstances(state: ChargerState, moment: Moment) -> Circumstances:
    """Return the circumstances of a reading, for its session."""
    period = state.metering.offline_period
    return Circumstances(
        behind=moment.behind,
        unseen=moment.late or state.connector.status is None or period is not None,
        since=period.since - moment.behind if period else None,
        tariff=state.metering.tariff,
    )


def judge_limit(
    state: ChargerState, drawn: float | None, now: datetime
) -> tuple[ChargerState, tuple[LimitJudged, ...]]:
    """Compare the current of the open transaction with the limit."""
    if state.transaction is None:
        return state, ()
    before = state.charging.limit
    limit = before.observed(drawn, now)
    state = replace(state, charging=replace(state.charging, limit=limit))
    if limit.followed is None or limit.followed is before.followed:
        return state, ()
    return state, (LimitJudged(),)


def report_unattended(
    state: ChargerState, period: OfflinePeriod, reading: float, now: datetime
) -> Metering:
    """Add the unattended energy of the offline period that has not been reported yet."""
    metering = state.metering
    found = closed(period, reading, state.ledger.sessions, now)
    if found is None or found.energy <= period.told:
        return metering
    return replace(
        metering,
        offline_period=replace(period, told=found.energy),
        unattended=found,
        unattended_energy=metering.unattended_energy + found.energy - period.told,
    )


def _by_instant(values: Iterable[MeterValue]) -> list[MeterValue]:
    """Merge values with the same timestamp: some chargers send each phase separately."""
    together: dict[datetime | None, MeterValue] = {}
    for value in values:
        known = together.get(value.timestamp)
        together[value.timestamp] = (
            replace(known, sampled_values=known.sampled_values + value.sampled_values)
            if known
            else value
        )
    return list(together.values())


def _take_one(
    taken: Taken, value: MeterValue, transaction_id: int | None, now: datetime
) -> Taken:
    state = taken.state
    moment = Moment.of(state, value.timestamp, now)
    measured, dropped = meter.read(
        value.sampled_values, most_power(state.identity.model)
    )
    how = circumstances(state, moment)
    state, judged = register(state, measured.energy, moment, transaction_id)
    is_now = _is_current(state, moment, transaction_id, measured)
    flows = measured.power if is_now and _is_charging(state) else None
    ledger, running = state.ledger, state.ledger.open
    if flows:
        ledger = open_session.drawing(
            ledger, (running and running.read) or moment.theirs
        )
    if judged and judged.judgement is Judgement.BELIEVED:
        ledger = open_session.extend(
            ledger, transaction_id, judged.value, moment.theirs, how
        )
    if flows == 0:
        ledger = open_session.stopped_drawing(ledger, running, moment.theirs)
    dropped += judged is not None and judged.judgement is Judgement.DOUBTED
    if measured.power is not None:
        ledger = open_session.with_power(ledger, transaction_id, measured.power)
    metering = state.metering
    if is_now:
        metering = replace(metering, readings=meter.merge(metering.readings, measured))
    metering = replace(metering, dropped_readings=metering.dropped_readings + dropped)
    return Taken(
        state=replace(state, ledger=ledger, metering=metering),
        drawn=at_least(measured) if is_now else taken.drawn,
    )


def _is_current(
    state: ChargerState,
    moment: Moment,
    transaction_id: int | None,
    measured: meter.Readings,
) -> bool:
    """Return whether a reading shows what flows now, and not what flowed before charging stopped."""
    if moment.late or sessions.has_ended(state.ledger, transaction_id):
        return False
    quiet_since, flows = state.metering.quiet_since, bool(at_least(measured))
    if flows and quiet_since and moment.stamp is None and state.ledger.open is None:
        return False
    # A reading of the same second may be from before.
    return not (flows and quiet_since and moment.stamp and moment.stamp <= quiet_since)


def _is_charging(state: ChargerState) -> bool:
    return state.connector.status is ChargePointStatus.charging


def _offline_period_ended(
    state: ChargerState, reading: float, now: datetime
) -> ChargerState:
    """End the offline period with the first live reading."""
    metering, ledger = state.metering, state.ledger
    if (period := metering.offline_period) is None:
        return state
    metering = report_unattended(state, period, reading, now)
    if metering.unattended is not state.metering.unattended and ledger.open:
        unattended = unattended_in(ledger.open, period, reading)
        ledger, _ = open_session.with_unattended(ledger, ledger.open, unattended)
    history = metering.history
    metering = replace(
        metering,
        offline_period=None,
        history=history and meter_history.ended(history, now, reading),
    )
    return replace(state, metering=metering, ledger=ledger)


def _with_history(state: ChargerState, reading: float, moment: Moment) -> ChargerState:
    """Add a reading from the queue to the history of the register."""
    if (history := state.metering.history) is None:
        return state
    history = meter_history.noted(history, moment.ours, reading)
    return replace(state, metering=replace(state.metering, history=history))
