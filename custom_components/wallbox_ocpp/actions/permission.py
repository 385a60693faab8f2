"""Who may see or control a charger: whoever may all of its entities."""

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


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
