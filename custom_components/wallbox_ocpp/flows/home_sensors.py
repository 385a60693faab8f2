"""What Home Assistant's energy dashboard knows of the power sensors of the home."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant

from ..prices.energy_dashboard import async_energy_sources


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeSensors:
    """The power sensors of a home, as far as they exist."""

    grid: str | None = None
    export: str | None = None
    """If import and export have a sensor each."""
    grid_inverted: bool = False
    battery: str | None = None
    battery_inverted: bool = False
    battery_charge: str | None = None
    has_battery: bool = False
    """There is a home battery, also if it has no sensor of its power."""


async def async_home_sensors(hass: HomeAssistant) -> HomeSensors:
    """Return the sensors in the energy preferences; of several grids or batteries, those of the first."""
    sources = await async_energy_sources(hass)
    grid = _first(sources, "grid")
    # Before power of several kinds, Home Assistant had a list of them.
    grid = next(iter(grid.get("power", ())), grid)
    battery = _first(sources, "battery")
    found = _Rate.of(hass, grid)
    stored = _Rate.of(hass, battery)
    return HomeSensors(
        grid=found.taken,
        export=found.given,
        grid_inverted=found.inverted,
        battery=stored.taken if not stored.given else _existing(hass, battery),
        battery_inverted=stored.inverted and not stored.given,
        battery_charge=_existing(hass, battery, "stat_soc"),
        has_battery=bool(battery),
    )


@dataclass(frozen=True, slots=True)
class _Rate:
    """The sensors of the power of a source."""

    taken: str | None = None
    given: str | None = None
    inverted: bool = False

    @classmethod
    def of(cls, hass: HomeAssistant, source: Mapping[str, Any]) -> _Rate:
        how = source.get("power_config") or {}
        if two := _existing(hass, how, "stat_rate_to"):
            return cls(_existing(hass, how, "stat_rate_from"), two)
        if inverted := _existing(hass, how, "stat_rate_inverted"):
            return cls(inverted, inverted=True)
        return cls(_existing(hass, how) or _existing(hass, source))


def _first(sources: list[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    return next((source for source in sources if source["type"] == kind), {})


def _existing(
    hass: HomeAssistant, source: Mapping[str, Any], name: str = "stat_rate"
) -> str | None:
    """Return an entity that exists; a statistic of another origin is none."""
    entity_id = source.get(name)
    known = isinstance(entity_id, str) and hass.states.get(entity_id)
    return entity_id if known else None
