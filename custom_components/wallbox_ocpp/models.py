"""The runtime data of the config entry."""

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .charger.charger import Charger
from .const import DOMAIN
from .csms.server import CentralSystem

type WallboxConfigEntry = ConfigEntry[WallboxRuntimeData]


@dataclass(kw_only=True)
class WallboxRuntimeData:
    """The central system and the chargers that belong to it."""

    central_system: CentralSystem
    chargers: dict[str, Charger] = field(default_factory=dict)
    """By subentry id."""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while chargers are added or removed: changes of the entry may overlap."""
    new_charger_callbacks: list[Callable[[Charger], object]] = field(
        default_factory=list
    )
    """Called for each charger that is added while the integration runs, one per platform."""


def charger_of(
    entry: WallboxConfigEntry, identifiers: Container[tuple[str, str]]
) -> Charger | None:
    """Return the charger with one of the identifiers of a device; None if it has been removed."""
    for charger in entry.runtime_data.chargers.values():
        if (DOMAIN, charger.identity) in identifiers:
            return charger
    return None


@callback
def async_charger(hass: HomeAssistant, device_id: str) -> Charger | None:
    """Return the charger of a device; None if there is none, or it is not loaded."""
    if (device := dr.async_get(hass).async_get(device_id)) is None:
        return None
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if charger := charger_of(entry, device.identifiers):
            return charger
    return None
