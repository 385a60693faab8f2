"""Applies each message of a charger to its state; also connects and disconnects."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16 import call_result
from ocpp.v16.enums import (
    ChargePointStatus,
    DataTransferStatus,
    GenericStatus,
    RegistrationStatus,
)

from ...csms.close_reason import CloseReason
from ...csms.messages import (
    Authorize,
    BootNotification,
    DataTransfer,
    Heartbeat,
    Message,
    MeterValues,
    PlainNotification,
    SignCertificate,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from ..model import meter, meter_history, open_session, sessions
from ..model.charging_profiles import CONNECTOR
from ..model.clock import Clock
from ..model.connector import (
    AFTER_TRANSACTION,
    CHARGE_POINT,
    PLUGGED_IN,
    SUSPENDED,
    Connector,
)
from ..model.events import Booted, StatusChanged
from ..model.firmware import most_power
from ..model.identity import Identity
from ..model.meter_history import MeterHistory
from ..model.offline_energy import OfflinePeriod, widened
from ..model.offline_fix import Protection, restarted
from ..model.sessions import Ledger
from ..state import ChargerState
from . import authorization, readings, transactions
from .moment import Moment
from .outcome import Outcome

HEARTBEAT_INTERVAL: Final = 60
"""Seconds; sent to the charger in BootNotification.conf
(docs/chargers.md §5.2)."""


def apply(state: ChargerState, message: Message, now: datetime) -> Outcome:
    """Apply one message of the charger. ``now`` is in UTC."""
    match message:
        case BootNotification():
            return _boot(state, message, now)
        case StatusNotification():
            return _status(state, message, now)
        case StartTransaction():
            return transactions.start(state, message, now)
        case StopTransaction():
            return transactions.stop(state, message, now)
        case MeterValues():
            return transactions.measure(state, message, now)
        case Authorize():
            return authorization.authorize(state, message, now)
        case Heartbeat():
            return Outcome(state, call_result.Heartbeat(current_time=_timestamp(now)))
        case DataTransfer():
            # No Wallbox is known to send DataTransfer (docs/chargers.md §3.6).
            unknown = DataTransferStatus.unknown_vendor_id
            return Outcome(state, call_result.DataTransfer(status=unknown))
        case SignCertificate():
            rejected = GenericStatus.rejected
            return Outcome(state, call_result.SignCertificate(status=rejected))
        case PlainNotification():
            return Outcome(state, getattr(call_result, type(message).__name__)())


def connected(state: ChargerState, now: datetime, address: str = "") -> ChargerState:
    """Return the state after the charger has connected from a network address."""
    settings = state.settings
    if state.link.rebooting:
        # Some firmwares send no BootNotification after a reboot.
        settings = settings.judged(restarted(settings.protection))
    return replace(
        state,
        link=state.link.opened(now, address),
        # That of a connection that was replaced may be over: it has to be told, or asked for.
        connector=_unknown(state.connector),
        metering=replace(state.metering, history=_meter_history(state)),
        settings=settings,
    )


def _unknown(connector: Connector) -> Connector:
    """Return the connector as long as the charger has not told its status on this connection."""
    return Connector(plugged_in_at=connector.plugged_in_at)


def _meter_history(state: ChargerState) -> MeterHistory | None:
    """Return the history of the register over the offline period that ends now."""
    known, period = state.metering.history, state.metering.offline_period
    if period is None or period.register is None or (known and not known.ended):
        return known
    if known:
        return meter_history.resumed(known, period.since, period.register)
    return meter_history.begun(period.since, period.register)


def disconnected(
    state: ChargerState,
    now: datetime,
    close_reason: CloseReason = CloseReason.LOST,
    heard: datetime | None = None,
) -> ChargerState:
    """Return the state after the charger has disconnected, without its live readings and status.

    Args:
        heard: When anything was last received, by our clock, if that was earlier.
    """
    return replace(
        state,
        link=state.link.closed(now, close_reason),
        connector=_unknown(state.connector),
        metering=replace(
            state.metering,
            readings=meter.Readings(),
            offline_period=offline_period(state, now, heard),
        ),
    )


def offline_period(
    state: ChargerState, now: datetime, heard: datetime | None = None
) -> OfflinePeriod:
    """Return the offline period that begins now, or the present one, extended.

    In an offline test energy may flow: the test reports it, and it is no alarm.

    Args:
        heard: When the charger was last heard, by our clock, if that was earlier.
    """
    tested = state.offline_test.ongoing is not None
    return widened(
        state.metering.offline_period,
        now,
        state.metering.register.value,
        unread=_unread(state, heard or now),
        wanted=tested or state.may_charge_from(now),
        newcomers=None if tested else state.forbids_offline_start(now),
        plan=None if tested else state.plan_in_amps(now),
    )


def _unread(state: ChargerState, now: datetime) -> float:
    """Return Wh that may have flowed on this connection since the latest reading: some are 15 minutes apart."""
    session, connected_at = state.ledger.open, state.link.connected_at
    if session is None or connected_at is None:
        return 0.0
    flowed = state.charged_unread(now, connected_at)
    seen = session.peak_power or state.metering.register.power
    power = seen or most_power(state.identity.model)
    return power * (flowed / timedelta(hours=1))


def _boot(state: ChargerState, message: BootNotification, now: datetime) -> Outcome:
    identity = state.identity.after(message)
    replaced = state.identity.replaced_by(identity)
    # Another unit has another meter, and other settings.
    if replaced:
        state = _unit_replaced(state, now)
    register = state.metering.register.without_stamp()
    protection = _protection(state, replaced=replaced)
    return Outcome(
        replace(
            state,
            identity=identity,
            link=state.link.booted(now, Identity.of(message).serial_number),
            # The charger sets its clock from BootNotification.conf.
            metering=replace(state.metering, clock=Clock(), register=register),
            settings=state.settings.judged(protection),
        ),
        call_result.BootNotification(
            current_time=_timestamp(now),
            interval=HEARTBEAT_INTERVAL,
            status=RegistrationStatus.accepted,
        ),
        (Booted(another=replaced),),
        # After a kill, its readings would be judged by the register of the unit before.
        durable=replaced,
        urgent=True,
    )


def _unit_replaced(state: ChargerState, now: datetime) -> ChargerState:
    """Close the session, drop readings and offline test of a unit that was replaced.

    The lifetime goes on.
    """
    metering = replace(
        state.metering,
        offline_period=None,
        history=None,
        quiet_since=None,
        readings=meter.Readings(),
        register=state.metering.register.of_another_unit(),
    )
    ledger = sessions.abandon(state.ledger, now)
    test = replace(state.offline_test, latest=None, proof=None)
    return replace(state, ledger=ledger, metering=metering, offline_test=test)


def _protection(state: ChargerState, *, replaced: bool) -> Protection:
    """Return the verdict as it is after a boot."""
    if replaced:
        return Protection()
    known = state.settings.protection
    return known if state.link.boot_asked else restarted(known)


def _status(state: ChargerState, message: StatusNotification, now: datetime) -> Outcome:
    answer = call_result.StatusNotification()
    moment = Moment.of(state, message.timestamp, now)
    expected = state.pending.expects_status(now)
    if not (moment.news or expected or state.pending.status_requested):
        # An old status from the queue. Without a newer one, the charger is asked for its status,
        # which then counts, whatever its timestamp.
        return Outcome(state, answer)
    of_connector = message.connector_id == CONNECTOR
    repeats = state.connector.repeats(message.status, message.timestamp)
    if of_connector and repeats and not expected:
        return Outcome(state, answer)
    other_error = (reported := _errors(state, message)) is not state
    state, before = reported, reported.connector
    metering = state.metering
    clock = metering.clock.learned(message.timestamp, now, state.link.connected_at)
    if clock is not metering.clock:
        metering = replace(metering, clock=clock)
        state = replace(state, metering=metering)
    if of_connector and expected:
        # This is the answer.
        pending = replace(state.pending, status_expected_until=None)
        state = replace(state, pending=pending)
    if not of_connector or message.status is before.status:
        return Outcome(state, answer, urgent=other_error)
    metering = replace(metering, quiet_since=None)
    if message.status is not ChargePointStatus.charging:
        idle = meter.idle(metering.readings)
        metering = replace(metering, readings=idle, quiet_since=moment.theirs)
    changed = replace(
        state,
        metering=metering,
        connector=replace(
            before.hearing(message.status, message.timestamp),
            status=message.status,
            since=moment.theirs,
            plugged_in_at=_plugged_in_at(before, message.status, moment),
        ),
        ledger=_ledger_after(state, message.status, moment),
    )
    drawn = 0.0 if message.status in SUSPENDED else None
    judged, judgement = readings.judge_limit(changed, drawn, now)
    event = StatusChanged(before.status, message.status)
    return Outcome(judged, answer, (event, *judgement), urgent=True)


def _errors(state: ChargerState, message: StatusNotification) -> ChargerState:
    """Return the state with the errors of a StatusNotification."""
    if message.connector_id not in (CHARGE_POINT, CONNECTOR):
        return state
    connector = state.connector.reported(
        message.connector_id, message.status, message.error_code
    )
    if connector == state.connector:
        return state
    return replace(state, connector=connector)


def _ledger_after(
    state: ChargerState, status: ChargePointStatus | None, moment: Moment
) -> Ledger:
    """Return the ledger after a new status, which may begin or end a charge, or end a session.

    A status from before the charger connected may be of another session.
    """
    if not moment.news:
        return state.ledger
    if status is ChargePointStatus.charging:
        return open_session.drawing(state.ledger, moment.theirs)
    before = state.connector
    seen = before.since and Moment.of(state, before.since, moment.now).news
    # If a charge ended while the charger was offline, the time is unknown.
    ledger = open_session.resting(state.ledger, moment.theirs if seen else None)
    if status in AFTER_TRANSACTION:
        power = most_power(state.identity.model)
        ledger = open_session.shown_ended(ledger, moment.theirs, power)
    # Only the first unplug after a session ended is that of its car.
    gone = status is ChargePointStatus.available and before.status in PLUGGED_IN
    if gone and seen and before.plugged_in_at is None:
        return open_session.unplugged(ledger, moment.theirs)
    return ledger


def _plugged_in_at(
    before: Connector, status: ChargePointStatus | None, moment: Moment
) -> datetime | None:
    """Return when the car was plugged in that has no transaction yet."""
    if status not in PLUGGED_IN:
        return None
    if before.status in PLUGGED_IN or before.status is None or not moment.news:
        return before.plugged_in_at
    return moment.theirs


def _timestamp(now: datetime) -> str:
    return f"{now.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
