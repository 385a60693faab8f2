"""Energy of offline periods, in the right hour of the Energy dashboard.

The recorder is a real one. It works after each hour and after each change; the other times in a
home, each five minutes, tell it nothing new. At eleven in UTC, while nobody listens to the charger,
the clocks on the wall of this home go from two back to one: hours are those that pass.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_test_home_assistant,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_block_recorder,
    async_wait_purge_done,
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.wallbox_ocpp.charger.statistics import async_backfill
from custom_components.wallbox_ocpp.wallbox.model.meter_history import (
    MeterHistory,
    at_full_hours,
    begun,
    ended,
    noted,
)
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.freeze_time("2026-11-01 08:00:20+00:00"),
    pytest.mark.parametrize("enable_statistics", [True]),
]

ZONE: Final = "America/Adak"
METER: Final = "sensor.wallbox_100001_lifetime_energy"
BYSTANDER: Final = "sensor.outside_temperature"

BEFORE: Final = 532.2184
"""kWh on the meter before these tests; all others are on top of that."""

HOUR: Final = timedelta(hours=1)
PERIOD: Final = timedelta(minutes=5)
"""Between two works of the recorder."""
PAST: Final = timedelta(seconds=10)
"""How far into a period it works on the one before."""


def at(clock: str, day: int = 0) -> datetime:
    """Return a time on the day of these tests, or on a later one."""
    time = datetime.strptime(clock, "%H:%M").replace(year=2026, month=11, day=1 + day)
    return time.replace(tzinfo=UTC)


def history(*points: tuple[str, float], until: datetime = at("14:10")) -> MeterHistory:
    """Return what is known of a meter that stood at 100 kWh at 10:20, and at 110 in the end."""
    known = ended(begun(at("10:20"), wh(100)), until, wh(110))
    for clock, kwh in points:
        known = noted(known, at(clock), wh(kwh))
    return known


def wh(kwh: float) -> float:
    """Return what the meter says, in Wh."""
    return (BEFORE + kwh) * 1000


CHARGED_AT_NOON: Final = (("11:30", 100), ("12:30", 110))

RIGHT: Final = {8: 0, 9: 1, 10: 0, 11: 5, 12: 5, 13: 0, 14: 0.5, 15: 0.5}
"""The kWh of each hour, once it is known that the car charged from 11:30 to 12:30."""


class Life:
    """A run of Home Assistant with a recorder, a charger's meter, and another sensor."""

    unit = "kWh"
    """Of the meter's sensor."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin."""
        self.hass = hass
        self._freezer = freezer
        self._changed = False

    def show(self, kwh: float | None) -> None:
        """Let the sensors show something, or be unavailable."""
        factor = {"Wh": 1, "MWh": 1e-6}.get(self.unit, 1e-3)
        meter = "unavailable" if kwh is None else str(round(wh(kwh) * factor, 7))
        attributes = {
            "device_class": "energy",
            "state_class": "total_increasing",
            "unit_of_measurement": self.unit,
        }
        self.hass.states.async_set(METER, meter, attributes)
        self.hass.states.async_set(BYSTANDER, "17.5", {"state_class": "measurement"})
        self._changed = True

    async def until(self, clock: str, day: int = 0) -> None:
        """Live on."""
        while (now := dt_util.utcnow()) < at(clock, day):
            period = PERIOD if self._changed else HOUR
            self._changed = False
            tick = now - (now - at("00:00")) % period + PAST
            tick += period if tick <= now else timedelta()
            await async_wait_recording_done(self.hass)
            self._freezer.move_to(min(tick, at(clock, day)))
            async_fire_time_changed(self.hass)
            await async_wait_recording_done(self.hass)

    async def morning(self) -> None:
        """Charge 1 kWh at 9:30, and lose the charger at 10:20."""
        self.show(99)
        await self.until("09:30")
        self.show(100)
        await self.until("10:20")

    async def afternoon(self, day: int = 0) -> None:
        """Charge 0.5 kWh each in the hours from 14:00 and 15:00."""
        self.show(110)
        await self.until("14:40", day)
        self.show(110.5)
        await self.until("15:30", day)
        self.show(111)
        await self.until("16:01", day)

    async def backfill(self, known: MeterHistory) -> None:
        """Do what is tested."""
        await async_backfill(self.hass, METER, at_full_hours(known))

    async def backfill_is_waiting(self, known: MeterHistory) -> asyncio.Task[None]:
        """Do what is tested in the background, and see that it bides its time."""
        looked = asyncio.Event()
        recorder = get_instance(self.hass)
        look_up = recorder.async_add_executor_job

        def look(*args: Any) -> asyncio.Future[Any]:
            answer = look_up(*args)
            answer.add_done_callback(lambda _: looked.set())
            return answer

        with patch.object(recorder, "async_add_executor_job", look):
            task = self.hass.async_create_background_task(
                self.backfill(known), "backfill"
            )
            # Who hears of the answer second has taken it in by the time we go on.
            await looked.wait()
        assert not task.done()
        return task

    async def rows(self, statistic_id: str = METER) -> dict[int, dict[str, Any]]:
        """Return what the Energy dashboard reads, in kWh, by the hour since midnight."""
        found = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            at("00:00"),
            None,
            {statistic_id},
            "hour",
            {"energy": "kWh"},
            {"change", "sum", "state", "mean"},
        )
        return {
            (dt_util.utc_from_timestamp(row["start"]) - at("00:00")) // HOUR: dict(row)
            for row in found.get(statistic_id, [])
        }

    async def changes(self) -> dict[int, float]:
        """Return the kWh of each hour."""
        rows = await self.rows()
        return {hour: round(row["change"], 4) for hour, row in rows.items()}


@pytest.fixture
async def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
) -> None:
    """Prepare a recorder before Home Assistant, as it wants to be."""


@pytest.fixture
async def life(
    recorder_mock: object, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> Life:
    """Return a life that goes on without a restart."""
    await hass.config.async_set_time_zone(ZONE)
    assert await async_setup_component(hass, "sensor", {})
    return Life(hass, freezer)


async def test_energy_is_in_its_hour_and_none_is_lost_or_twice(life: Life) -> None:
    await life.morning()
    await life.until("14:10")
    life.show(110)
    await life.backfill(history(*CHARGED_AT_NOON))
    await life.afternoon()
    assert await life.changes() == RIGHT
    rows = await life.rows()
    assert [row["state"] for row in rows.values()] == pytest.approx(
        [BEFORE + kwh for kwh in (99, 100, 100, 105, 110, 110, 110.5, 111)]
    )
    assert rows[15]["sum"] - rows[8]["sum"] == pytest.approx(12)
    assert list(await life.rows(BYSTANDER)) == list(RIGHT)
    assert (
        EVENT_RECORDER_5MIN_STATISTICS_GENERATED not in life.hass.bus.async_listeners()
    )


async def test_it_can_be_said_again_and_be_said_better(life: Life) -> None:
    await life.morning()
    await life.until("14:10")
    life.show(110)
    await life.backfill(begun(at("10:20"), wh(100)))
    assert await life.changes() == {8: 0, 9: 1, 10: 0, 11: 0, 12: 0, 13: 0}
    await life.backfill(history())
    even = round(10 * 60 / 230, 4)
    assert await life.changes() == {
        8: 0,
        9: 1,
        10: pytest.approx(even * 40 / 60, abs=1e-4),
        **dict.fromkeys((11, 12, 13), even),
    }
    await life.backfill(history(*CHARGED_AT_NOON))
    once = await life.rows()
    await life.backfill(history(*CHARGED_AT_NOON))
    assert await life.rows() == once
    await life.afternoon()
    assert await life.changes() == RIGHT


@pytest.mark.parametrize("drift", [0, 5e-4])
async def test_hours_long_past_can_be_written_too(life: Life, drift: float) -> None:
    await life.morning()
    await life.until("14:10")
    await life.afternoon()
    # Sums of floats drift by a hair.
    get_instance(life.hass).async_adjust_statistics(METER, at("14:00"), drift, "kWh")
    await async_wait_recording_done(life.hass)
    assert (await life.changes())[14] == 10.5 + drift
    await life.backfill(history(*CHARGED_AT_NOON))
    assert await life.changes() == RIGHT | {14: 0.5 + drift}


@pytest.mark.parametrize("unit", ["Wh", "MWh"])
async def test_the_statistics_keep_their_unit(life: Life, unit: str) -> None:
    life.unit = unit
    await test_energy_is_in_its_hour_and_none_is_lost_or_twice(life)


async def test_the_unit_of_the_sensor_may_have_been_changed_since(life: Life) -> None:
    await life.morning()
    life.unit = "MWh"
    life.show(100)
    await life.until("14:10")
    await life.afternoon()
    await life.backfill(history(*CHARGED_AT_NOON))
    assert await life.changes() == RIGHT


async def test_the_meter_may_have_been_exchanged_before(life: Life) -> None:
    life.show(500)
    await life.until("08:30")
    await life.morning()
    await life.until("14:10")
    life.show(110)
    await life.backfill(history(*CHARGED_AT_NOON))
    await life.afternoon()
    assert await life.changes() == RIGHT | {8: BEFORE + 99}


async def test_an_hour_that_has_just_ended_is_left_to_the_recorder_first(
    life: Life, freezer: FrozenDateTimeFactory
) -> None:
    await life.morning()
    await life.until("14:00")
    freezer.tick(3)
    life.show(110)
    known = history(*CHARGED_AT_NOON, until=dt_util.utcnow())
    task = await life.backfill_is_waiting(known)
    await life.until("14:02")
    await task
    await life.afternoon()
    assert await life.changes() == RIGHT
    assert list(await life.rows(BYSTANDER)) == list(RIGHT)


async def test_hours_without_the_sensor_are_added_once_it_is_back(life: Life) -> None:
    await life.morning()
    life.show(None)
    await life.until("14:10")
    life.show(110)
    task = await life.backfill_is_waiting(history(*CHARGED_AT_NOON))
    await life.afternoon()
    await task
    assert await life.changes() == RIGHT
    assert list(await life.rows(BYSTANDER)) == list(RIGHT)


async def test_it_is_on_disk_in_the_end(life: Life) -> None:
    await life.morning()
    await life.until("14:10")
    life.show(110)
    await async_block_recorder(life.hass, 0.3)
    await life.backfill(history(*CHARGED_AT_NOON))
    assert (await life.changes())[12] == 5


async def test_who_waits_no_longer_leaves_nothing_behind(life: Life) -> None:
    await life.morning()
    life.show(None)
    await life.until("14:10")
    task = await life.backfill_is_waiting(history(*CHARGED_AT_NOON))
    task.cancel()
    await asyncio.wait({task})
    assert (
        EVENT_RECORDER_5MIN_STATISTICS_GENERATED not in life.hass.bus.async_listeners()
    )


@pytest.mark.parametrize("persistent_database", [True])
@pytest.mark.parametrize("enable_missing_statistics", [True])
@pytest.mark.parametrize("day", [0, 3])
async def test_after_a_start_the_recorder_catches_up_first(
    async_test_recorder: RecorderInstanceContextManager,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    day: int,
) -> None:
    async with async_test_home_assistant() as former, async_test_recorder(former):
        assert await async_setup_component(former, "sensor", {})
        await Life(former, freezer).morning()
        await former.async_stop()
    back = at("14:10", day)
    freezer.move_to(back)
    hass.set_state(CoreState.not_running)
    async with async_test_recorder(hass, {"purge_keep_days": 1}):
        assert await async_setup_component(hass, "sensor", {})
        life = Life(hass, freezer)
        life.show(110)
        task = await life.backfill_is_waiting(history(*CHARGED_AT_NOON, until=back))
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await task
        await life.afternoon(day)
        changes = await life.changes()
        today = 24 * day
        assert list(changes) == list(range(8, today + 16))
        flowed = {hour: kwh for hour, kwh in changes.items() if kwh}
        assert flowed == {9: 1, 11: 5, 12: 5, today + 14: 0.5, today + 15: 0.5}
        # The recorder catches up on a day, and loses nothing of it.
        caught_up = {hour for hour in changes if hour >= today - 10}
        assert caught_up <= set(await life.rows(BYSTANDER))


async def corrected(life: Life) -> None:
    """The owner has removed the jump, with the tool that Home Assistant has for it."""
    await life.morning()
    await life.until("14:10")
    await life.afternoon()
    get_instance(life.hass).async_adjust_statistics(METER, at("14:00"), -10, "kWh")
    await async_wait_recording_done(life.hass)


async def forgotten(life: Life) -> None:
    """The sensor was away until the recorder had forgotten where its sum stood."""
    await life.morning()
    life.show(None)
    await life.until("14:10")
    await life.hass.services.async_call("recorder", "purge", {"keep_days": 0})
    await async_wait_purge_done(life.hass)


async def forgotten_and_begun_anew(life: Life) -> None:
    """And then it has been back."""
    await forgotten(life)
    await life.afternoon()


async def new(life: Life) -> None:
    """The sensor has no hour before the gap."""
    await life.until("10:05")
    life.show(100)
    await life.until("14:10")
    await life.afternoon()


async def unknown(life: Life) -> None:
    """The sensor has no statistics."""
    await life.until("14:10")


async def no_energy(life: Life) -> None:
    """Somebody has given its statistics a unit that no energy has."""
    life.unit = "scoops"
    await life.morning()
    await life.until("14:10")
    await life.afternoon()


@pytest.mark.parametrize(
    "past",
    [corrected, forgotten, forgotten_and_begun_anew, new, unknown, no_energy],
    ids=lambda past: past.__name__,
)
async def test_nothing_is_written_that_would_not_fit(
    life: Life, past: Callable[[Life], Awaitable[None]]
) -> None:
    await past(life)
    before = await life.rows()
    await life.backfill(history(*CHARGED_AT_NOON))
    assert await life.rows() == before


async def test_a_home_without_a_recorder_has_no_statistics(hass: HomeAssistant) -> None:
    await async_backfill(hass, METER, at_full_hours(history(*CHARGED_AT_NOON)))
