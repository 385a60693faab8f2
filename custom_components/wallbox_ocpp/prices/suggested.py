"""The price entities of a home, for its owner to choose from."""

import re
from typing import Final

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .attributes import NAMES, PVPC_HOUR, rows_in
from .energy_dashboard import async_energy_sources

CURRENT_PRICES: Final[dict[str, re.Pattern[str]]] = {
    "amberelectric": re.compile(r"-(current|forecasts)-general$"),
    "easyenergy": re.compile(r"_today_energy_usage_current_hour_price$"),
    "ecosmart": re.compile(r"-spot_price$"),
    "energyzero": re.compile(
        r"_today_energy_(all_in_current_price|current_hour_price)$"
    ),
    "green_planet_energy": re.compile(r"^gpe_current_price$"),
    "nordpool": re.compile(r"^[A-Z0-9]+-current_price$"),
    "octopus_energy": re.compile(r"(?<!export)_current_(day_rates|rate)$"),
    "omie": re.compile(r"_spot_price$"),
    "tibber": re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
}
"""The unique ids of the entities with the price of now, where attributes show no others."""


async def async_suggested(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the price entities that are likely meant, the likeliest first.

    The one that Home Assistant's energy dashboard uses comes first, then those of
    integrations that are known, and then whatever has a forecast in its attributes.
    """
    registry = er.async_get(hass)
    known = sorted(
        entry.entity_id
        for entry in registry.entities.values()
        if (pattern := CURRENT_PRICES.get(entry.platform))
        and not entry.disabled
        and pattern.search(entry.unique_id)
    )
    others = sorted(
        state.entity_id
        for state in hass.states.async_all(("sensor", "event"))
        if _has_forecast(state)
        and not (
            (entry := registry.async_get(state.entity_id)) and entry.platform == DOMAIN
        )
    )
    # Each once.
    return tuple(dict.fromkeys([*await _energy_preferences(hass), *known, *others]))


async def _energy_preferences(hass: HomeAssistant) -> list[str]:
    """Return the price entities of the energy dashboard that exist."""
    named = [
        source.get("entity_energy_price")
        for source in await async_energy_sources(hass)
        if source["type"] == "grid"
    ]
    return [
        entity_id
        for entity_id in named
        if isinstance(entity_id, str) and hass.states.get(entity_id)
    ]


def _has_forecast(state: State) -> bool:
    """Return whether an entity has attributes with prices, without reading them."""
    attributes = state.attributes
    return any(
        rows_in(attributes.get(name)) for names in NAMES for name in names
    ) or any(PVPC_HOUR.fullmatch(name) for name in attributes)
