"""The fail-safe: what a car gets while the charger is offline, if its owner limits that."""

import asyncio
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model import write_budget
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ACCEPTED, REJECTED, Payload, ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car
from tests.conftest import Connect, StartCharger
from tests.helpers.alone import alone
from tests.helpers.failsafe import (
    HOUR,
    LEASE,
    MINUTE,
    NO_START,
    OFF,
    PAUSE,
    FailSafes,
    newcomer,
)
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen

ONE_LIMIT = "5.17.87"
"""It has no room for a limit of the transaction."""


@pytest.mark.parametrize("firmware", ["6.7.38", ONE_LIMIT])
async def test_a_car_that_comes_while_home_assistant_is_there_charges(
    failsafe: FailSafes, screen: Screen, firmware: str
) -> None:
    box = await failsafe.charging(NO_START, FIRMWARES[firmware])
    assert screen.sensor("why_not_charging") == "charging"
    charger = alone(box, 8 * HOUR)
    assert charger.current_drawn > 0
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.wait_until(lambda: newcomer(box, 1) == 0)


async def test_a_car_that_was_cut_off_charges_on_when_home_assistant_is_back(
    failsafe: FailSafes,
) -> None:
    box = await failsafe.protects(NO_START)
    box.cut_network()
    await box.wait_until(lambda: not box.connected)
    box.plug(Car())
    await box.wait_until(lambda: bool(box.charger.transaction))
    assert box.charger.drew_current_since(0) == 0
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn > 0)


async def test_a_session_from_the_queue_that_is_over_costs_no_dialect(
    failsafe: FailSafes,
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    """It cannot be lifted any more, but the one that follows it can."""
    failsafe.choose(NO_START)
    charger = await connect_protected()
    await charger.leave()
    await gone(screen)
    runs = 0

    def lift(payload: Payload) -> Payload:
        number = payload["csChargingProfiles"].get("transactionId", runs)
        return ACCEPTED if number == runs else REJECTED

    again = await connect(boots=False, SetChargingProfile=lift)
    again.keys = charger.keys
    await again.status("SuspendedEVSE")
    hours_ago = [(dt_util.utcnow() - timedelta(hours=n)).isoformat() for n in range(4)]
    over = await again.start(timestamp=hours_ago[3])
    await until(lambda: again.limits[-1:] == [("TxProfile", 32)])
    await again.left_alone()
    await again.stop(over, timestamp=hours_ago[2])
    runs = await again.start(timestamp=hours_ago[1], meterStart=3000)
    await until(lambda: last_limit(again).get("transactionId") == runs)
    assert "ClearChargingProfile" not in again.actions


async def test_a_lease_is_renewed_as_long_as_home_assistant_is_there(
    failsafe: FailSafes, connect_protected: ConnectProtected
) -> None:
    failsafe.choose(PAUSE)
    leases: list[Payload] = []

    def take(payload: Payload) -> Payload:
        if "duration" in payload["csChargingProfiles"]["chargingSchedule"]:
            leases.append(payload["csChargingProfiles"])
        return ACCEPTED

    charger = await connect_protected(SetChargingProfile=take)
    number = await charger.start()
    await until(lambda: len(leases) == 1)
    [lease] = leases
    assert lease["transactionId"] == number
    assert lease["chargingProfileKind"] == "Relative"
    assert lease["chargingSchedule"]["duration"] - LEASE in range(5)
    await charger.left_alone()
    failsafe.choose(PAUSE)
    await until(lambda: len(leases) > 3, within=3 * LEASE)


@pytest.mark.parametrize("offline_profile", ["locked"])
async def test_a_car_that_waits_for_permission_is_not_said_to_wait_for_the_failsafe(
    failsafe: FailSafes, connect_protected: ConnectProtected, screen: Screen
) -> None:
    failsafe.choose(NO_START)
    charger = await connect_protected()
    await charger.status("Preparing")
    assert screen.sensor("why_not_charging") == "locked"


async def test_a_lease_does_not_wait_where_limits_have_been_changed_too_often(
    failsafe: FailSafes,
    connect_protected: ConnectProtected,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failsafe.choose(PAUSE)
    charger = await connect_protected()
    await charger.start()
    await until(lambda: charger.limits[-1:] == [("TxProfile", 32)])
    monkeypatch.setattr(write_budget, "PROFILES_AT_ONCE", -HOUR)
    given = len(charger.limits)
    await until(lambda: len(charger.limits) > given + 2, within=3 * LEASE)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=1)])
async def test_each_lease_reaches_beyond_the_last_whatever_the_charger_s_clock_says(
    failsafe: FailSafes, connect_protected: ConnectProtected, ahead: timedelta
) -> None:
    """They count from the start of the transaction, which the charger tells by its clock."""
    failsafe.choose(PAUSE)
    charger = await connect_protected()
    await charger.start(timestamp=(dt_util.utcnow() + ahead).isoformat())
    await until(lambda: charger.limits[-1:] == [("TxProfile", 32)])
    first = lasts(charger)
    await until(lambda: lasts(charger) >= first + 2, within=LEASE)


async def test_a_lease_is_given_again_when_home_assistant_is_back(
    failsafe: FailSafes,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    screen: Screen,
) -> None:
    box = await failsafe.charging(PAUSE)
    given = len(box.received("SetChargingProfile"))
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.wait_until(lambda: len(box.received("SetChargingProfile")) >= given + 2)
    assert box.charger.current_drawn > 0
    assert alone(box, LEASE - 2 * MINUTE).current_drawn > 0
    assert alone(box, LEASE + MINUTE).current_drawn == 0


def lasts(charger: ScriptedCharger) -> int:
    """Return the seconds after which the last limit ends."""
    return int(last_limit(charger)["chargingSchedule"]["duration"])


def last_limit(charger: ScriptedCharger) -> Payload:
    """Return the last profile that a charger has been given."""
    profile: Payload = next(
        payload["csChargingProfiles"]
        for action, payload in reversed(charger.asked)
        if action == "SetChargingProfile"
    )
    return profile


async def test_a_charger_with_room_for_one_limit_cannot_have_a_lease_and_that_is_reported(
    failsafe: FailSafes,
) -> None:
    box = await failsafe.charging(PAUSE, FIRMWARES[ONE_LIMIT])
    assert alone(box, 2 * LEASE).current_drawn > 0
    assert failsafe.reported()
    failsafe.choose(NO_START)
    await box.wait_until(lambda: not failsafe.reported())


async def test_a_limit_changes_within_a_lease(
    failsafe: FailSafes, connect_protected: ConnectProtected, screen: Screen
) -> None:
    failsafe.choose(PAUSE)
    charger = await connect_protected()
    await charger.start()
    await until(lambda: charger.limits[-1:] == [("TxProfile", 32)])
    assert charger.limits[:1] == [("TxDefaultProfile", 0)]
    await screen.set("current_limit", 10)
    assert charger.limits[-1:] == [("TxProfile", 10)]
    await screen.switch("charging", on=False)
    assert charger.limits[-1:] == [("TxProfile", 0)]
    assert {amps for purpose, amps in charger.limits if purpose != "TxProfile"} == {0}


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_charger_that_takes_no_lease_is_reported(
    failsafe: FailSafes, connect_protected: ConnectProtected, leaves: bool
) -> None:
    failsafe.choose(PAUSE)
    given: list[Payload] = []

    def take(payload: Payload) -> Payload:
        profile = payload["csChargingProfiles"]
        if "duration" in profile["chargingSchedule"]:
            return REJECTED
        given.append(profile)
        return ACCEPTED

    charger = await connect_protected(SetChargingProfile=take)
    number = await charger.start()
    await until(lambda: given[-1].get("transactionId") == number)
    await until(failsafe.reported)
    if leaves:
        await charger.stop(number)
        await charger.status("Available")
        await charger.left_alone()
    failsafe.choose(NO_START)
    await until(lambda: not failsafe.reported())


async def test_the_failsafe_can_be_changed_while_a_car_charges(
    failsafe: FailSafes, start_charger: StartCharger
) -> None:
    box = await start_charger()
    await failsafe.plug_in(box)
    assert newcomer(box, 1) > 0
    failsafe.choose(NO_START)
    await box.wait_until(lambda: newcomer(box, 1) == 0)
    failsafe.choose(OFF)
    await box.wait_until(lambda: newcomer(box, 1) > 0)
    failsafe.choose(PAUSE)
    await box.wait_until(lambda: newcomer(box, 1) == 0)
    assert box.charger.current_drawn > 0


async def tried_without(charger: ScriptedCharger) -> None:
    """Allow nothing, until a limit without a lease comes; then charge."""
    given = len(leased(charger))
    await charger.status("SuspendedEVSE")
    await until(lambda: leased(charger)[given:] == [False], within=25)
    await charger.status("Charging")


async def doubted_once(
    connect_protected: ConnectProtected, failsafe: FailSafes
) -> ScriptedCharger:
    """Return a charger that has allowed nothing with a lease, and then has charged without one."""
    failsafe.choose(PAUSE)
    charger = await connect_protected()
    await charger.start()
    await until(lambda: leased(charger) == [True])
    await tried_without(charger)
    await until(lambda: leased(charger) == [True, False, True], within=MINUTE)
    assert not failsafe.reported()
    return charger


async def test_a_charger_that_allows_nothing_on_a_lease_gets_none(
    connect_protected: ConnectProtected, failsafe: FailSafes
) -> None:
    charger = await doubted_once(connect_protected, failsafe)
    await tried_without(charger)
    await until(failsafe.reported, within=MINUTE)
    await asyncio.sleep(LEASE)
    assert leased(charger) == [True, False, True, False]

    # Once it has started anew, it may have got firmware that takes one.
    await charger.boot()
    await charger.status("Charging")
    await until(lambda: leased(charger)[-1])
    await until(lambda: not failsafe.reported())


async def test_what_else_may_have_kept_a_car_from_charging_is_no_reason_to_give_up_the_lease(
    connect_protected: ConnectProtected, failsafe: FailSafes
) -> None:
    """Power may be shared, or the app may have paused the car, until just then."""
    charger = await doubted_once(connect_protected, failsafe)
    await asyncio.sleep(9 * MINUTE)
    assert leased(charger)[3:] == []
    assert not failsafe.reported()


async def test_a_charger_that_allows_nothing_without_a_lease_either_gets_it_back(
    connect_protected: ConnectProtected, failsafe: FailSafes
) -> None:
    failsafe.choose(PAUSE)
    charger = await connect_protected()
    await charger.status("SuspendedEVSE")
    await charger.start()
    await until(lambda: leased(charger) == [True, False, True], within=2 * MINUTE)
    await asyncio.sleep(8 * MINUTE)
    assert leased(charger)[3:] == []
    assert not failsafe.reported()


def leased(charger: ScriptedCharger) -> list[bool]:
    """Return for each limit of a session whether it ends by itself, in order."""
    profiles = [
        payload["csChargingProfiles"]
        for action, payload in charger.asked
        if action == "SetChargingProfile"
    ]
    return [
        "duration" in profile["chargingSchedule"]
        for profile in profiles
        if profile["chargingProfilePurpose"] == "TxProfile"
    ]
