"""The entity that a trigger or condition watches, for any target that belongs to a charger."""

from collections.abc import Mapping
from typing import NamedTuple

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec

from .const import DOMAIN
from .entity import WallboxEntityDescription
from .event import CARD as CARD_EVENT, SESSION as SESSION_EVENT
from .sensor import OFFLINE_PROTECTION, PROTECTED, STATUS as STATUS_SENSOR, WHY


class Watched(NamedTuple):
    """An entity of a charger, or an attribute of it."""

    platform: Platform
    description: WallboxEntityDescription
    attribute: str | None = None

    @property
    def spec(self) -> Mapping[str, DomainSpec]:
        """The domain, and the attribute if any, for Home Assistant."""
        return {self.platform: DomainSpec(value_source=self.attribute)}


CARD = Watched(Platform.EVENT, CARD_EVENT)
PROTECTION = Watched(Platform.SENSOR, OFFLINE_PROTECTION, PROTECTED)
REASON = Watched(Platform.SENSOR, WHY)
SESSION = Watched(Platform.EVENT, SESSION_EVENT)
STATUS = Watched(Platform.SENSOR, STATUS_SENSOR)


class OfCharger:
    """Watches one entity of each charger in the target, also if the target is another entity of it.

    That entity may have a category or be hidden: the owner has chosen the charger.
    """

    _hass: HomeAssistant
    _watched: Watched

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the watched entities of the chargers to which these entities belong."""
        registry = er.async_get(self._hass)
        chargers = {
            entry.device_id
            for entity_id in entities
            if (entry := registry.async_get(entity_id)) and entry.platform == DOMAIN
        }
        return {
            entry.entity_id
            for device_id in chargers
            if device_id
            for entry in er.async_entries_for_device(registry, device_id)
            if entry.platform == DOMAIN
            and entry.domain == self._watched.platform
            and entry.translation_key == self._watched.description.key
        }
