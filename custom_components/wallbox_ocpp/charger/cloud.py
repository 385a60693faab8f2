"""Home Assistant's own Wallbox integration, which controls chargers through Wallbox's cloud."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

CLOUD: Final = "wallbox"
CONTROLS: Final = frozenset(
    {
        Platform.BUTTON,
        Platform.LOCK,
        Platform.NUMBER,
        Platform.SELECT,
        Platform.SWITCH,
    }
)


@callback
def async_controls(hass: HomeAssistant, serial_number: str | None) -> list[str]:
    """Return the enabled entities that control a charger through the cloud."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    return [
        entity.entity_id
        for entry in hass.config_entries.async_entries(CLOUD, include_disabled=False)
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
        if (CLOUD, serial_number)
        in {(domain, str(at)) for domain, at in device.identifiers}
        for entity in er.async_entries_for_device(entities, device.id)
        if entity.platform == CLOUD and entity.domain in CONTROLS
    ]


@callback
def async_disable(hass: HomeAssistant, entity_ids: list[str]) -> None:
    """Disable entities as a user would."""
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
