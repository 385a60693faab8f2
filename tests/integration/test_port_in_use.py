"""A port that is in use: the repair comes by itself, and it goes by itself."""

from collections.abc import AsyncGenerator
from pathlib import Path
import socket
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.hub.hub import PORT_IN_USE
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.helpers.certificates import make_certificate
from tests.helpers.owner import change_settings
from tests.helpers.screen import issue_keys


@pytest.fixture
async def busy(
    hass: HomeAssistant, entry: MockConfigEntry
) -> AsyncGenerator[socket.socket]:
    """Set the integration up on a port that something else uses."""
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        hass.config_entries.async_update_entry(entry, data={CONF_PORT: port})
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield server
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_port_that_is_taken_is_reported_until_it_is_free(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    busy: socket.socket,
) -> None:
    assert issue_keys(issue_registry) == {PORT_IN_USE}
    busy.close()
    await hass.config_entries.async_reload(entry.entry_id)
    assert not issue_keys(issue_registry)


async def test_another_port_is_used_as_soon_as_it_is_chosen(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    busy: socket.socket,
    unused_tcp_port: int,
) -> None:
    assert issue_keys(issue_registry) == {PORT_IN_USE}
    flow = await entry.start_reconfigure_flow(hass)
    chosen = {
        CONF_PORT: unused_tcp_port,
        "encryption": "none",
        "through_home_assistant": False,
    }
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], chosen)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert not issue_keys(issue_registry)


async def test_a_removed_integration_misses_no_port(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    busy: socket.socket,
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize("charger_has", [{}, {"price_entity": "sensor.gone"}], ids=str)
async def test_a_disabled_integration_misses_nothing(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    busy: socket.socket,
    charger_has: dict[str, str],
) -> None:
    change_settings(hass, entry, **charger_has)
    await hass.config_entries.async_reload(entry.entry_id)
    assert PORT_IN_USE in issue_keys(issue_registry)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert not issue_keys(issue_registry)


async def click(client: TestClient[Any, Any]) -> dict[str, object]:
    """Open the repair and confirm it; return what came of it."""
    flow = "/api/repairs/issues/fix"
    body = {"handler": DOMAIN, "issue_id": PORT_IN_USE}
    form = await (await client.post(flow, json=body)).json()
    result = await client.post(f"{flow}/{form['flow_id']}", json={})
    done: dict[str, object] = await result.json()
    return done


async def test_a_click_tries_the_port_again(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
    busy: socket.socket,
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    client = await hass_client()
    result = await click(client)
    assert (result["type"], result["reason"]) == ("abort", PORT_IN_USE)
    assert issue_keys(issue_registry) == {PORT_IN_USE}
    busy.close()
    assert (await click(client))["type"] == "create_entry"
    assert not issue_keys(issue_registry)


async def test_a_port_is_no_longer_said_to_be_in_use_when_a_certificate_is_the_obstacle(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    busy: socket.socket,
    tmp_path: Path,
) -> None:
    files = make_certificate(tmp_path, days=-1)
    data = {
        **entry.data,
        "encryption": "files",
        "certificate": str(files.certificate),
        "key": str(files.key),
    }
    hass.config_entries.async_update_entry(entry, data=data)
    busy.close()
    assert await async_setup_component(hass, REPAIRS, {})
    assert (await click(await hass_client()))["type"] == "create_entry"
    assert issue_keys(issue_registry) == {"certificate_expired"}
