"""Condition: a charger is charging. Thin over the status sensor."""

from typing import Final, override

from ocpp.v16.enums import ChargePointStatus

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .entity import only_ours
from .sensor import STATUS, STATUSES


class IsChargingCondition(EntityStateConditionBase):
    """Holds while the status of a charger is charging."""

    _domain_specs = {SENSOR_DOMAIN: DomainSpec()}
    _states = {STATUSES[ChargePointStatus.charging]}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out the other sensors of a device or an area."""
        return only_ours(self._hass, entities, STATUS.key)


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_charging": IsChargingCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
