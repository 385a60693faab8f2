"""The sources of energy that the owner has named for Home Assistant's energy dashboard."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant

ENERGY: Final = "energy"


async def async_energy_sources(hass: HomeAssistant) -> list[Mapping[str, Any]]:
    """Return the sources, as they are stored; none without a dashboard."""
    if ENERGY not in hass.config.components:
        return []
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415  # may be absent

    preferences = (await async_get_manager(hass)).data
    return [
        dict(source)
        for source in (preferences["energy_sources"] if preferences else ())
    ]
