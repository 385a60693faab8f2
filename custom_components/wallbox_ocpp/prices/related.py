"""Entities of the same integration that have the rest of the prices, such as tomorrow's."""

import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .attributes import TODAY, TOMORROW

RELATED: Final = (
    (
        "octopus_energy",
        re.compile(r"_current(_day_rates|_rate)$"),
        (("event", "_current_day_rates"), ("event", "_next_day_rates")),
    ),
    (
        "stromligning",
        re.compile(r"^current_price_((?:ex_)?vat)_"),
        (("binary_sensor", r"tomorrow_available_\1_"),),
    ),
)
"""Of which integration, a part of the unique id, and of which domain are those with another."""


def related_to(hass: HomeAssistant, entity_id: str) -> tuple[str, ...]:
    """Return the entities that have other prices of the same tariff, also if they are disabled."""
    registry = er.async_get(hass)
    found: list[str] = []
    if entry := registry.async_get(entity_id):
        for platform, pattern, others in RELATED:
            if entry.platform != platform or not pattern.search(entry.unique_id):
                continue
            for domain, other in others:
                unique_id = pattern.sub(other, entry.unique_id)
                if named := registry.async_get_entity_id(domain, platform, unique_id):
                    found.append(named)
    twin = entity_id.replace(TODAY, TOMORROW)
    if registry.async_get(twin) or hass.states.get(twin):
        found.append(twin)
    return tuple(other for other in found if other != entity_id)
