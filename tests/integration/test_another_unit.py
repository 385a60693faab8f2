"""Another unit takes the place of a charger: what its meter has counted elsewhere does not count here."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen
from tests.helpers.told import readings

from .test_late_energy import read, recorded, screen_shows
from .test_statistics import Life, mock_recorder_before_hass

__all__ = ["mock_recorder_before_hass", "recorded"]

FIRST: Final = "100001"
SECOND: Final = "200002"

type End = Callable[[HomeAssistant, MockConfigEntry, dict[str, Any]], Awaitable[None]]

METER: Final = 5_000_000
"""Wh that the second unit has counted elsewhere."""


async def boots(connect: Connect, serial_number: str) -> ScriptedCharger:
    """Let a unit start."""
    charger = await connect(boots=False)
    await charger.boot(chargePointSerialNumber=serial_number)
    return charger


@pytest.mark.real_time
@pytest.mark.freeze_time("2026-11-01 08:00:20+00:00")
@pytest.mark.parametrize("enable_statistics", [True])
@pytest.mark.parametrize("meter", [0.3, 400.0, 5000.0])
async def test_the_energy_dashboard_counts_what_flowed_here(
    recorded: Life, connect: Connect, screen: Screen, meter: float
) -> None:
    for clock, serial_number, kwh, lifetime in (
        ("08:01", FIRST, 999, 999),
        ("09:30", FIRST, 1000, 1000),
        ("10:20", SECOND, meter, 1000),
        ("11:30", SECOND, meter + 2, 1002),
        # The first unit is back, and has been somewhere else.
        ("12:30", FIRST, 1300, 1002),
        ("13:30", FIRST, 1303, 1005),
    ):
        await recorded.until(clock)
        before = screen.sensor("energy")
        charger = await boots(connect, serial_number)
        assert screen.sensor("energy") == before
        await read(charger, kwh, clock)
        async with asyncio.timeout(5):
            await screen_shows(screen, lifetime)
        await charger.leave()
    await recorded.until("14:01")
    changes = await recorded.changes()
    # How it is spread over the hours in which nobody was there is another subject.
    assert changes[8] == 0
    assert changes[9] == 1
    assert changes[10] + changes[11] == pytest.approx(2)
    assert changes[12] + changes[13] == pytest.approx(3)
    assert min(changes.values()) >= 0


async def replaced(connect: Connect, screen: Screen) -> ScriptedCharger:
    """Let the first unit show a lifetime of 1000 kWh, and the second one start in its place."""
    charger = await boots(connect, FIRST)
    await charger.ask("MeterValues", readings(None, "1000000"))
    await until(lambda: screen.sensor("energy") == "1000.0")
    await asyncio.sleep(90)
    await charger.leave()
    return await boots(connect, SECOND)


async def restarts(
    hass: HomeAssistant, entry: MockConfigEntry, _: dict[str, Any]
) -> None:
    """Let Home Assistant start again."""
    assert await hass.config_entries.async_reload(entry.entry_id)


async def is_killed(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Let Home Assistant start again from what is on disk now."""
    disk = deepcopy(hass_storage)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage.update(disk)
    assert await hass.config_entries.async_setup(entry.entry_id)


@pytest.mark.parametrize("end", [restarts, is_killed])
async def test_a_session_before_the_first_reading_counts_from_its_start(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_storage: dict[str, Any],
    connect: Connect,
    screen: Screen,
    end: End,
) -> None:
    charger = await replaced(connect, screen)
    number = await charger.start(meterStart=METER)
    await end(hass, integration, hass_storage)
    await until(lambda: screen.sensor("energy") == "1000.0")
    await asyncio.sleep(3600)
    charger = await connect(boots=False)
    await charger.stop(number, meterStop=METER + 7000)
    await until(lambda: screen.sensor("energy") == "1007.0")
    assert screen.sensor("session_energy") == "7.0"


@pytest.mark.parametrize("end", [restarts, is_killed])
async def test_a_restart_after_the_first_boot_is_none_of_the_first_unit(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_storage: dict[str, Any],
    connect: Connect,
    screen: Screen,
    end: End,
) -> None:
    await replaced(connect, screen)
    await end(hass, integration, hass_storage)
    charger = await connect(boots=False)
    for minute in range(5):
        await charger.ask("MeterValues", readings(None, str(METER + 100 * minute)))
        await asyncio.sleep(60)
    assert screen.sensor("energy") == "1000.4"
