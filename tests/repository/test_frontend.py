"""The card and the dashboard: texts, size, and what they look for in Home Assistant."""

import json
from pathlib import Path
import re
from typing import Final

from tests.helpers.texts import TEXTS, UI, placeholders

from .test_texts_of_entities import ENTITIES

PACKAGE: Final = Path(__file__).parents[2] / "custom_components" / "wallbox_ocpp"
FOLDER: Final = PACKAGE / "frontend"
MODULES: Final = {file.name: file.read_text() for file in sorted(FOLDER.glob("*.js"))}
SOURCE: Final = "\n".join(MODULES.values())
FIRST: Final = "wallbox-ocpp.js"
IMPORTED: Final = r'from "\./([\w-]+\.js)"'
MOST_BYTES: Final = {FIRST: 45_000, "plan.js": 27_000, "history.js": 25_000}
"""What every owner loads; and what is loaded besides for a plan, and for the pages."""
MOST_LINES: Final = 400


def loaded_with(name: str) -> set[str]:
    """Return the modules that a browser loads with one, which is among them."""
    found, new = set[str](), {name}
    while new:
        found |= new
        sources = (MODULES[name] for name in new)
        new = {one for text in sources for one in re.findall(IMPORTED, text)} - found
    return found


def test_the_modules_are_small() -> None:
    first = loaded_with(FIRST)
    for name, most in MOST_BYTES.items():
        besides = loaded_with(name) - (set() if name == FIRST else first)
        size = sum(len(MODULES[one].encode()) for one in besides)
        assert most - 5_000 < size < most, (name, size)
    assert [
        name for name, text in MODULES.items() if len(text.splitlines()) > MOST_LINES
    ] == []


def test_each_module_is_imported_and_each_import_is_there() -> None:
    imported = set(re.findall(IMPORTED, SOURCE))
    later = set(re.findall(r'await import\("\./([\w-]+\.js)"\)', SOURCE))
    assert imported | later | {FIRST} == MODULES.keys()
    # What is loaded later is not loaded by all.
    assert not later & loaded_with(FIRST)


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert re.findall(r'(?:from|import\() ?["\'](?!\./)', SOURCE) == []


def test_each_text_is_used_and_each_that_is_used_is_there() -> None:
    used = set(re.findall(r'"(\w+)"', SOURCE)) | {
        f"{prefix}{word}"
        for prefix in re.findall(r"`(\w+_)\$\{\w+\}`", SOURCE)
        for word in re.findall(r'"?(\w+)"?', SOURCE)
    }
    keys = {key.removeprefix(UI) for key in TEXTS["common"] if key.startswith(UI)}
    assert keys - used == set()
    asked = set(re.findall(r'\b(?:text|label)\((?:[\w.]+, )?"(\w+)"', SOURCE))
    assert asked
    assert asked - keys == set()


def test_each_placeholder_of_a_text_is_given() -> None:
    given = re.findall(r'text\((?:[\w.]+, )?"(\w+)", \{ ([^}]+) \}\)', SOURCE)
    for key, text in TEXTS["common"].items():
        if key.startswith(UI) and (wanted := placeholders(text)):
            uses = [values for name, values in given if name == key.removeprefix(UI)]
            assert uses, key
            for values in uses:
                assert set(re.findall(r"(?:^|, )(\w+)(?=:|,|$)", values)) == wanted, key


def test_each_entity_that_is_looked_for_exists() -> None:
    known = {f"{platform}.{description.key}" for platform, description in ENTITIES}
    platforms = "|".join(sorted({platform for platform, _ in ENTITIES}))
    asked = set(re.findall(rf'"((?:{platforms})\.\w+)"', SOURCE))
    services = {"button.press", "number.set_value", "lock.lock", "lock.unlock"}
    services |= {"select.select_option", "switch.turn_on", "switch.turn_off"}
    assert len(asked) > 10
    assert asked - services - known == set()


def test_each_colour_of_the_halo_is_one_of_the_ring() -> None:
    halo = TEXTS["entity"]["sensor"]["halo"]["state_attributes"]
    for colour in halo["colour"]["state"]:
        assert f".{colour} {{ --ring:" in SOURCE
    verdicts = TEXTS["entity"]["sensor"]["offline_protection"]["state"]
    assert [verdict for verdict in verdicts if f"  {verdict}: [" not in SOURCE] == []


def test_types_are_checked() -> None:
    config = json.loads((PACKAGE.parents[1] / "tsconfig.json").read_text())
    assert config["include"] == ["custom_components/wallbox_ocpp/frontend"]
    assert config["compilerOptions"]["checkJs"]
    assert config["compilerOptions"]["strict"]
    lint = (PACKAGE.parents[1] / "scripts" / "lint").read_text()
    assert "\ntsc --project .\n" in lint
