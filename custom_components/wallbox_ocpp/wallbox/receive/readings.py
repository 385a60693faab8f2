"""Judges each reading of a charger's meter, once, before anything uses it.

To which transaction does it belong, when was it read, and is it possible? Lifetime, sessions, cost,
power, statistics and unattended energy all use only what is accepted here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ocpp.v16.enums import ChargePointStatus

from ...csms.messages import MeterValue
from ..model import meter, meter_history, open_session, sessions
from ..model.charging_session import Circumstances
from ..model.clock import OLD, Clock
from ..model.events import LimitJudged
from ..model.firmware import most_power
from ..model.limits import at_least
from ..model.metering import Metering
from ..model.offline_energy import OfflinePeriod, closed, unattended_in
from ..model.register import LEAP, LEEWAY, Judged, Judgement, Register, RegisterReading
from ..model.sessions import Ledger
from ..state import ChargerState
from .moment import Moment


def take(
    state: ChargerState,
    values: Sequence[MeterValue],
    transaction_id: int | None,
    now: datetime,
    *,
    history: bool = False,
) -> tuple[ChargerState, float | None]:
    """Apply readings of the connector; also return the amps that flow now in at least one phase.

    Args:
        transaction_id: Their transaction, if they have one.
        history: They come with a StopTransaction, and may be from any time of the transaction.
    """
    merged = _by_instant(values)
    moments = [Moment.of(state, value.timestamp, now) for value in merged]
    clock = state.metering.clock
    if not history:
        clock = _clock(state, moments, transaction_id, now)
    drawn: float | None = None
    for value, moment in zip(merged, moments, strict=True):
        state, measured = _take_one(state, value, moment, transaction_id, clock)
        if measured:
            drawn = at_least(measured)
    return state, drawn


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
        raw: The reading, in Wh; None if there is none.
        transaction_id: Its transaction, if it has one.
        final: It is the last one of the transaction.
        leap: See `Register.judged`.
    """
    register, judged = _judged(
        state, raw, moment, transaction_id, final=final, leap=leap
    )
    if judged is None:
        return state, None
    metering = replace(state.metering, register=register)
    metering, ledger = _followed(state, metering, judged, moment, transaction_id)
    return replace(state, metering=metering, ledger=ledger), judged


def _is_of_the_future(state: ChargerState, moment: Moment) -> bool:
    """Return whether a stamp is further ahead than the charger's clock, as its last reading shows it.

    It would make all that follows look old. A clock that is always ahead does not.
    """
    last = state.metering.register.last
    if moment.stamp is None or last is None or last.stamp is None:
        return False
    usual = max(last.stamp - last.read_at, -moment.lag)
    return moment.stamp - moment.now > usual + LEEWAY


def _clock_was_set(state: ChargerState, moment: Moment) -> bool:
    """Return whether a live reading shows that the stamp of the last one is of the future.

    Nothing that follows could be newer than that one.
    """
    last = state.metering.register.last
    if moment.stamp is None or last is None or last.stamp is None:
        return False
    clock = moment.now - moment.lag
    return abs(clock - moment.stamp) <= OLD and last.stamp - clock > OLD


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
    before = state.charging.limit
    if state.transaction is None or (limit := before.observed(drawn, now)) is before:
        return state, ()
    state = replace(state, charging=replace(state.charging, limit=limit))
    if limit.followed is None or limit.followed is before.followed:
        return state, ()
    return state, (LimitJudged(),)


def report_unattended(
    metering: Metering,
    ledger: Ledger,
    period: OfflinePeriod,
    reading: float,
    now: datetime,
) -> Metering:
    """Add the unattended energy of the offline period that has not been reported yet."""
    found = closed(period, reading, ledger.sessions, now)
    if found is None or found.energy <= period.told:
        return metering
    return replace(
        metering,
        offline_period=replace(period, told=found.energy),
        unattended=found,
        unattended_energy=metering.unattended_energy + found.energy - period.told,
    )


def _by_instant(values: Sequence[MeterValue]) -> Sequence[MeterValue]:
    """Merge values with the same timestamp: some chargers send each phase separately."""
    if len(values) == 1:
        return values
    together: dict[datetime | None, MeterValue] = {}
    for value in values:
        known = together.get(value.timestamp)
        together[value.timestamp] = (
            replace(known, sampled_values=known.sampled_values + value.sampled_values)
            if known
            else value
        )
    return list(together.values())


def _clock(
    state: ChargerState,
    moments: Iterable[Moment],
    transaction_id: int | None,
    now: datetime,
) -> Clock:
    """Return the charger's clock, corrected by readings.

    Those of an unknown transaction may be forged, and their timestamps, too.
    """
    clock = state.metering.clock
    stamp = max((moment.stamp for moment in moments if moment.stamp), default=None)
    if stamp is None or sessions.is_foreign(state.ledger, transaction_id):
        return clock
    return clock.learned(stamp, now, state.link.connected_at)


def _take_one(
    state: ChargerState,
    value: MeterValue,
    moment: Moment,
    transaction_id: int | None,
    clock: Clock,
) -> tuple[ChargerState, meter.Readings | None]:
    """Apply the readings of one moment, and return them if they show what flows now.

    Each slice of the state is copied once.
    """
    metering = state.metering
    measured, dropped = meter.read(
        value.sampled_values, most_power(state.identity.model)
    )
    is_now = _is_current(state, moment, transaction_id, measured)
    register, judged = _judged(state, measured.energy, moment, transaction_id)
    doubted = judged is not None and judged.judgement is Judgement.DOUBTED
    metering = replace(
        metering,
        readings=meter.merge(metering.readings, measured)
        if is_now
        else metering.readings,
        register=register,
        dropped_readings=metering.dropped_readings + dropped + doubted,
        clock=clock,
    )
    metering, ledger = _followed(state, metering, judged, moment, transaction_id)
    charging = state.connector.status is ChargePointStatus.charging
    flows = measured.power if is_now and charging else None
    running = ledger.open
    if flows:
        ledger = open_session.drawing(
            ledger, (running and running.read) or moment.theirs
        )
    if judged and judged.judgement is Judgement.BELIEVED:
        how = circumstances(state, moment)
        ledger = open_session.extend(
            ledger, transaction_id, judged.value, moment.theirs, how
        )
    if flows == 0:
        ledger = open_session.stopped_drawing(ledger, running, moment.theirs)
    if measured.power is not None:
        ledger = open_session.with_power(ledger, transaction_id, measured.power)
    state = replace(state, ledger=ledger, metering=metering)
    return state, measured if is_now else None


def _judged(
    state: ChargerState,
    raw: float | None,
    moment: Moment,
    transaction_id: int | None,
    *,
    final: bool = False,
    leap: float = LEAP,
) -> tuple[Register, Judged | None]:
    """Judge a reading of the lifetime register; see `register`."""
    known = state.metering.register
    if raw is None:
        return known, None
    if _clock_was_set(state, moment):
        known = known.without_stamp()
    stamp = None if _is_of_the_future(state, moment) else moment.stamp
    reading = RegisterReading(raw=raw, read_at=moment.now, stamp=stamp)
    return known.judged(
        reading,
        most_power(state.identity.model),
        final=final,
        leap=leap,
        start=_meter_start(state, transaction_id) if known.unread else None,
    )


def _meter_start(
    state: ChargerState, transaction_id: int | None
) -> RegisterReading | None:
    """Return the meterStart of the open session as it was sent, if it was."""
    session = state.ledger.running(transaction_id)
    if session is None or session.started is None or session.told_start is None:
        return None
    return RegisterReading(
        raw=session.told_start, read_at=session.started, stamp=session.stamp
    )


def _followed(
    state: ChargerState,
    metering: Metering,
    judged: Judged | None,
    moment: Moment,
    transaction_id: int | None,
) -> tuple[Metering, Ledger]:
    """Return the meter and the sessions after a reading of the register, if there was one.

    The state is that before it; the meter has it already.
    """
    ledger = state.ledger
    if judged is None or judged.judgement is Judgement.DOUBTED:
        return metering, ledger
    if state.metering.register.value is None:
        power = most_power(state.identity.model)
        ledger = open_session.begun_at(
            ledger, transaction_id, judged.value, moment.theirs, power
        )
    if moment.news:
        return _offline_period_ended(metering, ledger, judged.value, moment.now)
    return _with_history(metering, judged.value, moment), ledger


def _is_current(
    state: ChargerState,
    moment: Moment,
    transaction_id: int | None,
    measured: meter.Readings,
) -> bool:
    """Return whether a reading shows what flows now, and not what flowed before charging stopped."""
    if moment.late or sessions.ended_at(state.ledger, transaction_id):
        return False
    quiet_since, flows = state.metering.quiet_since, bool(at_least(measured))
    if flows and quiet_since and moment.stamp is None and state.ledger.open is None:
        return False
    # A reading of the same second may be from before.
    return not (flows and quiet_since and moment.stamp and moment.stamp <= quiet_since)


def _offline_period_ended(
    metering: Metering, ledger: Ledger, reading: float, now: datetime
) -> tuple[Metering, Ledger]:
    """End the offline period with the first live reading."""
    if (period := metering.offline_period) is None:
        return metering, ledger
    before = metering.unattended
    metering = report_unattended(metering, ledger, period, reading, now)
    if metering.unattended is not before and ledger.open:
        unattended = unattended_in(ledger.open, period, reading)
        ledger, _ = open_session.with_unattended(ledger, ledger.open, unattended)
    history = metering.history
    metering = replace(
        metering,
        offline_period=None,
        history=history and meter_history.ended(history, now, reading),
    )
    return metering, ledger


def _with_history(metering: Metering, reading: float, moment: Moment) -> Metering:
    """Add a reading from the queue to the history of the register."""
    if (history := metering.history) is None:
        return metering
    return replace(metering, history=meter_history.noted(history, moment.ours, reading))
