"""A charger whose device its owner has renamed is called by that name wherever people read it."""

from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.storage.store import STORAGE_VERSION
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from tests.conftest import Connect, charger_data
from tests.helpers.actions import Act
from tests.helpers.archive import foreign
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import Files, perform
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen

TITLE = "Wallbox 100001"
NAME = "Carport left"
START = "2026-06-01T10:00:00+00:00"


async def rename(hass: HomeAssistant, device_id: str, name: str | None) -> None:
    """Rename the device on its page; None takes the name away."""
    dr.async_get(hass).async_update_device(device_id, name_by_user=name)
    await hass.async_block_till_done()


def told(issue_registry: ir.IssueRegistry) -> dict[str | None, str]:
    """Return what each open repair calls the charger."""
    return {
        issue.translation_key: (issue.translation_placeholders or {})["charger"]
        for (domain, _), issue in issue_registry.issues.items()
        if domain == DOMAIN and issue.active
    }


async def test_repairs_call_a_charger_by_its_new_name_at_once(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    connect: Connect,
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointVendor="Other")
    change_settings(hass, integration, price_entity="sensor.gone")
    await charger.left_alone()
    for name in (None, NAME, None):
        await rename(hass, device_id, name)
        called = name or TITLE
        assert told(issue_registry) == {"price_gone": called, "other_make": called}


async def test_files_are_called_by_the_new_name(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    act: Act,
    hass_client: ClientSessionGenerator,
) -> None:
    await rename(hass, device_id, NAME)
    written = Path((await act("export_sessions"))["path"])
    written.unlink()
    assert written.name == "carport_left.csv"
    client = await hass_client()
    answer = await client.get(f"/api/{DOMAIN}/sessions/{device_id}/2026.csv")
    assert 'filename="carport_left_2026.csv"' in answer.headers["Content-Disposition"]


async def test_files_of_chargers_of_one_name_are_told_apart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    other = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, other)
    await hass.async_block_till_done()
    devices = dr.async_entries_for_config_entry(
        dr.async_get(hass), integration.entry_id
    )
    # To a file system, these are the same.
    for device, name in zip(devices, ("Carport", "carport!"), strict=True):
        await rename(hass, device.id, name)
    written = [
        Path((await perform(hass, "export_sessions", device.id))["path"])
        for device in devices
    ]
    for file in written:
        file.unlink()
    names = {file.name for file in written}
    assert names == {"carport_100001.csv", "carport_garage_2.csv"}
    client = await hass_client()
    answer = await client.get(f"/api/{DOMAIN}/sessions/{devices[0].id}/2026.csv")
    said = answer.headers["Content-Disposition"]
    assert 'filename="carport_100001_2026.csv"' in said


async def test_a_long_name_makes_a_file_that_can_be_written(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str, act: Act
) -> None:
    await rename(hass, device_id, "Carport " * 40)
    response = await act("export_sessions", start=START, end=START)
    written = Path(response["path"])
    written.unlink()
    assert written.name.startswith("carport_carport")


async def test_dialogs_call_a_charger_by_its_new_name_also_while_nothing_runs(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str
) -> None:
    await rename(hass, device_id, NAME)
    change_settings(hass, integration, access_control=True)
    for _ in range(2):
        menu: Any = await integration.start_subentry_reconfigure_flow(
            hass, next(iter(integration.subentries))
        )
        flows = hass.config_entries.subentries
        cards: Any = await flows.async_configure(
            menu["flow_id"], {"next_step_id": "cards"}
        )
        assert cards["description_placeholders"]["charger"] == NAME
        flows.async_abort(menu["flow_id"])
        await hass.config_entries.async_unload(integration.entry_id)


@pytest.mark.parametrize("hass_storage", [{}])
@pytest.mark.parametrize("running", [True, False])
async def test_the_repair_of_a_deleted_charger_calls_it_by_its_last_name(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    screen: Screen,
    *,
    running: bool,
) -> None:
    charger = await connect_protected()
    await rename(hass, device_id, NAME)
    await charger.leave()
    await gone(screen)
    if not running:
        await hass.config_entries.async_unload(integration.entry_id)
    [subentry_id] = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()
    if not running:
        await hass.config_entries.async_setup(integration.entry_id)
    assert told(issue_registry) == {NOT_RESTORED: NAME}


@pytest.mark.parametrize("hass_storage", [{}])
async def test_the_repair_of_a_file_calls_its_charger_by_the_new_name(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    files: Files,
    issue_registry: ir.IssueRegistry,
) -> None:
    await rename(hass, device_id, NAME)
    await hass.config_entries.async_unload(integration.entry_id)
    files.ledger.write_text(foreign(7, version=STORAGE_VERSION))
    await hass.config_entries.async_setup(integration.entry_id)
    assert told(issue_registry) == {"state_set_aside": NAME}
