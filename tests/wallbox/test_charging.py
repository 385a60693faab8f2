"""The owner's wish, worded exactly as wallbox-facts §3.7 and §3.8 have it."""

from ocpp.v16.enums import ChargingProfileKindType
import pytest

from custom_components.wallbox_ocpp.csms.requests import (
    ConfigurationKey,
    action_of,
    payload_of,
)
from custom_components.wallbox_ocpp.wallbox.charging import (
    Style,
    Wish,
    default_profile,
    holds_transaction_profile,
    remote_start,
    transaction_profile,
)


def test_a_pause_for_every_transaction_to_come_is_worded_as_a_wallbox_likes_it() -> (
    None
):
    request = default_profile(Wish(charging=False))
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


def test_a_limit_for_the_open_transaction_is_worded_as_a_wallbox_likes_it() -> None:
    request = transaction_profile(Wish(current_limit=16), 1007)
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


def test_a_profile_may_be_worded_in_another_style() -> None:
    style = Style(kind=ChargingProfileKindType.absolute, stack_level=1)
    for request in (
        default_profile(Wish(), style),
        transaction_profile(Wish(), 1007, style),
    ):
        profile = payload_of(request)["csChargingProfiles"]
        assert profile["chargingProfileKind"] == "Absolute"
        assert profile["stackLevel"] == 1


def test_a_transaction_is_asked_for_without_a_profile() -> None:
    request = remote_start()
    assert action_of(request) == "RemoteStartTransaction"
    assert payload_of(request) == {"connectorId": 1, "idTag": "HOMEASSISTANT"}


@pytest.mark.parametrize(
    ("wish", "current"),
    [
        (Wish(), 32),
        (Wish(current_limit=6), 6),
        (Wish(charging=False), 0),
        (Wish(charging=False, current_limit=16), 0),
    ],
)
def test_a_pause_is_a_limit_of_nothing(wish: Wish, current: int) -> None:
    assert wish.current == current


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("MaxChargingProfilesInstalled", "1", False),
        ("MaxChargingProfilesInstalled", "2", True),
        ("MaxChargingProfilesInstalled", None, True),
        ("ChargeProfileMaxStackLevel", "1", True),
    ],
)
def test_there_is_room_for_a_second_profile_unless_the_charger_says_there_is_not(
    key: str, value: str | None, *, expected: bool
) -> None:
    configuration = {key: ConfigurationKey(key=key, value=value)}
    assert holds_transaction_profile(configuration) is expected


def test_no_room_is_counted_on_before_the_configuration_is_read() -> None:
    assert not holds_transaction_profile({})


def test_a_wish_survives_its_way_to_the_disk_and_back() -> None:
    wish = Wish(charging=False, current_limit=10)
    assert Wish.from_dict(wish.to_dict()) == wish
    assert Wish.from_dict({}) == Wish()
