"""Setting up the central system and its chargers, as a person does it."""

from collections.abc import AsyncGenerator
import socket

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_IDENTITY,
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .conftest import IDENTITY, StartCharger


@pytest.fixture
async def taken_port(unused_tcp_port_factory: object) -> AsyncGenerator[int]:
    """Return a port that another program listens on."""
    with socket.create_server(("", 0)) as server:
        yield server.getsockname()[1]


async def test_adding_the_integration_asks_for_a_port(
    hass: HomeAssistant, unused_tcp_port: int, taken_port: int
) -> None:
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"

    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: taken_port}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_PORT: "port_in_use"}

    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: unused_tcp_port}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_PORT: unused_tcp_port}
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.parametrize("port", [-1, 0, 80, 65536])
async def test_a_port_out_of_range_is_refused(
    hass: HomeAssistant, unused_tcp_port: int, port: int
) -> None:
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: port}
    )
    assert result["errors"] == {CONF_PORT: "invalid_port"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: unused_tcp_port}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.usefixtures("integration")
async def test_there_is_one_central_system(hass: HomeAssistant) -> None:
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "single_instance_allowed"


async def test_reconfiguring_moves_the_central_system_to_another_port(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    taken_port: int,
) -> None:
    result = await integration.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: taken_port}
    )
    assert result["errors"] == {CONF_PORT: "port_in_use"}

    with socket.create_server(("", 0)) as server:
        free = server.getsockname()[1]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: free}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert integration.data[CONF_PORT] == free
    assert integration.state is ConfigEntryState.LOADED
    box = await start_charger()
    await box.wait_connected()


async def test_reconfiguring_to_the_same_port_disturbs_nobody(
    hass: HomeAssistant, integration: MockConfigEntry, start_charger: StartCharger
) -> None:
    box = await start_charger()
    await box.wait_connected()
    result = await integration.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PORT: integration.data[CONF_PORT]}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert box.connected


@pytest.mark.parametrize(
    ("identity", "error"),
    [
        ("", "invalid_identity"),
        ("  ", "invalid_identity"),
        ("garage/left", "invalid_identity"),
        ("..", "invalid_identity"),
        ("the one in the garage", "invalid_identity"),
        ("ü", "invalid_identity"),
        ("1" * 49, "invalid_identity"),
        (IDENTITY, "already_configured"),
        (f" {IDENTITY} ", "already_configured"),
    ],
)
async def test_adding_a_charger_shows_what_to_type_into_the_app(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    identity: str,
    error: str,
) -> None:
    first = await start_charger()
    await first.wait_connected()
    result = await hass.config_entries.subentries.async_init(
        (integration.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )
    assert result["step_id"] == "user"
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {CONF_IDENTITY: identity}
    )
    assert result["errors"] == {CONF_IDENTITY: error}

    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {CONF_IDENTITY: "garage-2"}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "connect"
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["identity"] == "garage-2"
    assert placeholders["address"].startswith("ws://")
    assert placeholders["address"].endswith(f":{integration.data[CONF_PORT]}/")

    result = await hass.config_entries.subentries.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert first.connected

    second = await start_charger(identity="garage-2")
    await second.wait_connected()
    assert hass.states.get("binary_sensor.wallbox_garage_2_connection")


async def test_a_charger_can_be_given_another_profile(
    hass: HomeAssistant, integration: MockConfigEntry, start_charger: StartCharger
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: box.charger.keys["AuthEnabled"] == "false")
    subentry = next(iter(integration.subentries.values()))
    result = await integration.start_subentry_reconfigure_flow(
        hass, subentry.subentry_id
    )
    assert result["menu_options"] == ["settings", "cards"]
    form = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"next_step_id": "settings"}
    )
    assert form["step_id"] == "settings"
    changed = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {CONF_OFFLINE_PROFILE: "locked", CONF_SHOW_ID_TAG: True}
    )
    assert changed["reason"] == "reconfigure_successful"
    await box.wait_until(lambda: box.charger.keys["AuthEnabled"] == "true")
    assert box.connected
