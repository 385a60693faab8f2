"""What accidents do to a plan and to an energy target, through a real Home Assistant."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ACCEPTED, REJECTED, Payload, ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import Connect, StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, KEEPS_PLANS, KWH, MINUTE, PluggedIn, slot
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen, protected
from tests.helpers.taciturn import taciturn


async def test_a_plan_and_a_target_set_before_the_car_outlive_a_lost_link(
    act: Act, start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(FOLLOWS)
    await screen.set("energy_target", 5)
    await act("set_plan", slots=[slot(2, 4)])
    box.cut_network()
    await box.sleep(MINUTE)
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.sleep(MINUTE)
    got = await act("get_plan")
    assert (got["energy_target"], len(got["slots"])) == (5, 1), got


@pytest.mark.parametrize("reason", ["EVDisconnected", "PowerLoss", "Local"])
async def test_a_car_that_came_and_went_without_a_connection_leaves_nothing(
    act: Act, connect: Connect, screen: Screen, reason: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.set("energy_target", 5)
    await charger.leave()
    charger = await connect()
    await charger.status("Available")
    now = dt_util.utcnow()
    begun, ended = (now - timedelta(hours=hours) for hours in (3, 2))
    number = await charger.start(timestamp=begun.isoformat())
    await charger.stop(number, timestamp=ended.isoformat(), reason=reason)
    await asyncio.sleep(2 * MINUTE)
    assert screen.entity("number", "energy_target").state == "0.0"
    await charger.status("Preparing")
    number = await charger.start(meterStart=3000)
    await until(lambda: screen.sensor("session_energy") == "0.0")
    assert (await act("get_plan"))["delivered"] == 0


@pytest.mark.parametrize(
    "firmware", ["it follows all", "5.x", "like MicroOcpp", "like open-ocpp"]
)
async def test_a_power_cycle_does_not_begin_the_target_anew(
    plugged_in: PluggedIn, screen: Screen, firmware: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[firmware])
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(20 * MINUTE)
    await box.power_cycle()
    await box.sleep(5 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 5
    await box.sleep(3 * HOUR)
    box.look()
    assert box.charger.energy_wh - before < 5.1 * KWH


@pytest.mark.parametrize("comes_first", [True, False])
async def test_what_one_car_was_to_get_is_not_for_the_car_at_another_unit(
    act: Act,
    hass: HomeAssistant,
    start_charger: StartCharger,
    plugged_in: PluggedIn,
    screen: Screen,
    comes_first: bool,
) -> None:
    """The old one may have been taken away while Home Assistant was down, with the car in it."""
    box = await plugged_in()
    await act("set_plan", slots=[slot(-1, 6)])
    await screen.set("energy_target", 1)
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "target_reached")
    await box.stop()
    another = replace(FOLLOWS, serial="999999")
    box = await start_charger(another, car=Car() if comes_first else None)
    if not comes_first:
        await box.wait_until(lambda: protected(screen))
        box.plug(Car())
    await box.sleep(5 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 0
    assert (await act("get_plan"))["slots"] == []
    assert screen.sensor("plan") == "waiting_for_plan"
    await screen.switch("charging", on=False)
    await choose_mode(hass, screen, "now")
    await box.wait_until(lambda: box.charger.current_drawn > 0)


async def test_a_plan_starts_no_session_at_a_locked_charger(
    act: Act, start_protected: StartCharger, screen: Screen
) -> None:
    """An automation plans every quarter of an hour; a stranger plugs in."""
    box = await start_protected(FOLLOWS)
    await screen.lock(locked=True)
    await box.sleep(2 * MINUTE)
    box.plug(Car())
    await box.sleep(MINUTE)
    assert screen.sensor("why_not_charging") == "locked"
    await act("set_plan", slots=[slot(-1, 1)])
    await box.sleep(MINUTE)
    assert box.charger.current_drawn == 0


async def test_a_slow_car_is_not_stopped_again_and_again_near_its_target(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(FOLLOWS)
    box.plug(Car(phases=1, max_amps=6))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await screen.set("energy_target", 1)
    await box.sleep(2 * HOUR)
    written = len(box.received("SetChargingProfile"))
    paused = sum(
        "SuspendedEVSE" in str(frame) for frame in box.sent("StatusNotification")
    )
    assert paused <= 2
    assert written <= 40


@pytest.mark.parametrize("chatty", [True, False])
async def test_a_link_that_comes_and_goes_gives_no_more_than_the_target(
    plugged_in: PluggedIn, screen: Screen, chatty: bool
) -> None:
    follows = with_quirks(FIRMWARES["6.7.38"], "schedule-followed")
    box = await plugged_in(follows if chatty else taciturn(follows))
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(2 * MINUTE)
    box.cut_network()
    await box.sleep(2 * HOUR)
    held = len(box.received("SetChargingProfile"))
    box.restore_network()
    await box.wait_until(lambda: len(box.received("SetChargingProfile")) > held)
    periods = str(box.received("SetChargingProfile")[-1])
    box.look()
    got = alone(box, 8 * HOUR).energy_wh - before
    assert got < 5.1 * KWH, f"{got} Wh; on reconnect it got {periods}"


async def test_an_offline_test_gives_the_plan_back(
    act: Act, plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(-1, 3)])
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await screen.press("test_offline_protection")
    await box.sleep(2 * MINUTE)
    assert box.charger.current_drawn == 0
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16, screen.sensor("why_not_charging")
    assert alone(box, 5 * HOUR).current_drawn == 0


def sent(charger: ScriptedCharger) -> list[Payload]:
    """Return the profiles that a charger was given, in order."""
    return [
        payload["csChargingProfiles"]
        for action, payload in charger.asked
        if action == "SetChargingProfile"
    ]


async def test_a_car_that_is_exchanged_while_its_plan_is_on_its_way_costs_the_next_one_nothing(
    act: Act, connect_protected: ConnectProtected, screen: Screen
) -> None:
    over: int | None = None

    async def take(payload: Payload) -> Payload:
        nonlocal over
        profile = payload["csChargingProfiles"]
        periods = profile["chargingSchedule"]["chargingSchedulePeriod"]
        if over is None or len(periods) == 1:
            return ACCEPTED
        number, over = over, None
        await charger.stop(number)
        return REJECTED

    charger = await connect_protected(SetChargingProfile=take)
    await charger.status("Charging")
    over = await charger.start()
    await until(lambda: sent(charger)[-1].get("transactionId") == over)
    with suppress(HomeAssistantError):
        await act("set_plan", slots=[slot(0, 1), slot(2, 3)])
    await until(lambda: over is None)
    await charger.status("Charging")
    runs = await charger.start()
    await act("set_plan", slots=[slot(0, 1), slot(2, 3)])
    await charger.left_alone()
    held = sent(charger)[-1]
    assert (held["transactionId"], held["chargingProfileKind"]) == (runs, "Relative")
    assert len(held["chargingSchedule"]["chargingSchedulePeriod"]) == 4


@pytest.mark.parametrize("planned", [True, False])
async def test_what_is_refused_for_a_session_that_is_over_costs_the_next_one_nothing(
    act: Act,
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
    planned: bool,
) -> None:
    """While the charger was away, another car came; of that it tells after it was asked for a limit."""
    charger = await connect_protected()
    await charger.status("Charging")
    over = await charger.start()
    await until(lambda: sent(charger)[-1].get("transactionId") == over)
    await charger.leave()
    await gone(screen)
    runs = 0

    def take(payload: Payload) -> Payload:
        number = payload["csChargingProfiles"].get("transactionId", runs)
        return ACCEPTED if number == runs else REJECTED

    again = await connect(boots=False, SetChargingProfile=take)
    again.keys = charger.keys
    await again.status("Charging")
    with suppress(HomeAssistantError):
        if planned:
            await act("set_plan", slots=[slot(0, 1), slot(2, 3)])
        else:
            await screen.set("current_limit", 10)
    await again.stop(over)
    runs = await again.start()
    await again.left_alone()
    held = sent(again)[-1]
    assert held["transactionId"] == runs
    assert {profile["chargingProfileKind"] for profile in sent(again)} == {"Relative"}
    assert "ClearChargingProfile" not in again.actions
    periods = len(held["chargingSchedule"]["chargingSchedulePeriod"])
    assert periods == (4 if planned else 1)
