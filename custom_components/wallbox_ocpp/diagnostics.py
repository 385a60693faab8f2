"""Diagnostics: the state of a charger and its latest frames, without secrets."""

from collections.abc import Iterable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .charger.charger import Charger
from .charger.snapshot import Snapshot, harmless, without_secrets
from .const import DOMAIN
from .models import WallboxConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    central_system = entry.runtime_data.central_system
    return {
        "port": central_system.port,
        "unknown_chargers": len(central_system.unknown_chargers.recent),
        "settings": harmless({**entry.data, **entry.options}),
        "chargers": await _async_chargers(
            hass, entry, entry.runtime_data.chargers.values()
        ),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of one charger."""
    ours = [
        charger
        for charger in entry.runtime_data.chargers.values()
        if (DOMAIN, charger.identity) in device.identifiers
    ]
    return {"chargers": await _async_chargers(hass, entry, ours)}


async def _async_chargers(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    chargers: Iterable[Charger],
) -> list[dict[str, Any]]:
    frame_logs = entry.runtime_data.central_system.frame_logs
    snapshots = [
        Snapshot.of(charger, frame_logs[charger.identity]) for charger in chargers
    ]
    # Redacting hundreds of frames would block the event loop.
    return await hass.async_add_executor_job(without_secrets, snapshots)
