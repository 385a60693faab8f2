"""The actions of the integration: registers them, and checks who may perform them."""

from functools import partial
from typing import Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_device_and_config_entry

from .actions.charger_action import ChargerAction
from .actions.expert import EXPERT_ACTIONS
from .actions.permission import async_forbidden
from .actions.plan import PLAN_ACTIONS
from .actions.protection import PROTECTION_ACTIONS
from .actions.sessions import SESSION_ACTIONS
from .charger.charger import Charger
from .const import DOMAIN
from .errors import invalid
from .models import WallboxConfigEntry, charger_of

ACTIONS: Final = (
    *EXPERT_ACTIONS,
    *PLAN_ACTIONS,
    *PROTECTION_ACTIONS,
    *SESSION_ACTIONS,
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(_async_run, action),
            schema=vol.Schema(
                {vol.Required(ATTR_DEVICE_ID): cv.string, **action.fields}
            ),
            supports_response=action.response,
        )


async def _async_run(
    action: ChargerAction, service_call: ServiceCall
) -> ServiceResponse:
    """Check the permission of the user, then run an action."""
    await _async_check_permission(action, service_call)
    return await action.work(_charger(service_call), service_call.data)


async def _async_check_permission(
    action: ChargerAction, service_call: ServiceCall
) -> None:
    """Raise `Unauthorized` unless the user may perform an action; an automation has no user."""
    hass, context = service_call.hass, service_call.context
    if context.user_id is None:
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context, permission=action.permission)
    if action.admin_only and not user.is_admin:
        raise Unauthorized(context=context)
    device_id = service_call.data[ATTR_DEVICE_ID]
    if entity_id := async_forbidden(hass, user, device_id, action.permission):
        raise Unauthorized(
            context=context, entity_id=entity_id, permission=action.permission
        )


def _charger(service_call: ServiceCall) -> Charger:
    """Return the charger that is the target of an action."""
    entry: WallboxConfigEntry
    device, entry = async_get_device_and_config_entry(
        service_call.hass, DOMAIN, service_call.data[ATTR_DEVICE_ID]
    )
    if charger := charger_of(entry, device.identifiers):
        return charger
    raise invalid("charger_not_found")
