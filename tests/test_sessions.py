"""Sessions as automations see them: each told exactly once, with the charger's own times."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .conftest import IDENTITY, Screen, StartCharger, in_seconds, protected
from .virtual_wallbox import Car, VirtualWallbox

SPEED = 60


class Told:
    """What the session event entity has told."""

    def __init__(self, hass: HomeAssistant, screen: Screen) -> None:
        """Listen from now on."""
        self.events: list[Mapping[str, Any]] = []
        self._last = ""
        entity_id = screen.entity_id("event", "session")

        @callback
        def listen(event: Event[Any]) -> None:
            state = event.data["new_state"]
            # An event entity that comes back after a reload shows its last event again.
            if event.data["entity_id"] == entity_id and state.state > self._last:
                if state.attributes.get("event_type"):
                    self._last = state.state
                    self.events.append(state.attributes)

        hass.bus.async_listen("state_changed", listen)

    @property
    def types(self) -> list[str]:
        """Return the kinds of events, in order."""
        return [event["event_type"] for event in self.events]


@pytest.fixture
async def told(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> Told:
    """Return what is told of sessions."""
    return Told(hass, screen)


async def charged(box: VirtualWallbox, screen: Screen, seconds: float = 120) -> None:
    """Let a car come, charge and stay plugged in."""
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(seconds)


async def test_a_session_is_told_when_it_starts_and_when_it_ends(
    start_charger: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_charger(speed=SPEED)
    await charged(box, screen)
    register = box.charger.energy_wh
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    started, ended = told.events
    assert started["transaction_id"] == ended["transaction_id"] > 0
    assert ended["reason"] == "ev_disconnected"
    assert ended["delayed"] is False
    stop = box.sent("StopTransaction")[0].payload
    start = box.sent("StartTransaction")[0].payload
    assert ended["energy"] == pytest.approx(
        (stop["meterStop"] - start["meterStart"]) / 1000
    )
    assert register / 1000 == pytest.approx(float(screen.sensor("energy")), abs=0.1)
    length = dt_util.parse_datetime(stop["timestamp"]) - _time(start["timestamp"])  # type: ignore[operator]  # both parse
    assert ended["duration"] == length.total_seconds()
    assert _time(ended["started"]) == _time(start["timestamp"])
    assert _time(ended["ended"]) == _time(stop["timestamp"])
    assert "id_tag" not in ended
    assert float(screen.sensor("session_energy")) == pytest.approx(ended["energy"])


async def test_the_id_tag_is_told_only_if_the_owner_wants(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    subentry = next(iter(integration.subentries.values()))
    hass.config_entries.async_update_subentry(
        integration, subentry, data={**subentry.data, CONF_SHOW_ID_TAG: True}
    )
    await hass.async_block_till_done()
    box = await start_charger(speed=SPEED)
    await charged(box, screen, 60)
    assert told.events[0]["id_tag"] == "NoAuthorization"


async def test_a_session_that_ends_while_the_charger_is_offline_is_told_on_its_return(
    start_charger: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_charger(speed=SPEED)
    await charged(box, screen)
    box.cut_network()
    await box.sleep(120)
    box.unplug()
    await box.sleep(120)
    box.restore_network()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    stop = box.sent("StopTransaction")[-1].payload
    assert _time(told.events[-1]["ended"]) == _time(stop["timestamp"])


async def test_sessions_that_began_and_ended_offline_are_told_with_their_own_times(
    start_charger: StartCharger, screen: Screen, told: Told
) -> None:
    box = await start_charger(speed=SPEED)
    await box.wait_until(lambda: protected(screen))
    box.cut_network()
    for _ in range(2):
        box.plug(Car())
        await box.sleep(120)
        box.unplug()
        await box.sleep(60)
    box.restore_network()
    await box.wait_until(lambda: told.types == ["started", "ended"] * 2)
    assert all(event["energy"] > 0 for event in told.events[1::2])
    assert (
        float(screen.sensor("power") if screen.sensor("power") != "unknown" else 0) == 0
    )
    starts = [frame.payload["timestamp"] for frame in box.sent("StartTransaction")]
    assert [_time(event["started"]) for event in told.events[::2]] == [
        _time(start) for start in starts
    ]


async def test_a_session_goes_on_over_a_restart_of_home_assistant(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    box = await start_charger(speed=SPEED)
    await charged(box, screen)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(120)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(60)
    box.unplug()
    await box.wait_until(lambda: told.types == ["started", "ended"])
    start = box.sent("StartTransaction")[0].payload
    stop = box.sent("StopTransaction")[0].payload
    assert told.events[-1]["energy"] == pytest.approx(
        (stop["meterStop"] - start["meterStart"]) / 1000
    )


async def test_a_session_that_ends_while_home_assistant_is_down_is_told_afterwards(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    told: Told,
) -> None:
    box = await start_charger(speed=SPEED)
    await charged(box, screen)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(120)
    box.unplug()
    await box.sleep(120)
    # The charger is back with its queue before automations listen.
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: len(box.sent("StopTransaction")) > 0)
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert told.types == ["started"]
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert told.types == ["started", "ended"]
    assert told.events[-1]["energy"] > 0


async def test_old_news_from_the_queue_is_told_as_delayed(
    integration: MockConfigEntry, told: Told, screen: Screen
) -> None:
    two_hours_ago = dt_util.utcnow() - timedelta(hours=2)
    async with ClientSession() as client, _charger(client, integration) as socket:
        start = {
            "connectorId": 1,
            "meterStart": 1000,
            "timestamp": two_hours_ago.isoformat(),
        }
        transaction = await ask(socket, "1", "StartTransaction", start)
        old = readings(transaction["transactionId"], "1500", two_hours_ago)
        old["meterValue"][0]["sampledValue"].append(
            {"value": "7000", "measurand": "Power.Active.Import", "unit": "W"}
        )
        await ask(socket, "2", "MeterValues", old)
        assert screen.sensor("power") == "unknown"
        stop = {
            "transactionId": transaction["transactionId"],
            "meterStop": 9000,
            "timestamp": (two_hours_ago + timedelta(hours=1)).isoformat(),
        }
        await ask(socket, "3", "StopTransaction", stop)
    assert [event["delayed"] for event in told.events] == [True, True]
    assert told.events[-1]["energy"] == 8
    assert told.events[-1]["duration"] == 3600


async def test_a_repeated_start_or_stop_is_told_once(
    hass: HomeAssistant, integration: MockConfigEntry, told: Told
) -> None:
    """A charger that missed our answer says it again, with a new message id."""
    start = {
        "connectorId": 1,
        "idTag": "NoAuthorization",
        "meterStart": 1000,
        "timestamp": dt_util.utcnow().isoformat(),
    }
    async with ClientSession() as client, _charger(client, integration) as socket:
        first = await ask(socket, "1", "StartTransaction", start)
        assert await ask(socket, "2", "StartTransaction", start) == first
        transaction_id = first["transactionId"]
        stop = {
            "transactionId": transaction_id,
            "meterStop": 3000,
            "timestamp": dt_util.utcnow().isoformat(),
            "idTag": "",
            "transactionData": [],
            "reason": "EVDisconnected",
        }
        assert await ask(socket, "3", "StopTransaction", stop) == {}
        assert await ask(socket, "1", "StopTransaction", stop) == {}
    assert told.types == ["started", "ended"]
    assert told.events[-1]["energy"] == 2


async def test_a_stop_of_a_session_we_never_knew_is_acknowledged_and_told(
    integration: MockConfigEntry, told: Told
) -> None:
    async with ClientSession() as client, _charger(client, integration) as socket:
        stop = {"transactionId": 4711, "meterStop": 3000, "timestamp": "garbage"}
        assert await ask(socket, "1", "StopTransaction", stop) == {}
        assert await ask(socket, "2", "StopTransaction", {"reason": 7}) == {}
    assert told.types == ["ended", "ended"]
    assert told.events[0]["transaction_id"] == 4711
    assert told.events[0]["energy"] is None


async def test_a_running_transaction_we_never_knew_is_adopted_from_its_readings(
    integration: MockConfigEntry, told: Told, screen: Screen
) -> None:
    async with ClientSession() as client, _charger(client, integration) as socket:
        await ask(socket, "1", "MeterValues", readings(77, "1000.0"))
        await ask(socket, "2", "MeterValues", readings(77, "2500.0"))
        stop = {"transactionId": 77, "meterStop": 3000}
        await ask(socket, "3", "StopTransaction", stop)
        start = await ask(socket, "4", "StartTransaction", {"connectorId": 1})
        assert start["transactionId"] == 78
    assert told.types == ["started", "ended", "started"]
    assert [event["transaction_id"] for event in told.events] == [77, 77, 78]
    assert told.events[0]["delayed"] is True
    assert told.events[1]["energy"] == 2


async def test_a_session_the_charger_has_forgotten_ends_at_its_last_reading(
    hass: HomeAssistant, integration: MockConfigEntry, told: Told
) -> None:
    async with ClientSession() as client, _charger(client, integration) as socket:
        await ask(
            socket, "1", "StartTransaction", {"connectorId": 1, "meterStart": 1000}
        )
        await ask(socket, "2", "MeterValues", readings(1, "1800.0"))
        available = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        await ask(socket, "3", "StatusNotification", available)
        assert told.types == ["started"]
        async_fire_time_changed(hass, in_seconds(601))
        await asyncio.sleep(0.1)
        assert told.types == ["started", "ended"]
        assert told.events[-1]["energy"] == 0.8


async def test_nothing_is_acknowledged_that_may_not_reach_the_disk(
    hass: HomeAssistant, integration: MockConfigEntry, told: Told
) -> None:
    async with ClientSession() as client, _charger(client, integration) as socket:
        hass.set_state(CoreState.stopping)
        await socket.send_json([2, "1", "StartTransaction", {"connectorId": 1}])
        answer = await socket.receive(timeout=2)
        assert answer.data == 1000 or not isinstance(answer.data, str)
        hass.set_state(CoreState.running)
    assert told.types == []


async def test_the_lifetime_meter_never_dips(
    integration: MockConfigEntry, screen: Screen, hass: HomeAssistant
) -> None:
    async with ClientSession() as client, _charger(client, integration) as socket:
        for number, value in enumerate(["5000", "0", "nonsense", "4000", "-1", "NaN"]):
            await ask(socket, str(number), "MeterValues", readings(None, value))
        await hass.async_block_till_done()
        assert float(screen.sensor("energy")) == 5.0


def readings(
    transaction_id: int | None, energy: str, timestamp: datetime | None = None
) -> dict[str, Any]:
    """Return a reading of the lifetime meter, in Wh."""
    meter_value = {
        "timestamp": (timestamp or dt_util.utcnow()).isoformat(),
        "sampledValue": [{"value": energy, "unit": "Wh"}],
    }
    payload: dict[str, Any] = {"connectorId": 1, "meterValue": [meter_value]}
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    return payload


async def ask(
    socket: ClientWebSocketResponse, unique_id: str, action: str, payload: Any
) -> Any:
    """Send a message of the charger and return the payload of the answer."""
    await socket.send_json([2, unique_id, action, payload])
    while True:
        kind, answered, *rest = await socket.receive_json(timeout=5)
        if kind == 3 and answered == unique_id:
            return rest[0]
        assert kind == 2, "a CALLERROR"


def _charger(client: ClientSession, integration: MockConfigEntry) -> Any:
    assert integration.state is ConfigEntryState.LOADED
    url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}/{IDENTITY}"
    return client.ws_connect(url, protocols=["ocpp1.6"])


def _time(text: str) -> datetime:
    parsed = dt_util.parse_datetime(text)
    assert parsed
    return parsed
