"""The plan in the calendar, and the trigger for a plan that has changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.const import CONF_PRICE_ENTITY, DOMAIN
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator.virtual_time import WallClock
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, MINUTE, at, slot
from tests.helpers.prices import follow_prices, hour, offer
from tests.helpers.screen import Screen, protected


@pytest.fixture
def language() -> str:
    """Return the language of the home."""
    return "en"


@pytest.fixture(autouse=True)
def _speaking(hass: HomeAssistant, language: str) -> None:
    """Choose the language before the integration is set up."""
    hass.config.language = language


@pytest.fixture
async def box(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    wall_clock: WallClock,
) -> VirtualWallbox:
    """Return a charger without a car, in mode *Planned*, with a cheap hour and a target."""
    wall_clock.set(hour(0) + timedelta(minutes=5))
    follow_prices(hass, integration, 1, ready=4)
    box = await start_charger(FOLLOWS)
    await box.wait_until(lambda: protected(screen))
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 3)
    await choose_mode(hass, screen, "planned")
    return box


async def automate(
    hass: HomeAssistant, *targets: Mapping[str, str]
) -> list[ServiceCall]:
    """Have an automation do something with each plan of these targets that has changed."""
    calls = async_mock_service(hass, "test", "fired")
    automation = {
        "alias": "ours",
        "mode": "queued",
        "triggers": [
            {"trigger": f"{DOMAIN}.plan_changed", "target": target}
            for target in targets
        ],
        "actions": {
            "action": "test.fired",
            "data": {
                "next_start": "{{ trigger.plan.next_start }}",
                "late": "{{ trigger.plan.late }}",
                "device_id": "{{ trigger.device_id }}",
            },
        },
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    await hass.async_block_till_done()
    return calls


# The trigger


async def test_it_fires_for_new_hours_and_not_because_time_passes(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    box: VirtualWallbox,
    screen: Screen,
    device_id: str,
) -> None:
    # Any entity of the charger will do, also if it is not the plan.
    fired = await automate(hass, {"entity_id": screen.entity_id("sensor", "status")})
    box.plug(Car())
    await box.wait_until(lambda: len(fired) == 1)
    [call] = fired
    assert hour(1).isoformat() <= call.data["next_start"] < hour(2).isoformat()
    assert (call.data["device_id"], call.data["late"]) == (device_id, 0)
    await box.sleep(10 * MINUTE)
    assert len(fired) == 1
    # What is cheap has moved.
    offer(hass, 2)
    await box.wait_until(lambda: len(fired) == 2)
    # The car charges, and is done.
    await box.sleep(3 * HOUR)
    assert screen.sensor("plan") == "done"
    assert len(fired) == 2
    box.unplug()
    await box.sleep(MINUTE)
    assert len(fired) == 2
    # The next car has a plan of its own.
    await screen.set("energy_target", 3)
    offer(hass, 1)
    box.plug(Car())
    await box.wait_until(lambda: len(fired) == 3)


async def test_it_fires_when_the_car_will_be_late(
    hass: HomeAssistant, box: VirtualWallbox, screen: Screen, device_id: str
) -> None:
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    await box.sleep(MINUTE)
    fired = await automate(hass, {"device_id": device_id})
    await box.sleep(5 * MINUTE)
    assert not fired
    await screen.set("energy_target", 190)
    await box.wait_until(lambda: bool(fired))
    assert fired[-1].data["late"] > 60


async def test_a_plan_of_an_automation_is_one(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    box: VirtualWallbox,
    device_id: str,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: "sensor.none"})
    fired = await automate(hass, {"device_id": "another"}, {"device_id": device_id})
    await act("set_plan", slots=[slot(1, 2)])
    await box.wait_until(lambda: len(fired) == 1)
    await act("set_plan", slots=[slot(1.05, 2)])
    await box.sleep(MINUTE)
    assert len(fired) == 1
    await act("set_plan", slots=[slot(1.05, 2, limit=8)])
    await box.wait_until(lambda: len(fired) == 2)
    await act("clear_plan")
    await box.sleep(MINUTE)
    assert len(fired) == 2


# The calendar


@pytest.mark.parametrize("language", ["en", "de"])
async def test_planned_hours_are_in_the_calendar(
    act: Act,
    hass_client: ClientSessionGenerator,
    box: VirtualWallbox,
    screen: Screen,
    language: str,
) -> None:
    client = await hass_client()

    async def events() -> list[dict[str, Any]]:
        response = await client.get(
            f"/api/calendars/{screen.entity_id('calendar', 'sessions')}",
            params={"start": at(0).isoformat(), "end": at(48).isoformat()},
        )
        assert response.status == HTTPStatus.OK
        found: list[dict[str, Any]] = await response.json()
        return found

    assert await events() == []
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    await box.sleep(MINUTE)
    _, planned = await events()
    words = {"en": "Planned charging", "de": "Geplantes Laden"}
    assert planned["summary"] == words[language]
    assert "EUR" in planned["description"]
    start, end = (
        datetime.fromisoformat(planned[edge]["dateTime"]) for edge in ("start", "end")
    )
    assert hour(1) <= start < end <= hour(2)
    await screen.set("energy_target", 60)
    # What touches is one event, whatever its limit.
    slots = [slot(1, 2, limit=8), slot(2, 3), slot(4, 5)]
    await act("set_plan", slots=slots)
    _, *planned_events = await events()
    assert [event["start"]["dateTime"] for event in planned_events] == [
        dt_util.as_local(datetime.fromisoformat(slots[number]["start"])).isoformat()
        for number in (0, 2)
    ]
    assert "EUR" not in planned_events[0]["description"]
