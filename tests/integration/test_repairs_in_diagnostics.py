"""Home Assistant adds the repairs to each diagnostics file: they have nothing secret, and nothing is lost for that."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.storage.file import SET_ASIDE, NotOnDiskError
from custom_components.wallbox_ocpp.storage.store import STORAGE_VERSION, ChargerStore
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import IDENTITY, charger_data
from tests.helpers.archive import foreign
from tests.helpers.past_sessions import Files, numbers_of
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Repairs, Screen, issue_keys
from tests.helpers.secrecy import assert_diagnostics_give_nothing_away

TITLE: Final = f"Wallbox {IDENTITY}"
SECRET: Final = "hunter2-hunter2"
OTHER: Final = "garage-2"

type Delete = Callable[[], Awaitable[None]]
type Restart = Callable[[], Awaitable[None]]


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def restart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> Restart:
    """Return what starts Home Assistant again: of an issue that is not persistent, it knows the id only."""

    async def restart() -> None:
        await hass.config_entries.async_unload(integration.entry_id)
        for key, issue in issue_registry.issues.items():
            if not issue.is_persistent:
                issue_registry.issues[key] = replace(
                    issue,
                    active=False,
                    data=None,
                    translation_key=None,
                    translation_placeholders=None,
                )
        assert await hass.config_entries.async_setup(integration.entry_id)
        await hass.async_block_till_done()

    return restart


@pytest.fixture
async def delete_offline(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> Delete:
    """Return what deletes a charger that is protected, and not connected."""

    charger = await connect_protected()
    await charger.leave()
    await gone(screen)

    async def delete() -> None:
        [subentry_id] = integration.subentries
        hass.config_entries.async_remove_subentry(integration, subentry_id)
        await hass.async_block_till_done()

    return delete


def told(issue_registry: ir.IssueRegistry) -> dict[str, str]:
    """Return what the repair tells of the charger that was not restored."""
    [issue] = [
        issue
        for issue in issue_registry.issues.values()
        if issue.translation_key == NOT_RESTORED
    ]
    return issue.translation_placeholders or {}


async def add_again(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Add the charger again; return the original configuration that is on disk then."""
    again = ConfigSubentry(**charger_data(IDENTITY))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(entry, again)
    await hass.async_block_till_done()
    path = Files(hass, again.subentry_id).ledger
    return json.loads(path.read_text())["data"]["settings"]["originals"]


def kept(hass: HomeAssistant) -> list[Path]:
    """Return the files of deleted chargers that were not restored."""
    return sorted(Files(hass, NOT_RESTORED).folder.glob(f"{DOMAIN}.{NOT_RESTORED}.*"))


async def test_nothing_of_a_repair_that_is_secret_is_in_the_downloaded_file(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
) -> None:
    other = ConfigSubentry(**charger_data(OTHER))  # type: ignore[arg-type]  # a plain dict of its fields
    await delete_offline()
    hass.config_entries.async_add_subentry(integration, other)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(integration.entry_id)
    Files(hass, other.subentry_id).ledger.write_text(foreign(7, version=3))
    await hass.config_entries.async_setup(integration.entry_id)
    assert issue_keys(issue_registry) == {NOT_RESTORED, "state_set_aside"}

    assert await async_setup_component(hass, "diagnostics", {})
    await hass.async_block_till_done()
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{integration.entry_id}")
    assert answer.status == HTTPStatus.OK
    file = await answer.text()
    assert len(json.loads(file)["issues"]) == 2
    assert [
        secret
        for secret in (IDENTITY, OTHER, "AuthEnabled`", hass.config.config_dir)
        if secret in file
    ] == []


async def test_a_charger_that_was_not_restored_is_told_of_after_a_restart_too(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
    restart: Restart,
) -> None:
    await delete_offline()
    before = told(issue_registry)
    assert (before["charger"], before["identity"]) == (TITLE, IDENTITY)
    [issue] = issue_registry.issues.values()
    issue_registry.async_ignore(DOMAIN, issue.issue_id, True)
    for _ in range(2):
        await restart()
        assert told(issue_registry) == before
    [issue] = issue_registry.issues.values()
    assert issue.dismissed_version
    assert (await add_again(hass, integration))["AuthEnabled"] == "true"
    assert NOT_RESTORED not in issue_keys(issue_registry)
    assert kept(hass) == []


async def test_what_is_kept_of_a_deleted_charger_is_no_more_than_is_needed(
    hass: HomeAssistant, delete_offline: Delete
) -> None:
    await delete_offline()
    [file] = kept(hass)
    assert file.stat().st_mode & 0o777 == 0o600
    data = json.loads(file.read_text())["data"]
    assert data["name"] == {"identity": IDENTITY, "title": TITLE}
    assert data["ledger"]["sessions"] == []


@pytest.mark.usefixtures("integration")
async def test_what_an_earlier_version_kept_in_a_repair_is_taken_from_there(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    restart: Restart,
) -> None:
    [subentry_id] = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()

    def as_earlier() -> None:
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{NOT_RESTORED}_{IDENTITY}",
            data={
                "originals": json.dumps({"AuthEnabled": "true", "Wifi": SECRET}),
                "originals_of": "4711",
            },
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=NOT_RESTORED,
            translation_placeholders={
                "charger": "Carport",
                "identity": IDENTITY,
                "settings": f"`Wifi`: `{SECRET}`",
            },
        )
        issue_registry.async_ignore(DOMAIN, f"{NOT_RESTORED}_{IDENTITY}", True)

    as_earlier()
    with patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError):
        await restart()
    assert f"{NOT_RESTORED}_{IDENTITY}" in str(issue_registry.issues)
    await restart()
    # Home Assistant is killed before it writes that the old issue is gone.
    as_earlier()
    await restart()
    assert told(issue_registry) == {
        "charger": "Carport",
        "identity": IDENTITY,
        "settings": f"`AuthEnabled`: `true`, `Wifi`: `{SECRET}`",
    }
    [issue] = issue_registry.issues.values()
    assert issue.dismissed_version
    assert SECRET not in json.dumps(issue.to_json())
    assert IDENTITY not in json.dumps(issue.to_json())
    assert await add_again(hass, integration) == {
        "AuthEnabled": "true",
        "Wifi": SECRET,
    }


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"originals": "no JSON"},
        {"originals": "[]"},
        {"originals": None},
        {"originals": '{"AuthEnabled": 1}'},
    ],
    ids=str,
)
async def test_a_repair_of_an_earlier_version_that_says_nothing_is_deleted(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    restart: Restart,
    data: dict[str, str | int | float | None],
) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{NOT_RESTORED}_{IDENTITY}",
        data=data,
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=NOT_RESTORED,
    )
    await restart()
    assert integration.state is ConfigEntryState.LOADED
    assert not issue_registry.issues


async def test_what_cannot_be_kept_when_a_charger_is_deleted_is_kept_after_the_next_start(
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
    restart: Restart,
) -> None:
    with patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError):
        await delete_offline()
    assert not issue_keys(issue_registry)
    await restart()
    assert told(issue_registry)["identity"] == IDENTITY


async def test_what_cannot_be_kept_when_a_charger_is_deleted_is_there_when_it_is_added_again(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
) -> None:
    with patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError):
        await delete_offline()
    assert (await add_again(hass, integration))["AuthEnabled"] == "true"
    assert not issue_keys(issue_registry)
    assert kept(hass) == []


async def test_a_charger_that_is_deleted_while_another_is_added_is_not_forgotten_too_early(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
) -> None:
    charger = await connect_protected()
    [subentry_id] = integration.subentries
    other = ConfigSubentry(**charger_data(OTHER))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, other)
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()
    assert charger.keys["AuthEnabled"] == "true"
    assert not issue_keys(issue_registry)
    assert kept(hass) == []


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ("\0" * 100, set()),
        ("{}", set()),
        (foreign(7, version=STORAGE_VERSION), {"state_set_aside"}),
        (foreign({}, version=STORAGE_VERSION + 1), {"state_set_aside"}),
    ],
    ids=["no JSON", "empty", "foreign", "newer"],
)
async def test_of_a_damaged_file_no_repair_comes_that_says_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
    restart: Restart,
    damaged: str,
    said: set[str],
) -> None:
    await delete_offline()
    [file] = kept(hass)
    await hass.config_entries.async_unload(integration.entry_id)
    file.write_text(damaged)
    for _ in range(2):
        await restart()
        assert issue_keys(issue_registry) == said
    await assert_diagnostics_give_nothing_away(hass, integration)
    await hass.config_entries.async_remove(integration.entry_id)
    assert kept(hass) == []
    assert not issue_keys(issue_registry)


async def test_it_is_all_forgotten_with_the_integration(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    delete_offline: Delete,
) -> None:
    await delete_offline()
    await hass.config_entries.async_remove(integration.entry_id)
    assert kept(hass) == []
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize("key", ["state_set_aside", "sessions_set_aside"])
async def test_a_file_that_was_set_aside_is_told_of_after_a_restart_until_that_is_confirmed(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
    files: Files,
    issue_registry: ir.IssueRegistry,
    restart: Restart,
    device_id: str,
    key: str,
) -> None:
    file = files.ledger if key == "state_set_aside" else files.year(2026)
    await hass.config_entries.async_unload(integration.entry_id)
    file.write_text(foreign(7, version=STORAGE_VERSION))
    await restart()
    await numbers_of(hass, device_id)
    for _ in range(2):
        assert issue_keys(issue_registry) == {key}
        [issue] = issue_registry.issues.values()
        assert issue.translation_placeholders == {
            "charger": TITLE,
            "file": str(files.set_aside[0]),
            "name": file.name,
        }
        await restart()
    assert await async_setup_component(hass, REPAIRS, {})
    repairs = Repairs(await hass_client(), file.name)
    await repairs.submit(await repairs.open(SET_ASIDE))
    await restart()
    assert not issue_keys(issue_registry)


async def test_the_repair_of_a_file_ends_if_the_file_was_deleted(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    files: Files,
    issue_registry: ir.IssueRegistry,
    restart: Restart,
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    files.ledger.write_text(foreign(7, version=STORAGE_VERSION))
    await restart()
    for file in files.set_aside:
        file.unlink()
    await restart()
    assert not issue_registry.issues
