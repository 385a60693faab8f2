"""The plan of a charger, for its card."""

from typing import Any, Final

import voluptuous as vol

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..charger.plan import details
from ..const import DOMAIN
from .permitted_charger import async_asked_charger

PLAN: Final = f"{DOMAIN}/plan"


@callback
def async_setup_plan(hass: HomeAssistant) -> None:
    """Set up the WebSocket command, which exists also without a config entry."""
    async_register_command(hass, _async_send_plan)


@callback
@websocket_command(
    {vol.Required("type"): PLAN, vol.Required(ATTR_DEVICE_ID): cv.string}
)
def _async_send_plan(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send what the action `get_plan` tells, to whoever may see the charger."""
    if charger := async_asked_charger(hass, connection, msg):
        answer = details(charger.state, dt_util.utcnow(), hass.config.currency)
        connection.send_result(msg["id"], answer)
