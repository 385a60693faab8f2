"""Condition: a charger is charging. Thin over the status sensor."""

from typing import Final

from ocpp.v16.enums import ChargePointStatus

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, make_entity_state_condition

from .sensor import STATUSES

CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_charging": make_entity_state_condition(
        SENSOR_DOMAIN, STATUSES[ChargePointStatus.charging]
    ),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
