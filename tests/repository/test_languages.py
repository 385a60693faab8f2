"""Each language says all that English says, with the same placeholders, and as short where it has to be."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.const import DOMAIN

FOLDER: Final = (
    Path(__file__).parents[2] / "custom_components" / DOMAIN / "translations"
)
LANGUAGES: Final = ("ca", "da", "de", "es", "fr", "it", "nb", "nl", "pt", "sv")
SAME: Final = frozenset(
    [
        "area",
        "assistant",
        "common",
        "compact",
        "cost",
        "csv",
        "download",
        "error",
        "firmware",
        "home",
        "message",
        "mode",
        "name",
        "no",
        "normal",
        "ocpp",
        "offline",
        "password",
        "pause",
        "person",
        "phase",
        "plan",
        "port",
        "minimum",
        "session",
        "sessions",
        "solar",
        "start",
        "status",
        "strict",
        "total",
        "turquoise",
        "wallbox",
    ]
)
"""Words that are the same in some of the languages, and names."""
LONGEST: Final[Mapping[str, tuple[int, str]]] = {
    r"issues\..+\.fix_flow\.step\.confirm\.title": (30, "Wallbox 100001"),
    r"issues\.[^.]+\.title": (40, "Wallbox 1"),
    r"entity\.[^.]+\.[^.]+\.name": (32, ""),
    r"config_subentries\.charger\.step\.[^.]+\.title": (33, "Wallbox 1"),
    r"config_subentries\.charger\.step\.[^.]+\.menu_options\.[^.]+": (40, ""),
}
"""Characters that fit on a phone, with a name put in for the charger."""
OF_SETTINGS: Final = re.compile(r"\*([^*]+)\* in (?:its|the) settings")
NAME_OF_SETTING: Final = re.compile(
    r"config_subentries\.charger\.step\.settings\..*\bdata\.|selector\..+\.options\."
)
"""The places of the names of settings, and of what can be chosen in them."""


def leaves(texts: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with the place it is at."""
    for key, value in texts.items():
        at = f"{place}.{key}" if place else key
        if isinstance(value, str):
            yield at, value
        else:
            yield from leaves(value, at)


def texts_of(language: str) -> dict[str, str]:
    """Return the texts of a language by their places."""
    return dict(leaves(json.loads((FOLDER / f"{language}.json").read_text())))


ENGLISH: Final = texts_of("en")


def placeholders(text: str) -> set[str]:
    """Return what is put into a text."""
    return set(re.findall(r"{(\w+)}", text))


def marks(text: str) -> list[int]:
    """Return how often each kind of mark-up is in a text, and what must be left as it is."""
    return [
        *(text.count(mark) for mark in ("**", "`", "\n\n", "\n- ", "](")),
        len(re.findall(rf"{DOMAIN}\.\w+|https?://", text)),
    ]


def test_these_are_the_languages() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_there_in_the_order_of_english(language: str) -> None:
    assert list(texts_of(language)) == list(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_has_the_placeholders_and_the_marks_of_english(language: str) -> None:
    wrong = {
        place: text
        for place, text in texts_of(language).items()
        if placeholders(text) != placeholders(ENGLISH[place])
        or marks(text) != marks(ENGLISH[place])
        or text != text.strip()
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    left = {
        place: text
        for place, text in texts_of(language).items()
        if text == ENGLISH[place]
        and set(re.findall(r"[a-z][a-z-]+", re.sub(r"{\w+}|`.+?`", "", text).lower()))
        - SAME
    }
    assert left == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_to_fit_on_a_phone_does(language: str) -> None:
    long = {
        place: text
        for place, text in texts_of(language).items()
        for pattern, (most, charger) in LONGEST.items()
        if re.fullmatch(pattern, place)
        and len(text.replace("{charger}", charger).replace("{port}", "65535")) > most
    }
    assert long == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_entities_of_a_charger_have_one_name(language: str) -> None:
    texts = texts_of(language)
    for platform in {place.split(".")[1] for place in texts if place[:7] == "entity."}:
        names = [
            text
            for place, text in texts.items()
            if re.fullmatch(rf"entity\.{platform}\.[^.]+\.name", place)
        ]
        assert len(set(names)) == len(names), platform


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_a_text_calls_a_setting_what_the_settings_call_it(language: str) -> None:
    texts = texts_of(language)
    named = {
        place: found
        for place, text in ENGLISH.items()
        if (found := OF_SETTINGS.search(text))
    }
    assert named
    for place, found in named.items():
        names = {
            texts[at]
            for at, text in ENGLISH.items()
            if text == found[1] and NAME_OF_SETTING.match(at)
        }
        assert any(f"*{name}*" in texts[place] for name in names), place
