"""The README: it has what the quality scale asks for, and what it shows works."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.config_flow import LONGEST_LEASE, SHORTEST_LEASE
from custom_components.wallbox_ocpp.const import DEFAULT_PORT, DOMAIN
from custom_components.wallbox_ocpp.services import ACTIONS
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from custom_components.wallbox_ocpp.wallbox.account import FIGURES, WHO
from custom_components.wallbox_ocpp.wallbox.firmware import MINIMUM_FOR_OFFLINE_FIX
from custom_components.wallbox_ocpp.wallbox.offline_fix import PROFILES, REPORTING
from homeassistant.components.automation.config import (
    ValidationStatus,
    async_validate_config_item,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

REPOSITORY: Final = Path(__file__).parent.parent
README: Final = (REPOSITORY / "README.md").read_text()
TRANSLATIONS: Final = json.loads(
    (REPOSITORY / "custom_components" / DOMAIN / "translations" / "en.json").read_text()
)
NAMED_BY_DEVICE_CLASS: Final = {"Power"}

# HACS shows these pages without knowing where they are from.
PAGES: Final = [README, (REPOSITORY / "info.md").read_text()]
PROJECT: Final = "wallbox-ocpp/wallbox-ocpp"
PICTURES: Final = f"https://raw.githubusercontent.com/{PROJECT}/main/"
FILES: Final = f"https://github.com/{PROJECT}/blob/main/"

SECTIONS: Final = [
    "The offline fix",
    "When Home Assistant is away",
    "Use cases",
    "Supported devices",
    "Installation",
    "Configuration",
    "Entities",
    "Access",
    "Session data",
    "Actions",
    "Triggers",
    "Conditions",
    "Examples",
    "Data update",
    "Known limitations",
    "What is proven",
    "Troubleshooting",
    "Removal",
    "Development",
]


def test_every_section_is_there_and_in_the_contents() -> None:
    headings = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert headings[: len(SECTIONS)] == SECTIONS
    for section in SECTIONS:
        assert f"[{section}](#{section.lower().replace(' ', '-')})" in README


def links(page: str) -> set[str]:
    """Return where a page leads to; its pictures are not among that."""
    inline = re.findall(r"(?<!!)\[[^]]*\]\(([^)]+)\)", page)
    return {*inline, *re.findall(r"^\[[^]]+\]: (\S+)$", page, re.MULTILINE)}


def pictures(page: str) -> set[str]:
    """Return the addresses of the pictures of a page."""
    return {
        *re.findall(r"!\[[^]]*\]\(([^)]+)\)", page),
        *re.findall(r'src="([^"]+)"', page),
    }


def anchors() -> set[str]:
    """Return what a link within the README can lead to."""
    headings = re.findall(r"^##+ (.+)$", README, re.MULTILINE)
    return {
        "#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def test_what_hacs_cannot_show_is_not_there() -> None:
    for page in PAGES:
        assert "<picture" not in page
        assert "> [!" not in page


def test_each_link_is_whole_and_leads_somewhere() -> None:
    found = set.union(*map(links, PAGES))
    within = {link for link in found if link.startswith("#")}
    assert within <= anchors()
    assert all(link.startswith("https://") for link in found - within)
    files = {link for link in found if link.startswith(FILES)}
    assert len(files) > 5
    assert [link for link in files if not at(link, FILES).is_file()] == []


def test_each_picture_is_whole_and_there() -> None:
    found = set.union(*map(pictures, PAGES))
    assert len(found) > 5
    assert all(picture.startswith(PICTURES) for picture in found)
    assert [one for one in found if not at(one, PICTURES).is_file()] == []


def test_each_name_of_a_link_is_one_that_leads_somewhere() -> None:
    for page in PAGES:
        named = set(re.findall(r"^\[([^]]+)\]: ", page, re.MULTILINE))
        assert set(re.findall(r"\]\[([^]]+)\]", page)) == named


def at(address: str, start: str) -> Path:
    """Return the file of this repository that an address is of."""
    return REPOSITORY / address.removeprefix(start)


def test_every_entity_is_described() -> None:
    described = set(re.findall(r"^\| \*\*(.+?)\*\* \|", README, re.MULTILINE))
    names = {
        entity["name"]
        for platform in TRANSLATIONS["entity"].values()
        for entity in platform.values()
    }
    assert names | NAMED_BY_DEVICE_CLASS <= described


def test_every_state_of_an_entity_is_named() -> None:
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+)", README, re.MULTILINE))
    missing = [
        (entity["name"], state)
        for platform in TRANSLATIONS["entity"].values()
        for entity in platform.values()
        for state in entity.get("state", {}).values()
        if f"*{state}*" not in rows[entity["name"]]
    ]
    assert missing == []


def test_every_action_trigger_and_condition_is_described() -> None:
    for name in (
        *(action.name for action in ACTIONS),
        *TRIGGERS,
        *CONDITIONS,
    ):
        assert f"| `{DOMAIN}.{name}` |" in README


def test_numbers_are_those_of_the_code() -> None:
    assert f"**{MINIMUM_FOR_OFFLINE_FIX}**" in README
    assert f"ws://<IP of Home Assistant>:{DEFAULT_PORT}/" in README
    assert f"{SHORTEST_LEASE} to {LONGEST_LEASE} minutes" in README


def test_all_that_is_changed_in_a_charger_is_listed_for_each_profile() -> None:
    heading = re.search(r"^\| Setting in the charger \|(.+)\|$", README, re.MULTILINE)
    assert heading
    protection = TRANSLATIONS["entity"]["sensor"]["offline_protection"]
    profiles = protection["state_attributes"]["profile"]["state"]
    columns = [profiles[profile] for profile in PROFILES]
    assert [name.strip() for name in heading[1].split("|")] == columns
    rows = README[heading.end() :].split("\n\n")[0].splitlines()[2:]
    listed = {
        key: [value.strip("` ") for value in values]
        for names, *values in (row.strip("|").split("|") for row in rows)
        for key in re.findall(r"`(\w+)`", names)
    }
    keys = {setting.key for settings in PROFILES.values() for setting in settings}
    assert listed == {
        key: [
            next((one.value for one in settings if one.key == key), "–")
            for settings in PROFILES.values()
        ]
        for key in keys
    }
    for setting in REPORTING:
        assert f"`{setting.key}` to `{setting.value}`" in " ".join(README.split())


def test_the_way_to_a_charger_is_its_cog_wheel() -> None:
    # Beside it are three dots: Home Assistant's own menu, which only deletes.
    menu = re.compile(r"menu of the charger|charger's menu|in its menu")
    assert menu.findall(README + json.dumps(TRANSLATIONS)) == []


def test_info_is_a_short_pointer_to_the_readme() -> None:
    info = (REPOSITORY / "info.md").read_text()
    assert len(info.splitlines()) <= 10
    assert "README.md" in info


def examples() -> Iterator[dict[str, Any]]:
    """Return every example as an automation; a fragment is made into a whole one."""
    for text in re.findall(r"^```yaml\n(.+?)^```", README, re.MULTILINE | re.DOTALL):
        example = parse_yaml(text)
        assert isinstance(example, dict)
        if "action" in example:
            example = {"actions": [example]}
        yield {"triggers": [], "actions": [], **example}


@pytest.mark.parametrize("example", examples())
async def test_examples_are_valid_automations(
    hass: HomeAssistant, example: dict[str, Any]
) -> None:
    assert await async_setup_component(hass, "automation", {})
    config = await async_validate_config_item(hass, "readme", example)
    assert config is not None
    assert config.validation_status is ValidationStatus.OK, config.validation_error


def test_every_figure_of_a_session_is_described() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", README, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert FIGURES.keys() | WHO.keys() <= described
