"""The pages for owners call what they see by the names that they see."""

from pathlib import Path
import re
from typing import Final

import pytest

from custom_components.wallbox_ocpp.services import ACTIONS
from homeassistant.auth.permissions.const import POLICY_READ
from tests.helpers.texts import TEXTS, leaves

REPOSITORY: Final = Path(__file__).parents[2]
DOCS: Final = REPOSITORY / "docs"
FOR_OWNERS: Final = (
    "access",
    "automations",
    "coming-from",
    "configuration",
    "dashboard",
    "entities",
    "offline-fix",
    "security",
    "sessions",
    "smart-charging",
    "troubleshooting",
)
NOT_SHOWN: Final = {
    "Do what you last asked",
    "From the grid",
    "Go on charging, but start no other car",
    "Pause after a while, and start no other car",
    "The least",
}
"""Names that earlier versions had, a column of a table, and words that are stressed."""
EMPHASISED: Final = re.compile(r"(?<![*\w\\])\*([A-Z…][^*]* [^*]*)\*(?!\*)")
"""A name of more than one word. A single one may be a word that is stressed."""
SHOWN: Final = "\n".join(
    [
        *(re.sub(r"{\w+}", "…", text) for _, text in leaves(TEXTS)),
        *(file.read_text() for file in (REPOSITORY / "blueprints").rglob("*.yaml")),
    ]
)


@pytest.mark.parametrize("page", FOR_OWNERS)
def test_what_a_page_names_is_there(page: str) -> None:
    # Without what it quotes of code.
    said = re.sub(
        r"```.*?```|`[^`]*`", "", (DOCS / f"{page}.md").read_text(), flags=re.DOTALL
    )
    names = {" ".join(name.split()) for name in EMPHASISED.findall(said)} - NOT_SHOWN
    assert {name for name in names if name not in SHOWN} == set()


def test_the_page_says_of_each_action_who_may_perform_it() -> None:
    rows = [
        set(re.findall(r"`(\w+)`", line))
        for line in (DOCS / "security.md").read_text().splitlines()
        if re.match(r"\| (May see|May operate|Administrator) ", line)
    ]
    assert rows == [
        {
            action.name
            for action in ACTIONS
            if action.permission == POLICY_READ and not action.admin_only
        },
        {
            action.name
            for action in ACTIONS
            if action.permission != POLICY_READ and not action.admin_only
        },
        {action.name for action in ACTIONS if action.admin_only},
    ]
