"""A repair that is confirmed when there is nothing left to do: nothing is done, and what is said is true."""

from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.commands import Commands
from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.helpers.screen import Repairs

NAME = "Carport left"


def create_issue(hass: HomeAssistant, subentry_id: str, key: str) -> None:
    """Create an issue of the charger that can be confirmed."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(key, subentry_id),
        data={"subentry_id": subentry_id, "key": key},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"charger": NAME},
    )


@pytest.mark.parametrize(
    "key", ["offline_test_failed", "reboot_required", "unattended_energy"]
)
@pytest.mark.parametrize("running", [True, False])
async def test_of_a_charger_that_was_deleted_meanwhile_it_says_so(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    repairs: Repairs,
    key: str,
    *,
    running: bool,
) -> None:
    create_issue(hass, repairs.subentry_id, key)
    form = await repairs.open(key)
    if not running:
        await hass.config_entries.async_unload(integration.entry_id)
    hass.config_entries.async_remove_subentry(integration, repairs.subentry_id)
    await hass.async_block_till_done()
    end = await repairs.submit(form)
    assert (end["type"], end["reason"]) == ("abort", "charger_deleted")
    assert end["description_placeholders"]["charger"] == NAME


async def test_what_was_confirmed_elsewhere_is_not_done_once_more(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, repairs: Repairs
) -> None:
    reboot = AsyncMock()
    monkeypatch.setattr(Commands, "async_reboot", reboot)
    create_issue(hass, repairs.subentry_id, "reboot_required")
    forms = [await repairs.open("reboot_required") for _ in range(2)]
    for form in forms:
        assert (await repairs.submit(form))["type"] == "create_entry"
    reboot.assert_awaited_once()
