"""The energy target and the plan: set by the owner, kept by the charger, also when it is alone."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from simulator.virtual_wallbox.quirks import with_quirks
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, KEEPS_PLANS, KWH, MINUTE, PluggedIn, slot
from tests.helpers.screen import Screen
from tests.helpers.taciturn import taciturn

# The plan.


@pytest.mark.parametrize("name", KEEPS_PLANS)
async def test_a_plan_is_followed_by_a_charger_that_is_alone(
    act: Act, plugged_in: PluggedIn, screen: Screen, name: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[name])
    await act("set_plan", slots=[slot(2, 4), slot(5, 6, limit=10)])
    await box.wait_until(lambda: box.charger.current_drawn == 0)
    await box.sleep(3 * MINUTE)
    assert screen.sensor("plan") == "planned"
    assert screen.sensor("why_not_charging") == "waiting_for_time"
    amps = [alone(box, hours * HOUR).current_drawn for hours in (1, 3, 4.5, 5.5, 9)]
    assert amps == [0, 16, 0, 10, 0]


async def test_a_plan_is_followed_while_home_assistant_is_there_and_nothing_is_written(
    act: Act, plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(-1, 1), slot(2, 3)])
    await box.sleep(MINUTE)
    written = len(box.received("SetChargingProfile"))
    assert screen.sensor("plan") == "charging"
    await box.sleep(1.2 * HOUR)
    assert box.charger.current_drawn == 0
    assert screen.sensor("plan") == "planned"
    await box.sleep(1.2 * HOUR)
    assert box.charger.current_drawn == 16
    assert (await act("get_plan"))["followed"] == "seen"
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 0
    assert screen.sensor("plan") == "done"
    assert len(box.received("SetChargingProfile")) == written


@pytest.mark.parametrize("quirk", ["schedule-first-only", "schedule-not-followed"])
@pytest.mark.parametrize("interval", [MINUTE, HOUR // 4])
async def test_a_charger_that_does_not_follow_a_plan_is_told_each_change_in_time(
    act: Act, plugged_in: PluggedIn, screen: Screen, quirk: str, interval: int
) -> None:
    """Readings that it sends rarely are asked for."""
    box = await plugged_in(taciturn(with_quirks(FOLLOWS, quirk), interval))
    hours = [slot(start, start + 0.5) for start in range(8)]
    await act("set_plan", slots=hours)
    # Each dialect is tried twice.
    await box.sleep(3 * MINUTE)
    for _ in range(7):
        await box.sleep(MINUTE)
        assert box.charger.current_drawn == 16
        await box.sleep(0.5 * HOUR)
        assert box.charger.current_drawn == 0
        await box.sleep(0.5 * HOUR - MINUTE)
    assert (await act("get_plan"))["followed"] == "no"
    assert screen.entity("sensor", "plan").attributes["followed"] == "no"


async def test_a_plan_outlives_home_assistant(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged_in: PluggedIn,
    screen: Screen,
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(1, 2), slot(3, 4)])
    await box.sleep(MINUTE)
    register = box.charger.energy_wh
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(2.5 * HOUR)
    box.look()
    assert box.charger.energy_wh - register == pytest.approx(3 * 16 * 230, rel=0.02)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    assert screen.entity("select", "mode").state == "planned"
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16


async def test_clearing_a_plan_starts_nothing(
    act: Act, hass: HomeAssistant, plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(1, 2)])
    await act("clear_plan")
    assert screen.sensor("plan") == "waiting_for_plan"
    await box.sleep(HOUR + MINUTE)
    assert box.charger.current_drawn == 0
    await choose_mode(hass, screen, "now")
    await box.wait_until(lambda: box.charger.current_drawn > 0)


@pytest.mark.parametrize(
    ("slots", "problem"),
    [
        ([(1, 3), (2, 4)], "plan_overlaps"),
        ([(3, 1)], "plan_order"),
        ([(-3, -1)], "plan_past"),
        ([(1, 24 * 31)], "plan_far"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_and_changes_nothing(
    act: Act, screen: Screen, slots: list[tuple[float, float]], problem: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act("set_plan", slots=[slot(*times) for times in slots])
    assert caught.value.translation_key == problem
    assert screen.entity("select", "mode").state == "now"


async def test_a_time_beyond_all_calendars_is_refused(
    act: Act, hass: HomeAssistant
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    beyond = {"start": "2026-12-01 01:00", "end": "9999-12-31 23:59:59"}
    with pytest.raises(vol.Invalid):
        await act("set_plan", slots=[beyond])


@pytest.mark.parametrize("limit", [5, 81])
async def test_a_limit_that_no_charger_has_is_refused(act: Act, limit: int) -> None:
    with pytest.raises(vol.Invalid):
        await act("set_plan", slots=[slot(1, 2, limit=limit)])


# The energy target.


@pytest.mark.parametrize("name", ["it follows all", "one profile only", "5.x"])
async def test_a_car_gets_no_more_than_the_target(
    plugged_in: PluggedIn, screen: Screen, name: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[name])
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(3 * HOUR)
    box.look()
    assert box.charger.current_drawn == 0
    assert 4.9 * KWH < box.charger.energy_wh - before < 5.1 * KWH
    assert screen.sensor("why_not_charging") == "target_reached"
    assert screen.sensor("plan") == "done"
    await box.sleep(5 * HOUR)
    assert box.charger.current_drawn == 0
    await screen.set("energy_target", 6)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert float(screen.entity("number", "energy_target").state) == 0


@pytest.mark.parametrize("name", KEEPS_PLANS)
async def test_alone_a_car_never_gets_more_than_the_target(
    plugged_in: PluggedIn, screen: Screen, name: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[name])
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(20 * MINUTE)
    charger = alone(box, 12 * HOUR)
    assert charger.current_drawn == 0
    assert charger.energy_wh - before <= 5 * KWH


@pytest.mark.parametrize("name", ["it follows all", "one profile only"])
async def test_a_plan_ends_with_the_target(
    act: Act, plugged_in: PluggedIn, screen: Screen, name: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[name])
    before = box.charger.energy_wh
    await screen.set("energy_target", 8)
    await act("set_plan", slots=[slot(0, 0.5), slot(1, 4), slot(5, 9)])
    await box.sleep(10 * MINUTE)
    charger = alone(box, 12 * HOUR)
    assert 7 * KWH < charger.energy_wh - before <= 8 * KWH
    await box.sleep(3 * HOUR)
    box.look()
    assert 7.9 * KWH < box.charger.energy_wh - before < 8.1 * KWH
    assert screen.sensor("plan") == "done"
