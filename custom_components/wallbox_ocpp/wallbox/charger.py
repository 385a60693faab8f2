"""How each message of a charger changes what is known of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import (
    AuthorizationStatus,
    ChargePointStatus,
    DataTransferStatus,
    GenericStatus,
    RegistrationStatus,
)

from ..csms.messages import (
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
from ..csms.requests import Vocabulary
from . import meter, sessions
from .charging import CONNECTOR
from .clock import Clock
from .gaps import Gap, closed, unattended_in, widened
from .offline_fix import restarted
from .sessions import ChargingSession, Ledger
from .state import ChargerState, Identification

HEARTBEAT_INTERVAL: Final = 60
"""Seconds, given to the charger with the answer to its BootNotification (wallbox-facts §9)."""


@dataclass(frozen=True, slots=True)
class Booted:
    """The charger has started, so whatever it held may be gone."""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session began or ended, and has to reach the disk before the answer goes out."""

    session: ChargingSession


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The connector went from one status to another."""

    before: ChargePointStatus | None
    after: ChargePointStatus | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Readings came in, which entities need to hear of at most once a second."""


@dataclass(frozen=True, slots=True)
class FoundOut:
    """Energy has flowed while nobody watched."""


type Happening = Booted | SessionChanged | StatusChanged | Measured | FoundOut


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message leads to: the new state, the answer, and what happened."""

    state: ChargerState
    answer: Vocabulary
    happenings: tuple[Happening, ...] = ()


def apply(state: ChargerState, message: Message, now: datetime) -> Outcome:
    """Take in one message of the charger. ``now`` is in UTC."""
    match message:
        case BootNotification():
            return _boot(state, message, now)
        case StatusNotification():
            return _status(state, message, now)
        case StartTransaction():
            return _start(state, message, now)
        case StopTransaction():
            return _stop(state, message, now)
        case MeterValues():
            return _measure(state, message, now)
        case Authorize():
            accepted = IdTagInfo(status=AuthorizationStatus.accepted)
            return Outcome(state, call_result.Authorize(id_tag_info=accepted))
        case Heartbeat():
            return Outcome(state, call_result.Heartbeat(current_time=_timestamp(now)))
        case DataTransfer():
            # No Wallbox has been seen to send one (wallbox-facts §3.6).
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


def connected(state: ChargerState, now: datetime) -> ChargerState:
    """Note that the charger has connected."""
    return replace(
        state,
        connected=True,
        connected_at=now,
        boot_asked=False,
        overdue=False,
        rebooting=False,
        # Some firmwares come back from a reboot without a BootNotification.
        protection=restarted(state.protection) if state.rebooting else state.protection,
    )


def disconnected(state: ChargerState, now: datetime) -> ChargerState:
    """Note that the charger has gone. What it said last of the moment is no longer true."""
    return replace(
        state,
        connected=False,
        status=None,
        readings=meter.Readings(),
        gap=gap_from(state, now),
    )


def gap_from(state: ChargerState, now: datetime) -> Gap:
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
            # Another serial number is another meter, which may well stand lower.
            register=meter.Register() if replaced else state.register,
            protection=(
                state.protection if state.boot_asked else restarted(state.protection)
            ),
        ),
        call_result.BootNotification(
            current_time=_timestamp(now),
            interval=HEARTBEAT_INTERVAL,
            status=RegistrationStatus.accepted,
        ),
        (Booted(),),
    )


def _status(state: ChargerState, message: StatusNotification, now: datetime) -> Outcome:
    answer = call_result.StatusNotification()
    clock = state.clock.learned(message.timestamp, now, state.connected_at)
    if clock is not state.clock:
        state = replace(state, clock=clock)
    if message.connector_id != CONNECTOR or message.status is state.status:
        return Outcome(state, answer)
    drawing = message.status is ChargePointStatus.charging
    return Outcome(
        replace(
            state,
            status=message.status,
            readings=state.readings if drawing else meter.idle(state.readings),
        ),
        answer,
        (StatusChanged(state.status, message.status),),
    )


def _start(state: ChargerState, message: StartTransaction, now: datetime) -> Outcome:
    delayed = _from_queue(state, message.timestamp, now)
    if state.clock.is_news(message.timestamp, state.connected_at):
        state = _attended(state, message.meter_start, now)
    ledger, session = sessions.start(state.ledger, message, now, delayed=delayed)
    # A transaction belies a status that has not caught up yet.
    belied = state.status is ChargePointStatus.available and not delayed
    return Outcome(
        replace(state, ledger=ledger, status=None if belied else state.status),
        # Accepted, whoever it is: in free mode a refusal leaves a charger that charges and
        # cannot be controlled (wallbox-facts §3.3).
        call_result.StartTransaction(
            transaction_id=session.transaction_id,
            id_tag_info=IdTagInfo(status=AuthorizationStatus.accepted),
        ),
        (SessionChanged(session),),
    )


def _stop(state: ChargerState, message: StopTransaction, now: datetime) -> Outcome:
    delayed = _from_queue(state, message.timestamp, now)
    if state.clock.is_news(message.timestamp, state.connected_at):
        state = _attended(state, message.meter_stop, now)
    ledger, session = sessions.stop(state.ledger, message, now, delayed=delayed)
    if state.gap:
        unattended = unattended_in(session, state.gap, session.meter_last or 0.0)
        ledger, session = sessions.marked(ledger, session, unattended)
    register = state.register.advanced(message.meter_stop or 0) or state.register
    # A stop from the queue may tell of an earlier transaction than the one that runs now.
    readings = state.readings if ledger.open else meter.idle(state.readings)
    return Outcome(
        replace(state, ledger=ledger, register=register, readings=readings),
        call_result.StopTransaction(),
        (SessionChanged(session),),
    )


def _measure(state: ChargerState, message: MeterValues, now: datetime) -> Outcome:
    ledger = _adopted(state, message, now)
    adopted = ledger is not state.ledger
    register, readings, clock = state.register, state.readings, state.clock
    dropped = 0
    news: float | None = None
    for value in message.meter_values:
        live = not _from_queue(state, value.timestamp, now)
        clock = clock.learned(value.timestamp, now, state.connected_at)
        measured, nonsense = meter.read(value.sampled_values)
        dropped += nonsense
        if measured.energy is not None:
            advanced = register.advanced(measured.energy)
            dropped += advanced is None
            register = advanced or register
            if register.value == measured.energy:
                ledger = sessions.extend(ledger, message.transaction_id, register.value)
                if clock.is_news(value.timestamp, state.connected_at):
                    news = register.value
        if live:
            readings = meter.merge(readings, measured)
    state = replace(
        state,
        ledger=ledger,
        register=register,
        readings=readings,
        clock=clock,
        dropped_readings=state.dropped_readings + dropped,
    )
    attended = _attended(state, news, now)
    happenings: list[Happening] = []
    if adopted:
        happenings.append(SessionChanged(ledger.sessions[-1]))
    happenings.append(Measured())
    if attended.unattended is not state.unattended:
        happenings.append(FoundOut())
    return Outcome(attended, call_result.MeterValues(), tuple(happenings))


def _adopted(state: ChargerState, message: MeterValues, now: datetime) -> Ledger:
    """Take over a transaction that runs and that we never heard of.

    History from the queue and a second one beside an open session are not taken for that.
    """
    live = all(
        not _from_queue(state, value.timestamp, now) for value in message.meter_values
    )
    if not live or state.ledger.open:
        return state.ledger
    return sessions.adopt(
        state.ledger, message.transaction_id or 0, state.register.value, now
    )


def _from_queue(state: ChargerState, timestamp: datetime | None, now: datetime) -> bool:
    return state.clock.from_queue(timestamp, now, state.connected_at)


def _attended(
    state: ChargerState, reading: float | None, now: datetime
) -> ChargerState:
    """End the time without the charger with the first reading that is news."""
    if state.gap is None or reading is None:
        return state
    gap, ledger = state.gap, state.ledger
    found = closed(gap, reading, ledger.sessions, now)
    if found and ledger.open:
        unattended = unattended_in(ledger.open, gap, reading)
        ledger, _ = sessions.marked(ledger, ledger.open, unattended)
    return replace(
        state,
        gap=None,
        ledger=ledger,
        unattended=found or state.unattended,
        unattended_energy=state.unattended_energy + (found.energy if found else 0.0),
    )


def _timestamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
