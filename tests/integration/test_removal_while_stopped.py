"""A charger that is deleted while the integration does not run: its own settings are not lost."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
import json
import socket
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.config_entries import (
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_wallbox import VirtualWallbox
from tests.conftest import IDENTITY, charger_data
from tests.helpers.flows import Flows
from tests.helpers.past_sessions import Files, perform
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, issue_keys, protected

type Stopped = Callable[
    [HomeAssistant, MockConfigEntry], AbstractAsyncContextManager[None]
]
"""Keeps the integration from running meanwhile."""


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@asynccontextmanager
async def disabled(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncGenerator[None]:
    """Disable the integration."""
    switch = hass.config_entries.async_set_disabled_by
    await switch(entry.entry_id, ConfigEntryDisabler.USER)
    yield
    await switch(entry.entry_id, None)


@asynccontextmanager
async def without_port(
    hass: HomeAssistant, entry: MockConfigEntry
) -> AsyncGenerator[None]:
    """Let something else have the port."""
    await hass.config_entries.async_unload(entry.entry_id)
    with socket.create_server(("", entry.data[CONF_PORT])):
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        yield
    await hass.config_entries.async_reload(entry.entry_id)


def left(files: Files) -> list[str]:
    """Return the names of the files of the charger that are still there."""
    return [file.name for file in files.folder.glob(f"{files.ledger.name}*")]


def delete(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Delete the charger without ado."""
    [subentry_id] = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)


def told(issue_registry: ir.IssueRegistry) -> dict[str, str]:
    """Return what the repair tells of the charger that was not restored."""
    [issue] = [
        issue
        for issue in issue_registry.issues.values()
        if issue.translation_key == NOT_RESTORED
    ]
    assert not issue.is_persistent
    return issue.translation_placeholders or {}


@pytest.mark.parametrize("stopped", [disabled, without_port])
async def test_it_is_forgotten_but_gets_its_settings_back_when_it_is_added_again(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    files: Files,
    stopped: Stopped,
) -> None:
    async with stopped(hass, integration):
        files.year(2025).write_text("{}")
        delete(hass, integration)
    assert left(files) == []
    known = told(issue_registry)
    assert (known["charger"], known["identity"]) == (f"Wallbox {IDENTITY}", IDENTITY)
    assert "`AuthEnabled`: `true`" in known["settings"]

    again = ConfigSubentry(**charger_data(IDENTITY))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, again)
    await hass.async_block_till_done()
    assert NOT_RESTORED not in issue_keys(issue_registry)
    await protected_charger.wait_until(lambda: protected(screen))
    menu = await flows.change_charger(integration.entry_id, again.subentry_id)
    done = await flows.submit(await flows.choose(menu, "remove"), restore=True)
    assert done["reason"] == "removed"
    assert protected_charger.charger.keys["AuthEnabled"] == "true"


async def test_a_name_of_the_owner_is_told(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
) -> None:
    await connect_protected()
    [subentry] = integration.subentries.values()
    hass.config_entries.async_update_subentry(integration, subentry, title="Carport")
    await hass.async_block_till_done()
    async with disabled(hass, integration):
        delete(hass, integration)
    assert told(issue_registry)["charger"] == "Carport"


async def test_one_that_was_stored_without_its_name_is_told_by_its_serial_number(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    files: Files,
) -> None:
    charger: ScriptedCharger = await connect_protected()
    await charger.boot(chargePointSerialNumber="4711")
    async with disabled(hass, integration):
        stored = json.loads(files.ledger.read_text())
        del stored["data"]["name"]
        files.ledger.write_text(json.dumps(stored))
        delete(hass, integration)
    assert told(issue_registry)["charger"] == "4711"
    assert told(issue_registry)["identity"] == "4711"


async def test_one_that_never_came_is_forgotten(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    files: Files,
) -> None:
    async with disabled(hass, integration):
        assert left(files)
        delete(hass, integration)
    assert left(files) == []
    assert not issue_keys(issue_registry)


async def test_it_is_forgotten_with_the_integration(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    files: Files,
) -> None:
    await connect_protected()
    await hass.config_entries.async_unload(integration.entry_id)
    delete(hass, integration)
    await hass.config_entries.async_remove(integration.entry_id)
    assert left(files) == []
    assert not issue_keys(issue_registry)


async def test_other_files_and_other_chargers_are_left_alone(
    hass: HomeAssistant, integration: MockConfigEntry, files: Files
) -> None:
    async with disabled(hass, integration):
        copy = files.folder / f"{DOMAIN}.copy"
        copy.write_text("mine")
    assert copy.read_text() == "mine"
    assert left(files)


async def test_one_that_was_restored_before_is_told_of_no_more(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    files: Files,
) -> None:
    await connect_protected()
    [device] = dr.async_get(hass).devices
    await perform(hass, "restore_configuration", device.id)
    async with disabled(hass, integration):
        delete(hass, integration)
    assert left(files) == []
    assert not issue_keys(issue_registry)


async def test_what_cannot_be_deleted_keeps_nothing_from_working(
    hass: HomeAssistant, integration: MockConfigEntry, files: Files
) -> None:
    async with disabled(hass, integration):
        (files.folder / f"{files.ledger.name}.old").mkdir()
        delete(hass, integration)
    assert integration.state is ConfigEntryState.LOADED


async def test_chargers_of_a_lost_entry_are_left_for_a_backup(
    hass: HomeAssistant, integration: MockConfigEntry, files: Files
) -> None:
    """The file with all config entries was damaged, and the integration was added anew."""
    old = files.folder / f"{DOMAIN}.01ARZ3NDEKTSV4RRFFQ69G5FAV.sessions.2016"
    async with disabled(hass, integration):
        old.write_text("{}")
    assert old.exists()
