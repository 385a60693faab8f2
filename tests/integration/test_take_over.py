"""A charger of the integration OCPP comes here: its port, its identity and its entity ids."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.const import CONF_CAME_FROM, DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, VirtualWallbox
from tests.conftest import IDENTITY
from tests.helpers.flows import Flows, Step
from tests.helpers.ocpp_integration import OcppIntegration
from tests.helpers.screen import Screen, issue_keys, protected

THEIRS = "100007"
"""Identity of the charger of the integration OCPP."""

IDS = {
    "sensor.garage_energy_active_import_register": ("sensor", "energy"),
    "sensor.garage_power_active_import": ("sensor", "power"),
    "number.garage_maximum_current": ("number", "current_limit"),
    "switch.garage_charge_control": ("switch", "charging"),
}


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def port(integration: MockConfigEntry) -> int:
    """Return the port of the integration OCPP, at which the charger connects."""
    ours: int = integration.data[CONF_PORT]
    return ours - 1


@pytest.fixture
async def ocpp(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> AsyncGenerator[OcppIntegration]:
    """Install the integration OCPP."""
    ocpp = OcppIntegration(hass)
    yield ocpp
    await ocpp.close()


@pytest.fixture
async def theirs(ocpp: OcppIntegration, port: int) -> MockConfigEntry:
    """Set the integration OCPP up with one charger."""
    return await ocpp.add(port, garage=THEIRS)


@pytest.fixture
async def box(theirs: MockConfigEntry, port: int) -> AsyncGenerator[VirtualWallbox]:
    """Return the charger, which never learns of another address."""
    url = f"ws://127.0.0.1:{port}"
    async with VirtualWallbox(url, THEIRS, FIRMWARES["6.7.38"], until=until) as box:
        yield box


async def explained(flows: Flows, integration: MockConfigEntry) -> Step:
    """Walk to the step that says what changes."""
    menu = await flows.add_charger(integration.entry_id)
    form = await flows.choose(menu, "take_over")
    return await flows.submit(form, identity=THEIRS)


async def named(flows: Flows, integration: MockConfigEntry) -> Step:
    """Take the charger over, up to the question about the entity ids."""
    step = await flows.submit(await explained(flows, integration))
    found = await flows.ends(step)
    assert found["step_id"] == "found", found
    return await flows.submit(found, name="Garage")


def works_here(hass: HomeAssistant, port: int, theirs: MockConfigEntry) -> bool:
    """Return whether the charger is ours, protected, at the port it has always used."""
    return (
        hass.config_entries.async_entries(DOMAIN)[0].data[CONF_PORT] == port
        and theirs.disabled_by is ConfigEntryDisabler.USER
        and protected(Screen(hass, THEIRS))
    )


async def test_a_charger_is_taken_over_with_its_port_and_its_entity_ids(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
    box: VirtualWallbox,
    port: int,
) -> None:
    menu = await named(flows, integration)
    assert (menu["step_id"], menu["menu_options"]) == (
        "hand_over",
        ["take_ids", "keep", "give_back"],
    )
    for entity_id in IDS:
        assert entity_id in menu["description_placeholders"]["entities"]
    end = await flows.choose(menu, "take_ids")
    assert end["reason"] == "taken_over"
    await hass.async_block_till_done()
    assert works_here(hass, port, theirs)
    screen = Screen(hass, THEIRS)
    await box.wait_until(lambda: screen.sensor("energy") != "unknown")
    for entity_id, (platform, key) in IDS.items():
        assert screen.entity_id(platform, key) == entity_id
        state = hass.states.get(entity_id)
        assert state
        assert state.state not in ("unavailable", "unknown"), entity_id
    # They work under these names, and go on doing so after a restart of the integration.
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: protected(screen))
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.garage_charge_control"},
        blocking=True,
    )
    assert hass.states.get("switch.garage_charge_control").state == "off"  # type: ignore[union-attr]  # it was there before
    assert all(
        CONF_CAME_FROM not in one.data for one in integration.subentries.values()
    )


async def test_the_explanation_names_who_else_is_disconnected(
    flows: Flows, integration: MockConfigEntry, ocpp: OcppIntegration, port: int
) -> None:
    await ocpp.add(port, garage=THEIRS, carport="100008")
    form = await explained(flows, integration)
    losses = form["description_placeholders"]["losses"]
    assert "carport" in losses
    assert f"Wallbox {IDENTITY}" in losses


@pytest.mark.parametrize("stage", ["waiting", "found", "later", "stopped"])
async def test_it_can_be_undone_until_the_entity_ids_are_taken(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
    box: VirtualWallbox,
    port: int,
    stage: str,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    before = dict(integration.data)
    if stage == "waiting":
        box.power_off()
        step = await flows.submit(await explained(flows, integration))
        menu = await flows.ends(step)
        assert menu["step_id"] == "not_found"
    else:
        menu = await named(flows, integration)
    if stage in ("later", "stopped"):
        await flows.close(menu)
        await hass.config_entries.async_unload(integration.entry_id)
        if stage == "later":
            await hass.config_entries.async_setup(integration.entry_id)
        taken = next(
            one for one in integration.subentries.values() if one.unique_id == THEIRS
        )
        change = await flows.change_charger(integration.entry_id, taken.subentry_id)
        menu = await flows.choose(change, "hand_over")
    end = await flows.choose(menu, "give_back")
    assert end["reason"] == "given_back"
    await hass.async_block_till_done()
    assert integration.data == before
    assert integration.state is ConfigEntryState.LOADED
    assert theirs.state is ConfigEntryState.LOADED
    assert {one.unique_id for one in integration.subentries.values()} == {IDENTITY}
    for entity_id in IDS:
        entry = entity_registry.async_get(entity_id)
        assert entry
        assert (entry.platform, entry.disabled) == ("ocpp", False)
    # It got its settings back if it was connected, and had never come when "waiting".
    kept = {NOT_RESTORED} if stage in ("later", "stopped") else set()
    assert issue_keys(issue_registry) == kept


async def test_the_entity_ids_can_stay_where_they_are(
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
    box: VirtualWallbox,
    entity_registry: er.EntityRegistry,
) -> None:
    end = await flows.choose(await named(flows, integration), "keep")
    assert end["reason"] == "ready"
    for entity_id in IDS:
        entry = entity_registry.async_get(entity_id)
        assert entry
        assert entry.platform == "ocpp"
    taken = next(
        one for one in integration.subentries.values() if one.unique_id == THEIRS
    )
    change = await flows.change_charger(integration.entry_id, taken.subentry_id)
    assert "hand_over" not in change["menu_options"]


async def test_an_integration_that_does_not_stop_goes_on(
    flows: Flows,
    integration: MockConfigEntry,
    ocpp: OcppIntegration,
    theirs: MockConfigEntry,
) -> None:
    ocpp.stops = False
    end = await flows.submit(await explained(flows, integration))
    assert end["reason"] == "take_over_not_stopped"
    assert theirs.disabled_by is None
    assert {one.unique_id for one in integration.subentries.values()} == {IDENTITY}
    assert integration.state is ConfigEntryState.LOADED


async def test_a_certificate_that_cannot_be_used_undoes_it(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
) -> None:
    hass.config_entries.async_update_entry(
        theirs,
        data={**theirs.data, "ssl": True, "ssl_certfile_path": "/no/such/file"},
    )
    before = dict(integration.data)
    end = await flows.submit(await explained(flows, integration))
    assert end["reason"] == "take_over_no_port"
    assert (theirs.disabled_by, theirs.state) == (None, ConfigEntryState.LOADED)
    assert (dict(integration.data), integration.state) == (
        before,
        ConfigEntryState.LOADED,
    )


async def test_a_charger_that_was_deleted_meanwhile_is_not_taken_over(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
) -> None:
    menu = await flows.add_charger(integration.entry_id)
    form = await flows.choose(menu, "take_over")
    await hass.config_entries.async_remove(theirs.entry_id)
    end = await flows.submit(form, identity=THEIRS)
    assert end["reason"] == "take_over_gone"


@pytest.mark.parametrize(
    "cpids", [None, "100007", [["100007"]], [{"100007": None}], [{"100007": {}}]]
)
async def test_an_entry_of_another_shape_offers_nothing(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    theirs: MockConfigEntry,
    cpids: object,
) -> None:
    hass.config_entries.async_update_entry(theirs, data={**theirs.data, "cpids": cpids})
    form = await flows.add_charger(integration.entry_id)
    assert form["step_id"] == "new"


async def test_a_port_of_the_integration_ocpp_is_called_so(
    flows: Flows, integration: MockConfigEntry, theirs: MockConfigEntry, port: int
) -> None:
    form = await flows.change_integration(integration.entry_id)
    form = await flows.submit(
        form, port=port, encryption="none", through_home_assistant=False
    )
    assert form["errors"] == {"port": "port_in_use_by_ocpp"}
