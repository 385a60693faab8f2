"""Removing a charger: it gets its own settings back first, and is refused from then on."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
import json
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.charger import Charger
from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.storage.file import NotOnDiskError
from custom_components.wallbox_ocpp.storage.store import ChargerStore
from custom_components.wallbox_ocpp.wallbox.plan.connection import ASK_FOR_BOOT_AFTER
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.scripted_charger import REJECTED, SILENCE, ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import IDENTITY, Connect, StartCharger, charger_data
from tests.helpers.flows import Flows, Step
from tests.helpers.past_sessions import Files
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen, issue_keys, protected


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


async def remove(flows: Flows, integration: MockConfigEntry) -> Step:
    """Begin to remove the charger in its menu."""
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    return await flows.choose(menu, "remove")


def delete(hass: HomeAssistant, integration: MockConfigEntry) -> None:
    """Delete the charger without ado."""
    [subentry_id] = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)


@pytest.fixture
async def box(start_charger: StartCharger, screen: Screen) -> VirtualWallbox:
    """Return a charger that has been fixed, and is paused."""
    box = await start_charger(replace(FIRMWARES["6.7.38"], reconnect_backoff=(0.5,)))
    await box.wait_until(lambda: protected(screen))
    await screen.switch("charging", on=False)
    assert box.charger.profiles
    return box


@pytest.fixture
def original() -> dict[str, str]:
    """Return what the charger came with."""
    return {"AuthEnabled": "true", "AuthEnabledOffline": "true"}


async def test_of_a_charger_that_is_removed_nothing_is_kept_that_it_said(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
) -> None:
    charger = await connect_protected()
    delete(hass, integration)
    await charger.left_alone()
    await hass.async_block_till_done()
    await until(lambda: not integration.runtime_data.central_system.frame_logs)


async def test_a_charger_that_is_removed_gets_its_own_settings_back_and_is_refused(
    flows: Flows,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    device_registry: dr.DeviceRegistry,
    box: VirtualWallbox,
    original: dict[str, str],
) -> None:
    form = await remove(flows, integration)
    assert form["description_placeholders"] == {"charger": f"Wallbox {IDENTITY}"}
    done = await flows.submit(form, restore=True)
    assert done["reason"] == "removed"
    assert box.charger.keys.items() >= original.items()
    assert not box.charger.profiles
    await box.wait_until(lambda: box.handshake_status == 404)
    assert not integration.subentries
    assert not device_registry.devices
    assert NOT_RESTORED not in issue_keys(issue_registry)


async def test_a_charger_can_be_removed_as_it_is(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    box: VirtualWallbox,
) -> None:
    done = await flows.submit(await remove(flows, integration), restore=False)
    assert done["reason"] == "removed"
    await hass.async_block_till_done()
    assert box.charger.keys["AuthEnabled"] == "false"
    assert NOT_RESTORED not in issue_keys(issue_registry)


async def test_what_keeps_a_charger_from_being_restored_is_said_and_can_be_mended(
    flows: Flows,
    integration: MockConfigEntry,
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    transaction = await charger.start()
    form = await flows.submit(await remove(flows, integration), restore=True)
    assert form["errors"] == {"base": "unplug_first"}
    await charger.stop(transaction)
    await charger.status("Available")
    await charger.left_alone()

    charger.change_its_mind(ChangeConfiguration=lambda _: SILENCE)
    form = await flows.submit(form, restore=True)
    assert form["errors"] == {"base": "no_answer_kept"}
    charger.change_its_mind(ChangeConfiguration=lambda _: REJECTED)
    form = await flows.submit(form, restore=True)
    assert form["errors"] == {"base": "restore_refused"}
    await charger.leave()
    await gone(screen)
    form = await flows.submit(form, restore=True)
    assert form["errors"] == {"base": "charger_offline"}

    again = await connect()
    again.keys = charger.keys
    assert (await flows.submit(form, restore=True))["reason"] == "removed"
    assert again.keys["AuthEnabled"] == "true"


async def test_a_charger_that_has_never_come_has_nothing_to_get_back(
    flows: Flows, integration: MockConfigEntry
) -> None:
    done = await flows.submit(await remove(flows, integration), restore=True)
    assert done["reason"] == "removed"


async def test_a_charger_can_be_removed_while_the_integration_does_not_run(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: Files,
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    assert files.ledger.exists()
    form = await flows.submit(await remove(flows, integration), restore=True)
    assert form["errors"] == {"base": "charger_offline"}
    done = await flows.submit(form, restore=False)
    assert done["reason"] == "removed"
    assert not files.ledger.exists()


# Deleted without ado.


async def test_a_charger_that_is_deleted_gets_back_what_is_possible(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    box: VirtualWallbox,
    original: dict[str, str],
) -> None:
    delete(hass, integration)
    await hass.async_block_till_done()
    assert box.charger.keys.items() >= original.items()
    assert not box.charger.profiles
    await box.wait_until(lambda: box.handshake_status == 404)
    assert NOT_RESTORED not in issue_keys(issue_registry)


async def left_by_hand(box: VirtualWallbox, screen: Screen) -> None:
    """Disconnect the charger."""
    box.cut_network()
    await gone(screen)


async def with_a_car(box: VirtualWallbox, screen: Screen) -> None:
    """Open a session."""
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")


@pytest.mark.parametrize("obstacle", [left_by_hand, with_a_car])
async def test_a_charger_that_is_deleted_as_it_is_gets_its_settings_back_when_it_is_added_again(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    box: VirtualWallbox,
    screen: Screen,
    original: dict[str, str],
    obstacle: Callable[..., Any],
) -> None:
    await obstacle(box, screen)
    delete(hass, integration)
    await hass.async_block_till_done()
    [issue] = [
        issue
        for issue in issue_registry.issues.values()
        if issue.translation_key == NOT_RESTORED
    ]
    assert not issue.is_persistent
    told = issue.translation_placeholders
    assert told
    assert told["charger"] == f"Wallbox {IDENTITY}"
    assert "`AuthEnabled`: `true`" in told["settings"]

    box.restore_network()
    box.unplug()
    form = await flows.add_charger(integration.entry_id)
    if form["type"] == "menu":
        form = await flows.choose(form, "new")
    menu = await flows.submit(form, identity=IDENTITY)
    step = await flows.sees(await flows.choose(menu, "wait"), "connected")
    # It has not started anew, and is asked what it is after a while.
    await asyncio.sleep(ASK_FOR_BOOT_AFTER.total_seconds())
    assert (await flows.ends(step))["step_id"] == "found"
    assert NOT_RESTORED not in issue_keys(issue_registry)
    await box.wait_until(lambda: screen.sensor("status") == "available")
    done = await flows.submit(await remove(flows, integration), restore=True)
    assert done["reason"] == "removed"
    assert box.charger.keys.items() >= original.items()


@pytest.mark.parametrize("disk_full", [False, True])
async def test_what_a_charger_gets_back_is_always_on_disk(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    box: VirtualWallbox,
    screen: Screen,
    original: dict[str, str],
    *,
    disk_full: bool,
) -> None:
    await left_by_hand(box, screen)
    delete(hass, integration)
    await until(lambda: NOT_RESTORED in issue_keys(issue_registry))
    full = patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError)
    with full if disk_full else nullcontext():
        form = await flows.add_charger(integration.entry_id)
        if form["type"] == "menu":
            form = await flows.choose(form, "new")
        await flows.choose(await flows.submit(form, identity=IDENTITY), "later")
        await hass.async_block_till_done()
    [subentry_id] = integration.subentries
    if disk_full:
        assert NOT_RESTORED in issue_keys(issue_registry)
        await hass.config_entries.async_reload(integration.entry_id)
    assert NOT_RESTORED not in issue_keys(issue_registry)
    file = Files(hass, subentry_id).ledger
    stored = json.loads(file.read_text())["data"]["settings"]
    assert stored["originals"].items() >= original.items()


async def test_a_charger_that_does_not_answer_does_not_hold_its_deletion_up(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect: Connect,
    screen: Screen,
) -> None:
    charger: ScriptedCharger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    charger.change_its_mind(ChangeConfiguration=lambda _: SILENCE)
    delete(hass, integration)
    await until(lambda: NOT_RESTORED in issue_keys(issue_registry))


async def test_chargers_that_are_unloaded_while_one_is_deleted_are_left_alone(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    integration: MockConfigEntry,
    connect: Connect,
) -> None:
    unloaded = asyncio.Event()
    left_alone: list[bool] = []

    async def slowly(store: ChargerStore) -> None:
        await unloaded.wait()

    def touched(charger: Charger) -> None:
        left_alone.append(False)

    monkeypatch.setattr(ChargerStore, "async_remove", slowly)
    monkeypatch.setattr(Charger, "async_reconfigure", touched)
    subentry = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, subentry)
    await hass.async_block_till_done()
    left_alone.clear()
    hass.config_entries.async_remove_subentry(integration, subentry.subentry_id)
    another = ConfigSubentry(**charger_data("garage-3"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, another)
    await hass.config_entries.async_unload(integration.entry_id)
    unloaded.set()
    await hass.async_block_till_done()
    assert not left_alone
    assert await hass.config_entries.async_setup(integration.entry_id)
    await connect(identity="garage-3")


async def test_what_could_not_be_put_back_is_forgotten_with_the_integration(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    box: VirtualWallbox,
    screen: Screen,
) -> None:
    await left_by_hand(box, screen)
    delete(hass, integration)
    await until(lambda: NOT_RESTORED in issue_keys(issue_registry))
    await hass.config_entries.async_remove(integration.entry_id)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)
