"""Makes, models and firmware versions."""

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    family,
    has_socket,
    rated_current,
    supports_offline_fix,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity


@pytest.mark.parametrize(
    "firmware", ["5.15.7", "5.15.10", "5.17.87", "6.4.14", "6.7.38", "6.11.16", "7.0"]
)
def test_a_firmware_from_5_15_7_on_supports_the_fix(firmware: str) -> None:
    assert supports_offline_fix(firmware) is True


@pytest.mark.parametrize("firmware", ["5.15.6", "5.5.11", "5.9.99", "4.23.2", "5"])
def test_an_older_firmware_does_not(firmware: str) -> None:
    assert supports_offline_fix(firmware) is False


@pytest.mark.parametrize("firmware", [None, "", "unknown", "5.x"])
def test_nothing_is_said_of_a_firmware_that_is_not_clear(firmware: str | None) -> None:
    assert supports_offline_fix(firmware) is None


@given(
    st.text()
    | st.from_regex(r"v?\d{1,4}(\.\d{1,4}){0,4}([-+ ab.]|rc|dev|beta)?\w{0,4}\Z")
)
def test_any_firmware_version_can_be_judged(firmware: str) -> None:
    assert supports_offline_fix(firmware) in (True, False, None)


@pytest.mark.parametrize(
    "vendor", ["Wall Box Chargers", "Wallbox", "WALLBOX", "wall box", None, ""]
)
def test_a_wallbox_is_recognised(vendor: str | None) -> None:
    assert Identity(vendor=vendor).is_wallbox


@pytest.mark.parametrize("vendor", ["Tinkerforge", "Not a Wallbox", "Wall"])
def test_another_make_is_not_taken_for_a_wallbox(vendor: str) -> None:
    assert not Identity(vendor=vendor).is_wallbox


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("PLP1-0-2-4", "Pulsar Plus"),
        ("PLP1-M-2-4", "Pulsar Plus"),
        ("PLP2-M-2-4", "Pulsar Max"),
        ("PUP1-U-1-6", "Pulsar Plus"),
        ("PUP2-U-1-6", "Pulsar Plus"),
        ("PPR1-0-2-4", "Pulsar Pro"),
        ("CPB1-S-2-4", "Copper SB"),
        ("CMX2-0-2-4", "Commander 2"),
    ],
)
def test_a_model_code_has_the_name_on_the_box(model: str, name: str) -> None:
    assert family(model) == name


@pytest.mark.parametrize("model", [None, "", "QSX", "XXX1-0-2-4"])
def test_an_unknown_model_code_has_none(model: str | None) -> None:
    assert family(model) is None


@pytest.mark.parametrize(
    ("model", "amps"),
    [
        ("PLP1-0-2-4", 32),
        ("CPB1-S-2-4", 32),
        ("PUP1-U-1-6", 48),
        ("PUP2", 48),
        ("PLP2-U-1-6", 48),
        ("", 32),
        (None, 32),
    ],
)
def test_only_an_american_charger_may_allow_more_than_32_amps(
    model: str | None, amps: int
) -> None:
    assert rated_current(model) == amps


@pytest.mark.parametrize(
    ("model", "socket"),
    [
        ("CPB1-S-2-4", True),
        ("CPB1-W-2-4", True),
        ("PLP1-M-2-4", False),
        ("PLP1-0-2-4", False),
        ("CPB1", False),
        ("", False),
        (None, False),
    ],
)
def test_a_cable_can_be_unlocked_where_there_is_a_socket(
    model: str | None, *, socket: bool
) -> None:
    assert has_socket(model) is socket
