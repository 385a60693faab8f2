"""The triggers and conditions: each for what happened, and for nothing else."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator.scripted_charger import REJECTED
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import Connect, StartCharger
from tests.helpers.cards import ANNA, give
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen

CAR_IN: Final = ["plugged_in", "session_started", "charging_started"]
CAR_OUT: Final = ["charging_stopped", "unplugged", "session_ended"]


class Fired:
    """The triggers that have fired, in order."""

    def __init__(self, calls: list[ServiceCall]) -> None:
        """Listen to what the automations do."""
        self._calls = calls

    def take(self) -> list[str]:
        """Return those that have fired since the last time."""
        names = [call.data["trigger"] for call in self._calls]
        self._calls.clear()
        return names

    def __len__(self) -> int:
        """Return how many have fired."""
        return len(self._calls)


async def automate(hass: HomeAssistant, target: Mapping[str, str]) -> Fired:
    """Set up an automation for each trigger, and return what fires."""
    calls = async_mock_service(hass, "test", "fired")
    automations = [
        {
            "alias": name,
            "mode": "queued",
            "triggers": {"trigger": f"{DOMAIN}.{name}", "target": target},
            "actions": {"action": "test.fired", "data": {"trigger": name}},
        }
        for name in TRIGGERS
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automations})
    await hass.async_block_till_done()
    return Fired(calls)


@pytest.fixture
async def fired(hass: HomeAssistant, device_id: str) -> Fired:
    """Return what fires of a charger that was chosen as a device."""
    return await automate(hass, {"device_id": device_id})


async def test_a_visit_of_a_car_fires_each_trigger_once(
    protected_charger: VirtualWallbox, screen: Screen, fired: Fired
) -> None:
    box = protected_charger
    box.plug(Car())
    await box.wait_until(lambda: len(fired) == 3)
    assert sorted(fired.take()) == sorted(CAR_IN)
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: len(fired) == 1)
    assert fired.take() == ["charging_stopped"]
    await screen.switch("charging", on=True)
    await box.wait_until(lambda: len(fired) == 1)
    assert fired.take() == ["charging_started"]
    box.unplug()
    await box.wait_until(lambda: len(fired) == 3)
    await box.sleep(60)
    assert sorted(fired.take()) == sorted(CAR_OUT)


async def test_a_connection_that_is_lost_and_found_is_no_car_that_comes(
    charging_charger: VirtualWallbox, screen: Screen, fired: Fired
) -> None:
    box = charging_charger
    fired.take()
    box.cut_network()
    await box.wait_until(
        lambda: screen.entity("sensor", "status").state == "unavailable"
    )
    await box.sleep(120)
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("status") == "charging", 600)
    await box.sleep(300)
    assert fired.take() == ["connection_lost"]


async def test_a_reboot_with_a_car_is_no_car_that_comes(
    charging_charger: VirtualWallbox, screen: Screen, fired: Fired
) -> None:
    box = charging_charger
    fired.take()
    await box.power_cycle()
    await box.wait_until(lambda: screen.sensor("status") == "charging", 600)
    await box.sleep(300)
    # The power cut ended its session, and the car is charged in a new one.
    assert sorted(fired.take()) == [
        "charging_started",
        "connection_lost",
        "session_ended",
        "session_started",
    ]


async def test_a_reload_with_a_car_fires_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    charging_charger: VirtualWallbox,
    screen: Screen,
    fired: Fired,
) -> None:
    fired.take()
    assert await hass.config_entries.async_reload(integration.entry_id)
    box = charging_charger
    await box.wait_until(lambda: screen.sensor("status") == "charging", 600)
    await box.sleep(300)
    # Home Assistant itself hangs up.
    assert [name for name in fired.take() if name != "connection_lost"] == []


async def test_what_comes_from_a_queue_fires_nothing_but_its_session(
    connect: Connect, fired: Fired
) -> None:
    charger = await connect()
    await charger.left_alone()
    fired.take()
    for status, at in (
        ("Preparing", "2026-06-01T18:00:00Z"),
        ("Charging", "2026-06-01T18:01:00Z"),
        ("Finishing", "2026-06-01T20:00:00Z"),
        ("Available", "2026-06-01T20:05:00Z"),
    ):
        await charger.ask(
            "StatusNotification",
            {
                "connectorId": 1,
                "errorCode": "NoError",
                "status": status,
                "timestamp": at,
            },
        )
    number = await charger.start(timestamp="2026-06-01T18:00:30Z")
    await charger.stop(number, timestamp="2026-06-01T20:00:00Z")
    await until(lambda: len(fired) >= 2)
    await charger.left_alone()
    assert fired.take() == ["session_started", "session_ended"]


async def test_a_look_at_the_settings_does_not_lose_the_protection(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    device_id: str,
    fired: Fired,
) -> None:
    charger = await connect_protected()
    await hass.services.async_call(
        DOMAIN, "apply_offline_fix", {"device_id": device_id}, blocking=True
    )
    await charger.boot()
    await charger.status("Available")
    await charger.left_alone()
    assert fired.take() == []


async def test_settings_that_are_changed_and_refused_lose_the_protection(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    screen: Screen,
    fired: Fired,
) -> None:
    charger = await connect_protected()
    charger.keys["AuthEnabled"] = "true"
    charger.change_its_mind(ChangeConfiguration=lambda _: REJECTED)
    await charger.boot()
    await charger.status("Available")
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    await hass.async_block_till_done()
    assert fired.take() == ["protection_lost"]
    # It is told once.
    await charger.boot()
    await charger.status("Available")
    await charger.left_alone()
    assert fired.take() == []


async def test_a_charger_that_never_was_protected_has_lost_nothing(
    connect: Connect, screen: Screen, fired: Fired
) -> None:
    charger = await connect(ChangeConfiguration=lambda _: REJECTED)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    await charger.left_alone()
    assert fired.take() == []


async def test_a_lock_that_waits_for_the_end_of_a_session_loses_no_protection(
    charging_charger: VirtualWallbox, screen: Screen, fired: Fired
) -> None:
    box = charging_charger
    fired.take()
    await screen.lock(locked=True)
    await box.wait_until(
        lambda: screen.sensor("offline_protection") == "waiting_for_unplug"
    )
    await box.sleep(60)
    assert fired.take() == []
    assert screen.entity("sensor", "offline_protection").attributes["protected"] is True


async def test_putting_the_original_configuration_back_loses_the_protection(
    hass: HomeAssistant, protected_charger: VirtualWallbox, device_id: str, fired: Fired
) -> None:
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
    )
    await protected_charger.wait_until(lambda: len(fired) >= 1)
    assert fired.take() == ["protection_lost"]


async def test_each_card_that_is_shown_is_reported(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    fired: Fired,
) -> None:
    box = protected_charger
    give(hass, integration, ANNA)
    await screen.lock(locked=True)
    await box.wait_until(lambda: screen.entity("lock", "access").state == "locked")
    box.plug(Car())
    await box.wait_until(lambda: "plugged_in" in fired.take())
    box.tap("99999999")
    await box.wait_until(lambda: len(fired) == 2)
    assert sorted(fired.take()) == ["card_refused", "card_shown"]
    box.tap(str(ANNA["id_tag"]))
    await box.wait_until(lambda: len(fired) >= 3)
    happened = fired.take()
    assert happened.count("card_shown") == 1
    assert "card_refused" not in happened


@pytest.mark.parametrize(
    "chosen", ["event.session", "event.card", "binary_sensor.connection"]
)
async def test_whatever_of_a_charger_is_chosen_stands_for_the_charger(
    hass: HomeAssistant, start_protected: StartCharger, screen: Screen, chosen: str
) -> None:
    platform, _, key = chosen.partition(".")
    fired = await automate(hass, {"entity_id": screen.entity_id(platform, key)})
    box = await start_protected()
    box.plug(Car())
    await box.wait_until(lambda: len(fired) == 3)
    assert sorted(fired.take()) == sorted(CAR_IN)


async def test_an_entity_that_is_hidden_goes_on_telling(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    device_id: str,
) -> None:
    entity_registry.async_update_entity(
        screen.entity_id("sensor", "status"), hidden_by=er.RegistryEntryHider.USER
    )
    fired = await automate(hass, {"device_id": device_id})
    protected_charger.plug(Car())
    await protected_charger.wait_until(lambda: len(fired) == 3)
    assert "plugged_in" in fired.take()


class Asking:
    """Asks which conditions hold."""

    def __init__(self, hass: HomeAssistant, calls: list[ServiceCall]) -> None:
        """Listen to what the automations do."""
        self._hass = hass
        self._calls = calls

    async def what_holds(self) -> set[str]:
        """Return the conditions that hold now."""
        self._calls.clear()
        self._hass.bus.async_fire("asked")
        await self._hass.async_block_till_done()
        return {call.data["condition"] for call in self._calls}


async def ask(hass: HomeAssistant, target: Mapping[str, str]) -> Asking:
    """Set up an automation for each condition."""
    calls = async_mock_service(hass, "test", "held")
    automations = [
        {
            "alias": name,
            "triggers": {"trigger": "event", "event_type": "asked"},
            "conditions": {"condition": f"{DOMAIN}.{name}", "target": target},
            "actions": {"action": "test.held", "data": {"condition": name}},
        }
        for name in CONDITIONS
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automations})
    await hass.async_block_till_done()
    return Asking(hass, calls)


async def test_the_conditions_say_how_the_charger_is(
    hass: HomeAssistant, start_protected: StartCharger, screen: Screen, device_id: str
) -> None:
    asking = await ask(hass, {"device_id": device_id})
    assert await asking.what_holds() == set()
    box = await start_protected()
    assert await asking.what_holds() == {"is_protected"}
    box.plug(Car())
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "vehicle_charging").state == "on"
    )
    assert await asking.what_holds() == CONDITIONS.keys()
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "paused")
    assert await asking.what_holds() == {"is_plugged_in", "is_protected"}
    box.cut_network()
    await box.wait_until(lambda: screen.sensor("status") == "unavailable")
    # What it holds goes on without a connection; whether a car is there nobody knows.
    assert await asking.what_holds() == {"is_protected"}


async def test_a_condition_that_names_the_status_goes_on_working(
    hass: HomeAssistant, charging_charger: VirtualWallbox, screen: Screen
) -> None:
    asking = await ask(hass, {"entity_id": screen.entity_id("sensor", "status")})
    assert "is_charging" in await asking.what_holds()
    await screen.switch("charging", on=False)
    await charging_charger.wait_until(
        lambda: screen.sensor("why_not_charging") == "paused"
    )
    assert "is_charging" not in await asking.what_holds()


async def test_a_connection_that_is_lost_for_a_while_fires_after_that(
    hass: HomeAssistant, connect: Connect, device_id: str
) -> None:
    calls = async_mock_service(hass, "test", "gone")
    automation: dict[str, Any] = {
        "triggers": {
            "trigger": f"{DOMAIN}.connection_lost",
            "target": {"device_id": device_id},
            "options": {"for": "00:10:00"},
        },
        "actions": {"action": "test.gone"},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [automation]})
    charger = await connect()
    await charger.leave()
    await asyncio.sleep(300)
    charger = await connect()
    await charger.left_alone()
    await charger.leave()
    await asyncio.sleep(540)
    assert not calls
    await asyncio.sleep(120)
    await hass.async_block_till_done()
    assert len(calls) == 1
