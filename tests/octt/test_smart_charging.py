"""Charging profiles: how the owner's wish reaches the charger."""

from typing import Any

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from tests.conftest import Connect, Screen, protected, until
from tests.scripted_charger import ScriptedCharger


def profiles(charger: ScriptedCharger, purpose: str) -> list[dict[str, Any]]:
    """Return the profiles with a purpose that the charger was given, in order."""
    return [
        payload["csChargingProfiles"]
        for action, payload in charger.asked
        if action == "SetChargingProfile"
        and payload["connectorId"] == 1
        and payload["csChargingProfiles"]["chargingProfilePurpose"] == purpose
    ]


def limits(profile: dict[str, Any]) -> list[tuple[int, float]]:
    """Return when each limit begins, in seconds, and how many amps it is."""
    schedule = profile["chargingSchedule"]
    assert schedule["chargingRateUnit"] == "A"
    periods = schedule["chargingSchedulePeriod"]
    return [(period["startPeriod"], period["limit"]) for period in periods]


async def test_tc_056_a_pause_is_a_profile_for_every_transaction_to_come(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.switch("charging", on=False)
    profile = profiles(charger, "TxDefaultProfile")[-1]
    assert limits(profile) == [(0, 0)]
    assert "transactionId" not in profile


async def test_tc_057_a_pause_is_a_profile_for_the_transaction_that_is_open(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.switch("charging", on=False)
    profile = profiles(charger, "TxProfile")[-1]
    assert limits(profile) == [(0, 0)]
    assert profile["transactionId"] == transaction


async def test_tc_067_the_profiles_are_cleared_when_the_charger_is_given_back(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    assert ("ClearChargingProfile", {}) in charger.asked
