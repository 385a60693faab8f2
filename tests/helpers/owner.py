"""What an owner does that takes more than one entity."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant


async def act(hass: HomeAssistant, action: str, device_id: str) -> None:
    """Perform an action."""
    await hass.services.async_call(
        DOMAIN, action, {"device_id": device_id}, blocking=True
    )


def change_settings(
    hass: HomeAssistant, integration: MockConfigEntry, **settings: object
) -> None:
    """Change how the charger shall be treated."""
    subentry = next(iter(integration.subentries.values()))
    hass.config_entries.async_update_subentry(
        integration, subentry, data={**subentry.data, **settings}
    )
