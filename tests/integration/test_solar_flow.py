"""The settings of solar charging: the sensors, and what they say now."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_SOLAR
from custom_components.wallbox_ocpp.flows.home_sensors import async_home_sensors
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    plan_dialects_for,
)
from custom_components.wallbox_ocpp.wallbox.model.held_features import HeldPlans
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.flows import Flows, Step
from tests.helpers.screen import Screen
from tests.helpers.sunny_home import BATTERY, EXPORT, GRID, SOC

USUAL = {
    "grid_positive": "import",
    "battery_positive": "discharge",
    "battery_first": 100,
    "grid_share": 0,
    "least": 6,
}


def show(hass: HomeAssistant, entity_id: str, value: str, unit: str = "W") -> None:
    """Let a sensor show something."""
    hass.states.async_set(entity_id, value, {"unit_of_measurement": unit})


async def prefer(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Let the energy dashboard have these sources."""
    hass.config.components.add("energy")
    manager = await async_get_manager(hass)
    manager.data = manager.default_preferences()
    manager.data["energy_sources"] = list(sources)  # type: ignore[arg-type]  # partial


async def opened(flows: Flows, entry: MockConfigEntry) -> Step:
    """Open the settings of solar charging."""
    step = await flows.change_charger(entry.entry_id, next(iter(entry.subentries)))
    return await flows.choose(step, "solar")


def live(step: Step) -> str:
    """Return what the sensors are said to say."""
    return str(step["description_placeholders"]["live"])


def stored(entry: MockConfigEntry) -> Any:
    """Return what is stored."""
    return next(iter(entry.subentries.values())).data.get(CONF_SOLAR)


def suggested(step: Step) -> dict[str, Any]:
    """Return what is filled in already."""
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in step["data_schema"]
        if field.get("description")
    }


async def test_the_live_value_tells_the_wrong_sign(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows
) -> None:
    show(hass, GRID, "1234")
    step = await flows.submit(await opened(flows, integration), **USUAL, grid=GRID)
    assert live(step) == "The grid gives your home 1.2 kW now."
    show(hass, GRID, "-0.25", "kW")
    step = await flows.choose(step, "solar_live")
    assert live(step) == "Your home gives 250 W to the grid now."
    step = await flows.choose(step, "solar_turned")
    assert live(step) == "The grid gives your home 250 W now."
    step = await flows.choose(step, "solar")
    assert suggested(step)["grid_positive"] == "export"
    step = await flows.submit(step, **{**USUAL, "grid_positive": "export"}, grid=GRID)
    step = await flows.choose(step, "solar_saved")
    assert step["type"] == "abort"
    assert stored(integration) == {**USUAL, "grid_positive": "export", "grid": GRID}
    # It is shown again, and can be removed.
    step = await opened(flows, integration)
    assert suggested(step)["grid"] == GRID
    await flows.submit(step, **USUAL)
    assert stored(integration) is None


@pytest.mark.parametrize("value", ["unavailable", "unknown", "nan", None])
async def test_a_silent_sensor_is_told(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows, value: str | None
) -> None:
    if value:
        show(hass, GRID, value)
    step = await flows.submit(await opened(flows, integration), **USUAL, grid=GRID)
    assert "says nothing at present" in live(step)


async def test_a_sensor_that_has_not_reported_for_long_is_told(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows
) -> None:
    show(hass, GRID, "1234")
    step = await flows.submit(await opened(flows, integration), **USUAL, grid=GRID)
    assert "has reported nothing" not in live(step)
    await asyncio.sleep(240)
    step = await flows.choose(step, "solar_live")
    assert "has reported nothing for 4 min" in live(step)
    # The same value again is a report.
    show(hass, GRID, "1234")
    step = await flows.choose(step, "solar_live")
    assert "has reported nothing" not in live(step)


async def test_two_sensors_cannot_be_turned_round(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows
) -> None:
    show(hass, GRID, "0")
    show(hass, EXPORT, "2500")
    step = await flows.submit(
        await opened(flows, integration), **USUAL, grid=GRID, export=EXPORT
    )
    assert live(step) == "Your home gives 2.5 kW to the grid now."
    assert "solar_turned" not in step["menu_options"]


@pytest.mark.parametrize(
    ("field", "unit", "error"),
    [
        ("grid", "kWh", "not_power"),
        ("export", "V", "not_power"),
        ("battery", "%", "not_power"),
        ("battery_charge", "kWh", "not_percentage"),
    ],
)
async def test_a_sensor_of_something_else_is_refused(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    field: str,
    unit: str,
    error: str,
) -> None:
    show(hass, GRID, "0")
    show(hass, "sensor.other", "0", unit)
    named = {"grid": GRID, field: "sensor.other"}
    step = await flows.submit(await opened(flows, integration), **USUAL, **named)
    assert step["errors"] == {field: error}
    step = await flows.submit(step, **USUAL, grid=GRID)
    assert step["type"] == "menu"


@pytest.mark.parametrize("field", ["grid", "export", "battery", "battery_charge"])
async def test_a_sensor_of_a_charger_is_refused(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    screen: Screen,
    protected_charger: VirtualWallbox,
    field: str,
) -> None:
    """What the car draws is known, and would be taken for what the home does."""
    show(hass, GRID, "0")
    named = {"grid": GRID, field: screen.entity_id("sensor", "power")}
    step = await flows.submit(await opened(flows, integration), **USUAL, **named)
    assert step["errors"] == {field: "own_sensor"}


async def test_one_sensor_is_not_two(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows
) -> None:
    show(hass, GRID, "0")
    step = await flows.submit(
        await opened(flows, integration), **USUAL, grid=GRID, export=GRID
    )
    assert step["errors"] == {"export": "same_sensor"}


async def test_a_home_battery_without_a_sensor_is_warned_of(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows
) -> None:
    show(hass, GRID, "0")
    show(hass, BATTERY, "-800")
    show(hass, SOC, "40", "%")
    await prefer(
        hass,
        {"type": "grid", "stat_rate": GRID},
        {"type": "battery", "stat_rate": BATTERY, "stat_soc": SOC},
    )
    step = await opened(flows, integration)
    found = suggested(step)
    assert (found["grid"], found["battery"], found["battery_charge"]) == (
        GRID,
        BATTERY,
        SOC,
    )
    # Nothing is stored by looking.
    assert stored(integration) is None
    step = await flows.submit(step, **USUAL, grid=GRID)
    assert live(step).startswith("Nothing flows from or to the grid now.")
    assert "You have a home battery" in live(step)
    step = await flows.choose(step, "solar")
    step = await flows.submit(step, **USUAL, grid=GRID, battery=BATTERY)
    assert live(step).endswith("The home battery is charged with 800 W.")


async def test_a_charger_that_ends_no_limit_is_told(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    start_protected: StartCharger,
) -> None:
    show(hass, GRID, "0")
    await start_protected()
    step = await flows.submit(await opened(flows, integration), **USUAL, grid=GRID)
    assert "was not seen to end a limit" not in live(step)
    # All that it could follow has failed, as with plans before.
    (charger,) = integration.runtime_data.chargers.values()
    state = charger.state
    firmware = state.identity.firmware
    failed = plan_dialects_for(firmware, two_profiles=True)
    plans = HeldPlans(failures=failed, firmware=firmware)
    held = replace(state.charging.held, plans=plans)
    charger.coordinator.async_set(state.holding(held))
    step = await flows.choose(step, "solar_live")
    assert "was not seen to end a limit by itself" in live(step)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ({"type": "grid"}, {}),
        ({"type": "grid", "stat_rate": GRID}, {"grid": GRID}),
        (
            {"type": "grid", "power_config": {"stat_rate_inverted": GRID}},
            {"grid": GRID, "grid_positive": "export"},
        ),
        (
            {
                "type": "grid",
                "power_config": {"stat_rate_from": GRID, "stat_rate_to": EXPORT},
                "stat_rate": "sensor.generated",
            },
            {"grid": GRID, "export": EXPORT},
        ),
        ({"type": "grid", "power": [{"stat_rate": GRID}]}, {"grid": GRID}),
        ({"type": "grid", "stat_rate": "other:statistic"}, {}),
        ({"type": "grid", "stat_rate": "sensor.gone"}, {}),
        ({"type": "battery"}, {}),
        (
            {"type": "battery", "power_config": {"stat_rate_inverted": BATTERY}},
            {"battery": BATTERY, "battery_positive": "charge"},
        ),
        (
            {
                "type": "battery",
                "power_config": {"stat_rate_from": GRID, "stat_rate_to": EXPORT},
                "stat_rate": BATTERY,
            },
            {"battery": BATTERY},
        ),
    ],
)
async def test_what_the_energy_dashboard_knows(
    hass: HomeAssistant, source: dict[str, Any], found: dict[str, str]
) -> None:
    assert await async_home_sensors(hass) == {}
    for entity_id in (GRID, EXPORT, BATTERY):
        show(hass, entity_id, "0")
    await prefer(hass, {"type": "solar"}, source)
    assert await async_home_sensors(hass) == found
