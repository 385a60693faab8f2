"""Modes *Solar* and *Solar + minimum*: a car gets what is left of the sun, and nothing by surprise."""

from math import sin
from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.wallbox.policy.solar import DOWN_APART, UP_APART
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, MINUTE
from tests.helpers.screen import Screen
from tests.helpers.sunny_home import (
    AMP,
    GRID,
    ONE_PHASE,
    Plugged,
    name_sensors,
    why,
    written,
)
from tests.helpers.taciturn import ENERGY, POWER, telling


async def test_the_modes_are_offered_once_there_is_a_sensor(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    without = ["off", "now", "planned"]
    assert screen.entity("select", "mode").attributes["options"] == without
    name_sensors(hass, integration, grid=GRID)
    await hass.async_block_till_done()
    modes = [*without, "solar", "min_solar"]
    assert screen.entity("select", "mode").attributes["options"] == modes
    await choose_mode(hass, screen, "min_solar")
    await screen.switch("charging", on=False)
    assert screen.entity("select", "mode").state == "off"
    await screen.switch("charging", on=True)
    assert screen.entity("select", "mode").state == "min_solar"


async def test_a_day_with_clouds(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(2 * MINUTE, 300)
    assert box.charger.current_drawn == 0
    assert why(screen) == screen.sensor("why_not_charging") == "waiting_for_sun"
    await home.passes(MINUTE, 2500)
    assert (why(screen), screen.sensor("why_not_charging")) == (
        "starting",
        "enough_sun",
    )
    assert screen.entity("sensor", "plan").attributes["until"]
    await home.passes(4 * MINUTE, 2500)
    assert box.charger.current_drawn == 10
    assert why(screen) == "charging_with_sun"
    # What the charger holds is put off again and again, and is no plan for people.
    assert screen.entity("sensor", "plan").attributes["end"] is None
    assert screen.sensor("why_not_charging") == "charging"
    before, began = written(box), box.charger.now
    # Clouds of two to seven minutes.
    await home.passes(
        90 * MINUTE, lambda passed: 2000 + 1500 * sin(passed / 60) * sin(passed / 170)
    )
    took = written(box) - before
    least = (box.charger.now - began) / DOWN_APART.total_seconds()
    assert 5 < took < least / 2
    assert 6 <= box.charger.current_drawn <= 16
    # The sun sets.
    await home.passes(4 * MINUTE, -400)
    assert why(screen) == "stopping"
    await home.passes(8 * MINUTE, -400)
    assert box.charger.current_drawn == 0
    assert why(screen) == "waiting_for_sun"
    assert screen.entity("sensor", "plan").attributes["changes"] > 5
    assert box.charger.transaction


async def test_a_kettle_does_not_pause_it(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(15 * MINUTE, 9 * AMP)
    assert box.charger.current_drawn == 8
    await home.passes(3 * MINUTE, 9 * AMP - 2000)
    assert box.charger.current_drawn == 6
    assert why(screen) == "stopping"
    await home.passes(3 * MINUTE, 9 * AMP)
    assert box.charger.current_drawn == 8
    assert box.charger.drew_current_since(box.charger.now - 15 * MINUTE)


@pytest.mark.parametrize("surplus", [2000, 3900])
async def test_a_car_on_three_phases_that_was_taken_for_one_pauses_at_once(
    plugged: Plugged, screen: Screen, surplus: float
) -> None:
    box, home = await plugged(car=Car(max_amps=16, phases=3))
    highest, before = 0.0, box.charger.energy_wh
    for _ in range(60):
        await home.passes(30, surplus)
        highest = max(highest, box.charger.current_drawn)
    # Its phases are not known before it has charged once, with the least current.
    assert highest == 6
    assert 0 < box.charger.energy_wh - before < 100
    assert why(screen) == "waiting_for_sun"
    await home.passes(10 * MINUTE, 4500)
    assert box.charger.current_drawn == 6


async def test_with_a_minimum_it_never_pauses(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged("min_solar")
    await home.passes(MINUTE, -500)
    assert box.charger.current_drawn == 6
    assert why(screen) == "grid_helps"
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await home.passes(30 * MINUTE, -500)
    assert box.charger.current_drawn == 6


async def test_constant_sun_costs_few_renewals(plugged: Plugged) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    before = written(box)
    await home.passes(2 * HOUR, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    # One each ten minutes.
    assert 11 <= written(box) - before <= 13


@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("measurands", [(ENERGY,), (ENERGY, POWER)])
async def test_a_meter_without_currents_leads_to_as_few(
    plugged: Plugged, measurands: tuple[str, ...], phases: int
) -> None:
    firmware, car = telling(FOLLOWS, *measurands), Car(max_amps=16, phases=phases)
    box, home = await plugged(firmware=firmware, car=car)
    await home.passes(30 * MINUTE, 8.5 * phases * AMP)
    assert box.charger.current_drawn == 8
    for amps in (14, 7):
        before, imported = written(box), 0.0
        for _ in range(60):
            await home.passes(MINUTE, (amps + 0.5) * phases * AMP)
            imported += max(home.grid, 0.0) / 60
        assert box.charger.current_drawn == amps
        assert written(box) - before <= 8
        assert imported < 50 * phases


async def test_writes_stay_within_the_budget_in_any_weather(plugged: Plugged) -> None:
    box, home = await plugged("min_solar")
    await home.passes(5 * MINUTE, 1000)
    before = written(box)
    await home.passes(HOUR, lambda passed: 3600 if passed % 120 < 60 else 0)
    most = HOUR / UP_APART.total_seconds() * 2
    assert written(box) - before <= most


async def test_a_car_that_leaves_begins_anew(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    box.unplug()
    await home.passes(MINUTE, 12.5 * AMP)
    assert why(screen) == "waiting_for_car"
    box.plug(ONE_PHASE)
    await home.passes(MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 0
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_diagnostics_tell_how_it_stands_and_no_name(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    plugged: Plugged,
) -> None:
    _, home = await plugged(sensors={"grid": GRID, "grid_positive": "import"})
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert await async_setup_component(hass, "diagnostics", {})
    told = await get_diagnostics_for_config_entry(hass, hass_client, integration)
    (charger,) = cast(dict[str, Any], told)["chargers"]
    solar = charger["state"]["solar"]
    assert solar["phases"] == 1
    assert solar["state"]["amps"] == 12
    assert solar["state"]["changed_at"].startswith("20")
    assert solar["state"]["reason"] == "charging_with_sun"
    assert charger["settings"]["solar"] == {
        "grid": "**REDACTED**",
        "grid_positive": "import",
    }
