"""Charging profiles: how the owner's wish reaches the charger."""

from typing import Any

import pytest

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from simulator.scripted_charger import ACCEPTED, REJECTED, Payload, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected


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
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await screen.switch("charging", on=False)
    profile = profiles(charger, "TxDefaultProfile")[-1]
    assert limits(profile) == [(0, 0)]
    assert "transactionId" not in profile


async def test_tc_057_a_pause_is_a_profile_for_the_transaction_that_is_open(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.switch("charging", on=False)
    profile = profiles(charger, "TxProfile")[-1]
    assert limits(profile) == [(0, 0)]
    assert profile["transactionId"] == transaction


async def test_tc_056_a_limit_is_a_profile_for_every_transaction_to_come(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await screen.set("current_limit", 6)
    assert limits(profiles(charger, "TxDefaultProfile")[-1]) == [(0, 6)]
    assert not profiles(charger, "TxProfile")


async def test_tc_057_a_limit_is_a_profile_for_the_transaction_that_is_open(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.set("current_limit", 6)
    profile = profiles(charger, "TxProfile")[-1]
    assert limits(profile) == [(0, 6)]
    assert profile["transactionId"] == transaction


async def test_tc_059_a_session_that_home_assistant_starts_has_its_limit_at_once(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    """The limit goes before the start, and into the transaction that comes of it.

    The case has it within RemoteStartTransaction, which many a Wallbox refuses.
    """
    charger = await connect_protected()
    await screen.set("current_limit", 6)
    assert limits(profiles(charger, "TxDefaultProfile")[-1]) == [(0, 6)]
    await charger.status("Preparing")
    await screen.switch("charging", on=True)
    [start] = [
        payload
        for action, payload in charger.asked
        if action == "RemoteStartTransaction"
    ]
    assert "chargingProfile" not in start
    transaction = await charger.start(idTag=start["idTag"])
    await until(lambda: bool(profiles(charger, "TxProfile")))
    profile = profiles(charger, "TxProfile")[-1]
    assert limits(profile) == [(0, 6)]
    assert profile["transactionId"] == transaction


@pytest.mark.parametrize("answer", ["Accepted", "Unknown"])
async def test_tc_067_the_profiles_are_cleared_when_the_charger_is_given_back(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    device_id: str,
    answer: str,
) -> None:
    """Unknown is the answer where there are none (OCPP 1.6 §5.5)."""
    charger = await connect_protected(ClearChargingProfile=lambda _: {"status": answer})
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    assert ("ClearChargingProfile", {}) in charger.asked
    assert charger.keys["AuthEnabled"] == "true"


async def test_tc_067_a_charger_given_back_with_room_for_one_is_limited_in_a_session_only(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await connect(boots=False)
    charger.keys["MaxChargingProfilesInstalled"] = "1"
    await charger.boot(firmwareVersion="5.17.87")
    await charger.status("Available")
    await until(lambda: protected(screen))
    await screen.switch("charging", on=False)
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    given = len(charger.limits)
    await charger.status("Preparing")
    await charger.left_alone()
    assert charger.limits[given:] == []

    transaction = await charger.start()
    await until(lambda: charger.limits[given:] == [("TxDefaultProfile", 0)])
    await charger.stop(transaction)
    await charger.status("Available")
    cleared = {"chargingProfilePurpose": "TxDefaultProfile"}
    await until(lambda: charger.asked[-1] == ("ClearChargingProfile", cleared))
    assert charger.limits[given:] == [("TxDefaultProfile", 0)]


async def test_tc_067_profiles_of_one_purpose_are_cleared_before_one_that_is_to_count(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    """A charger that refuses the usual words is given room for others."""
    charger = await connect_protected()
    cleared = {"chargingProfilePurpose": "TxDefaultProfile"}

    def only_if_cleared(_: Payload) -> Payload:
        clears = ("ClearChargingProfile", cleared) in charger.asked
        return ACCEPTED if clears else REJECTED

    charger.change_its_mind(SetChargingProfile=only_if_cleared)
    await screen.set("current_limit", 6)
    assert limits(profiles(charger, "TxDefaultProfile")[-1]) == [(0, 6)]
