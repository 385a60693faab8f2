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
from ..model import meter, meter_history, sessions
from ..model.charging_profiles import CONNECTOR
from ..model.clock import Clock
from ..model.events import Booted, StatusChanged
from ..model.meter_history import MeterHistory
from ..model.offline_energy import OfflinePeriod, widened
from ..model.offline_fix import Protection, restarted
from ..model.sessions import Ledger
from ..state import PLUGGED_IN, SUSPENDED, ChargerState, Identification
from . import authorization, transactions
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
    return replace(
        state,
        connected=True,
        connected_at=now,
        connections=state.connections.opened(now, address),
        boot_asked=False,
        overdue=False,
        rebooting=False,
        timeline=_meter_history(state),
        # Some firmwares come back from a reboot without a BootNotification.
        protection=restarted(state.protection) if state.rebooting else state.protection,
    )


def _meter_history(state: ChargerState) -> MeterHistory | None:
    """Return what is known of the meter since it was last read before this connection."""
    known, gap = state.timeline, state.gap
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
        connected=False,
        connections=state.connections.closed(now, close_reason),
        status=None,
        readings=meter.Readings(),
        gap=offline_period(state, now),
    )


def offline_period(state: ChargerState, now: datetime) -> OfflinePeriod:
    """Return the time without the charger that begins now, or has begun before."""
    return widened(state.gap, now, state.register.value, wanted=state.wish.charging)


def _boot(state: ChargerState, message: BootNotification, now: datetime) -> Outcome:
    serial_number = message.serial_number or message.charge_box_serial_number
    known = state.identification.serial_number
    replaced = None not in (known, serial_number) and known != serial_number
    return Outcome(
        replace(
            state,
            booted_at=now,
            connections=state.connections.booted(serial_number, asked=state.boot_asked),
            # It takes over the time of our answer.
            clock=Clock(),
            boot_asked=False,
            rebooting=False,
            overdue=False,
            identification=Identification(
                vendor=message.vendor or None,
                model=message.model or None,
                serial_number=serial_number,
                firmware=message.firmware_version,
            ),
            # Another serial number is another meter, which may well stand lower, and other
            # settings.
            register=meter.Register() if replaced else state.register,
            protection=_protection(state, replaced=replaced),
        ),
        call_result.BootNotification(
            current_time=_timestamp(now),
            interval=HEARTBEAT_INTERVAL,
            status=RegistrationStatus.accepted,
        ),
        (Booted(),),
    )


def _protection(state: ChargerState, *, replaced: bool) -> Protection:
    """Return what a start leaves of the last judgement."""
    if replaced:
        return Protection()
    return state.protection if state.boot_asked else restarted(state.protection)


def _status(state: ChargerState, message: StatusNotification, now: datetime) -> Outcome:
    answer = call_result.StatusNotification()
    clock = state.clock.learned(message.timestamp, now, state.connected_at)
    if clock is not state.clock:
        state = replace(state, clock=clock)
    if message.connector_id != CONNECTOR or message.status is state.status:
        return Outcome(state, answer)
    drawing = message.status is ChargePointStatus.charging
    changed = replace(
        state,
        status=message.status,
        readings=state.readings if drawing else meter.idle(state.readings),
        ledger=_witnessed(state, message.status, message.timestamp or now),
        plugged_in_at=_plugged_in_at(state, message, now),
    )
    drawn = 0.0 if message.status in SUSPENDED else None
    judged, judgement = transactions.judge(changed, drawn, now)
    return Outcome(
        judged, answer, (StatusChanged(state.status, message.status), *judgement)
    )


def _witnessed(
    state: ChargerState, status: ChargePointStatus | None, moment: datetime
) -> Ledger:
    """Note in the ledger what a new status says of the charging within a session."""
    if status is ChargePointStatus.charging:
        return sessions.drawing(state.ledger, moment)
    # Nobody knows when a charge ended that was over when the charger came back.
    ledger = sessions.resting(state.ledger, moment if state.status else None)
    # A car that has come since the last session ended is another one.
    gone = status is ChargePointStatus.available and state.status in PLUGGED_IN
    if gone and state.plugged_in_at is None:
        return sessions.unplugged(ledger, moment)
    return ledger


def _plugged_in_at(
    state: ChargerState, message: StatusNotification, now: datetime
) -> datetime | None:
    """Return when the car came that waits for its transaction."""
    if message.status not in PLUGGED_IN:
        return None
    if state.status in PLUGGED_IN or state.status is None:
        return state.plugged_in_at
    return message.timestamp or now


def _timestamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
