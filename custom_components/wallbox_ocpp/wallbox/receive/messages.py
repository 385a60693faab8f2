"""How each message of a charger changes what is known of it."""

from dataclasses import replace
from datetime import UTC, datetime
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
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Heartbeat,
    LogStatusNotification,
    Message,
    MeterValues,
    SecurityEventNotification,
    SignCertificate,
    SignedFirmwareStatusNotification,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from ..model import meter, meter_history, open_session, sessions
from ..model.charging_profiles import CONNECTOR
from ..model.clock import Clock
from ..model.connector import CHARGE_POINT, PLUGGED_IN, SUSPENDED, Connector
from ..model.events import Booted, ErrorChanged, StatusChanged
from ..model.identity import Identity
from ..model.meter_history import MeterHistory
from ..model.offline_energy import OfflinePeriod, widened
from ..model.offline_fix import Protection, restarted
from ..model.register import Register
from ..model.sessions import Ledger
from ..state import ChargerState
from . import authorization, readings, transactions
from .moment import Moment
from .outcome import Outcome

HEARTBEAT_INTERVAL: Final = 60
"""Seconds, given to the charger with the answer to its BootNotification
(docs/chargers.md §5.2)."""


def apply(state: ChargerState, message: Message, now: datetime) -> Outcome:
    """Take in one message of the charger. ``now`` is in UTC."""
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
            # No Wallbox has been seen to send one (docs/chargers.md §3.6).
            unknown = DataTransferStatus.unknown_vendor_id
            return Outcome(state, call_result.DataTransfer(status=unknown))
        case SignCertificate():
            rejected = GenericStatus.rejected
            return Outcome(state, call_result.SignCertificate(status=rejected))
        case DiagnosticsStatusNotification():
            return Outcome(state, call_result.DiagnosticsStatusNotification())
        case FirmwareStatusNotification():
            return Outcome(state, call_result.FirmwareStatusNotification())
        case LogStatusNotification():
            return Outcome(state, call_result.LogStatusNotification())
        case SecurityEventNotification():
            return Outcome(state, call_result.SecurityEventNotification())
        case SignedFirmwareStatusNotification():
            return Outcome(state, call_result.SignedFirmwareStatusNotification())


def connected(state: ChargerState, now: datetime, address: str = "") -> ChargerState:
    """Note that the charger has connected, from a network address."""
    settings = state.settings
    if state.link.rebooting:
        # Some firmwares come back from a reboot without a BootNotification.
        settings = settings.judged(restarted(settings.protection))
    return replace(
        state,
        link=state.link.opened(now, address),
        metering=replace(state.metering, history=_meter_history(state)),
        settings=settings,
    )


def _meter_history(state: ChargerState) -> MeterHistory | None:
    """Return what is known of the meter since it was last read before this connection."""
    known, gap = state.metering.history, state.metering.offline_period
    if gap is None or gap.register is None or (known and not known.ended):
        return known
    if known:
        return meter_history.resumed(known, gap.since, gap.register)
    return meter_history.begun(gap.since, gap.register)


def disconnected(
    state: ChargerState, now: datetime, close_reason: CloseReason = CloseReason.LOST
) -> ChargerState:
    """Note that the charger has gone. What it said last of the moment is no longer true."""
    return replace(
        state,
        link=state.link.closed(now, close_reason),
        connector=Connector(plugged_in_at=state.connector.plugged_in_at),
        metering=replace(
            state.metering,
            readings=meter.Readings(),
            offline_period=offline_period(state, now),
        ),
    )


def offline_period(state: ChargerState, now: datetime) -> OfflinePeriod:
    """Return the time without the charger that begins now, or has begun before.

    What flows while the charger is left alone on purpose is told by the test, and is no alarm.
    """
    tested = state.offline_test.ongoing is not None
    return widened(
        state.metering.offline_period,
        now,
        state.metering.register.value,
        wanted=tested or state.charging.wish.charging,
        newcomers=None if tested else state.forbids_newcomers(now),
    )


def _boot(state: ChargerState, message: BootNotification, now: datetime) -> Outcome:
    identity = Identity.of(message)
    replaced = state.identity.replaced_by(identity)
    # Another unit is another meter, which may well stand lower, and has other settings.
    if replaced:
        state = _unit_left(state, now)
    register = Register() if replaced else state.metering.register.restarted()
    protection = _protection(state, replaced=replaced)
    return Outcome(
        replace(
            state,
            identity=identity,
            link=state.link.booted(now, identity.serial_number),
            # It takes over the time of our answer.
            metering=replace(state.metering, clock=Clock(), register=register),
            settings=state.settings.judged(protection),
        ),
        call_result.BootNotification(
            current_time=_timestamp(now),
            interval=HEARTBEAT_INTERVAL,
            status=RegistrationStatus.accepted,
        ),
        (Booted(),),
    )


def _unit_left(state: ChargerState, now: datetime) -> ChargerState:
    """Give up the session, the readings and the test of a unit that another has replaced."""
    metering = replace(
        state.metering,
        offline_period=None,
        history=None,
        quiet_since=None,
        readings=meter.Readings(),
    )
    ledger = sessions.abandon(state.ledger, now)
    test = replace(state.offline_test, latest=None, proof=None)
    return replace(state, ledger=ledger, metering=metering, offline_test=test)


def _protection(state: ChargerState, *, replaced: bool) -> Protection:
    """Return what a start leaves of the last judgement."""
    if replaced:
        return Protection()
    known = state.settings.protection
    return known if state.link.boot_asked else restarted(known)


def _status(state: ChargerState, message: StatusNotification, now: datetime) -> Outcome:
    answer = call_result.StatusNotification()
    moment = Moment.of(state, message.timestamp, now)
    if not moment.news and not state.pending.status_requested:
        # It is history. A charger that has said nothing newer is asked how it is; what it answers
        # is true, whatever its clock says.
        return Outcome(state, answer)
    told = _errors(state, message)
    errors = () if told is state else (ErrorChanged(),)
    state, before = told, told.connector
    metering = state.metering.by_clock(
        state.metering.clock.learned(message.timestamp, now, state.link.connected_at)
    )
    if metering is not state.metering:
        state = replace(state, metering=metering)
    if message.connector_id != CONNECTOR or message.status is before.status:
        return Outcome(state, answer, errors)
    metering = replace(metering, quiet_since=None)
    if message.status is not ChargePointStatus.charging:
        idle = meter.idle(metering.readings)
        metering = replace(metering, readings=idle, quiet_since=moment.theirs)
    changed = replace(
        state,
        metering=metering,
        connector=replace(
            before,
            status=message.status,
            since=moment.theirs,
            plugged_in_at=_plugged_in_at(before, message.status, moment),
        ),
        ledger=_witnessed(state, message.status, moment),
    )
    drawn = 0.0 if message.status in SUSPENDED else None
    judged, judgement = readings.judge_limit(changed, drawn, now)
    event = StatusChanged(before.status, message.status)
    return Outcome(judged, answer, (event, *judgement))


def _errors(state: ChargerState, message: StatusNotification) -> ChargerState:
    """Note what a charger says is wrong, also where its status stays the same."""
    if message.connector_id not in (CHARGE_POINT, CONNECTOR):
        return state
    connector = state.connector.reported(
        message.connector_id, message.status, message.error_code
    )
    if connector == state.connector:
        return state
    return replace(state, connector=connector)


def _witnessed(
    state: ChargerState, status: ChargePointStatus | None, moment: Moment
) -> Ledger:
    """Note in the ledger what a new status says of the charging within a session.

    What happened before the charger connected may be of another session.
    """
    if not moment.news:
        return state.ledger
    if status is ChargePointStatus.charging:
        return open_session.drawing(state.ledger, moment.theirs)
    before = state.connector
    seen = before.since and Moment.of(state, before.since, moment.now).news
    # Nobody knows when a charge ended that was over when the charger came back.
    ledger = open_session.resting(state.ledger, moment.theirs if seen else None)
    # A car that has come since the last session ended is another one.
    gone = status is ChargePointStatus.available and before.status in PLUGGED_IN
    if gone and seen and before.plugged_in_at is None:
        return open_session.unplugged(ledger, moment.theirs)
    return ledger


def _plugged_in_at(
    before: Connector, status: ChargePointStatus | None, moment: Moment
) -> datetime | None:
    """Return when the car came that waits for its transaction."""
    if status not in PLUGGED_IN:
        return None
    if before.status in PLUGGED_IN or before.status is None or not moment.news:
        return before.plugged_in_at
    return moment.theirs


def _timestamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
