"""What we ask is valid OCPP 1.6, and what is answered is read tolerantly."""

from typing import Any

from hypothesis import given
from ocpp.v16 import call
from ocpp.v16.enums import MessageTrigger, ResetType
import pytest

from custom_components.wallbox_ocpp.csms.requests import (
    ConfigurationKey,
    OcppPayload,
    action_of,
    payload_of,
    read_configuration,
    read_status,
    whole_number,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DEFAULT,
    DIALECTS,
    IN_TRANSACTION,
    clearing,
    profile,
    remote_start,
)
from simulator.schemas import violation_of_call

from .strategies import json_objects, json_values

DIALECT_SET = {dialect for _, dialects in DIALECTS for dialect in dialects}
REQUESTS: list[OcppPayload] = [
    call.ChangeConfiguration(key="AuthEnabled", value="false"),
    call.ClearChargingProfile(),
    call.GetConfiguration(),
    call.GetConfiguration(key=["AuthEnabled"]),
    call.Reset(type=ResetType.soft),
    call.Reset(type=ResetType.hard),
    call.TriggerMessage(requested_message=MessageTrigger.boot_notification),
    call.TriggerMessage(requested_message=MessageTrigger.meter_values, connector_id=1),
    remote_start(),
    clearing(DEFAULT),
    clearing(IN_TRANSACTION),
    call.UnlockConnector(connector_id=1),
    *(
        profile(amps, dialect, 3, transaction_id)
        for dialect in DIALECT_SET
        for amps in (0, 6, 48)
        for transaction_id in (None, 2**31 - 1)
    ),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=action_of)
def test_every_request_is_valid(request_: OcppPayload) -> None:
    assert violation_of_call(action_of(request_), payload_of(request_)) is None


def test_what_is_not_asked_for_is_left_out() -> None:
    assert payload_of(call.GetConfiguration()) == {}
    assert payload_of(call.GetConfiguration(key=["A"])) == {"key": ["A"]}


def test_a_configuration_is_read() -> None:
    # docs/chargers.md §3.8.
    answer = {
        "configurationKey": [
            {"readonly": False, "key": "AuthEnabled", "value": "true"},
            {"readonly": True, "key": "ChargeProfileMaxStackLevel", "value": "1"},
            {"key": "NumberOfConnectors", "value": 1},
            {"key": "Empty", "readonly": "true", "value": ""},
            {"value": "nameless"},
            None,
        ],
        "unknownKey": ["NoSuchKey"],
    }
    assert read_configuration(answer) == {
        "AuthEnabled": ConfigurationKey(key="AuthEnabled", value="true"),
        "ChargeProfileMaxStackLevel": ConfigurationKey(
            key="ChargeProfileMaxStackLevel", value="1", readonly=True
        ),
        "NumberOfConnectors": ConfigurationKey(key="NumberOfConnectors", value="1"),
        "Empty": ConfigurationKey(key="Empty", readonly=True),
    }


@pytest.mark.parametrize("answer", [{}, {"configurationKey": None}, {"key": []}])
def test_an_answer_without_keys_is_an_empty_configuration(
    answer: dict[str, Any],
) -> None:
    assert read_configuration(answer) == {}


@given(json_values)
def test_any_answer_can_be_read_as_a_configuration(value: Any) -> None:
    read_configuration({"configurationKey": value})
    read_configuration({"configurationKey": [value]})
    read_configuration({"configurationKey": [{"key": value, "value": value}]})


def test_a_status_is_read() -> None:
    assert read_status({"status": "Accepted"}) == "Accepted"
    assert read_status({}) == ""


@given(json_objects, json_values)
def test_any_answer_can_be_read_as_a_status(
    answer: dict[str, Any], status: Any
) -> None:
    assert isinstance(read_status({**answer, "status": status}), str)


@pytest.mark.parametrize(
    ("value", "number"),
    [("10", 10), ("0", 0), ("", None), (None, None), ("-1", None), ("²", None)],
)
def test_a_whole_number_is_read(value: str | None, number: int | None) -> None:
    configuration = {"a": ConfigurationKey(key="a", value=value)}
    assert whole_number(configuration, "a") == number
    assert whole_number(configuration, "b") is None
