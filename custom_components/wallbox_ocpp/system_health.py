"""System health: the central system in Home Assistant's system information."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import CONF_ENCRYPTION, DOMAIN
from .frontend.resource import loaded_by
from .models import WallboxConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the information."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return port, encryption and number of chargers; nothing while it is not running."""
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        chargers = entry.runtime_data.chargers.values()
        return {
            "port": entry.runtime_data.central_system.port,
            "encrypted": CONF_ENCRYPTION in entry.data,
            "chargers": len(chargers),
            "connected": sum(charger.state.link.connected for charger in chargers),
            "card": loaded_by(hass),
        }
    return {}
