"""What a car in modes *Solar* and *Solar + minimum* gets without Home Assistant."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import FIRMWARES
from simulator.virtual_wallbox.quirks import with_quirks
from tests.helpers.alone import alone
from tests.helpers.plans import FOLLOWS, HOUR, MINUTE
from tests.helpers.screen import Screen
from tests.helpers.sunny_home import AMP, GRID, ONE_PHASE, Plugged, written


@pytest.mark.parametrize("firmware", ["6.7.38", "6.11.16", "5.17.87"])
@pytest.mark.parametrize("mode", ["solar", "min_solar"])
async def test_without_home_assistant_the_car_stops_after_the_lease(
    plugged: Plugged, mode: str, firmware: str
) -> None:
    follows = with_quirks(FIRMWARES[firmware], "schedule-followed")
    box, home = await plugged(mode, follows)
    await home.passes(40 * MINUTE, 12.5 * AMP)
    assert alone(box, 4 * MINUTE).current_drawn == 12
    charger = alone(box, 16 * MINUTE)
    least = 0 if mode == "solar" else 6
    assert charger.current_drawn == least
    charger.advance(charger.now + 8 * HOUR)
    assert charger.current_drawn == least
    assert charger.transaction
    # A car that comes then gets the minimum, or waits.
    charger.unplug()
    charger.advance(charger.now + MINUTE)
    charger.plug(ONE_PHASE)
    charger.advance(charger.now + HOUR)
    assert charger.current_drawn == least


@pytest.mark.parametrize(
    ("mode", "failsafe", "without"),
    [
        ("solar", FailSafeMode.LIMIT, 0),
        ("solar", FailSafeMode.LEASE, 0),
        ("solar", FailSafeMode.NO_START, 0),
        ("min_solar", FailSafeMode.LIMIT, 6),
        ("min_solar", FailSafeMode.LEASE, 0),
        ("min_solar", FailSafeMode.NO_START, 6),
    ],
)
async def test_the_failsafe_never_allows_more(
    plugged: Plugged, mode: str, failsafe: FailSafeMode, without: int
) -> None:
    box, home = await plugged(mode, failsafe=failsafe)
    await home.passes(20 * MINUTE, 12.5 * AMP)
    before = written(box)
    await home.passes(HOUR, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    # One each ten minutes, at which the fail-safe renews its own.
    assert written(box) - before <= 8
    assert alone(box, 4 * MINUTE).current_drawn == 12
    assert alone(box, 18 * MINUTE).current_drawn == without


@pytest.mark.parametrize(
    ("failsafe", "without"),
    [
        (FailSafeMode.OFF, 6),
        (FailSafeMode.LIMIT, 6),
        (FailSafeMode.LEASE, 0),
        (FailSafeMode.NO_START, 0),
    ],
)
async def test_without_later_limits_a_minimum_ends_with_what_any_car_gets(
    plugged: Plugged, failsafe: FailSafeMode, without: int
) -> None:
    """It is told each limit alone, which ends: the sun may have gone by then."""
    refuses = with_quirks(FOLLOWS, "schedule-one-period")
    box, home = await plugged("min_solar", refuses, failsafe=failsafe)
    await home.passes(40 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    assert alone(box, 4 * MINUTE).current_drawn == 12
    assert alone(box, 18 * MINUTE).current_drawn == without


@pytest.mark.parametrize(
    "quirk",
    [
        "like-microocpp",
        "like-open-ocpp",
        "like-warp",
        "schedule-absolute-ignored",
        "schedule-callerror",
        "schedule-duration-ignored",
        "schedule-first-only",
        "schedule-one-period",
    ],
)
async def test_a_charger_that_follows_the_limits_or_the_duration_stops(
    plugged: Plugged, quirk: str
) -> None:
    box, home = await plugged(firmware=with_quirks(FOLLOWS, quirk))
    await home.passes(40 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    assert alone(box, 4 * MINUTE).current_drawn == 12
    assert alone(box, 18 * MINUTE).current_drawn == 0


async def test_after_a_cut_the_car_gets_no_more_than_there_is(plugged: Plugged) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 7.5 * AMP)
    assert box.charger.current_drawn == 7
    box.cut_network()
    await home.passes(40 * MINUTE, 7.5 * AMP)
    assert box.charger.current_drawn == 0
    box.restore_network()
    for _ in range(60):
        await home.passes(10, 7.5 * AMP)
        assert box.charger.current_drawn in (0, 7)
    assert box.charger.current_drawn == 7


@pytest.mark.parametrize("away", [2 * MINUTE, 5 * HOUR])
async def test_nothing_starts_by_surprise_after_a_restart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged: Plugged,
    screen: Screen,
    away: float,
) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await hass.config_entries.async_unload(integration.entry_id)
    hass.states.async_remove(GRID)
    await box.sleep(away)
    box.look()
    goes_on = away < 15 * MINUTE
    assert box.charger.current_drawn == (12 if goes_on else 0)
    drew = box.charger.energy_wh
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") != "unavailable")
    await home.passes(2 * MINUTE, -500, silent=True)
    assert box.charger.current_drawn == (12 if goes_on else 0)
    await home.passes(10 * MINUTE, -500, silent=True)
    assert box.charger.current_drawn == 0
    if not goes_on:
        assert box.charger.energy_wh == drew
    assert screen.entity("select", "mode").state == "solar"


async def test_reloads_without_the_sensor_do_not_go_on_for_ever(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged
) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    hass.states.async_set(GRID, "unavailable")
    for _ in range(9):
        await hass.config_entries.async_reload(integration.entry_id)
        await box.sleep(2 * MINUTE)
    box.look()
    assert box.charger.current_drawn == 0
