"""Translates texts that Home Assistant does not, and escapes texts of chargers in them."""

import re
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN

_MARKDOWN: Final = re.compile(r"[!-&(-+/:-@\[-`{-~]|(?<!\d)\.|\.(?!\d)")
"""Characters with a meaning in Markdown; the dots of a version number are left as they are."""


async def async_load_texts(hass: HomeAssistant) -> None:
    """Load the English texts, as a fallback for languages without a translation."""
    await async_get_translations(hass, "en", "common", [DOMAIN])


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return a text in the language of Home Assistant.

    Texts of a language that was just chosen may not be loaded yet, and are English.
    """
    english, ours = (
        async_get_cached_translations(hass, language, "common", DOMAIN)
        for language in ("en", hass.config.language)
    )
    texts = english | ours
    return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)


def plain(text: str) -> str:
    """Escape a text of a charger for a placeholder: it is no Markdown or HTML."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def verbatim(text: str) -> str:
    """Format a text of a charger for a placeholder as code, also if it has backticks."""
    return f"`{' '.join(text.replace('`', "'").split())}`"
