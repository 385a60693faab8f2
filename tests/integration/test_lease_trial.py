"""Whether a charger keeps a lease is tried once with each firmware, and nobody is told what was not seen."""

from dataclasses import replace
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox, with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.failsafe import (
    HOUR,
    IGNORES,
    KEEPS,
    LIMIT,
    MINUTE,
    OFF,
    PAUSE,
    FailSafes,
    drawn,
)
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, slot
from tests.helpers.screen import Screen, protected
from tests.helpers.sunny_home import GRID, name_sensors

TRIED: Final = 5 * MINUTE
LAST_LOW: Final = 45
"""Seconds at most that a car gets less, for the trial."""


async def amps_seen(box: VirtualWallbox, seconds: float) -> list[float]:
    """Return what a car draws in each second."""
    amps = []
    for _ in range(int(seconds)):
        await box.sleep(1)
        amps.append(box.charger.current_drawn)
    return amps


@pytest.mark.parametrize(("mode", "lowest"), [(LIMIT, 8), (PAUSE, 0)])
async def test_a_car_gets_less_for_a_moment_once_and_never_again(
    failsafe: FailSafes,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    screen: Screen,
    mode: FailSafeMode,
    lowest: float,
) -> None:
    box = await failsafe.charging(mode)
    amps = await amps_seen(box, TRIED)
    assert set(amps) == {16, lowest}
    assert 5 <= amps.count(lowest) <= LAST_LOW
    assert failsafe.shown() == "kept"
    assert not failsafe.reported()
    # Not in the next session, nor after a restart.
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await failsafe.plug_in(box)
    assert set(await amps_seen(box, TRIED)) == {16}
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: protected(screen))
    assert set(await amps_seen(box, TRIED)) == {16}
    assert failsafe.shown() == "kept"


async def test_it_is_tried_also_if_sensors_of_the_home_report_all_the_time(
    failsafe: FailSafes,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
) -> None:
    failsafe.choose(LIMIT)
    name_sensors(hass, integration, grid=GRID)
    await hass.async_block_till_done()
    box = await start_charger()
    await failsafe.plug_in(box)
    for second in range(int(TRIED)):
        hass.states.async_set(GRID, str(second % 7), {"unit_of_measurement": "W"})
        await box.sleep(1)
    assert failsafe.shown() == "kept"


async def test_it_is_tried_again_with_other_firmware(
    failsafe: FailSafes, start_charger: StartCharger
) -> None:
    box = await failsafe.charging(LIMIT, IGNORES)
    await box.sleep(TRIED)
    assert failsafe.shown() == "not_kept"
    await box.stop()
    box = await start_charger(replace(KEEPS, firmware="6.8.1"))
    await failsafe.plug_in(box)
    assert failsafe.shown() == "untried"
    assert not failsafe.reported()
    await box.sleep(TRIED)
    assert failsafe.shown() == "kept"


async def test_its_owner_can_have_it_tried_again(failsafe: FailSafes) -> None:
    box = await failsafe.charging(PAUSE, IGNORES)
    await box.sleep(TRIED)
    assert failsafe.reported()
    failsafe.choose(OFF)
    await box.sleep(MINUTE)
    assert failsafe.shown() is None
    assert not failsafe.reported()
    failsafe.choose(PAUSE)
    await box.wait_until(lambda: failsafe.shown() == "untried")
    await box.sleep(TRIED)
    assert failsafe.shown() == "not_kept"
    assert failsafe.reported()


async def test_one_that_counts_from_the_arrival_does_not_keep_it_in_time(
    failsafe: FailSafes,
) -> None:
    box = await failsafe.charging(
        LIMIT, with_quirks(KEEPS, "schedule-relative-from-reception")
    )
    await box.sleep(TRIED)
    assert failsafe.shown() == "not_kept"


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
@pytest.mark.parametrize("firmware", ["5.17.68", "6.7.38"])
async def test_one_whose_clock_is_slow_is_tried_once_that_is_known(
    failsafe: FailSafes, mode: FailSafeMode, firmware: str
) -> None:
    kind = with_quirks(replace(FOLLOWS, firmware=firmware), "clock-slow")
    box = await failsafe.charging(mode, kind)
    await box.sleep(TRIED)
    assert failsafe.shown() == "untried"
    await box.sleep(3 * TRIED)
    assert failsafe.shown() == "kept"
    assert not failsafe.reported()


@pytest.mark.parametrize(("mode", "lowest"), [(LIMIT, 8), (PAUSE, 0)])
@pytest.mark.parametrize("what", ["a target", "a plan", "a plan that is changed"])
async def test_it_is_tried_under_a_plan_and_with_a_target(
    failsafe: FailSafes,
    act: Act,
    hass: HomeAssistant,
    screen: Screen,
    mode: FailSafeMode,
    lowest: float,
    what: str,
) -> None:
    box = await failsafe.protects(mode, FOLLOWS)
    if what == "a target":
        await screen.set("energy_target", 20)
    else:
        await act("set_plan", slots=[slot(-1, 4), slot(5, 6)])
    await failsafe.plug_in(box)
    amps = await amps_seen(box, 80)
    if what == "a plan that is changed":
        await act("set_plan", slots=[slot(-1, 3), slot(5, 6)])
    amps += await amps_seen(box, TRIED)
    assert set(amps) == {16, lowest}
    assert 5 <= amps.count(lowest) <= 2 * LAST_LOW
    assert failsafe.shown() == "kept"
    assert not failsafe.reported()
    assert box.charger.current_drawn == 16
    assert drawn(box, 3 * MINUTE, HOUR) == [16, lowest]
    # Without it, it is kept as well.
    if what == "a target":
        await screen.set("energy_target", 0)
    else:
        await choose_mode(hass, screen, "now")
    assert set(await amps_seen(box, TRIED)) == {16}
    assert drawn(box, 3 * MINUTE, HOUR) == [16, lowest]


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_under_a_plan_only_what_is_kept_can_be_seen(
    failsafe: FailSafes,
    act: Act,
    hass: HomeAssistant,
    screen: Screen,
    mode: FailSafeMode,
) -> None:
    """One that follows durations, and no plan, is tried once there is none."""
    box = await failsafe.protects(mode, with_quirks(FOLLOWS, "schedule-first-only"))
    await act("set_plan", slots=[slot(-1, 4)])
    await failsafe.plug_in(box)
    await box.sleep(TRIED)
    assert failsafe.shown() != "not_kept"
    assert not failsafe.reported()
    await choose_mode(hass, screen, "now")
    await box.sleep(2 * TRIED)
    assert failsafe.shown() == "kept"


@pytest.mark.parametrize("quirk", ["a car with little", "room for one limit", "a plan"])
async def test_what_shows_nothing_is_not_judged(
    failsafe: FailSafes, act: Act, screen: Screen, quirk: str
) -> None:
    kind = FIRMWARES["5.15.7"] if quirk == "room for one limit" else IGNORES
    box = await failsafe.protects(LIMIT, kind)
    await screen.set("current_limit", 16)
    box.plug(Car(max_amps=9 if quirk == "a car with little" else 16))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    if quirk == "a plan":
        await act("set_plan", slots=[slot(-1, 4)])
    assert len({*await amps_seen(box, TRIED)}) == 1
    assert failsafe.shown() == "untried"
    # One with room for one limit cannot have a lease.
    assert failsafe.reported() is (quirk == "room for one limit")


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_a_car_that_is_full_meanwhile_proves_nothing(
    failsafe: FailSafes, mode: FailSafeMode
) -> None:
    box = await failsafe.charging(mode, IGNORES)
    given = len(box.received("SetChargingProfile"))
    await box.wait_until(lambda: len(box.received("SetChargingProfile")) > given)
    assert failsafe.shown() == "untried"
    box.charger.car_full()
    await box.sleep(TRIED)
    assert failsafe.shown() == "untried"
    assert not failsafe.reported()


async def test_a_plan_that_waits_does_not_count_against_a_charger(
    failsafe: FailSafes, act: Act, screen: Screen
) -> None:
    """The car is paused because of its plan, and not because of the lease."""
    box = await failsafe.charging(PAUSE)
    await act("set_plan", slots=[slot(2, 3)])
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    await box.sleep(TRIED)
    assert not failsafe.reported()
