"""Texts that Home Assistant does not translate by itself, and those of chargers in them."""

import re
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN

_MARKDOWN: Final = re.compile(r"[!-&(-+/:-@\[-`{-~]|(?<!\d)\.|\.(?!\d)")
"""Signs that may mean something in Markdown; a version number is left as it is."""


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


def plain(text: str) -> str:
    """Return a charger's text for a placeholder: what looks like Markdown or HTML is mere text."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def verbatim(text: str) -> str:
    """Return a charger's text for a placeholder as code; a backtick in it cannot end that."""
    return f"`{' '.join(text.replace('`', "'").split())}`"
