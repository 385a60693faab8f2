"""What an owner does that takes more than one entity."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.helpers.screen import Screen


def change_settings(
    hass: HomeAssistant, entry: MockConfigEntry, **settings: object
) -> None:
    """Change how the charger shall be treated; None takes a setting away."""
    subentry = next(iter(entry.subentries.values()))
    data = {
        key: value
        for key, value in {**subentry.data, **settings}.items()
        if value is not None
    }
    hass.config_entries.async_update_subentry(entry, subentry, data=data)


async def choose_mode(hass: HomeAssistant, screen: Screen, mode: str) -> None:
    """Choose when the charger charges."""
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": screen.entity_id("select", "mode"), "option": mode},
        blocking=True,
    )
