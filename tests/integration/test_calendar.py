"""The calendar of a charger, through the API that the frontend uses."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
import threading
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.wallbox_ocpp.const import CONF_PRICE
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import WallClock, until
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import HOUR, had, perform
from tests.helpers.screen import Screen
from tests.helpers.told import readings

NOON = datetime.fromisoformat("2026-06-10T10:00:00+00:00")
"""In Berlin."""

type Events = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def language() -> str:
    """Return the language of the home."""
    return "en"


@pytest.fixture(autouse=True)
async def _in_berlin(hass: HomeAssistant, language: str) -> None:
    """Live two hours ahead of UTC in summer, before the integration is set up."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.currency = "EUR"
    hass.config.language = language


@pytest.fixture
async def charger(connect: Connect) -> ScriptedCharger:
    """Return a charger."""
    return await connect(boots=False)


@pytest.fixture
async def events(hass_client: ClientSessionGenerator, screen: Screen) -> Events:
    """Return a function that asks for the events of a time, June unless said otherwise."""
    client = await hass_client()

    async def ask(
        start: str = "2026-06-01T00:00:00+02:00", end: str = "2026-07-01T00:00:00+02:00"
    ) -> list[dict[str, Any]]:
        response = await client.get(
            f"/api/calendars/{screen.entity_id('calendar', 'sessions')}",
            params={"start": start, "end": end},
        )
        assert response.status == HTTPStatus.OK
        found: list[dict[str, Any]] = await response.json()
        return found

    return ask


async def test_each_session_is_an_event(
    charger: ScriptedCharger, events: Events
) -> None:
    await had(charger, NOON, wh=7254)
    await had(charger, NOON + timedelta(days=1), register=9000, wh=149)
    first, second = await events()
    assert first == {
        "start": {"dateTime": "2026-06-10T12:00:00+02:00"},
        "end": {"dateTime": "2026-06-10T13:00:00+02:00"},
        "summary": "7.3 kWh charged",
        "description": "Charging time: 1:00 h\nThe charger had no connection when this session began.",
        "location": None,
        "uid": first["uid"],
        "recurrence_id": None,
        "rrule": None,
        "status": None,
    }
    assert second["summary"] == "0.1 kWh charged"
    assert first["uid"] != second["uid"]


async def test_events_are_made_beside_the_event_loop(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    charger: ScriptedCharger,
    events: Events,
) -> None:
    await had(charger, NOON)
    await hass.async_block_till_done()
    threads: list[int] = []

    def charging_time(_: ChargingSession) -> timedelta:
        threads.append(threading.get_ident())
        return HOUR

    monkeypatch.setattr(ChargingSession, "charging_time", property(charging_time))
    assert len(await events()) == 1
    assert threads
    assert threading.get_ident() not in threads


async def test_a_calendar_shows_what_lies_in_its_time_or_partly(
    charger: ScriptedCharger, events: Events
) -> None:
    midnight = datetime.fromisoformat("2026-06-01T00:00:00+02:00")
    month = timedelta(days=30)
    begins = (
        midnight - HOUR,
        midnight - HOUR / 2,
        midnight,
        midnight + month - HOUR / 2,
        midnight + month,
    )
    for number, began in enumerate(begins, 1):
        await had(charger, began, register=1000 * number, wh=100 * number)
    shown = [event["summary"] for event in await events()]
    assert shown == [f"0.{number} kWh charged" for number in (2, 3, 4)]


async def test_what_a_session_cost_is_reported_in_the_currency_of_the_home(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    charger: ScriptedCharger,
    events: Events,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE: 0.3})
    await hass.async_block_till_done()
    await had(charger, NOON, wh=9000)
    (event,) = await events()
    assert "\nCost: 2.70 EUR\n" in event["description"]


async def test_a_session_that_began_with_a_connection_has_little_to_add(
    charger: ScriptedCharger, events: Events
) -> None:
    await charger.stop(await charger.start(meterStart=1000), meterStop=1000)
    now = dt_util.utcnow()
    day = timedelta(days=1)
    (event,) = await events((now - day).isoformat(), (now + day).isoformat())
    assert (event["summary"], event["description"]) == ("0.0 kWh charged", "")


async def test_a_session_of_no_time_can_be_seen(
    charger: ScriptedCharger, events: Events
) -> None:
    await had(charger, NOON, ended=NOON)
    (event,) = await events()
    assert event["start"] == {"dateTime": "2026-06-10T12:00:00+02:00"}
    assert event["end"] == {"dateTime": "2026-06-10T12:01:00+02:00"}


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [("11:30", "12:30", 1), ("06:30", "07:30", 0), ("06:30", "12:30", 1)],
)
async def test_a_session_whose_clock_was_set_back_is_shown_where_it_began(
    charger: ScriptedCharger, events: Events, start: str, end: str, count: int
) -> None:
    await had(charger, NOON, ended=NOON - 5 * HOUR)
    shown = await events(f"2026-06-10T{start}:00+02:00", f"2026-06-10T{end}:00+02:00")
    assert [(event["start"], event["end"]) for event in shown] == count * [
        (
            {"dateTime": "2026-06-10T12:00:00+02:00"},
            {"dateTime": "2026-06-10T12:01:00+02:00"},
        )
    ]


async def test_the_end_of_a_session_that_nobody_knew_is_an_event(
    charger: ScriptedCharger, events: Events
) -> None:
    await charger.stop(4711, timestamp=NOON.isoformat())
    (event,) = await events()
    assert event["start"] == {"dateTime": "2026-06-10T12:00:00+02:00"}
    assert (event["summary"], event["description"]) == ("Charging session", "")


@pytest.mark.parametrize("end", ["no time", "now", "open"])
async def test_a_charger_that_does_not_know_the_time_spoils_nothing(
    hass: HomeAssistant,
    charger: ScriptedCharger,
    events: Events,
    device_id: str,
    end: str,
) -> None:
    """Some programs write the beginning of all time, which is no time in America."""
    await hass.config.async_set_time_zone("America/New_York")
    await had(charger, NOON)
    no_time = "0001-01-01T00:00:00Z"
    number = await charger.start(timestamp=no_time, meterStart=9000)
    await charger.status("Charging")
    if end == "no time":
        await charger.stop(number, timestamp=no_time, meterStop=10_000)
    if end == "now":
        await charger.stop(number, meterStop=10_000)
    assert len(await events(end="2037-01-01T00:00:00Z")) == 2
    exported = await perform(hass, "export_sessions", device_id)
    assert exported["sessions"] == (1 if end == "open" else 2)


# The session that is open

NOW = datetime.fromisoformat("2026-06-10T12:20:30+02:00")


async def test_the_session_that_lasts_ends_with_the_hour_for_now(
    connect: Connect, events: Events, screen: Screen, wall_clock: WallClock
) -> None:
    wall_clock.set(NOW)
    charger = await connect(boots=False)
    assert screen.entity("calendar", "sessions").state == "off"
    number = await charger.start(meterStart=1000)
    await charger.ask("MeterValues", readings(number, "2000"))
    await until(lambda: screen.entity("calendar", "sessions").state == "on")
    shown = screen.entity("calendar", "sessions").attributes
    assert shown["message"] == "Charging session"
    assert shown["start_time"] == "2026-06-10 12:20:30"
    assert shown["end_time"] == "2026-06-10 13:00:00"
    (event,) = await events()
    assert event["end"] == {"dateTime": "2026-06-10T13:00:00+02:00"}
    assert (event["summary"], event["description"]) == ("Charging session", "")

    one = NOW.replace(hour=13, minute=0, second=0)
    await asyncio.sleep((one - dt_util.utcnow()).total_seconds() + 1)
    shown = screen.entity("calendar", "sessions").attributes
    assert screen.entity("calendar", "sessions").state == "on"
    assert shown["end_time"] == "2026-06-10 14:00:00"

    charger = await connect(boots=False)
    await charger.stop(number, meterStop=2000)
    await until(lambda: screen.entity("calendar", "sessions").state == "off")
    assert "message" not in screen.entity("calendar", "sessions").attributes


async def test_the_session_that_lasts_is_not_in_the_future_or_before_its_start(
    charger: ScriptedCharger, events: Events, wall_clock: WallClock
) -> None:
    wall_clock.set(NOW)
    await charger.start(timestamp=(NOW - timedelta(seconds=30)).isoformat())
    assert not await events("2026-06-10T11:00:00+02:00", "2026-06-10T12:20:00+02:00")
    assert not await events("2026-06-10T13:00:00+02:00", "2026-06-10T14:00:00+02:00")
    assert await events("2026-06-10T12:40:00+02:00", "2026-06-10T12:50:00+02:00")


async def test_a_session_of_a_clock_that_is_ahead_does_not_end_before_it_begins(
    charger: ScriptedCharger, events: Events, screen: Screen, wall_clock: WallClock
) -> None:
    wall_clock.set(NOW)
    await charger.start(timestamp=(NOW + 3 * HOUR).isoformat())
    (event,) = await events()
    assert event["end"] == {"dateTime": "2026-06-10T15:21:30+02:00"}
    assert screen.entity("calendar", "sessions").state == "off"


async def test_who_looks_at_the_calendar_sees_a_session_end(
    hass_ws_client: WebSocketGenerator, charger: ScriptedCharger, screen: Screen
) -> None:
    client = await hass_ws_client()
    now = dt_util.utcnow()
    await client.send_json_auto_id(
        {
            "type": "calendar/event/subscribe",
            "entity_id": screen.entity_id("calendar", "sessions"),
            "start": (now - HOUR).isoformat(),
            "end": (now + HOUR).isoformat(),
        }
    )
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"]["events"] == []
    number = await charger.start(meterStart=1000)
    (event,) = (await client.receive_json())["event"]["events"]
    assert event["summary"] == "Charging session"
    await charger.stop(number, meterStop=3500)
    (event,) = (await client.receive_json())["event"]["events"]
    assert event["summary"] == "2.5 kWh charged"


# Languages


@pytest.mark.parametrize("language", ["fi", "xx"])
async def test_a_language_that_is_not_ours_gets_english(
    charger: ScriptedCharger, events: Events, screen: Screen
) -> None:
    await had(charger, NOON, wh=7254)
    (event,) = await events()
    assert event["summary"] == "7.3 kWh charged"
    await charger.start()
    await until(lambda: screen.entity("calendar", "sessions").state == "on")


async def test_the_language_may_change(
    hass: HomeAssistant, charger: ScriptedCharger, events: Events, screen: Screen
) -> None:
    await had(charger, NOON, wh=7254)
    await hass.config.async_update(language="fi")
    await hass.async_block_till_done()
    (event,) = await events()
    assert event["summary"] == "7.3 kWh charged"
    await charger.start()
    await until(lambda: screen.entity("calendar", "sessions").state == "on")


async def test_a_session_may_start_while_the_language_changes(
    hass: HomeAssistant, charger: ScriptedCharger, screen: Screen
) -> None:
    """Home Assistant has the texts of a language a moment later."""
    hass.config.language = "fi"
    await charger.start()
    await until(lambda: screen.entity("calendar", "sessions").state == "on")
    shown = screen.entity("calendar", "sessions").attributes["message"]
    assert shown == "Charging session"
