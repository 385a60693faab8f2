"""What people call a charger."""

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import CONF_IDENTITY, DOMAIN


@callback
def display_name(
    hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry
) -> str:
    """Return the name of a charger for people: the one that its device was given, or else the title."""
    identifier = (DOMAIN, subentry.data[CONF_IDENTITY])
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    return (device and device.name_by_user) or subentry.title
