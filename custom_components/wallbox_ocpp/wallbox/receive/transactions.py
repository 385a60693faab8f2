"""Applies StartTransaction, MeterValues and StopTransaction to the state of a charger."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus

from ...csms.messages import MeterValues, StartTransaction, StopTransaction
from ..model import meter, open_session, sessions
from ..model.charging_profiles import CONNECTOR
from ..model.clock import OLD
from ..model.connector import AFTER_TRANSACTION, MAYBE_WITHIN_TRANSACTION
from ..model.events import Event, SessionChanged
from ..model.firmware import most_power
from ..model.offline_energy import NOTICEABLE, unattended_in
from ..model.register import Judged, Judgement
from ..model.sessions import Ledger
from ..state import ChargerState
from . import authorization, readings
from .moment import Moment
from .outcome import Outcome

START_LEAP: Final = 1_000.0
"""Wh that may have flowed without a reading before a session begins."""

_WITHOUT_CURRENT: Final = AFTER_TRANSACTION | {ChargePointStatus.preparing}

_LONG_AGO: Final = timedelta(days=365)
"""A clock that is wrong by more than this was never set."""


def start(state: ChargerState, message: StartTransaction, now: datetime) -> Outcome:
    """Apply StartTransaction."""
    message = replace(
        message, id_tag=authorization.stored_id_tag(state, message.id_tag)
    )
    moment = Moment.of(state, message.timestamp, now)
    anew = _may_be_anew(state, moment)
    repeated = sessions.repeated(state.ledger, message, anew=anew)
    if state.ledger.overrun(now) and not repeated:
        # More sessions than a charger can have: they are answered, and not kept.
        return Outcome(
            state,
            call_result.StartTransaction(
                transaction_id=state.ledger.next_transaction_id,
                id_tag_info=IdTagInfo(status=AuthorizationStatus.accepted),
            ),
        )
    meter_start: float | None = message.meter_start
    known = state.metering.register.value
    if state.metering.register.unread:
        # What meterStart is in the lifetime total shows with the first reading.
        meter_start = known
    elif known is not None:
        state, judged = readings.register(
            state, message.meter_start, moment, None, leap=START_LEAP
        )
        if not repeated:
            # Energy before it belongs to the open session, whose StopTransaction was lost.
            state = _extended(state, judged, moment)
        # A start that contradicts the register is ignored.
        meter_start = _value(judged, otherwise=known)
    status = authorization.authorization_status(state, message.id_tag, moment.ours)
    connector = state.connector
    charging = connector.status is ChargePointStatus.charging
    ledger, session = sessions.start(
        state.ledger,
        message,
        now,
        delayed=moment.late,
        meter_start=meter_start,
        offline=not moment.news,
        anew=anew,
        who=authorization.holder(state, message.id_tag),
        refused=status is not AuthorizationStatus.accepted,
        plugged_in=None if moment.late else connector.plugged_in_at,
        drawing=(connector.since or moment.theirs) if charging else None,
    )
    shown: tuple[Event, ...] = ()
    if ledger is not state.ledger:
        state, shown = authorization.started(
            state, message.id_tag, now, delayed=moment.late
        )
    # The status Available is out of date once a transaction has begun.
    belied = connector.status is ChargePointStatus.available and not moment.late
    connector = replace(
        connector,
        status=None if belied else connector.status,
        plugged_in_at=connector.plugged_in_at if moment.late else None,
    )
    return Outcome(
        replace(state, ledger=ledger, connector=connector),
        # A refused transaction has an id and a session, too (OCTT 037_3).
        call_result.StartTransaction(
            transaction_id=session.transaction_id,
            id_tag_info=IdTagInfo(status=status),
        ),
        (*shown, SessionChanged(session)),
        durable=True,
        urgent=True,
    )


def stop(state: ChargerState, message: StopTransaction, now: datetime) -> Outcome:
    """Apply StopTransaction."""
    if state.ledger.overrun(now) and sessions.is_foreign(
        state.ledger, message.transaction_id
    ):
        return Outcome(state, call_result.StopTransaction())
    moment = Moment.of(state, message.timestamp, now)
    how = readings.circumstances(state, moment)
    state, _ = readings.take(
        state, message.meter_values, message.transaction_id, now, history=True
    )
    state, judged = readings.register(
        state, message.meter_stop, moment, message.transaction_id, final=True
    )
    unknown = sessions.is_foreign(state.ledger, message.transaction_id)
    outdated = _is_outdated(state, message.transaction_id, [message.timestamp], now)
    if unknown or outdated or (message.transaction_id or 0) <= 0:
        # It does not end the open session, but its reading belongs to it.
        state = _extended(state, judged, moment)
    ledger, session = sessions.stop(
        state.ledger,
        message,
        now,
        delayed=moment.late,
        meter_stop=_value(judged, otherwise=None),
        believed=judged is not None and judged.judgement is Judgement.BELIEVED,
        how=how,
    )
    repeated = ledger is state.ledger
    state = replace(state, ledger=ledger)
    if period := state.metering.offline_period:
        last = session.meter_last or 0.0
        metering = readings.report_unattended(state.metering, ledger, period, last, now)
        state = replace(state, metering=metering)
        unattended = unattended_in(session, period, last)
        if unattended >= NOTICEABLE and not repeated:
            ledger, session = open_session.with_unattended(ledger, session, unattended)
    metering = state.metering
    if not ledger.open:
        # A stop from the queue may be of an earlier transaction than the open one.
        idle = meter.idle(metering.readings)
        quiet_since = max(metering.quiet_since or moment.theirs, moment.theirs)
        metering = replace(metering, readings=idle, quiet_since=quiet_since)
    state = replace(state, ledger=ledger, metering=metering)
    return Outcome(
        state,
        call_result.StopTransaction(),
        (SessionChanged(session),),
        durable=True,
        urgent=True,
    )


def measure(state: ChargerState, message: MeterValues, now: datetime) -> Outcome:
    """Apply MeterValues; those of other connectors are ignored."""
    answer = call_result.MeterValues()
    if message.connector_id != CONNECTOR:
        return Outcome(state, answer)
    before = state
    stamps = [value.timestamp for value in message.meter_values]
    if _is_outdated(state, message.transaction_id, stamps, now):
        message = replace(message, transaction_id=None)
    if message.transaction_id:
        ledger = _claimed(state, message, now)
        if ledger is not state.ledger:
            state = replace(state, ledger=ledger)
    adopted = len(state.ledger.sessions) > len(before.ledger.sessions)
    state, drawn = readings.take(
        state, message.meter_values, message.transaction_id, now
    )
    if drawn and _belies_status(state, message, now):
        # It is unknown until the charger has told it again.
        state = replace(state, connector=replace(state.connector, status=None))
    if drawn and _goes_on(state, message, now):
        state = replace(state, ledger=open_session.going_on(state.ledger))
    if drawn is None and state.charging.limit.amps == 0:
        # A meter may tell energy only. An average since the reading before shows no more than an
        # ignored pause.
        drawn = state.metering.register.drawn_since(
            before.metering.register.last, most_power(state.identity.model)
        )
    state, judgement = readings.judge_limit(state, drawn, now)
    events: tuple[Event, ...] = judgement
    if adopted:
        events = (SessionChanged(state.ledger.sessions[-1]), *judgement)
    found = state.metering.unattended is not before.metering.unattended
    return Outcome(state, answer, events, durable=adopted, urgent=bool(events) or found)


def _is_outdated(
    state: ChargerState,
    transaction_id: int | None,
    stamps: Iterable[datetime | None],
    now: datetime,
) -> bool:
    """Return whether a live message has the id of a transaction that was over before the open one began.

    Some keep an old id, for example over a firmware update (docs/chargers.md §3.3): it says nothing then.
    """
    running = state.ledger.open
    if running is None or running.transaction_id == transaction_id:
        return False
    over = sessions.ended_at(state.ledger, transaction_id)
    if over is None:
        return False
    since = max(over, running.started or over)
    moments = [Moment.of(state, stamp, now) for stamp in stamps]
    return all(
        moment.news and not moment.late and moment.theirs > since for moment in moments
    )


def _belies_status(state: ChargerState, message: MeterValues, now: datetime) -> bool:
    """Return whether current flows in the open session since a status that has none: that is out of date.

    A charger may send one again, as it was. By it, its transaction would have to be over.
    """
    status, since = state.connector.status, state.connector.since
    if status not in _WITHOUT_CURRENT or since is None:
        return False
    return _is_of_open(state, message, since, now)


def _goes_on(state: ChargerState, message: MeterValues, now: datetime) -> bool:
    """Return whether current flows in the open session since a status that showed its end."""
    session = state.ledger.open
    if session is None or session.shown_end is None:
        return False
    return _is_of_open(state, message, session.shown_end.moment, now)


def _is_of_open(
    state: ChargerState, message: MeterValues, since: datetime, now: datetime
) -> bool:
    """Return whether readings are of the open session by their id, and all of them from after a moment."""
    running = state.ledger.running(message.transaction_id)
    stamps = [value.timestamp for value in message.meter_values]
    return bool(running and message.transaction_id) and all(
        Moment.of(state, stamp, now).theirs > since for stamp in stamps
    )


def _may_be_anew(state: ChargerState, moment: Moment) -> bool:
    """Return whether a start that looks like a repetition may be a new session.

    A car may be plugged in twice within a second, and a clock that was never set may stand still.
    """
    if state.ledger.open or state.connector.plugged_in is False:
        return False
    off = abs(moment.now - moment.theirs - moment.lag)
    return off < OLD or off > _LONG_AGO


def _extended(
    state: ChargerState, judged: Judged | None, moment: Moment
) -> ChargerState:
    """Add a reading to the open session that came with a message about another one."""
    if judged is None or judged.judgement is not Judgement.BELIEVED or moment.late:
        return state
    how = readings.circumstances(state, moment)
    ledger = open_session.extend(state.ledger, None, judged.value, moment.theirs, how)
    return replace(state, ledger=ledger)


def _value(judged: Judged | None, *, otherwise: float | None) -> float | None:
    """Return the value of a reading, unless it is missing or doubted."""
    if judged is None or judged.judgement is Judgement.DOUBTED:
        return otherwise
    return judged.value


def _claimed(state: ChargerState, message: MeterValues, now: datetime) -> Ledger:
    """Add the transaction of live readings that is not in the ledger.

    The charger is right about the transaction that it runs. But an idle one may send readings with
    any id (docs/chargers.md §3.5), and readings in its queue are of the past.
    """
    claimed, ours = state.ledger.claimed, message.transaction_id
    if not claimed and not sessions.is_foreign(state.ledger, ours):
        return state.ledger
    stamps = [value.timestamp for value in message.meter_values]
    moments = [Moment.of(state, stamp, now) for stamp in stamps]
    live = all(moment.news and not moment.late for moment in moments)
    if not live or state.connector.status not in MAYBE_WITHIN_TRANSACTION:
        return state.ledger
    return sessions.claimed(
        state.ledger,
        message.transaction_id or 0,
        state.metering.register.value,
        max((moment.theirs for moment in moments), default=now),
    )
