"""No secret of a charger is ever written where others may read it, in no test at all."""

from collections.abc import Iterable
import json
import logging
import re
from typing import Final, override

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.diagnostics import (
    async_get_config_entry_diagnostics,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import FIRMWARES, PLANTED_SECRETS

OURS: Final = "custom_components.wallbox_ocpp"
NAMES: Final = frozenset({*(kind.serial for kind in FIRMWARES.values()), "04A1B2C3"})
"""Serial numbers and cards. Home Assistant itself names entities by an identity, which often is
a serial number."""

ISSUE_ID: Final = re.compile(
    r"[a-z_]+(_([a-z_]+\.){0,2}[0-9A-Z]{26}(\.sessions(\.\d{4})?)?)?"
)
"""An id of an issue that says no more than what it is about, and the id of a charger or of its file."""


def given_away(text: str, secrets: Iterable[str]) -> list[str]:
    """Return the secrets that a text gives away."""
    return [secret for secret in secrets if secret in text]


class LogReader(logging.Handler):
    """Reads every line of every log, and notes which logger gave a secret away."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter())
        self.leaks: set[tuple[str, str, str]] = set()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Read a line, with its traceback."""
        ours = record.name.startswith(OURS)
        secrets = (*PLANTED_SECRETS, *(NAMES if ours else ()))
        for secret in given_away(self.format(record), secrets):
            self.leaks.add((record.name, str(record.msg), secret))


async def assert_diagnostics_give_nothing_away(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Look through what an owner would download now: our part, and the issues that Home Assistant adds."""
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    issues = [
        issue.to_json()
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    ]
    # Of a persistent one, it also adds the texts.
    assert not [issue for issue in issues if issue["is_persistent"]]
    ids = [str(issue["issue_id"]) for issue in issues]
    assert not [issue_id for issue_id in ids if not ISSUE_ID.fullmatch(issue_id)]
    file = json.dumps([diagnostics, issues], default=str)
    # As a whole text: within a longer number an identity means nothing.
    identities = {f'"{item.unique_id}"' for item in entry.subentries.values()}
    leaks = given_away(file, {*PLANTED_SECRETS, *identities})
    assert not leaks, leaks
