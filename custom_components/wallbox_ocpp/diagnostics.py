"""Diagnostics: the state of a charger and its latest frames, without secrets."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .charger.charger import Charger
from .charger.snapshot import Snapshot, harmless, without_secrets
from .models import WallboxConfigEntry, charger_of


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    runtime = entry.runtime_data
    return {
        "port": runtime.central_system.port,
        "unknown_chargers": len(runtime.central_system.unknown_chargers.recent),
        "settings": harmless({**entry.data, **entry.options}),
        "chargers": await _async_described(hass, *runtime.chargers.values()),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of one charger."""
    charger = charger_of(entry, device.identifiers)
    return {"chargers": await _async_described(hass, charger) if charger else []}


async def _async_described(
    hass: HomeAssistant, *chargers: Charger
) -> list[dict[str, Any]]:
    snapshots = [Snapshot.of(charger) for charger in chargers]
    # Redacting hundreds of frames would block the event loop.
    return await hass.async_add_executor_job(without_secrets, snapshots)
