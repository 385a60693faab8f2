"""The README: it has what the quality scale asks for, and what it shows works."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.const import DEFAULT_PORT, DOMAIN
from custom_components.wallbox_ocpp.services import ACTIONS
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from custom_components.wallbox_ocpp.wallbox.account import FIGURES, WHO
from custom_components.wallbox_ocpp.wallbox.firmware import MINIMUM_FOR_OFFLINE_FIX
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


def test_links_within_the_repository_lead_somewhere() -> None:
    links = set(re.findall(r'(?:\]\(|src="|srcset=")([^)"#]+)[)"]', README))
    inside = {link for link in links if not link.startswith("http")}
    assert len(inside) > 5
    assert {link for link in inside if not (REPOSITORY / link).exists()} == set()


def test_every_entity_is_described() -> None:
    described = set(re.findall(r"^\| \*\*(.+?)\*\* \|", README, re.MULTILINE))
    names = {
        entity["name"]
        for platform in TRANSLATIONS["entity"].values()
        for entity in platform.values()
    }
    assert names | NAMED_BY_DEVICE_CLASS <= described


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
