"""Somebody undoes the offline fix, once or again and again."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.csms.requests import ConfigurationKey
from custom_components.wallbox_ocpp.wallbox.model.drift import (
    CONTESTED,
    DAY,
    FADES,
    Drift,
    drifted_keys,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Protection,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.receive.messages import apply
from tests.wallbox.states import a_state

from .said import NOW, boot

OURS = ProfileName.CHARGE_HQ
PROTECTED = Protection(
    verdict=Verdict.PROTECTED,
    profile=OURS,
    found={
        "StopTransactionOnEVSideDisconnect": None,
        "AuthEnabledOffline": "false",
        "AuthEnabled": "False",
    },
)
HOUR = timedelta(hours=1)


def keys(**values: str | None) -> dict[str, ConfigurationKey]:
    """Return a configuration."""
    return {
        key: ConfigurationKey(key=key, value=value) for key, value in values.items()
    }


def test_a_key_that_was_changed_back_is_noticed() -> None:
    found = keys(AuthEnabled="true", AuthEnabledOffline="false", LightIntensity="1")
    assert drifted_keys(PROTECTED, OURS, found) == ("AuthEnabled",)


@pytest.mark.parametrize(
    ("protection", "profile"),
    [
        (Protection(verdict=Verdict.REJECTED, profile=OURS), OURS),
        (Protection(), OURS),
        (PROTECTED, ProfileName.STRICT),
    ],
)
def test_only_what_was_as_wanted_can_be_changed_back(
    protection: Protection, profile: ProfileName
) -> None:
    found = keys(AuthEnabled="true", AuthEnabledOffline="true")
    assert drifted_keys(protection, profile, found) == ()


def test_a_key_that_was_never_there_and_one_that_is_not_told_are_not_changed() -> None:
    found = keys(StopTransactionOnEVSideDisconnect="false", AuthEnabled="FALSE")
    assert drifted_keys(PROTECTED, OURS, found) == ()


def test_another_charger_with_the_same_identity_has_changed_nothing_back() -> None:
    state = a_state(protection=PROTECTED, identity=Identity(serial_number="1"))
    state = apply(state, boot(chargePointSerialNumber="2"), NOW).state
    assert drifted_keys(state.settings.protection, OURS, keys(AuthEnabled="true")) == ()


def test_once_or_twice_is_no_contest() -> None:
    drift = Drift()
    for number in range(CONTESTED):
        assert not drift.contested
        drift = drift.noted(("AuthEnabled",), NOW + number * HOUR)
    assert drift.contested


def test_now_and_then_is_no_contest() -> None:
    drift = Drift()
    for number in range(2 * CONTESTED):
        drift = drift.noted(("AuthEnabled",), NOW + number * DAY)
    assert not drift.contested
    assert len(drift.times) == CONTESTED


def test_nothing_is_noted_when_nothing_was_changed() -> None:
    drift = Drift(times=(NOW,), keys=("AuthEnabled",), seen=True)
    assert drift.noted((), NOW) is drift
    assert not drift.noted(("AuthEnabled",), NOW).seen


def test_what_does_not_happen_again_fades() -> None:
    once = Drift().noted(("AuthEnabled",), NOW)
    assert once.faded(NOW + DAY + HOUR) is once
    assert once.faded(NOW + FADES + HOUR) == Drift()
    contested = Drift(times=(NOW,) * CONTESTED)
    assert contested.faded(NOW + DAY) is contested
    assert contested.faded(NOW + DAY + HOUR) == Drift()
    assert Drift().faded(NOW) == Drift()
