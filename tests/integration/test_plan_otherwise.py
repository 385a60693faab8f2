"""Plans and targets beside other cars, settings and odd chargers, through a real Home Assistant."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import Car
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.plans import (
    FOLLOWS,
    HOUR,
    KEEPS_PLANS,
    KWH,
    MINUTE,
    MODERN,
    PluggedIn,
    slot,
)
from tests.helpers.screen import Screen


async def test_a_target_is_not_for_the_car_that_comes_while_the_charger_is_offline(
    plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in()
    await screen.set("energy_target", 5)
    await box.sleep(HOUR)
    box.cut_network()
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(MINUTE)
    box.plug(Car())
    await box.sleep(10 * MINUTE)
    box.restore_network()
    await box.sleep(15 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 0
    assert box.charger.current_drawn > 0, screen.sensor("why_not_charging")


async def test_plan_and_target_end_with_a_car_that_leaves_while_home_assistant_is_stopped(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged_in: PluggedIn,
    screen: Screen,
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(-1, 6)])
    await screen.set("energy_target", 5)
    await box.sleep(10 * MINUTE)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(MINUTE)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.sleep(10 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 0
    assert screen.sensor("plan") in ("waiting_for_car", "waiting_for_plan")


@pytest.mark.parametrize("firmware", ["it follows all", "5.x", "one profile only"])
async def test_nothing_of_a_plan_is_sent_once_a_charger_has_its_configuration_back(
    act: Act, plugged_in: PluggedIn, firmware: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[firmware])
    await act("set_plan", slots=[slot(2, 6)])
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(5 * MINUTE)
    await act("set_plan", slots=[slot(2, 6)])
    await act("restore_configuration")
    await box.sleep(10 * MINUTE)
    last = [frame.action for frame in box.received()][-3:]
    assert "SetChargingProfile" not in last


async def test_a_limit_that_is_raised_meanwhile_exceeds_no_target(
    plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in(FOLLOWS, 6)
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(10 * MINUTE)
    await screen.set("current_limit", 16)
    await box.sleep(3 * HOUR)
    box.look()
    got = box.charger.energy_wh - before
    assert 4.9 * KWH < got < 5.1 * KWH, got


async def test_a_charger_that_follows_late_is_seen_to_follow(
    act: Act, start_protected: StartCharger
) -> None:
    """Its car takes some time to begin, too."""
    box = await start_protected(with_quirks(FOLLOWS, "schedule-late"))
    box.plug(Car(wakes_after=40))
    await box.sleep(5 * MINUTE)
    await act("set_plan", slots=[slot(n, n + 0.5) for n in range(1, 6)])
    await box.sleep(5 * HOUR)
    assert (await act("get_plan"))["followed"] == "seen"


async def test_a_charger_that_follows_no_plan_is_not_let_loose_by_one(
    act: Act, plugged_in: PluggedIn
) -> None:
    box = await plugged_in(with_quirks(FOLLOWS, "schedule-not-followed"))
    before = box.charger.energy_wh
    await act("set_plan", slots=[slot(2, 3)])
    await box.sleep(10 * MINUTE)
    box.look()
    got = box.charger.energy_wh - before
    assert got < 0.1 * KWH, f"{got} Wh while the plan allowed nothing"


@pytest.mark.parametrize(
    "quirk",
    [
        "schedule-first-only",
        "schedule-not-followed",
        "schedule-one-period",
        "schedule-one-profile",
    ],
)
async def test_one_that_ignores_absolute_profiles_is_never_without_a_limit(
    act: Act, start_protected: StartCharger, screen: Screen, quirk: str
) -> None:
    """Whatever is tried, and although its car shows nothing: it wants no current."""
    box = await start_protected(with_quirks(MODERN, quirk))
    await screen.set("current_limit", 10)
    car = Car()
    box.plug(car)
    await box.wait_until(lambda: box.charger.current_drawn == 10)
    await act("set_plan", slots=[slot(n / 4, (n + 0.5) / 4) for n in range(12)])
    for _ in range(int(1.5 * HOUR / 5)):
        await box.sleep(5)
        assert (box.charger.allowed_amps or 0) <= 10
        assert box.charger.allowed_amps is not None
