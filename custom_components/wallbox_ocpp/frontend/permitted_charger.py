"""The charger that a browser asks about, if its user may see it."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized

from ..actions.permission import async_forbidden
from ..charger.charger import Charger
from ..models import async_charger


@callback
def async_permitted_charger(
    hass: HomeAssistant, user: User, device_id: str
) -> Charger | None:
    """Return the charger of a device; None if there is none.

    Raises:
        Unauthorized: The user may not see it.
    """
    charger = async_charger(hass, device_id)
    if charger and (entity_id := async_forbidden(hass, user, device_id, POLICY_READ)):
        raise Unauthorized(entity_id=entity_id, permission=POLICY_READ)
    return charger


@callback
def async_asked_charger(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Charger | None:
    """Return the charger of a message; None if there is none, which has been answered.

    Raises:
        Unauthorized: The user may not see it.
    """
    charger = async_permitted_charger(hass, connection.user, msg[ATTR_DEVICE_ID])
    if charger is None:
        connection.send_error(msg["id"], ERR_NOT_FOUND, "There is no such charger")
    return charger
