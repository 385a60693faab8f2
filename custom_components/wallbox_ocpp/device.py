"""The entry of a charger in the device registry."""

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
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


@callback
def async_forbidden(
    hass: HomeAssistant, user: User, device_id: str, permission: str
) -> str | None:
    """Return the id of an entity of a charger for which a user lacks a permission; None if of none."""
    for entity in er.async_entries_for_device(
        er.async_get(hass), device_id, include_disabled_entities=True
    ):
        # Other integrations may have added entities to the device.
        if entity.platform == DOMAIN and not user.permissions.check_entity(
            entity.entity_id, permission
        ):
            return entity.entity_id
    return None
