"""What the server may ask, and what is answered."""

from typing import Any, Final

import pytest

from .bench import FREE_KEYS, Bench

PROFILE: Final = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.3}],
    },
}


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.run(5)
    return bench


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("UnlockConnector", {"connectorId": 1}, {"status": "NotSupported"}),
        ("ClearCache", {}, {"status": "Accepted"}),
        ("DataTransfer", {"vendorId": "x"}, {"status": "UnknownVendorId", "data": ""}),
        ("RemoteStopTransaction", {"transactionId": 1}, {"status": "Rejected"}),
        (
            "TriggerMessage",
            {"requestedMessage": "FirmwareStatusNotification"},
            {"status": "NotImplemented"},
        ),
        ("GetLocalListVersion", {}, {"listVersion": 0}),
        ("CancelReservation", {"reservationId": 1}, {"status": "Rejected"}),
        (
            "ChangeAvailability",
            {"connectorId": 2, "type": "Operative"},
            {"status": "Rejected"},
        ),
        (
            "GetCompositeSchedule",
            {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"},
            {"status": "Rejected"},
        ),
    ],
)
def test_simple_answers(
    bench: Bench, action: str, payload: dict[str, Any], answer: dict[str, Any]
) -> None:
    assert bench.call(action, payload) == answer


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        (
            "UpdateFirmware",
            {"location": "http://127.0.0.1/f", "retrieveDate": "2026-09-01T10:00:00Z"},
            "NotSupported",
        ),
        ("CostUpdated", {}, "NotImplemented"),
        ("ChangeConfiguration", {"key": "AuthEnabled"}, "FormationViolation"),
        (
            "ChangeConfiguration",
            {"key": "AuthEnabled", "value": False},
            "FormationViolation",
        ),
        ("Reset", {"type": "Gentle"}, "FormationViolation"),
        (
            "RemoteStartTransaction",
            {"idTag": "HA", "chargingProfile": PROFILE},
            "ProtocolError",
        ),
        ("SetChargingProfile", {"connectorId": 0}, "FormationViolation"),
    ],
)
def test_errors(bench: Bench, action: str, payload: dict[str, Any], code: str) -> None:
    assert bench.call(action, payload)["errorCode"] == code
    is_not_valid = code in {"FormationViolation", "NotImplemented"}
    assert bool(bench.charger.violations) == is_not_valid


@pytest.mark.parametrize(
    ("requested", "action"),
    [
        ("BootNotification", "BootNotification"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("Heartbeat", "Heartbeat"),
    ],
)
def test_triggers(bench: Bench, requested: str, action: str) -> None:
    before = len(bench.sent(action))
    answer = bench.call("TriggerMessage", {"requestedMessage": requested})
    assert answer == {"status": "Accepted"}
    bench.run(1)
    assert len(bench.sent(action)) > before


def test_unavailable_keeps_a_car_from_starting(bench: Bench) -> None:
    bench.configure(**FREE_KEYS)
    inoperative = {"connectorId": 0, "type": "Inoperative"}
    assert bench.call("ChangeAvailability", inoperative) == {"status": "Accepted"}
    bench.charger.plug()
    bench.run(10)
    assert bench.charger.status == "Unavailable"
    bench.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
    bench.run(10)
    assert bench.charger.status == "Charging"
    assert bench.call("ChangeAvailability", inoperative) == {"status": "Scheduled"}
    assert bench.charger.status == "Charging"
    bench.charger.unplug()
    assert bench.charger.status == "Unavailable"


def test_a_reservation_is_for_one_tag_and_ends(bench: Bench) -> None:
    reserve = {
        "connectorId": 1,
        "expiryDate": "2026-09-01T10:10:00Z",
        "idTag": "GUEST",
        "reservationId": 7,
    }
    assert bench.call("ReserveNow", reserve) == {"status": "Accepted"}
    assert bench.charger.status == "Reserved"
    start = bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    assert start == {"status": "Rejected"}
    bench.run(600)
    assert bench.charger.status == "Available"


def test_malformed_frames_are_ignored(bench: Bench) -> None:
    for text in ("", "null", "{}", "[2]", "[9, 1]", '[3, "nobody asked", {}]', "[" * 9):
        bench.charger.received(text)
    assert bench.call("ClearCache") == {"status": "Accepted"}


def test_remote_start_may_ask_for_the_tag_first(bench: Bench) -> None:
    bench.configure(AuthorizeRemoteTxRequests="true")
    bench.charger.plug()
    bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    bench.run(5)
    assert bench.sent("Authorize")[0].payload == {"idTag": "HA"}
    assert bench.charger.status == "Charging"
