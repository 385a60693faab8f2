"""The messages a Wallbox sends, with its field order and its empty strings (docs/chargers.md §3.0 to §3.5)."""

from datetime import datetime
from typing import Any

from .clock import wire_text
from .meter import SampledValue
from .personality import Personality
from .status import Status
from .transaction import Transaction

type Payload = dict[str, Any]


def boot_notification(personality: Personality) -> Payload:
    """BootNotification.req."""
    return {
        "chargePointSerialNumber": personality.serial,
        "chargePointVendor": personality.vendor,
        "meterType": personality.meter_type,
        "meterSerialNumber": "",
        "chargePointModel": personality.model,
        "iccid": "",
        "chargeBoxSerialNumber": personality.serial,
        "firmwareVersion": personality.firmware,
        "imsi": "",
    }


def status_notification(connector: int, status: Status, utc: datetime) -> Payload:
    """StatusNotification.req."""
    return {
        "info": "",
        "vendorId": "com.wallbox",
        "vendorErrorCode": "",
        "connectorId": connector,
        "errorCode": "InternalError" if status is Status.FAULTED else "NoError",
        "status": status.value,
        "timestamp": wire_text(utc),
    }


def firmware_status_notification(status: str) -> Payload:
    """FirmwareStatusNotification.req."""
    return {"status": status}


def authorize(id_tag: str) -> Payload:
    """Authorize.req."""
    return {"idTag": id_tag}


def start_transaction(transaction: Transaction) -> Payload:
    """StartTransaction.req."""
    return {
        "connectorId": 1,
        "idTag": transaction.id_tag,
        "meterStart": transaction.meter_start,
        "timestamp": wire_text(transaction.started_at),
    }


def stop_transaction(
    transaction: Transaction,
    *,
    meter_stop: int,
    utc: datetime,
    reason: str,
    id_tag: str,
) -> Payload:
    """StopTransaction.req; `id_tag` is empty unless somebody tapped (docs/chargers.md §3.4)."""
    return {
        "meterStop": meter_stop,
        "timestamp": wire_text(utc),
        "idTag": id_tag,
        "transactionData": [],
        "reason": reason,
        "transactionId": transaction.id or 0,
    }


def meter_values(
    values: list[SampledValue], utc: datetime, transaction: Transaction | None
) -> Payload:
    """MeterValues.req; without `transactionId` when idle."""
    payload: Payload = {
        "meterValue": [{"sampledValue": values, "timestamp": wire_text(utc)}],
        "connectorId": 1,
    }
    return (
        payload
        if transaction is None
        else payload | {"transactionId": transaction.id or 0}
    )
