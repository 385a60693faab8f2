"""What Home Assistant's energy dashboard knows of the power sensors of the home."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from ..charger.solar_settings import (
    CONF_BATTERY,
    CONF_BATTERY_CHARGE,
    CONF_BATTERY_POSITIVE,
    CONF_EXPORT,
    CONF_GRID,
    CONF_GRID_POSITIVE,
)
from ..prices.energy_dashboard import async_energy_sources
from ..wallbox.model.solar import BatteryPositive, GridPositive


async def async_home_sensors(hass: HomeAssistant) -> dict[str, str]:
    """Return the settings that follow from the energy preferences: of several sources, from the first."""
    sources = await async_energy_sources(hass)
    grid, battery = _first(sources, "grid"), _first(sources, "battery")
    # Before power of several kinds, Home Assistant had a list of them.
    grid = next(iter(grid.get("power", ())), grid)
    taken, given, grid_inverted = _rate(hass, grid)
    power, also, battery_inverted = _rate(hass, battery)
    if also:
        # Of two sensors of a battery, Home Assistant makes one.
        power = _existing(hass, battery)
    found = {
        CONF_GRID: taken,
        CONF_GRID_POSITIVE: GridPositive.EXPORT.value if grid_inverted else None,
        CONF_EXPORT: given,
        CONF_BATTERY: power,
        CONF_BATTERY_POSITIVE: BatteryPositive.CHARGE.value
        if battery_inverted
        else None,
        CONF_BATTERY_CHARGE: _existing(hass, battery, "stat_soc"),
    }
    return {setting: value for setting, value in found.items() if value}


async def async_has_battery(hass: HomeAssistant) -> bool:
    """Return whether there is a home battery, also if it has no sensor of its power."""
    return bool(_first(await async_energy_sources(hass), "battery"))


def _rate(
    hass: HomeAssistant, source: Mapping[str, Any]
) -> tuple[str | None, str | None, bool]:
    """Return the sensor of the power of a source, that of the other way, and whether it is inverted."""
    how = source.get("power_config") or {}
    if other := _existing(hass, how, "stat_rate_to"):
        return _existing(hass, how, "stat_rate_from"), other, False
    if inverted := _existing(hass, how, "stat_rate_inverted"):
        return inverted, None, True
    return _existing(hass, how) or _existing(hass, source), None, False


def _first(sources: list[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    return next((source for source in sources if source["type"] == kind), {})


def _existing(
    hass: HomeAssistant, source: Mapping[str, Any], name: str = "stat_rate"
) -> str | None:
    """Return an entity that exists; a statistic of another origin is none."""
    entity_id = source.get(name)
    known = isinstance(entity_id, str) and hass.states.get(entity_id)
    return entity_id if known else None
