"""Sensors of the last session and of how long the one takes that is open."""

import asyncio
from datetime import datetime, timedelta

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import WallClock, until
from tests.conftest import Connect
from tests.helpers.past_sessions import HOUR, had
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen

NOW = datetime.fromisoformat("2026-06-10T12:20:30+00:00")

SECOND = timedelta(seconds=1)
MINUTE = 60

LAST = ("last_session_energy", "last_session_ended")
ALL = (*LAST, "session_energy", "session_duration")


@pytest.fixture(autouse=True)
def _now(wall_clock: WallClock) -> None:
    """Set the clock."""
    wall_clock.set(NOW)


@pytest.fixture
async def charger(connect: Connect) -> ScriptedCharger:
    """Return a charger."""
    return await connect(boots=False)


def last(screen: Screen) -> list[str]:
    """Return what is said of the last session: kWh, and when it ended."""
    return [screen.sensor(key) for key in LAST]


@pytest.mark.usefixtures("integration")
def test_without_a_session_nothing_is_known(screen: Screen) -> None:
    assert {screen.sensor(key) for key in ALL} == {"unknown"}


async def test_the_last_session_is_the_last_that_has_ended(
    charger: ScriptedCharger, screen: Screen
) -> None:
    number = await charger.start(
        timestamp=(NOW - timedelta(seconds=50)).isoformat(), meterStart=1000
    )
    await until(lambda: screen.sensor("session_duration") == "0.0")
    assert last(screen) == ["unknown", "unknown"]
    await charger.stop(number, meterStop=3500, timestamp=NOW.isoformat())
    await until(lambda: last(screen) == ["2.5", NOW.isoformat()])
    number = await charger.start(meterStart=3500)
    await until(lambda: screen.sensor("session_energy") == "0.0")
    assert last(screen) == ["2.5", NOW.isoformat()]
    earlier = NOW - timedelta(seconds=1)
    await charger.stop(number, meterStop=4500, timestamp=earlier.isoformat())
    # It cannot have ended before it began.
    await until(lambda: last(screen) == ["1.0", NOW.isoformat()])


async def test_a_session_from_the_queue_is_the_last_one_with_its_own_times(
    charger: ScriptedCharger, screen: Screen
) -> None:
    await had(charger, NOW - 5 * HOUR, wh=7250)
    await until(lambda: last(screen) == ["7.25", (NOW - 4 * HOUR).isoformat()])
    assert screen.sensor("session_duration") == "60.0"


async def test_a_session_of_which_only_the_end_is_known_is_not_the_last_one(
    charger: ScriptedCharger, screen: Screen
) -> None:
    await had(charger, NOW - 5 * HOUR, wh=7250)
    await charger.stop(4711, timestamp=(NOW - HOUR).isoformat())
    await until(lambda: screen.sensor("session_energy") == "unknown")
    assert last(screen) == ["7.25", (NOW - 4 * HOUR).isoformat()]
    assert screen.sensor("session_duration") == "unknown"


async def test_a_session_grows_older_minute_by_minute(
    hass: HomeAssistant, charger: ScriptedCharger, screen: Screen
) -> None:
    await charger.start()
    await until(lambda: screen.sensor("session_duration") == "0.0")
    # A charger that is there is heard of from time to time.
    await charger.leave()
    await gone(screen)
    entity_id = screen.entity_id("sensor", "session_duration")
    states: list[str] = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            states.append(event.data["new_state"].state)
            if event.data["entity_id"] == entity_id
            else None
        ),
    )
    for _ in range(36):
        await asyncio.sleep(5)
    await hass.async_block_till_done()
    assert states == ["1.0", "2.0"]
    attributes = screen.entity("sensor", "session_duration").attributes
    assert attributes["unit_of_measurement"] == "min"
    assert attributes["device_class"] == "duration"


async def test_a_session_grows_older_without_its_charger_and_stops_when_it_ends(
    hass: HomeAssistant, connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    number = await charger.start(meterStart=1000)
    await charger.leave()
    await gone(screen)
    await asyncio.sleep(90 * MINUTE)
    await until(lambda: screen.sensor("session_duration") == "90.0")
    charger = await connect(boots=False)
    ended = NOW + timedelta(minutes=61, seconds=59)
    await charger.stop(number, timestamp=ended.isoformat())
    await until(lambda: screen.sensor("session_duration") == "61.0")
    await asyncio.sleep(10 * MINUTE)
    await hass.async_block_till_done()
    assert screen.sensor("session_duration") == "61.0"
    assert last(screen)[1] == ended.isoformat()


async def test_a_session_of_a_clock_that_is_ahead_is_not_less_than_nothing_old(
    charger: ScriptedCharger, screen: Screen
) -> None:
    await charger.start(timestamp=(NOW + timedelta(minutes=50)).isoformat())
    await until(lambda: screen.sensor("session_duration") == "0.0")
    await asyncio.sleep(MINUTE)
    assert screen.sensor("session_duration") == "0.0"


async def test_a_restart_forgets_nothing_of_this(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    charger: ScriptedCharger,
    screen: Screen,
) -> None:
    await had(charger, NOW - 5 * HOUR, wh=7250)
    await charger.start(meterStart=9000, timestamp=(NOW - HOUR / 2).isoformat())
    await until(lambda: screen.sensor("session_duration") == "30.0")
    before = [screen.sensor(key) for key in ALL]
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert [screen.sensor(key) for key in ALL] == before


async def test_the_event_tells_what_the_session_came_to(
    charger: ScriptedCharger, screen: Screen
) -> None:
    await charger.status("Available")
    await charger.status("Preparing")
    number = await charger.start(
        meterStart=1000, idTag="04A1B2C3", timestamp=NOW.isoformat()
    )
    await until(
        lambda: screen.entity("event", "session").attributes["event_type"] == "started"
    )
    told = dict(screen.entity("event", "session").attributes)
    assert told["started"] == NOW.isoformat()
    assert NOW.isoformat() <= told["plugged_in"] < (NOW + SECOND).isoformat()
    assert told["started_by"] == "card"
    assert not told.keys() & {"id_tag", "energy", "cost", "ended", "charges"}
    await charger.stop(
        number, meterStop=3000, reason="Local", timestamp=NOW.isoformat()
    )
    await until(
        lambda: screen.entity("event", "session").attributes["event_type"] == "ended"
    )
    told = dict(screen.entity("event", "session").attributes)
    assert {
        key: told.get(key) for key in ("energy", "duration", "reason", "offline")
    } == {"energy": 2, "duration": 0, "reason": "local", "offline": False}
    assert "id_tag" not in told
    assert dt_util.parse_datetime(told["ended"]) == NOW
