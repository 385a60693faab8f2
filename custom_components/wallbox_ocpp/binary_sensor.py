"""Binary sensors of a charger."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.state import ChargerState
from .wallbox.views.reasons import Reason, why_not_charging

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxBinarySensorDescription(
    WallboxEntityDescription, BinarySensorEntityDescription
):
    """Describe a binary sensor of a charger."""

    is_on_fn: Callable[[ChargerState], bool | None]


def _charging(state: ChargerState) -> bool | None:
    reason = why_not_charging(state)
    return None if reason is None else reason is Reason.CHARGING


DESCRIPTIONS: Final = (
    WallboxBinarySensorDescription(
        key="connection",
        entity_registry_enabled_default=False,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        lasting=True,
        is_on_fn=lambda state: state.link.connected,
    ),
    WallboxBinarySensorDescription(
        key="vehicle_charging",
        entity_registry_enabled_default=False,
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        is_on_fn=_charging,
    ),
    WallboxBinarySensorDescription(
        key="vehicle_connected",
        entity_registry_enabled_default=False,
        device_class=BinarySensorDeviceClass.PLUG,
        is_on_fn=lambda state: state.connector.plugged_in,
    ),
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxBinarySensor(charger, description) for description in DESCRIPTIONS
    ],
)


class WallboxBinarySensor(WallboxEntity, BinarySensorEntity):
    """A binary sensor of a charger."""

    entity_description: WallboxBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """The value."""
        return self.entity_description.is_on_fn(self.known)

    @property
    @override
    def showing(self) -> object:
        """The value."""
        return self.is_on
