"""The last step of adding a charger: its report, its name and its area."""

import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import ATTR_AREA_ID, CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import AreaSelector, TextSelector
from homeassistant.helpers.translation import async_get_translations

from ..charger.charger import Charger
from ..const import CONF_IDENTITY, DOMAIN
from ..localize import plain, text
from ..wallbox.model.firmware import family

FOUND_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(ATTR_AREA_ID): AreaSelector(),
    }
)

_MAKER: Final = re.compile(r"wallbox", re.IGNORECASE)


def default_name(identity: str) -> str:
    """Return the name that is suggested for a charger."""
    words = re.split(r"[._-]+", _MAKER.sub("", identity, count=1))
    return " ".join(["Wallbox", *filter(None, words)])


async def async_report(hass: HomeAssistant, charger: Charger) -> dict[str, str]:
    """Return what the device page shows of a charger, for the last step."""
    texts = await async_get_translations(hass, hass.config.language, "entity", [DOMAIN])
    state, untold = charger.state, text(hass, "not_told")
    known = state.identity

    def state_of(sensor: str, value: str | None) -> str:
        key = f"component.{DOMAIN}.entity.sensor.{sensor}.state.{value}"
        return texts.get(key, untold)

    return {
        "charger": charger.coordinator.subentry.title,
        "model": plain(family(known.model) or known.model or untold),
        "serial": plain(known.serial_number or untold),
        "firmware": plain(known.firmware or untold),
        "protection": state_of("offline_protection", state.verdict),
        "security": state_of("security", state.link.security),
    }


@callback
def async_set_name_and_area(
    hass: HomeAssistant,
    entry: ConfigEntry,
    subentry: ConfigSubentry,
    answers: dict[str, Any],
) -> None:
    """Set the name of a charger, and the area of its device."""
    registry = dr.async_get(hass)
    identifier = (DOMAIN, subentry.data[CONF_IDENTITY])
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    if device and (area_id := answers.get(ATTR_AREA_ID)):
        registry.async_update_device(device.id, area_id=area_id)
    hass.config_entries.async_update_subentry(entry, subentry, title=answers[CONF_NAME])
