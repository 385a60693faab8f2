"""What an owner does that takes more than one entity."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant


def change_settings(
    hass: HomeAssistant, integration: MockConfigEntry, **settings: object
) -> None:
    """Change how the charger shall be treated."""
    subentry = next(iter(integration.subentries.values()))
    hass.config_entries.async_update_subentry(
        integration, subentry, data={**subentry.data, **settings}
    )
