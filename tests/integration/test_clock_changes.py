"""Nights in which clocks change: what is planned, what a charger does alone, and what is shown of it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
    DOMAIN,
)
from homeassistant.components.schedule.const import CONF_ALL_DAYS
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator.virtual_time import WallClock, until
from simulator.virtual_wallbox import Car
from tests.conftest import Connect, StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.past_sessions import had
from tests.helpers.plans import FOLLOWS, HOUR, KWH, MINUTE
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen
from tests.helpers.told import Told

DAY: Final = timedelta(days=1)
HOURLY: Final = timedelta(hours=1)
MINUTES: Final = timedelta(minutes=1)
PRICE: Final = "sensor.price"
HOURS: Final = "schedule.hours"
LOOK: Final = 10 * MINUTE + 1
"""Seconds from one look to the next."""


@dataclass(frozen=True)
class Night:
    """A night in which clocks change."""

    zone: str
    changes: datetime

    @property
    def evening(self) -> datetime:
        """Four hours before."""
        return self.changes - timedelta(hours=4)


NIGHTS: Final = {
    "Madrid, spring": Night(
        "Europe/Madrid", datetime.fromisoformat("2026-03-29T01:00Z")
    ),
    "Madrid, autumn": Night(
        "Europe/Madrid", datetime.fromisoformat("2026-10-25T01:00Z")
    ),
    "Lord Howe, spring": Night(
        "Australia/Lord_Howe", datetime.fromisoformat("2026-10-03T15:30Z")
    ),
    "Lord Howe, autumn": Night(
        "Australia/Lord_Howe", datetime.fromisoformat("2026-04-04T15:00Z")
    ),
}


@pytest.fixture(params=NIGHTS)
def night(request: pytest.FixtureRequest) -> Night:
    """Return a night in which clocks change."""
    return NIGHTS[request.param]


@pytest.fixture(autouse=True)
async def _in_the_evening(
    hass: HomeAssistant, hass_access_token: str, wall_clock: WallClock, night: Night
) -> None:
    """Be there in the evening, before the integration is set up, and after the owner has logged in."""
    await hass.config.async_set_time_zone(night.zone)
    wall_clock.set(night.evening)


async def scheduled(hass: HomeAssistant, *blocks: tuple[str, str]) -> None:
    """Have a schedule helper with the same blocks each day."""
    each = [{"from": start, "to": end} for start, end in blocks]
    week = dict.fromkeys(CONF_ALL_DAYS, each)
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"hours": {"name": "Hours"} | week}}
    )


@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize(
    "blocks",
    [
        [("01:00", "06:00")],
        # Home Assistant's helper misses some of these, which are by the clock on the wall all the same.
        [("01:10", "01:50"), ("02:10", "02:40"), ("03:20", "06:00")],
    ],
    ids=["a night", "within the hour"],
)
async def test_a_car_charges_in_the_hours_of_the_clock_on_the_wall(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    blocks: list[tuple[str, str]],
) -> None:
    await scheduled(hass, *blocks)
    change_settings(hass, integration, **{CONF_ALLOWED_HOURS: HOURS})
    box = await start_protected(FOLLOWS)
    await choose_mode(hass, screen, "planned")
    box.plug(Car())
    await box.sleep(2 * MINUTE)
    # What it does if nobody is there from now on.
    charger = alone(box)
    wrong: list[str] = []
    for _ in range(8 * HOUR // LOOK):
        charger.advance(charger.now + LOOK)
        await box.sleep(LOOK)
        clock = f"{dt_util.as_local(dt_util.utcnow()):%H:%M}"
        allowed = any(start <= clock < end for start, end in blocks)
        flows = [one.current_drawn > 0 for one in (box.charger, charger)]
        if flows != [allowed, allowed]:
            wrong.append(f"{clock}: {flows}")
        helper = hass.states.get(HOURS)
        if len(blocks) == 1:
            assert helper
            assert helper.state == ("on" if allowed else "off")
    assert not wrong


@pytest.mark.parametrize(
    ("at", "clocks"),
    [("06:00:00", {"06:00"}), ("02:15:00", {"02:15", "02:45", "03:15"})],
)
async def test_a_car_is_ready_by_the_clock_on_the_wall(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    night: Night,
    at: str,
    clocks: set[str],
) -> None:
    """In spring, a time that is left out comes later by as much."""
    hours = [dt_util.as_local(night.evening + number * HOURLY) for number in range(25)]
    prices = [
        # The hours around the change are cheap.
        {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "value": 0.1 + (number not in (3, 4)),
        }
        for number, (start, end) in enumerate(pairwise(hours))
    ]
    hass.states.async_set(
        PRICE, "0.30", {"unit_of_measurement": "EUR/kWh", "raw_today": prices}
    )
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: PRICE, CONF_READY_BY: at})
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 5)
    await choose_mode(hass, screen, "planned")
    before = box.charger.energy_wh
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("plan") in ("planned", "charging"))
    await box.sleep(2 * MINUTE)
    deadline = screen.entity("sensor", "plan").attributes["ready_by"]
    assert f"{dt_util.as_local(deadline):%H:%M}" in clocks
    left = (deadline - dt_util.utcnow()).total_seconds()
    assert left < DAY.total_seconds()
    assert alone(box, left).energy_wh - before == pytest.approx(5 * KWH, abs=300)
    await box.sleep(left)
    box.look()
    assert box.charger.energy_wh - before == pytest.approx(5 * KWH, abs=300)


async def test_a_calendar_shows_what_is_planned_and_what_was_while_clocks_change(
    hass_client: ClientSessionGenerator,
    connect_protected: ConnectProtected,
    act: Act,
    screen: Screen,
    night: Night,
) -> None:
    begin, end = night.changes - 20 * MINUTES, night.changes + 5 * MINUTES
    charger = await connect_protected()
    late = night.changes + 10 * MINUTES
    await had(charger, begin - DAY, ended=late - DAY)
    await act("set_plan", slots=[{"start": begin.isoformat(), "end": end.isoformat()}])
    client = await hass_client()

    async def events() -> list[tuple[datetime, datetime]]:
        response = await client.get(
            f"/api/calendars/{screen.entity_id('calendar', 'sessions')}",
            params={
                "start": night.evening.isoformat(),
                "end": (night.evening + DAY).isoformat(),
            },
        )
        assert response.status == HTTPStatus.OK
        return [
            (
                datetime.fromisoformat(event["start"]["dateTime"]),
                datetime.fromisoformat(event["end"]["dateTime"]),
            )
            for event in await response.json()
        ]

    [planned] = await events()
    assert planned[0] == begin
    assert planned[0] < planned[1]
    await asyncio.sleep((late - dt_util.utcnow()).total_seconds() + 60)
    await had(charger, begin, ended=end, register=2000)
    await had(charger, late, ended=late, register=3000)
    across, short = await events()
    assert across[0] == begin
    assert short == (late, late + MINUTES)


async def test_a_session_lasts_as_long_as_it_takes_while_clocks_change(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    device_id: str,
    connect: Connect,
    screen: Screen,
    told: Told,
    night: Night,
    wall_clock: WallClock,
) -> None:
    """In autumn it ends, by the clock on the wall, before it began."""
    begin, end = night.changes - 20 * MINUTES, night.changes + 5 * MINUTES
    wall_clock.set(begin)
    charger = await connect()
    number = await charger.start(timestamp=begin.isoformat(), meterStart=1000)
    await charger.status("Charging")
    await asyncio.sleep((end - begin).total_seconds())
    await until(lambda: screen.sensor("session_duration") == "25.0")
    await charger.stop(number, timestamp=end.isoformat(), meterStop=4000)
    await until(lambda: told.types == ["started", "ended"])
    assert screen.sensor("session_duration") == "25.0"
    assert screen.sensor("last_session_ended") == end.isoformat()
    event = told.events[-1]
    assert (event["duration"], event["energy"]) == (1500.0, 3.0)

    client = await hass_ws_client()

    async def sessions(**period: str) -> list[dict[str, Any]]:
        """Return the sessions of a period as the card gets them."""
        await client.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": "get_sessions",
                "service_data": {"device_id": device_id, **period},
                "return_response": True,
            }
        )
        response = await client.receive_json()
        found: list[dict[str, Any]] = response["result"]["response"]["sessions"]
        return found

    day = dt_util.as_local(end).date()
    [session] = await sessions(start=f"{day}", end=f"{day + DAY}")
    moments = [datetime.fromisoformat(session[name]) for name in ("started", "ended")]
    assert moments == [begin, end]
    assert (session["duration"], session["energy"]) == (1500.0, 3.0)
    assert await sessions(start=f"{day - DAY}", end=f"{day}") == []
    # What comes twice by the clock on the wall is told apart by what follows it.
    within = {"start": end.isoformat(), "end": (end + MINUTES).isoformat()}
    assert len(await sessions(**within)) == 1
    hour_ago = {name: (end - HOURLY).isoformat() for name in ("start", "end")}
    assert await sessions(**hour_ago) == []


async def test_a_month_begins_by_the_clock_of_then(
    connect: Connect, screen: Screen, night: Night, wall_clock: WallClock
) -> None:
    wall_clock.set(night.changes + DAY)
    first = dt_util.as_local(night.changes).replace(day=1, hour=0, minute=0)
    charger = await connect()
    await until(lambda: screen.sensor("energy_this_month") == "0.0")
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]
    assert datetime.fromisoformat(began) == first
    for number, begin in enumerate((first - timedelta(hours=1), first), 1):
        await had(
            charger,
            begin.astimezone(UTC),
            ended=begin.astimezone(UTC) + 30 * MINUTES,
            register=1000 * number,
            wh=number * 100,
        )
    await until(lambda: screen.sensor("energy_this_month") == "0.2")
