"""The energy and the cost of the month so far."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_PRICE
from custom_components.wallbox_ocpp.storage.archive import SessionArchive
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.virtual_time import WallClock, until
from tests.conftest import Connect
from tests.helpers.archive import FEW
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import Files, had, had_many
from tests.helpers.screen import Screen
from tests.helpers.told import readings

from .test_late_energy import recorded
from .test_statistics import Life, mock_recorder_before_hass

__all__ = ["mock_recorder_before_hass", "recorded"]


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
async def november(hass: HomeAssistant, wall_clock: WallClock) -> None:
    """Be in Madrid, two hours before the end of November."""
    await hass.config.async_set_time_zone("Europe/Madrid")
    wall_clock.set(datetime.fromisoformat("2026-11-30T21:00:00Z"))


@pytest.mark.usefixtures("november")
async def test_the_month_begins_again_at_midnight_also_within_a_session(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE: 0.5})
    charger = await connect()
    await until(lambda: screen.sensor("energy_this_month") == "0.0")
    assert screen.sensor("cost_this_month") == "0.0"
    # In Madrid, this one is of October.
    await had(charger, datetime.fromisoformat("2026-10-31T20:00:00Z"), wh=7000)
    await had(
        charger,
        datetime.fromisoformat("2026-11-10T20:00:00Z"),
        register=10_000,
        wh=3000,
    )
    await until(lambda: screen.sensor("energy_this_month") == "3.0")
    assert screen.sensor("cost_this_month") == "1.5"
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]
    assert began == "2026-10-31T23:00:00+00:00"

    number = await charger.start(meterStart=20_000)
    await charger.status("Charging")
    await asyncio.sleep(3600)
    await charger.ask("MeterValues", readings(number, "22000"))
    await until(lambda: screen.sensor("energy_this_month") == "5.0")
    await asyncio.sleep(3605)
    await hass.async_block_till_done()
    assert screen.sensor("energy_this_month") == "0.0"
    assert screen.sensor("cost_this_month") in ("0.0", "0")
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]
    assert began == "2026-11-30T23:00:00+00:00"
    await asyncio.sleep(7200)
    await charger.ask("MeterValues", readings(number, "26000"))
    # It has been charging for four hours, of which two are of December.
    await until(lambda: 2.9 < float(screen.sensor("energy_this_month")) < 3.1)


@pytest.mark.usefixtures("november")
async def test_sessions_of_the_archive_count_also_after_a_restart(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    # More than the ledger keeps: the first ones retire to the archive.
    began = datetime.fromisoformat("2026-11-01T00:00:00Z")
    for count in range(75):
        start = began + count * timedelta(hours=8)
        await had(charger, start, register=1000 + 1000 * count)
    await charger.leave()
    await until(lambda: screen.sensor("energy_this_month") == "37.5")
    assert await hass.config_entries.async_reload(integration.entry_id)
    await until(lambda: screen.sensor("energy_this_month") == "37.5")

    # What nobody has added up yet, as after an update, is added up from the archive.
    [wallbox] = integration.runtime_data.chargers.values()
    state = wallbox.state
    assert len(state.ledger.sessions) < 75
    ledger = replace(state.ledger, month=None)
    wallbox.coordinator.async_set(replace(state, ledger=ledger))
    assert screen.sensor("energy_this_month") == "unknown"
    assert await hass.config_entries.async_reload(integration.entry_id)
    await until(lambda: screen.sensor("energy_this_month") == "37.5")


@pytest.mark.usefixtures("november")
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
async def test_a_month_does_not_begin_again_in_another_time_zone(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    wall_clock: WallClock,
    zone: str,
) -> None:
    wall_clock.set(datetime.fromisoformat("2026-11-28T12:00:00Z"))
    assert await hass.config_entries.async_reload(integration.entry_id)
    charger = await connect()
    await had(charger, datetime.fromisoformat("2026-11-28T08:00:00Z"), wh=3000)
    await until(lambda: screen.sensor("energy_this_month") == "3.0")
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]

    await hass.config.async_set_time_zone(zone)
    await asyncio.sleep(25 * 3600)
    month = screen.entity("sensor", "energy_this_month")
    assert (month.state, month.attributes["last_reset"]) == ("3.0", began)

    await asyncio.sleep(60 * 3600)
    month = screen.entity("sensor", "energy_this_month")
    assert month.state == "0.0"
    assert dt_util.parse_datetime(month.attributes["last_reset"]) == datetime(
        2026, 12, 1, tzinfo=ZoneInfo(zone)
    )


@pytest.mark.usefixtures("november")
async def test_a_month_that_has_begun_stays_where_the_last_one_still_goes_on(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
) -> None:
    charger = await connect()
    await had(charger, datetime.fromisoformat("2026-11-10T08:00:00Z"), wh=3000)
    await asyncio.sleep(4 * 3600)
    assert screen.sensor("energy_this_month") == "0.0"
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]
    assert began == "2026-11-30T23:00:00+00:00"

    await hass.config.async_set_time_zone("America/New_York")
    assert await hass.config_entries.async_reload(integration.entry_id)
    await asyncio.sleep(60)
    month = screen.entity("sensor", "energy_this_month")
    assert (month.state, month.attributes["last_reset"]) == ("0.0", began)


@pytest.mark.usefixtures("november")
async def test_a_month_of_the_future_ends_once_the_clock_is_right(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    wall_clock: WallClock,
) -> None:
    wall_clock.set(datetime.fromisoformat("2027-11-10T12:00:00Z"))
    assert await hass.config_entries.async_reload(integration.entry_id)
    wall_clock.set(datetime.fromisoformat("2026-11-10T12:00:00Z"))
    assert await hass.config_entries.async_reload(integration.entry_id)
    await connect()
    await until(lambda: screen.sensor("energy_this_month") == "0.0")
    began = screen.entity("sensor", "energy_this_month").attributes["last_reset"]
    assert began == "2026-10-31T23:00:00+00:00"


@pytest.mark.usefixtures("november", "few_kept")
async def test_sessions_that_a_slow_disk_archives_count_once(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    files: Files,
) -> None:
    add, disk = SessionArchive.async_add, asyncio.Event()
    waiting: list[int] = []

    async def slowly(archive: SessionArchive, old: tuple[ChargingSession, ...]) -> None:
        waiting.append(len(old))
        await disk.wait()
        await add(archive, old)

    monkeypatch.setattr(SessionArchive, "async_add", slowly)
    change_settings(hass, integration, **{CONF_PRICE: 0.5})
    began = datetime.fromisoformat("2026-11-02T12:00:00Z")
    charger = await connect()
    told = await had_many(charger, began, FEW)
    told.append(await charger.start(meterStart=10_000))
    await until(lambda: waiting == [1])
    # It connects again, and its next message does not wait for the one before.
    await charger.leave()
    charger = await connect(boots=False)
    await charger.stop(told[-1], meterStop=10_500)
    await until(lambda: waiting == [1, 1])
    disk.set()
    await until(lambda: files.in_ledger == told[-FEW:])
    await hass.async_block_till_done()
    assert screen.sensor("energy_this_month") == "2.0"
    assert screen.sensor("cost_this_month") == "1.0"
    assert files.in_archive == told[:-FEW]


@pytest.mark.real_time
@pytest.mark.freeze_time("2026-11-10 08:00:20+00:00")
@pytest.mark.parametrize("enable_statistics", [True])
async def test_another_time_zone_adds_nothing_to_the_statistics(
    recorded: Life, connect: Connect, screen: Screen, integration: MockConfigEntry
) -> None:
    hass = recorded.hass
    change_settings(hass, integration, **{CONF_PRICE: 0.5})
    charger = await connect()
    await had(
        charger,
        datetime.fromisoformat("2026-11-10T07:00:00Z"),
        ended=datetime.fromisoformat("2026-11-10T08:00:00Z"),
        wh=3000,
    )
    await until(lambda: screen.sensor("cost_this_month") == "1.5")
    await charger.leave()
    await recorded.until("09:30", 9)
    await hass.config.async_set_time_zone("America/New_York")
    await recorded.until("12:01", 10)
    await hass.async_block_till_done(wait_background_tasks=True)
    await recorded.until("14:01", 10)
    for key, total in (("cost_this_month", 1.5), ("energy_this_month", 3.0)):
        rows = await recorded.rows(screen.entity_id("sensor", key))
        assert {row["sum"] for row in rows.values()} == {total}
