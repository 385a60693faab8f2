"""Setting up the central system and its chargers, as a person does it."""

from collections.abc import AsyncGenerator
import socket

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.flows import Flows


@pytest.fixture
async def taken_port(unused_tcp_port_factory: object) -> AsyncGenerator[int]:
    """Return a port that another program listens on."""
    with socket.create_server(("", 0)) as server:
        yield server.getsockname()[1]


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


async def test_reconfiguring_to_the_same_port_disturbs_no_charger(
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


async def test_a_charger_can_be_given_another_profile(
    flows: Flows, integration: MockConfigEntry, start_charger: StartCharger
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: box.charger.keys["AuthEnabled"] == "false")
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    assert menu["menu_options"] == [
        "settings",
        "solar",
        "cards",
        "password",
        "offline_test",
        "remove",
    ]
    form = await flows.choose(menu, "settings")
    assert form["description_placeholders"]["identity"] == IDENTITY
    changed = await flows.submit(
        form, advanced={"offline_profile": "locked"}, show_id_tag=True
    )
    assert changed["reason"] == "reconfigure_successful"
    await box.wait_until(lambda: box.charger.keys["AuthEnabled"] == "true")
    assert box.connected


async def test_a_setting_that_is_emptied_is_gone_and_the_others_stay(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    [subentry] = integration.subentries.values()
    credentials = {"credentials": {"current": "kept", "upcoming": None}}
    data = {**subentry.data, **credentials, "price": 0.3}
    hass.config_entries.async_update_subentry(integration, subentry, data=data)
    menu = await flows.change_charger(integration.entry_id, subentry.subentry_id)
    form = await flows.choose(menu, "settings")
    await flows.submit(
        form, advanced={"offline_profile": "charge_hq"}, show_id_tag=False
    )
    assert "price" not in subentry.data
    del data["price"]
    assert subentry.data.items() >= data.items()
