"""What a charge point says, read tolerantly."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
from ocpp.v16.enums import Action, ChargePointErrorCode, ChargePointStatus, Reason
import pytest

from custom_components.wallbox_ocpp.csms.frames import Call, ErrorCode, read_frame
from custom_components.wallbox_ocpp.csms.messages import (
    Authorize,
    BootNotification,
    Heartbeat,
    Message,
    MeterValue,
    MeterValues,
    Quantity,
    SampledValue,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    Unreadable,
    read_message,
)

from .strategies import ACTIONS, json_objects, payloads_of


def read(frame: str) -> Message | Unreadable:
    """Read the message in a frame."""
    call = read_frame(frame)
    assert isinstance(call, Call)
    return read_message(call.action, call.payload)


@given(st.text() | st.sampled_from(ACTIONS), json_objects)
def test_any_action_with_any_payload_can_be_read(
    action: str, payload: dict[str, Any]
) -> None:
    assert read_message(action, payload)


@pytest.mark.parametrize("message_type", Message.__value__.__args__)
@given(st.data())
def test_any_values_in_the_known_fields_can_be_read(
    message_type: type[Message], data: st.DataObject
) -> None:
    action = message_type.__name__
    message = read_message(action, data.draw(payloads_of(action)))
    # Only a status without a connector says nothing.
    nothing = isinstance(message, Unreadable) and message_type is StatusNotification
    assert nothing or isinstance(message, message_type)


@pytest.mark.parametrize("connector", [None, "", "one", 1.5, [], {}, True])
def test_a_status_without_a_connector_is_refused(connector: Any) -> None:
    payload = {"connectorId": connector, "status": "Available"}
    assert read_message("StatusNotification", payload) == Unreadable(
        ErrorCode.TYPE_CONSTRAINT_VIOLATION, "a required field is unreadable"
    )


def test_an_action_that_ocpp_does_not_know_is_not_implemented() -> None:
    # MicroOcpp says this one, docs/chargers.md §8.1.13.
    unreadable = read_message("CustomOperation", {})
    assert isinstance(unreadable, Unreadable)
    assert unreadable.code is ErrorCode.NOT_IMPLEMENTED


@pytest.mark.parametrize("action", sorted(set(Action) - set(ACTIONS)))
def test_an_action_for_charge_points_is_not_supported(action: str) -> None:
    unreadable = read_message(action, {})
    assert isinstance(unreadable, Unreadable)
    assert unreadable.code is ErrorCode.NOT_SUPPORTED


def test_every_action_that_a_charge_point_may_send_is_read() -> None:
    assert ACTIONS == [
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    ]


# The frames of docs/chargers.md §3, one by one.


def test_the_boot_of_a_wallbox_is_read() -> None:
    assert read(
        '[2,"1804289383","BootNotification",{"chargePointSerialNumber": "100001",'
        '"chargePointVendor": "Wall Box Chargers",'
        '"meterType": "Internal NON compliant","meterSerialNumber": "",'
        '"chargePointModel": "PLP1-0-2-3","iccid": "",'
        '"chargeBoxSerialNumber": "100001","firmwareVersion": "6.4.14","imsi": ""}]'
    ) == BootNotification(
        vendor="Wall Box Chargers",
        model="PLP1-0-2-3",
        serial_number="100001",
        charge_box_serial_number="100001",
        firmware_version="6.4.14",
    )


def test_a_status_of_a_wallbox_is_read() -> None:
    assert read(
        '[2,"1115475570","StatusNotification",{"info": "","vendorId": "com.wallbox",'
        '"vendorErrorCode": "","connectorId": 1,"errorCode": "NoError",'
        '"status": "Available","timestamp": "2025-11-23T22:49:54Z"}]'
    ) == StatusNotification(
        connector_id=1,
        status=ChargePointStatus.available,
        error_code=ChargePointErrorCode.no_error,
        timestamp=datetime(2025, 11, 23, 22, 49, 54, tzinfo=UTC),
    )


def test_a_start_of_a_wallbox_is_read() -> None:
    assert read(
        '[2,"846930886","StartTransaction",{"connectorId": 1,'
        '"idTag": "NoAuthorization","meterStart": 532218,'
        '"timestamp": "2026-09-01T10:05:03Z"}]'
    ) == StartTransaction(
        connector_id=1,
        id_tag="NoAuthorization",
        meter_start=532218,
        timestamp=datetime(2026, 9, 1, 10, 5, 3, tzinfo=UTC),
    )


def test_a_stop_of_a_wallbox_is_read() -> None:
    assert read(
        '[2,"1681692777","StopTransaction",{"meterStop": 1122621,'
        '"timestamp": "2026-09-01T18:40:00Z","idTag": "","transactionData": [],'
        '"reason": "EVDisconnected","transactionId": 1007}]'
    ) == StopTransaction(
        transaction_id=1007,
        id_tag=None,
        meter_stop=1122621,
        timestamp=datetime(2026, 9, 1, 18, 40, tzinfo=UTC),
        reason=Reason.ev_disconnected,
        meter_values=(),
    )


def test_the_readings_of_a_wallbox_are_read() -> None:
    energy = {
        "value": "532218.4",
        "context": "Sample.Periodic",
        "format": "Raw",
        "measurand": "Energy.Active.Import.Register",
        "location": "Outlet",
        "unit": "Wh",
    }
    current = {"value": "31.2", "measurand": "Current.Import", "phase": "L1"}
    payload = {
        "meterValue": [
            {"sampledValue": [energy, current], "timestamp": "2026-09-01T10:06:00Z"}
        ],
        "connectorId": 1,
        "transactionId": 1007,
    }
    assert read(json.dumps([2, "1714636915", "MeterValues", payload])) == MeterValues(
        connector_id=1,
        transaction_id=1007,
        meter_values=(
            MeterValue(
                timestamp=datetime(2026, 9, 1, 10, 6, tzinfo=UTC),
                sampled_values=(
                    SampledValue("532218.4", Quantity(unit="Wh")),
                    SampledValue(
                        "31.2", Quantity(measurand="Current.Import", phase="L1")
                    ),
                ),
            ),
        ),
    )


def test_a_heartbeat_of_a_wallbox_is_read() -> None:
    assert read('[2,"1957747793","Heartbeat",{}]') == Heartbeat()


def test_a_reading_may_be_a_number() -> None:
    # em, docs/chargers.md §8.1.12.
    message = read_message(
        "MeterValues", {"meterValue": [{"sampledValue": [{"value": 7.5}]}]}
    )
    assert isinstance(message, MeterValues)
    assert message.meter_values[0].sampled_values[0].value == "7.5"


def test_an_unreadable_sample_does_not_cost_the_others() -> None:
    message = read_message(
        "MeterValues",
        {"meterValue": [{"sampledValue": [{"unit": "Wh"}, 3, {"value": "1"}]}, "?"]},
    )
    assert isinstance(message, MeterValues)
    assert message.meter_values == (MeterValue(sampled_values=(SampledValue("1"),)),)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ["context", "measurand", "phase", "location", "unit", "format"],
            st.sampled_from(
                ["", "L1", "Wh", "x" * 600, 0, False, 1, True, 1.0, None, [], {}]
            ),
        ),
    )
)
def test_a_quantity_is_read_the_same_each_time(fields: dict[str, Any]) -> None:
    payload = fields | {"value": "1"}
    expected = SampledValue("1", Quantity.read(fields))
    assert SampledValue.read(payload) == SampledValue.read(payload) == expected


def test_an_id_tag_may_be_left_out() -> None:
    assert read_message("Authorize", {}) == Authorize(id_tag="")


def test_a_status_that_ocpp_does_not_know_is_unknown() -> None:
    message = read_message("StatusNotification", {"connectorId": 1, "status": "Eco"})
    assert message == StatusNotification(connector_id=1, status=None)


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
def test_start_and_stop_can_be_read_from_nothing(action: str) -> None:
    assert not isinstance(read_message(action, {}), Unreadable)
