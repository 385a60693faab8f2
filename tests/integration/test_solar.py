"""Modes *Solar* and *Solar + minimum*: a car gets what is left of the sun, and nothing by surprise."""

from collections.abc import Awaitable, Callable
from math import sin
from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, CONF_SOLAR
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from custom_components.wallbox_ocpp.wallbox.policy.solar import DOWN_APART, UP_APART
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator.virtual_wallbox import FIRMWARES, Car, Personality, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import Screen, StartCharger, protected
from tests.helpers.alone import alone
from tests.helpers.sunny_home import (
    BATTERY,
    EXPORT,
    GRID,
    SOC,
    SunnyHome,
    choose,
    settle,
)
from tests.helpers.taciturn import taciturn

MINUTE = 60
HOUR = 60 * MINUTE
FOLLOWS = with_quirks(taciturn(FIRMWARES["6.7.38"]), "schedule-followed")
STEERED = with_quirks(FOLLOWS, "schedule-first-only")
ONE_PHASE = Car(max_amps=16, phases=1)
AMP = 230

type Plugged = Callable[..., Awaitable[tuple[VirtualWallbox, SunnyHome]]]


@pytest.fixture
def plugged(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> Plugged:
    """Return a function that lets a car wait for sun."""

    async def plug(
        mode: str = "solar",
        firmware: Personality = FOLLOWS,
        sensors: dict[str, Any] | None = None,
        failsafe: FailSafeMode = FailSafeMode.OFF,
        car: Car = ONE_PHASE,
    ) -> tuple[VirtualWallbox, SunnyHome]:
        settle(hass, integration, **(sensors or {"grid": GRID}))
        subentry = next(iter(integration.subentries.values()))
        data = {**subentry.data, CONF_FAILSAFE: failsafe.value}
        hass.config_entries.async_update_subentry(integration, subentry, data=data)
        box = await start_charger(firmware)
        await box.wait_until(lambda: protected(screen))
        await choose(hass, screen, mode)
        box.plug(car)
        await box.wait_until(lambda: screen.sensor("status") != "available")
        return box, SunnyHome(hass, box)

    return plug


def written(box: VirtualWallbox) -> int:
    """Return how many profiles the charger has got."""
    return len(box.received("SetChargingProfile"))


def why(screen: Screen) -> str:
    """Return what the plan says of the sun."""
    return screen.sensor("plan")


async def test_the_modes_are_offered_once_there_is_a_sensor(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    without = ["off", "now", "planned"]
    assert screen.entity("select", "mode").attributes["options"] == without
    settle(hass, integration, grid=GRID)
    await hass.async_block_till_done()
    modes = [*without, "solar", "min_solar"]
    assert screen.entity("select", "mode").attributes["options"] == modes
    await choose(hass, screen, "min_solar")
    await screen.switch("charging", on=False)
    assert screen.entity("select", "mode").state == "off"
    await screen.switch("charging", on=True)
    assert screen.entity("select", "mode").state == "min_solar"


async def test_a_day_with_clouds(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(2 * MINUTE, 300)
    assert box.charger.current_drawn == 0
    assert why(screen) == screen.sensor("why_not_charging") == "waiting_for_sun"
    await home.passes(MINUTE, 2500)
    assert (why(screen), screen.sensor("why_not_charging")) == (
        "starting",
        "enough_sun",
    )
    assert screen.entity("sensor", "plan").attributes["until"]
    await home.passes(4 * MINUTE, 2500)
    assert box.charger.current_drawn == 10
    assert why(screen) == "charging_with_sun"
    # What the charger holds is put off again and again, and is no plan for people.
    assert screen.entity("sensor", "plan").attributes["end"] is None
    assert screen.sensor("why_not_charging") == "charging"
    before, began = written(box), box.charger.now
    # Clouds of two to seven minutes.
    await home.passes(
        90 * MINUTE, lambda passed: 2000 + 1500 * sin(passed / 60) * sin(passed / 170)
    )
    took = written(box) - before
    least = (box.charger.now - began) / DOWN_APART.total_seconds()
    assert 5 < took < least / 2
    assert 6 <= box.charger.current_drawn <= 16
    # The sun sets.
    await home.passes(4 * MINUTE, -400)
    assert why(screen) == "stopping"
    await home.passes(8 * MINUTE, -400)
    assert box.charger.current_drawn == 0
    assert why(screen) == "waiting_for_sun"
    assert screen.entity("sensor", "plan").attributes["changes"] > 5
    assert box.charger.transaction


async def test_a_kettle_does_not_pause_it(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(15 * MINUTE, 9 * AMP)
    assert box.charger.current_drawn == 8
    await home.passes(3 * MINUTE, 9 * AMP - 2000)
    assert box.charger.current_drawn == 6
    assert why(screen) == "stopping"
    await home.passes(3 * MINUTE, 9 * AMP)
    assert box.charger.current_drawn == 8
    assert box.charger.drew_current_since(box.charger.now - 15 * MINUTE)


@pytest.mark.parametrize("surplus", [2000, 3900])
async def test_a_car_on_three_phases_that_was_taken_for_one_pauses_at_once(
    plugged: Plugged, screen: Screen, surplus: float
) -> None:
    box, home = await plugged(car=Car(max_amps=16, phases=3))
    highest, before = 0.0, box.charger.energy_wh
    for _ in range(60):
        await home.passes(30, surplus)
        highest = max(highest, box.charger.current_drawn)
    # Its phases are not known before it has charged once, with the least current.
    assert highest == 6
    assert 0 < box.charger.energy_wh - before < 100
    assert why(screen) == "waiting_for_sun"
    await home.passes(10 * MINUTE, 4500)
    assert box.charger.current_drawn == 6


async def test_with_a_minimum_it_never_pauses(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged("min_solar")
    await home.passes(MINUTE, -500)
    assert box.charger.current_drawn == 6
    assert why(screen) == "grid_helps"
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await home.passes(30 * MINUTE, -500)
    assert box.charger.current_drawn == 6


@pytest.mark.parametrize("state", [None, "unavailable", "unknown", "nan"])
@pytest.mark.parametrize(("mode", "last"), [("solar", 0), ("min_solar", 6)])
async def test_a_silent_sensor_ends_in_a_pause_or_the_minimum(
    hass: HomeAssistant,
    plugged: Plugged,
    screen: Screen,
    state: str | None,
    mode: str,
    last: int,
) -> None:
    box, home = await plugged(mode)
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    if state is not None:
        hass.states.async_set(GRID, state)
    await home.passes(2 * MINUTE, silent=True)
    assert why(screen) == "meter_stale"
    assert box.charger.current_drawn == 12
    await home.passes(2 * MINUTE, silent=True)
    assert box.charger.current_drawn == 6
    await home.passes(6 * MINUTE, silent=True)
    assert box.charger.current_drawn == last
    assert why(screen) == "meter_stale"
    if last == 0:
        assert screen.sensor("why_not_charging") == "meter_stale"
    # It is back.
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_a_steady_value_is_a_sign_of_life(
    hass: HomeAssistant, plugged: Plugged, screen: Screen
) -> None:
    box, _ = await plugged("min_solar")
    for _ in range(60):
        hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})
        await box.sleep(10)
    assert why(screen) == "grid_helps"


@pytest.mark.parametrize("kind", ["kW", "two sensors", "the other way round"])
async def test_meters_of_all_kinds(plugged: Plugged, kind: str) -> None:
    sensors = {"grid": GRID, "grid_positive": "import"}
    match kind:
        case "two sensors":
            sensors["export"] = EXPORT
        case "the other way round":
            sensors["grid_positive"] = "export"
        case _:
            pass
    box, home = await plugged(sensors=sensors)
    home.two_sensors = kind == "two sensors"
    home.unit = "kW" if kind == "kW" else "W"
    home.sign = -1 if kind == "the other way round" else 1
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await home.passes(20 * MINUTE, -1000)
    assert box.charger.current_drawn == 0


async def test_what_the_home_battery_gives_is_not_sun(
    hass: HomeAssistant, plugged: Plugged, screen: Screen
) -> None:
    sensors = {"grid": GRID, "battery": BATTERY, "battery_charge": SOC}
    box, home = await plugged(sensors=sensors)
    hass.states.async_set(SOC, "50", {"unit_of_measurement": "%"})
    home.battery = -3000
    # It is being charged, and comes first.
    await home.passes(6 * MINUTE, 3000)
    assert box.charger.current_drawn == 0
    hass.states.async_set(SOC, "100", {"unit_of_measurement": "%"})
    home.battery = 0
    await home.passes(6 * MINUTE, 3000)
    assert box.charger.current_drawn == 12
    # The sun goes, and the battery keeps the grid at 0 W.
    for _ in range(20):
        home.battery = box.charger.power
        await home.passes(MINUTE, 0)
    assert box.charger.current_drawn == 0


@pytest.mark.parametrize("state", ["unavailable", "unknown", "-800", None])
@pytest.mark.parametrize(("mode", "last"), [("solar", 0), ("min_solar", 6)])
async def test_a_silent_home_battery_is_not_emptied_into_the_car(
    hass: HomeAssistant,
    plugged: Plugged,
    screen: Screen,
    state: str | None,
    mode: str,
    last: int,
) -> None:
    box, home = await plugged(mode, sensors={"grid": GRID, "battery": BATTERY})
    home.battery = 0
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    home.battery_told = False
    if state is None:
        hass.states.async_remove(BATTERY)
    else:
        hass.states.async_set(BATTERY, state, {"unit_of_measurement": "W"})
    # The sun goes, and the battery gives a little more than the car draws.
    for _ in range(12):
        home.battery = box.charger.power + 100
        await home.passes(MINUTE, 0)
    assert box.charger.current_drawn == last
    assert why(screen) == "battery_stale"
    if last == 0:
        assert screen.sensor("why_not_charging") == "battery_stale"
    # It is back.
    home.battery, home.battery_told = 0, True
    await home.passes(8 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_a_home_battery_that_rests_says_nothing_for_hours(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged, screen: Screen
) -> None:
    sensors = {"grid": GRID, "battery": BATTERY, "battery_charge": SOC}
    box, home = await plugged(sensors=sensors)
    home.battery = 0
    await home.passes(8 * MINUTE, 12.5 * AMP)
    home.battery_told = False
    await home.passes(2 * HOUR, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") != "unavailable")
    await home.passes(20 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    assert why(screen) == "charging_with_sun"


async def test_a_reload_forgets_nothing_that_has_not_changed_for_long(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged, screen: Screen
) -> None:
    """That nothing is taken from the grid, and how full the home battery is."""
    sensors = {
        "grid": GRID,
        "export": EXPORT,
        "battery": BATTERY,
        "battery_charge": SOC,
        "battery_first": 80,
    }
    box, _ = await plugged(sensors=sensors)
    hass.states.async_set(SOC, "85", {"unit_of_measurement": "%"})
    hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})

    async def passes(seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            # The car gets what the battery would: 12 A.
            left = 12.5 * AMP - box.charger.power
            for entity_id, watts in ((EXPORT, 100), (BATTERY, 100 - left)):
                unit = {"unit_of_measurement": "W"}
                hass.states.async_set(entity_id, str(watts), unit)
            await box.sleep(10)
            box.look()

    await passes(10 * MINUTE)
    assert box.charger.current_drawn == 12
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") != "unavailable")
    await passes(20 * MINUTE)
    assert (box.charger.current_drawn, why(screen)) == (12, "charging_with_sun")


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
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged: Plugged,
    mode: str,
    failsafe: FailSafeMode,
    without: int,
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
    hass: HomeAssistant, plugged: Plugged, failsafe: FailSafeMode, without: int
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
        "schedule-one-profile",
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


async def test_constant_sun_costs_few_renewals(plugged: Plugged) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    before = written(box)
    await home.passes(2 * HOUR, 12.5 * AMP)
    assert box.charger.current_drawn == 12
    # One each ten minutes.
    assert 11 <= written(box) - before <= 13


async def test_writes_stay_within_the_budget_in_any_weather(plugged: Plugged) -> None:
    box, home = await plugged("min_solar")
    await home.passes(5 * MINUTE, 1000)
    before = written(box)
    await home.passes(HOUR, lambda passed: 3600 if passed % 120 < 60 else 0)
    most = HOUR / UP_APART.total_seconds() * 2
    assert written(box) - before <= most


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


@pytest.mark.parametrize(("mode", "without"), [("solar", 0), ("min_solar", 6)])
async def test_the_sensor_is_removed_from_the_settings(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    plugged: Plugged,
    screen: Screen,
    mode: str,
    without: int,
) -> None:
    box, home = await plugged(mode)
    await home.passes(10 * MINUTE, 12.5 * AMP)
    settle(hass, integration)
    await home.passes(MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == without
    assert why(screen) == "no_sensor"
    assert screen.entity("select", "mode").state == mode
    if not without:
        assert screen.sensor("why_not_charging") == "no_sensor"


async def test_a_sensor_that_gets_another_name_is_followed(
    hass: HomeAssistant, integration: MockConfigEntry, plugged: Plugged
) -> None:
    registry = er.async_get(hass)
    registry.async_get_or_create("sensor", "meter", "x", suggested_object_id="grid")
    await plugged()
    registry.async_update_entity(GRID, new_entity_id="sensor.main_meter")
    await hass.async_block_till_done()
    subentry = next(iter(integration.subentries.values()))
    assert subentry.data[CONF_SOLAR]["grid"] == "sensor.main_meter"


async def test_a_car_that_leaves_begins_anew(plugged: Plugged, screen: Screen) -> None:
    box, home = await plugged()
    await home.passes(10 * MINUTE, 12.5 * AMP)
    box.unplug()
    await home.passes(MINUTE, 12.5 * AMP)
    assert why(screen) == "waiting_for_car"
    box.plug(ONE_PHASE)
    await home.passes(MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 0
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert box.charger.current_drawn == 12


async def test_diagnostics_tell_how_it_stands_and_no_name(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    plugged: Plugged,
) -> None:
    _, home = await plugged(sensors={"grid": GRID, "grid_positive": "import"})
    await home.passes(5 * MINUTE, 12.5 * AMP)
    assert await async_setup_component(hass, "diagnostics", {})
    told = await get_diagnostics_for_config_entry(hass, hass_client, integration)
    (charger,) = cast(dict[str, Any], told)["chargers"]
    solar = charger["state"]["solar"]
    assert solar["phases"] == 1
    assert solar["state"]["amps"] == 12
    assert solar["state"]["changed_at"].startswith("20")
    assert solar["state"]["reason"] == "charging_with_sun"
    assert charger["settings"]["solar"] == {
        "grid": "**REDACTED**",
        "grid_positive": "import",
    }
