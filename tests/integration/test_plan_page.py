"""The plan as the card asks for it, which needs no entity."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import Car
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, MINUTE
from tests.helpers.prices import follow_prices, hour
from tests.helpers.screen import Screen

from .test_sessions_page import let_see


async def ask(client: Any, device_id: str) -> dict[str, Any]:
    """Ask for the plan."""
    await client.send_json_auto_id(
        {"type": "wallbox_ocpp/plan", "device_id": device_id}
    )
    answer: dict[str, Any] = await client.receive_json()
    return answer


async def test_it_tells_hours_and_the_prices_of_those_to_come(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client()
    nothing = (await ask(client, device_id))["result"]
    assert (nothing["state"], nothing["slots"], nothing["prices"]) == (None, [], [])
    assert nothing["allowed"] is None
    follow_prices(hass, integration, 4, 5, ready=10)
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 5)
    await choose_mode(hass, screen, "planned")
    box.plug()
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    answer = (await ask(client, device_id))["result"]
    assert answer == await act("get_plan")
    assert answer["prices"][4] == {
        "start": hour(4).isoformat(),
        "end": hour(5).isoformat(),
        "price": 0.10,
    }
    assert len(answer["prices"]) == 24
    assert answer["currency"] == hass.config.currency
    assert answer["ready_by"] == hour(10).isoformat()
    assert hour(4).isoformat() <= answer["next_start"] < answer["end"]
    assert answer["end"] <= hour(6).isoformat()
    assert answer["estimated"] is False


@pytest.mark.parametrize("mode", ["planned", "now"])
async def test_the_end_is_that_with_the_power_that_the_car_takes(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    mode: str,
) -> None:
    """The charger gets an earlier end, which is put off: it was shown, and before *Ready by* if late."""
    follow_prices(hass, integration, 4, 5, ready=3)
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 30)
    await choose_mode(hass, screen, mode)
    box.plug(Car(phases=1))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(20 * MINUTE)
    answer = await act("get_plan")
    end = datetime.fromisoformat(answer["end"])
    takes = timedelta(hours=(30 - answer["delivered"]) / (16 * 0.230))
    assert abs(dt_util.utcnow() + takes - end) < timedelta(minutes=20)
    if mode == "planned":
        ready_at = datetime.fromisoformat(answer["ready_by"])
        late = timedelta(minutes=answer["late"])
        assert abs(end - ready_at - late) < timedelta(minutes=1)
        assert screen.entity("sensor", "plan").attributes["end"] == end


async def test_who_may_not_see_the_charger_is_told_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
) -> None:
    client = await hass_ws_client()
    assert (await ask(client, "gone"))["error"]["code"] == "not_found"
    let_see(hass, hass_admin_user, {"entity_ids": {"sun.sun": True}})
    assert (await ask(client, device_id))["error"]["code"] == "unauthorized"
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await ask(client, device_id))["error"]["code"] == "not_found"
