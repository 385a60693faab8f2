"""Decides for a charger of an earlier version whether its owner controls who may charge.

It had its lock in any case. From now on it has one if the owner uses it.
"""

from typing import Final

from homeassistant.components.automation import (
    automations_with_device,
    automations_with_entity,
)
from homeassistant.components.script import scripts_with_device, scripts_with_entity
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.start import async_at_started

from ..const import CONF_ACCESS_CONTROL, CONF_CARDS, DOMAIN
from ..coordinator import ChargerCoordinator
from ..wallbox.model.offline_fix import ProfileName

ENTITIES: Final = ("access", "allow_once", "card")
"""The keys of the entities that belong to access control."""


@callback
def async_decide_once_started(coordinator: ChargerCoordinator) -> CALLBACK_TYPE:
    """Decide once Home Assistant has started, because only then are its automations known."""

    @callback
    def decide(hass: HomeAssistant) -> None:
        if CONF_ACCESS_CONTROL not in coordinator.subentry.data:
            controlled = _is_used(coordinator) or _is_automated(hass, coordinator)
            coordinator.async_change_settings({CONF_ACCESS_CONTROL: controlled})

    return async_at_started(coordinator.hass, decide)


def _is_used(coordinator: ChargerCoordinator) -> bool:
    lock = coordinator.data.access.lock
    return (
        lock.locked
        or lock.configured is ProfileName.LOCKED
        or bool(coordinator.subentry.data.get(CONF_CARDS))
    )


def _is_automated(hass: HomeAssistant, coordinator: ChargerCoordinator) -> bool:
    """Return whether an automation or a script may lock the charger, by entity or by device."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, coordinator.identity), coordinator.config_entry.entry_id
    )
    entities = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), coordinator.config_entry.entry_id
        )
        if entity.unique_id in {f"{coordinator.identity}_{key}" for key in ENTITIES}
    ]
    if any(
        automations_with_entity(hass, entity) or scripts_with_entity(hass, entity)
        for entity in entities
    ):
        return True
    return device is not None and bool(
        automations_with_device(hass, device.id) or scripts_with_device(hass, device.id)
    )
