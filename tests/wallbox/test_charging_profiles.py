"""The owner's wish as profiles, exactly as docs/chargers.md §3.7 and §3.8 have it."""

from dataclasses import replace

from ocpp.v16.enums import ChargingProfileKindType
import pytest

from custom_components.wallbox_ocpp.csms.requests import action_of, payload_of
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DEFAULT,
    DIALECTS,
    PLAIN,
    Dialect,
    Wish,
    clearing,
    dialects_for,
    profile,
    remote_start,
)
from tests.wallbox.states import restored


def test_a_pause_for_every_transaction_to_come_is_written_as_a_wallbox_likes_it() -> (
    None
):
    request = profile(0, PLAIN, 0)
    assert action_of(request) == "SetChargingProfile"
    assert payload_of(request) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0}],
            },
        },
    }


def test_a_limit_for_the_open_transaction_is_written_as_a_wallbox_likes_it() -> None:
    request = profile(16, PLAIN, 0, 1007)
    assert action_of(request) == "SetChargingProfile"
    assert payload_of(request) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 2,
            "transactionId": 1007,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
            },
        },
    }


def test_a_profile_may_be_written_in_another_dialect() -> None:
    dialect = Dialect(kind=ChargingProfileKindType.absolute, highest_level=True)
    for transaction_id in (None, 1007):
        request = profile(16, dialect, 3, transaction_id)
        written = payload_of(request)["csChargingProfiles"]
        assert written["chargingProfileKind"] == "Absolute"
        assert written["stackLevel"] == 3


def test_what_is_cleared_is_all_that_has_a_purpose() -> None:
    assert payload_of(clearing(DEFAULT)) == {
        "chargingProfilePurpose": "TxDefaultProfile"
    }


@pytest.mark.parametrize("firmware", ["5.17.87", "5.15.7", "5.5.11"])
def test_the_dialects_of_5_stays_at_stack_level_zero(firmware: str) -> None:
    dialects = dialects_for(firmware)
    assert dialects[0] == PLAIN
    assert not any(dialect.highest_level for dialect in dialects)


@pytest.mark.parametrize("firmware", ["6.1.12", "6.7.38", "6.11.16", "", None, "new"])
def test_the_dialects_of_6_begins_relative_and_knows_the_highest_level(
    firmware: str | None,
) -> None:
    dialects = dialects_for(firmware)
    assert dialects[0] == PLAIN
    assert all(
        dialect.kind is ChargingProfileKindType.relative for dialect in dialects[:3]
    )
    assert any(dialect.highest_level for dialect in dialects)
    assert not dialects[-1].in_transaction


def test_no_dialect_is_tried_twice_and_a_firmware_has_one_list_of_dialects() -> None:
    for _, dialects in DIALECTS:
        assert len(set(dialects)) == len(dialects)
    assert dialects_for("5.17.87") != dialects_for("6.0.0")


def test_a_dialect_survives_its_way_to_the_disk_and_back() -> None:
    for _, dialects in DIALECTS:
        for dialect in dialects:
            assert restored(dialect) == dialect


def test_a_transaction_is_asked_for_without_a_profile() -> None:
    request = remote_start()
    assert action_of(request) == "RemoteStartTransaction"
    assert payload_of(request) == {"connectorId": 1, "idTag": "HOMEASSISTANT"}


@pytest.mark.parametrize(
    ("wish", "most", "amps"),
    [
        (Wish(), 32, 32),
        (Wish(), 48, 48),
        (Wish(current_limit=6), 32, 6),
        (Wish(current_limit=40), 32, 32),
        (Wish(charging=False), 32, 0),
        (Wish(charging=False, current_limit=16), 32, 0),
    ],
)
def test_a_pause_is_a_limit_of_nothing_and_no_limit_is_the_most(
    wish: Wish, most: int, amps: int
) -> None:
    assert wish.amps(most) == amps


def test_a_wish_survives_its_way_to_the_disk_and_back() -> None:
    wish = Wish(charging=False, current_limit=10)
    assert Wish.from_dict(wish.to_dict()) == wish
    unlimited = replace(wish, current_limit=None)
    assert Wish.from_dict(unlimited.to_dict()) == unlimited
    assert Wish.from_dict({}) == Wish()
