"""The device that a charger is in Home Assistant."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo

from .const import DOMAIN
from .wallbox.model.firmware import family
from .wallbox.state import ChargerState


def device_info(identity: str, name: str, state: ChargerState) -> DeviceInfo:
    """Return the charger as a device."""
    known = state.identity
    return DeviceInfo(
        identifiers={(DOMAIN, identity)},
        manufacturer="Wallbox" if state.identity.is_wallbox else known.vendor,
        model=family(known.model) or known.model,
        model_id=known.model,
        name=name,
        serial_number=known.serial_number,
        sw_version=known.firmware,
    )


@callback
def async_update_device(hass: HomeAssistant, entry_id: str, info: DeviceInfo) -> None:
    """Let the device follow what the charger says of itself; its name is its owner's."""
    registry = dr.async_get(hass)
    (identifier,) = info["identifiers"]
    if device := registry.async_get_device_by_identifier(identifier, entry_id):
        registry.async_update_device(
            device.id,
            manufacturer=info["manufacturer"],
            model=info["model"],
            model_id=info["model_id"],
            serial_number=info["serial_number"],
            sw_version=info["sw_version"],
        )
