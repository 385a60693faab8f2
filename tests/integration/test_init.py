"""The life of the integration: set-up, unload, shutdown, chargers that come and go."""

import asyncio
from functools import partial
import socket
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession, WSMsgType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.wallbox_ocpp import async_remove_config_entry_device
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.hub.unknown_chargers import UNKNOWN_CHARGERS
from custom_components.wallbox_ocpp.storage.store import (
    SAVE_DELAY,
    ChargerStore,
    StoredState,
)
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_STOP, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES
from tests.conftest import IDENTITY, Connect, StartCharger, charger_data
from tests.helpers.screen import Screen, issue_keys, protected


async def test_a_port_that_is_taken_is_tried_again_later(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        hass.config_entries.async_update_entry(entry, data={CONF_PORT: port})
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert state_of(entry) is ConfigEntryState.SETUP_RETRY
        assert str(port) in (entry.reason or "")
    await asyncio.sleep(60)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(entry) is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_unloading_closes_the_connections_of_the_chargers_and_frees_the_port(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    async with (
        ClientSession() as client,
        client.ws_connect(_url(integration), protocols=["ocpp1.6"]) as charger,
    ):
        await hass.config_entries.async_unload(integration.entry_id)
        message = await charger.receive()
        assert message.type is WSMsgType.CLOSE
        assert message.data == 1001
    with socket.create_server(("", integration.data[CONF_PORT])):
        pass


async def test_home_assistant_does_not_wait_for_chargers_when_it_stops(
    hass: HomeAssistant, start_charger: StartCharger
) -> None:
    box = await start_charger()
    await box.wait_connected()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await box.wait_until(lambda: not box.connected)


async def test_a_browser_is_shown_what_it_has_found(
    integration: MockConfigEntry,
) -> None:
    async with ClientSession() as client:
        url = f"http://127.0.0.1:{integration.data[CONF_PORT]}/"
        async with client.get(url) as response:
            assert response.status == 200
            text = await response.text()
    assert text.count("\n") == 1
    assert "ws://" in text


async def test_a_removed_charger_is_refused_and_forgotten_and_the_other_stays(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    start_charger: StartCharger,
) -> None:
    subentry = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, subentry)
    await hass.async_block_till_done()
    stays = await start_charger()
    goes = await start_charger(FIRMWARES["5.14.9"], identity="garage-2")
    await goes.wait_until(lambda: bool(issue_keys(issue_registry)))
    assert len(device_registry.devices) == 2

    hass.config_entries.async_remove_subentry(integration, subentry.subentry_id)
    await hass.async_block_till_done()
    await goes.wait_until(lambda: goes.handshake_status == 404)
    assert stays.connected
    assert issue_keys(issue_registry) == {UNKNOWN_CHARGERS}
    assert len(device_registry.devices) == 1
    assert hass.states.get("sensor.wallbox_garage_2_status") is None


async def test_two_chargers_that_are_added_at_once_are_both_there_once(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
    connect: Connect,
) -> None:
    identities = ["garage-2", "garage-3"]
    undisturbed = Store.async_load

    async def load_slowly(store: Store[dict[str, Any]]) -> dict[str, Any] | None:
        await asyncio.sleep(0.05)
        return await undisturbed(store)

    with patch.object(Store, "async_load", load_slowly):
        for identity in identities:
            subentry = ConfigSubentry(**charger_data(identity))  # type: ignore[arg-type]  # a plain dict of its fields
            hass.config_entries.async_add_subentry(integration, subentry)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert len(device_registry.devices) == 3
    assert "unique" not in caplog.text
    for identity in identities:
        await connect(identity=identity)
        await until(partial(protected, Screen(hass, identity)))


@pytest.mark.parametrize("turns", range(0, 30, 3))
async def test_a_charger_that_is_added_while_all_is_unloaded_waits_for_the_next_start(
    hass: HomeAssistant, integration: MockConfigEntry, turns: int
) -> None:
    """Nothing of it is left behind: no timer, and no entity."""
    subentry = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, subentry)
    for _ in range(turns):
        await asyncio.sleep(0)
    await hass.config_entries.async_unload(integration.entry_id)
    await hass.async_block_till_done()
    states = {state.state for state in hass.states.async_all("sensor")}
    assert states == {STATE_UNAVAILABLE}
    await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert len(integration.runtime_data.chargers) == 2
    assert Screen(hass, "garage-2").has("sensor", "status")


async def test_the_stored_state_of_a_removed_charger_does_not_come_back(
    hass: HomeAssistant, hass_storage: dict[str, object]
) -> None:
    """What was still on its way to the disk when the charger was removed stays away."""
    store = ChargerStore(hass, "garage-2")
    await store.async_save(StoredState())
    assert f"{DOMAIN}.garage-2" in hass_storage
    await store.async_remove()
    await store.async_save(StoredState())
    store.async_save_soon(StoredState)
    await asyncio.sleep(SAVE_DELAY)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.garage-2" not in hass_storage


async def test_a_new_connection_replaces_the_old_one_at_once(
    integration: MockConfigEntry, start_charger: StartCharger, screen: Screen
) -> None:
    async with (
        ClientSession() as client,
        client.ws_connect(_url(integration), protocols=["ocpp1.6"]) as old,
    ):
        box = await start_charger()
        await box.wait_until(lambda: protected(screen))
        message = await old.receive(timeout=1)
        assert message.type is WSMsgType.CLOSE
    assert screen.entity("binary_sensor", "connection").state == "on"


async def test_garbage_costs_neither_the_connection_nor_home_assistant_anything(
    caplog: pytest.LogCaptureFixture, integration: MockConfigEntry
) -> None:
    async with (
        ClientSession() as client,
        client.ws_connect(_url(integration), protocols=["ocpp1.6"]) as charger,
    ):
        for garbage in ("", "null", "{}", "[]", '[2,"1",["a"],{}]', '[9,"1"]', "[2"):
            await charger.send_str(garbage)
            await charger.send_str(garbage)
        await charger.send_bytes(b"\x00")
        await charger.send_str('[2,"h","Heartbeat",{"extra":[1]}]')
        answers: list[list[Any]] = []
        while not answers or answers[-1][1] != "h":
            answers.append(await charger.receive_json(timeout=2))
        assert answers[-1][0] == 3
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    ours = [record for record in warnings if DOMAIN in record.name]
    assert len(ours) == len({record.getMessage() for record in ours})
    # Home Assistant itself may name an entity.
    all_ours = [record for record in caplog.records if DOMAIN in record.name]
    assert not any(IDENTITY in record.getMessage() for record in all_ours)


async def test_a_frame_over_the_limit_ends_the_connection(
    integration: MockConfigEntry,
) -> None:
    async with (
        ClientSession() as client,
        client.ws_connect(_url(integration), protocols=["ocpp1.6"]) as charger,
    ):
        await charger.send_str(" " * (256 * 1024 + 1))
        message = await charger.receive(timeout=2)
        assert message.data == 1009


async def test_only_a_device_without_a_charger_can_be_removed(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
) -> None:
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, IDENTITY), integration.entry_id
    )
    assert device
    assert not await async_remove_config_entry_device(hass, integration, device)
    stale = device_registry.async_get_or_create(
        config_entry_id=integration.entry_id, identifiers={(DOMAIN, "gone")}
    )
    assert await async_remove_config_entry_device(hass, integration, stale)


async def test_a_device_without_a_charger_can_also_be_removed_while_nothing_runs(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
) -> None:
    stale = device_registry.async_get_or_create(
        config_entry_id=integration.entry_id, identifiers={(DOMAIN, "gone")}
    )
    known = device_registry.async_get_device_by_identifier(
        (DOMAIN, IDENTITY), integration.entry_id
    )
    assert known
    await hass.config_entries.async_unload(integration.entry_id)
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client()
    for device, removed in ((known, False), (stale, True)):
        await client.send_json_auto_id(
            {
                "type": "config/device_registry/remove",
                "device_id": device.id,
            }
        )
        answer = await client.receive_json()
        assert answer["success"] is removed, answer
        if not removed:
            assert answer["error"]["message"].endswith("rejected by integration")


@pytest.mark.usefixtures("protected_charger")
async def test_removing_the_integration_forgets_everything(
    hass: HomeAssistant, hass_storage: dict[str, object], integration: MockConfigEntry
) -> None:
    subentry_id = next(iter(integration.subentries))
    assert f"{DOMAIN}.{subentry_id}" in hass_storage
    await hass.config_entries.async_remove(integration.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{subentry_id}" not in hass_storage


def _url(integration: MockConfigEntry) -> str:
    return f"ws://127.0.0.1:{integration.data[CONF_PORT]}/{IDENTITY}"


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the state of an entry; mypy takes the attribute for a constant."""
    return entry.state
