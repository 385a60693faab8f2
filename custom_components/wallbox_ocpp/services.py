"""Actions."""

from typing import Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_device_and_config_entry

from .const import DOMAIN
from .coordinator import ChargerCoordinator, WallboxConfigEntry

SERVICE_APPLY_OFFLINE_FIX: Final = "apply_offline_fix"
SERVICE_RESTORE_CONFIGURATION: Final = "restore_configuration"

CHARGER_SCHEMA: Final = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for name, action in (
        (SERVICE_APPLY_OFFLINE_FIX, _async_apply_offline_fix),
        (SERVICE_RESTORE_CONFIGURATION, _async_restore_configuration),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            action,
            schema=CHARGER_SCHEMA,
            supports_response=SupportsResponse.OPTIONAL,
        )


async def _async_apply_offline_fix(service_call: ServiceCall) -> ServiceResponse:
    protection = await _charger(service_call).async_apply_fix()
    return {
        "verdict": protection.verdict.value,
        "profile": protection.profile.value,
        "configuration": dict(protection.found),
        "answers": dict(protection.answers),
    }


async def _async_restore_configuration(service_call: ServiceCall) -> ServiceResponse:
    charger = _charger(service_call)
    answers = await charger.async_restore()
    return {"verdict": charger.data.verdict.value, "answers": dict(answers)}


def _charger(service_call: ServiceCall) -> ChargerCoordinator:
    """Return the charger an action is aimed at."""
    entry: WallboxConfigEntry
    device, entry = async_get_device_and_config_entry(
        service_call.hass, DOMAIN, service_call.data[ATTR_DEVICE_ID]
    )
    for coordinator in entry.runtime_data.coordinators.values():
        if (DOMAIN, coordinator.identity) in device.identifiers:
            return coordinator
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="charger_not_found"
    )
