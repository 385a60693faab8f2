"""A charger that comes through the web server of a real Home Assistant."""

import pytest

from simulator.home_assistant import ApiError, HomeAssistantApi, add_charger
from simulator.virtual_wallbox import FIRMWARES, VirtualWallbox

from .conftest import Home

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]

PASSWORD = "f3kq8xw2pz7mnc4t"
FLOW = "/api/config/config_entries/flow"
CHARGER_FLOW = "/api/config/config_entries/subentries/flow"


async def let_in_through_own_address(api: HomeAssistantApi, home: Home) -> None:
    """Choose that way for chargers with a password."""
    form = await api.post(FLOW, handler="wallbox_ocpp", entry_id=home.entry_id)
    done = await api.post(
        f"{FLOW}/{form['flow_id']}",
        port=home.ocpp_port,
        encryption="none",
        through_home_assistant=True,
    )
    if done.get("reason") != "reconfigure_successful":
        raise ApiError(str(done))


async def give_password(api: HomeAssistantApi, home: Home) -> None:
    """Give the charger a password."""
    [subentry] = await api.command(
        "config_entries/subentries/list", entry_id=home.entry_id
    )
    menu = await api.post(
        CHARGER_FLOW,
        handler=[home.entry_id, "charger"],
        subentry_id=subentry["subentry_id"],
    )
    step = f"{CHARGER_FLOW}/{menu['flow_id']}"
    await api.post(step, next_step_id="password")
    done = await api.post(step, password=PASSWORD)
    if done.get("reason") != "password_set":
        raise ApiError(str(done))


async def test_a_charger_comes_goes_and_comes_back_through_the_web_server(
    home: Home,
) -> None:
    async with home.open() as api:
        charger = await add_charger(api, home.entry_id, "100001")
        await give_password(api, home)
        await let_in_through_own_address(api, home)
        url = home.process.url.replace("http", "ws", 1) + "/api/wallbox_ocpp/ocpp"
        async with VirtualWallbox(
            url, "100001", FIRMWARES["6.7.38"], speed=20, password=PASSWORD
        ) as box:
            await api.wait_for(charger.entities["offline_protection"], "protected")
            # Home Assistant's web server cancels who serves a connection that is reset.
            box.cut_network()
            reason = charger.entities["why_not_charging"]
            await api.wait_for(reason, "no_connection")
            box.restore_network()
            await api.wait_for(reason, lambda state: state["state"] != "no_connection")
            # As many seconds as it gives handlers that do not end by themselves.
            assert await home.process.stop() < 10
