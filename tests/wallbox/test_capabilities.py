"""What a charger can hold and allow."""

import pytest

from custom_components.wallbox_ocpp.csms.requests import ConfigurationKey
from custom_components.wallbox_ocpp.wallbox.model.settings import Capabilities
from tests.wallbox.states import restored


def told(key: str, value: str | None) -> Capabilities:
    """Return what a charger can by one key."""
    return Capabilities.read({key: ConfigurationKey(key=key, value=value)})


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [("10", 10), ("6", 6), ("48", 48), ("0", None), ("5", None), (None, None)],
)
def test_the_ceiling_is_what_the_charger_was_set_to(
    value: str | None, ceiling: int | None
) -> None:
    assert told("chargingALimitConn1", value).ceiling == ceiling


@pytest.mark.parametrize(
    ("value", "level"), [("3", 3), ("1", 1), ("many", 0), (None, 0)]
)
def test_the_highest_level_is_what_the_charger_says(
    value: str | None, level: int
) -> None:
    assert told("ChargeProfileMaxStackLevel", value).highest_level == level


@pytest.mark.parametrize(
    ("value", "room"), [("1", False), ("2", True), ("10", True), (None, True)]
)
def test_there_is_room_for_two_profiles_unless_the_charger_says_there_is_not(
    value: str | None, *, room: bool
) -> None:
    assert told("MaxChargingProfilesInstalled", value).two_profiles is room


def test_what_is_not_told_is_the_usual() -> None:
    assert told("AuthEnabled", "true") == Capabilities()


def test_capabilities_survive_their_way_to_the_disk_and_back() -> None:
    capabilities = Capabilities(ceiling=16, highest_level=3, two_profiles=False)
    assert restored(capabilities) == capabilities
