"""The sensors of modes *Solar* and *Solar + minimum*: all kinds of them, and those that fall silent."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_SOLAR
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.helpers.plans import HOUR, MINUTE
from tests.helpers.screen import Screen
from tests.helpers.sunny_home import (
    AMP,
    BATTERY,
    EXPORT,
    GRID,
    SOC,
    Plugged,
    name_sensors,
    why,
)


@pytest.mark.parametrize("state", [None, "unavailable", "unknown", "nan"])
@pytest.mark.parametrize(("mode", "last"), [("solar", 0), ("min_solar", 6)])
async def test_a_silent_sensor_ends_in_a_pause_or_the_minimum(
    hass: HomeAssistant,
    plugged: Plugged,
    screen: Screen,
    state: str | None,
    mode: str,
    last: int,
) -> None:
    box, home = await plugged(mode)
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    if state is not None:
        hass.states.async_set(GRID, state)
    await home.passes(2 * MINUTE, silent=True)
    assert why(screen) == "meter_stale"
    assert box.charger.current_drawn == 12
    await home.passes(2 * MINUTE, silent=True)
    assert box.charger.current_drawn == 6
    await home.passes(6 * MINUTE, silent=True)
    assert box.charger.current_drawn == last
    assert why(screen) == "meter_stale"
    if last == 0:
        assert screen.sensor("why_not_charging") == "meter_stale"
    # It is back.
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_a_steady_value_is_a_sign_of_life(
    hass: HomeAssistant, plugged: Plugged, screen: Screen
) -> None:
    box, _ = await plugged("min_solar")
    for _ in range(60):
        hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})
        await box.sleep(10)
    assert why(screen) == "grid_helps"


@pytest.mark.parametrize("kind", ["kW", "two sensors", "the other way round"])
async def test_meters_of_all_kinds(plugged: Plugged, kind: str) -> None:
    sensors = {"grid": GRID, "grid_positive": "import"}
    match kind:
        case "two sensors":
            sensors["export"] = EXPORT
        case "the other way round":
            sensors["grid_positive"] = "export"
        case _:
            pass
    box, home = await plugged(sensors=sensors)
    home.two_sensors = kind == "two sensors"
    home.unit = "kW" if kind == "kW" else "W"
    home.sign = -1 if kind == "the other way round" else 1
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await home.passes(20 * MINUTE, -1000)
    assert box.charger.current_drawn == 0


async def test_what_the_home_battery_gives_is_not_sun(
    hass: HomeAssistant, plugged: Plugged
) -> None:
    sensors = {"grid": GRID, "battery": BATTERY, "battery_charge": SOC}
    box, home = await plugged(sensors=sensors)
    hass.states.async_set(SOC, "50", {"unit_of_measurement": "%"})
    home.battery = -3000
    # It is being charged, and comes first.
    await home.passes(6 * MINUTE, 3000)
    assert box.charger.current_drawn == 0
    hass.states.async_set(SOC, "100", {"unit_of_measurement": "%"})
    home.battery = 0
    await home.passes(6 * MINUTE, 3000)
    assert box.charger.current_drawn == 12
    # The sun goes, and the battery keeps the grid at 0 W.
    for _ in range(20):
        home.battery = box.charger.power
        await home.passes(MINUTE, 0)
    assert box.charger.current_drawn == 0


@pytest.mark.parametrize("state", ["unavailable", "unknown", "-800", None])
@pytest.mark.parametrize(("mode", "last"), [("solar", 0), ("min_solar", 6)])
async def test_a_silent_home_battery_is_not_emptied_into_the_car(
    hass: HomeAssistant,
    plugged: Plugged,
    screen: Screen,
    state: str | None,
    mode: str,
    last: int,
) -> None:
    box, home = await plugged(mode, sensors={"grid": GRID, "battery": BATTERY})
    home.battery = 0
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    home.battery_told = False
    if state is None:
        hass.states.async_remove(BATTERY)
    else:
        hass.states.async_set(BATTERY, state, {"unit_of_measurement": "W"})
    # The sun goes, and the battery gives a little more than the car draws.
    for _ in range(12):
        home.battery = box.charger.power + 100
        await home.passes(MINUTE, 0)
    assert box.charger.current_drawn == last
    assert why(screen) == "battery_stale"
    if last == 0:
        assert screen.sensor("why_not_charging") == "battery_stale"
    # It is back.
    home.battery, home.battery_told = 0, True
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_a_home_battery_that_rests_says_nothing_for_hours(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged, screen: Screen
) -> None:
    sensors = {"grid": GRID, "battery": BATTERY, "battery_charge": SOC}
    box, home = await plugged(sensors=sensors)
    home.battery = 0
    await home.passes(8 * MINUTE, 12.5 * AMP)
    home.battery_told = False
    await home.passes(2 * HOUR, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") != "unavailable")
    await home.passes(20 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    assert why(screen) == "charging_with_sun"


async def test_a_reload_forgets_nothing_that_has_not_changed_for_long(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged, screen: Screen
) -> None:
    """That nothing is taken from the grid, and how full the home battery is."""
    sensors = {
        "grid": GRID,
        "export": EXPORT,
        "battery": BATTERY,
        "battery_charge": SOC,
        "battery_first": 80,
    }
    box, _ = await plugged(sensors=sensors)
    hass.states.async_set(SOC, "85", {"unit_of_measurement": "%"})
    hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})

    async def passes(seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            # The car gets what the battery would: 12 A.
            left = 12.5 * AMP - box.charger.power
            for entity_id, watts in ((EXPORT, 100), (BATTERY, 100 - left)):
                unit = {"unit_of_measurement": "W"}
                hass.states.async_set(entity_id, str(watts), unit)
            await box.sleep(10)
            box.look()

    await passes(10 * MINUTE)
    assert box.charger.current_drawn == 12
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") != "unavailable")
    await passes(20 * MINUTE)
    assert (box.charger.current_drawn, why(screen)) == (12, "charging_with_sun")


@pytest.mark.parametrize(("mode", "without"), [("solar", 0), ("min_solar", 6)])
async def test_the_sensor_is_removed_from_the_settings(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged: Plugged,
    screen: Screen,
    mode: str,
    without: int,
) -> None:
    box, home = await plugged(mode)
    await home.passes(10 * MINUTE, 12.5 * AMP)
    name_sensors(hass, integration)
    await home.passes(MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == without
    assert why(screen) == "no_sensor"
    assert screen.entity("select", "mode").state == mode
    if not without:
        assert screen.sensor("why_not_charging") == "no_sensor"


async def test_a_sensor_that_gets_another_name_is_followed(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged
) -> None:
    registry = er.async_get(hass)
    registry.async_get_or_create("sensor", "meter", "x", suggested_object_id="grid")
    await plugged()
    registry.async_update_entity(GRID, new_entity_id="sensor.main_meter")
    await hass.async_block_till_done()
    subentry = next(iter(integration.subentries.values()))
    assert subentry.data[CONF_SOLAR]["grid"] == "sensor.main_meter"
