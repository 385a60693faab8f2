"""The entry of a charger in the device registry."""

from homeassistant.helpers.device_registry import DeviceInfo

from .const import DOMAIN
from .wallbox.model.firmware import family
from .wallbox.state import ChargerState


def device_info(identity: str, name: str, state: ChargerState) -> DeviceInfo:
    """Return the device of a charger."""
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
