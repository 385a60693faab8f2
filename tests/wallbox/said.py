"""Messages of a charger, read from the payloads it would send."""

from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.wallbox_ocpp.csms.messages import (
    BootNotification,
    Message,
    MeterValues,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    Unreadable,
    read_message,
)
from custom_components.wallbox_ocpp.wallbox.receive.messages import apply, connected
from custom_components.wallbox_ocpp.wallbox.state import ChargerState

NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
ENERGY = "Energy.Active.Import.Register"


def ago(**delta: float) -> datetime:
    """Return a moment before now."""
    return NOW - timedelta(**delta)


def said(action: str, payload: dict[str, Any]) -> Message:
    """Read any message."""
    message = read_message(action, payload)
    assert not isinstance(message, Unreadable)
    return message


def boot(**payload: Any) -> BootNotification:
    """The charger has started."""
    return BootNotification.read(
        {
            "chargePointVendor": "Wall Box Chargers",
            "chargePointModel": "PLP1-0-2-4",
            "chargePointSerialNumber": "100001",
            "firmwareVersion": "6.7.38",
            **payload,
        }
    )


def status(name: str, connector: int = 1) -> StatusNotification:
    """The connector has a status."""
    return StatusNotification.read({"connectorId": connector, "status": name})


def start(
    meter_start: int | None = 532218, at: datetime | None = NOW, **payload: Any
) -> StartTransaction:
    """A transaction has begun."""
    return StartTransaction.read(
        {
            "connectorId": 1,
            "idTag": "NoAuthorization",
            "meterStart": meter_start,
            "timestamp": at and at.isoformat(),
            **payload,
        }
    )


def stop(
    transaction_id: int | None,
    meter_stop: int | None = None,
    at: datetime | None = NOW,
    **payload: Any,
) -> StopTransaction:
    """A transaction has ended."""
    return StopTransaction.read(
        {
            "transactionId": transaction_id,
            "meterStop": meter_stop,
            "timestamp": at and at.isoformat(),
            **payload,
        }
    )


def metered(
    *samples: dict[str, Any],
    at: datetime | None = NOW,
    transaction_id: int | None = None,
) -> MeterValues:
    """The meter was read once."""
    return MeterValues.read(
        {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [
                {"timestamp": at and at.isoformat(), "sampledValue": list(samples)}
            ],
        }
    )


def energy(value: float) -> dict[str, Any]:
    """Return a sample of the lifetime register, in Wh."""
    return {"value": str(value), "measurand": ENERGY, "unit": "Wh"}


def power(value: float) -> dict[str, Any]:
    """Return a sample of the power, in W."""
    return {"value": str(value), "measurand": "Power.Active.Import", "unit": "W"}


def after(
    *messages: Message, state: ChargerState | None = None, now: datetime = NOW
) -> ChargerState:
    """Return the state after some messages."""
    state = state or connected(ChargerState(), ago(hours=1))
    for message in messages:
        state = apply(state, message, now).state
    return state
