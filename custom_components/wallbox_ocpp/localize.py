"""Texts that Home Assistant does not translate by itself."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN


async def async_load_texts(hass: HomeAssistant) -> None:
    """Have the English texts at hand, for a language that has none."""
    await async_get_translations(hass, "en", "common", [DOMAIN])


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return a text in the language of the home.

    Those of a language that was just chosen are loaded a moment later.
    """
    english, ours = (
        async_get_cached_translations(hass, language, "common", DOMAIN)
        for language in ("en", hass.config.language)
    )
    texts = english | ours
    return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)
