"""What a car charged while nobody listened is in the right hour of the Energy dashboard."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen

from .test_statistics import METER, ZONE, Life, at, mock_recorder_before_hass

__all__ = ["mock_recorder_before_hass"]

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.freeze_time("2026-11-01 08:00:20+00:00"),
    pytest.mark.parametrize("enable_statistics", [True]),
]


@pytest.fixture
async def recorded(
    recorder_mock: object,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> Life:
    """Return the life of a home with a recorder and the integration."""
    await hass.config.async_set_time_zone(ZONE)
    assert await async_setup_component(hass, "sensor", {})
    return Life(hass, freezer)


async def read(charger: ScriptedCharger, kwh: float, clock: str, **fields: Any) -> None:
    """Let a charger say what its meter shows, or showed."""
    sample = {"value": str(kwh * 1000), "unit": "Wh"}
    value = {"timestamp": at(clock).isoformat(), "sampledValue": [sample]}
    payload = {"connectorId": 1, "meterValue": [value]}
    await charger.ask("MeterValues", payload | fields)


async def screen_shows(screen: Screen, kwh: float) -> None:
    """Wait until the meter's sensor shows a reading."""
    await until(lambda: screen.sensor("energy") == f"{kwh:.1f}")


async def morning(recorded: Life, connect: Connect, screen: Screen) -> None:
    """Charge 1 kWh at 9:30, and lose the charger at 10:20."""
    assert screen.entity_id("sensor", "energy") == METER
    for clock, kwh in (("08:01", 99), ("09:30", 100), ("10:20", 100)):
        await recorded.until(clock)
        charger = await connect()
        await read(charger, kwh, clock)
        await screen_shows(screen, kwh)
        await charger.leave()


async def test_a_session_of_the_time_without_the_charger_is_in_its_hours(
    recorded: Life, connect: Connect, screen: Screen
) -> None:
    await morning(recorded, connect, screen)
    await recorded.until("14:10")
    charger = await connect()
    number = await charger.start(meterStart=100_000, timestamp=at("11:30").isoformat())
    await read(charger, 105, "12:00", transactionId=number)
    await charger.stop(number, meterStop=110_000, timestamp=at("12:30").isoformat())
    await read(charger, 110, "14:10")
    await charger.leave()
    await recorded.until("14:30")
    await recorded.hass.async_block_till_done(wait_background_tasks=True)
    await recorded.until("15:01")
    assert await recorded.changes() == {8: 0, 9: 1, 10: 0, 11: 5, 12: 5, 13: 0, 14: 0}


async def test_a_restart_before_it_is_written_loses_nothing(
    recorded: Life, connect: Connect, screen: Screen, integration: MockConfigEntry
) -> None:
    await morning(recorded, connect, screen)
    await recorded.until("14:10")
    charger = await connect()
    number = await charger.start(meterStart=100_000, timestamp=at("11:30").isoformat())
    await charger.stop(number, meterStop=110_000, timestamp=at("12:30").isoformat())
    await read(charger, 110, "14:10")
    await charger.leave()
    await recorded.hass.config_entries.async_reload(integration.entry_id)
    await recorded.until("14:30")
    await recorded.hass.async_block_till_done(wait_background_tasks=True)
    await recorded.until("15:01")
    assert (await recorded.changes())[11] == 5
