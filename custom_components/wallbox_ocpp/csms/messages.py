"""The requests of a charge point, as dataclasses named after their OCPP 1.6 actions.

Reading is tolerant: unknown fields are ignored, optional ones fall back to None. StartTransaction and
StopTransaction can be read from anything, because they must never be answered with a CALLERROR.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self

from ocpp.v16.enums import Action, ChargePointErrorCode, ChargePointStatus, Reason

from .fields import (
    MAX_TEXT_LENGTH,
    UNREADABLE,
    Readable,
    choice,
    connector,
    each,
    integer,
    moment,
    optional,
    required,
    text,
)
from .frames import ErrorCode


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorize(Readable):
    """Somebody presented an idTag (OCPP 1.6 §4.1)."""

    id_tag: str = optional("idTag", text, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class BootNotification(Readable):
    """The charge point has started (OCPP 1.6 §4.2)."""

    vendor: str = optional("chargePointVendor", text, "")
    model: str = optional("chargePointModel", text, "")
    serial_number: str | None = optional("chargePointSerialNumber", text)
    charge_box_serial_number: str | None = optional("chargeBoxSerialNumber", text)
    firmware_version: str | None = optional("firmwareVersion", text)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataTransfer(Readable):
    """A vendor-specific message (OCPP 1.6 §4.3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainNotification(Readable):
    """A notification that is acknowledged, and whose content nobody needs."""


class DiagnosticsStatusNotification(PlainNotification):
    """Progress of a diagnostics upload (OCPP 1.6 §4.4)."""


class FirmwareStatusNotification(PlainNotification):
    """Progress of a firmware update (OCPP 1.6 §4.5)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat(Readable):
    """A sign of life that asks for the time (OCPP 1.6 §4.6)."""


class LogStatusNotification(PlainNotification):
    """Progress of a log upload (OCPP 1.6 security whitepaper)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity(Readable):
    """What a reading is of; the defaults are those of OCPP 1.6 §7.43."""

    context: str = optional("context", text, "Sample.Periodic")
    measurand: str = optional("measurand", text, "Energy.Active.Import.Register")
    phase: str | None = optional("phase", text)
    location: str = optional("location", text, "Outlet")
    unit: str | None = optional("unit", text)


_QUANTITY: Final = ("context", "measurand", "phase", "location", "unit")


@lru_cache
def _read_once(*fields: str | None) -> Quantity:
    """Read a quantity, and remember it: a charger repeats its quantities in each message.

    Raises:
        TypeError: A field is not text, or they are too long to be remembered.
    """
    if sum(len(field) for field in fields if field is not None) > MAX_TEXT_LENGTH:
        raise TypeError
    return Quantity.read(dict(zip(_QUANTITY, fields, strict=True)))


class SampledValue(NamedTuple):
    """One reading."""

    value: str
    quantity: Quantity = Quantity()

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """Read it; a `ValueError` if it has no value."""
        try:
            quantity = _read_once(*map(payload.get, _QUANTITY))
        except TypeError:
            quantity = Quantity.read(payload)
        return cls(text(payload.get("value")), quantity)


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterValue(Readable):
    """Readings taken at one moment (OCPP 1.6 §7.33)."""

    timestamp: datetime | None = optional("timestamp", moment)
    sampled_values: tuple[SampledValue, ...] = optional(
        "sampledValue", each(SampledValue.read), ()
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterValues(Readable):
    """Readings of a connector, with the transaction they belong to if any (OCPP 1.6 §4.7)."""

    connector_id: int = optional("connectorId", connector, 1)
    transaction_id: int | None = optional("transactionId", integer)
    meter_values: tuple[MeterValue, ...] = optional(
        "meterValue", each(MeterValue.read), ()
    )


class SecurityEventNotification(PlainNotification):
    """A security event (OCPP 1.6 security whitepaper)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignCertificate(Readable):
    """A request to sign a certificate (OCPP 1.6 security whitepaper)."""


class SignedFirmwareStatusNotification(PlainNotification):
    """Progress of a signed firmware update (OCPP 1.6 security whitepaper)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTransaction(Readable):
    """A transaction has begun (OCPP 1.6 §4.8). ``meter_start`` is in Wh."""

    connector_id: int = optional("connectorId", connector, 1)
    id_tag: str = optional("idTag", text, "")
    meter_start: int | None = optional("meterStart", integer)
    timestamp: datetime | None = optional("timestamp", moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusNotification(Readable):
    """The status of a connector, or of the charge point itself as connector 0 (OCPP 1.6 §4.9)."""

    connector_id: int = required("connectorId", connector)
    status: ChargePointStatus | None = optional("status", choice(ChargePointStatus))
    error_code: ChargePointErrorCode | None = optional(
        "errorCode", choice(ChargePointErrorCode)
    )
    timestamp: datetime | None = optional("timestamp", moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class StopTransaction(Readable):
    """A transaction has ended (OCPP 1.6 §4.10). ``meter_stop`` is in Wh."""

    transaction_id: int | None = optional("transactionId", integer)
    id_tag: str | None = optional("idTag", text)
    meter_stop: int | None = optional("meterStop", integer)
    timestamp: datetime | None = optional("timestamp", moment)
    reason: Reason | None = optional("reason", choice(Reason))
    meter_values: tuple[MeterValue, ...] = optional(
        "transactionData", each(MeterValue.read), ()
    )


type Message = (
    Authorize
    | BootNotification
    | DataTransfer
    | DiagnosticsStatusNotification
    | FirmwareStatusNotification
    | Heartbeat
    | LogStatusNotification
    | MeterValues
    | SecurityEventNotification
    | SignCertificate
    | SignedFirmwareStatusNotification
    | StartTransaction
    | StatusNotification
    | StopTransaction
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request that cannot be answered with a result, and the CALLERROR code that says why."""

    code: ErrorCode
    reason: str


def read_message(action: str, payload: Mapping[str, Any]) -> Message | Unreadable:
    """Read a charge point's request."""
    if (message_type := _MESSAGES.get(action)) is None:
        # NotSupported is for an action that OCPP 1.6 knows, NotImplemented for one it does
        # not (OCPP-J 1.6 §4.2.3).
        if action in _ACTIONS:
            return Unreadable(
                ErrorCode.NOT_SUPPORTED, "not a message for a central system"
            )
        return Unreadable(ErrorCode.NOT_IMPLEMENTED, "unknown action")
    try:
        return message_type.read(payload)
    except UNREADABLE:
        return Unreadable(
            ErrorCode.TYPE_CONSTRAINT_VIOLATION, "a required field is unreadable"
        )


_ACTIONS = frozenset(action.value for action in Action)
_MESSAGES: dict[str, type[Message]] = {
    message_type.__name__: message_type for message_type in Message.__value__.__args__
}
