"""Charging profiles: how the owner's wish reaches the charger."""

from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import ChargingRateUnitType

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Timing
from custom_components.wallbox_ocpp.wallbox.charging import PLAIN, default_profile
from homeassistant.core import HomeAssistant
from tests.conftest import IDENTITY, Connect, Screen, protected, until
from tests.csms.conftest import Owner
from tests.scripted_charger import ACCEPTED, REJECTED, Payload, ScriptedCharger
from tests.virtual_wallbox import VirtualWallbox


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


async def test_tc_056_a_limit_is_a_profile_for_every_transaction_to_come(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.set("current_limit", 6)
    assert limits(profiles(charger, "TxDefaultProfile")[-1]) == [(0, 6)]
    assert not profiles(charger, "TxProfile")


async def test_tc_057_a_limit_is_a_profile_for_the_transaction_that_is_open(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    transaction = await charger.start()
    await charger.status("Charging")
    await screen.set("current_limit", 6)
    profile = profiles(charger, "TxProfile")[-1]
    assert limits(profile) == [(0, 6)]
    assert profile["transactionId"] == transaction


async def test_tc_059_a_session_that_home_assistant_starts_has_its_limit_at_once(
    connect: Connect, screen: Screen
) -> None:
    """The limit goes before the start, and into the transaction that comes of it.

    The case has it within RemoteStartTransaction, which many a Wallbox refuses.
    """
    charger = await connect()
    await until(lambda: protected(screen))
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


async def test_tc_066_what_the_profiles_come_to_can_be_asked(
    unused_tcp_port: int,
) -> None:
    """The central system can; the integration looks at what is drawn instead.

    What chargers say here is not to be relied on (charge-point-facts §1.14).
    """
    owner, central_system = Owner(), CentralSystem(Timing(call_gap=0))
    central_system.register(IDENTITY, owner)
    await central_system.start(unused_tcp_port, "127.0.0.1")
    async with VirtualWallbox(f"ws://127.0.0.1:{unused_tcp_port}", IDENTITY):
        session = await owner.session()
        await session.call(default_profile(10, PLAIN, 0))
        answer = await session.call(
            call.GetCompositeSchedule(
                connector_id=1,
                duration=300,
                charging_rate_unit=ChargingRateUnitType.amps,
            )
        )
    await central_system.stop()
    assert answer["status"] == "Accepted"
    assert answer["connectorId"] == 1
    assert answer["chargingSchedule"]["chargingRateUnit"] == "A"


async def test_tc_067_the_profiles_are_cleared_when_the_charger_is_given_back(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    assert ("ClearChargingProfile", {}) in charger.asked


async def test_tc_067_profiles_of_one_purpose_are_cleared_before_one_that_shall_count(
    connect: Connect, screen: Screen
) -> None:
    """A charger that refuses the usual words is given room for others."""
    charger = await connect()
    await until(lambda: protected(screen))
    cleared = {"chargingProfilePurpose": "TxDefaultProfile"}

    def only_if_cleared(_: Payload) -> Payload:
        clears = ("ClearChargingProfile", cleared) in charger.asked
        return ACCEPTED if clears else REJECTED

    charger.change_its_mind(SetChargingProfile=only_if_cleared)
    await screen.set("current_limit", 6)
    assert limits(profiles(charger, "TxDefaultProfile")[-1]) == [(0, 6)]
