"""The end of an energy target: put off rarely, as each time is a write, and never beyond what was asked for."""

from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.owner import choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, KWH, MINUTE, PluggedIn, slot
from tests.helpers.screen import Screen
from tests.helpers.sunny_home import GRID, SunnyHome, name_sensors

QUARTER: Final = 15 * MINUTE
FEW: Final = 5
"""Profiles within any quarter of an hour, at most."""
SMALL: Final = 0.1 * KWH
"""By what a target may be missed, as readings are some seconds old."""
VOLTS: Final = 230


def written(box: VirtualWallbox) -> int:
    """Return how many profiles the charger has got."""
    return len(box.received("SetChargingProfile"))


def received(box: VirtualWallbox) -> float:
    """Return the Wh that the car has got."""
    box.look()
    assert box.charger.car
    return box.charger.car.received_wh


async def target_for(box: VirtualWallbox, screen: Screen, hours: float) -> float:
    """Set a target that is reached in about so long with the power of now; return it in Wh."""
    box.look()
    energy = (received(box) + hours * box.charger.power) / KWH
    target = round(energy * 2) / 2
    await screen.set("energy_target", target)
    return target * KWH


async def until_it_is_reached(
    box: VirtualWallbox, screen: Screen, target: float, home: SunnyHome | None = None
) -> None:
    """Let time pass until the target is reached, and see that little is written and no more given."""
    counts = [written(box)]
    while screen.sensor("plan") != "done":
        assert len(counts) < 5 * HOUR / MINUTE, "it never ends"
        if home:
            await home.passes(MINUTE)
        else:
            await box.sleep(MINUTE)
        counts.append(written(box))
        gone_on = alone(box, 2 * HOUR).car
        assert gone_on
        assert gone_on.received_wh <= target + SMALL
        if screen.sensor("plan") != "done":
            assert box.charger.current_drawn > 0
    per_quarter = [
        later - before for before, later in zip(counts, counts[15:], strict=False)
    ]
    assert max(per_quarter) <= FEW
    assert target - SMALL <= received(box) <= target + SMALL


@pytest.mark.parametrize("phases", [1, 3])
async def test_with_little_sun_after_much(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    phases: int,
) -> None:
    name_sensors(hass, integration, grid=GRID)
    box = await start_protected(FOLLOWS)
    await choose_mode(hass, screen, "solar")
    box.plug(Car(max_amps=32, phases=phases))
    await box.wait_until(lambda: screen.sensor("status") != "available")
    home = SunnyHome(hass, box)
    await home.passes(12 * MINUTE, 33 * VOLTS * phases)
    assert box.charger.current_drawn == 32
    await home.passes(2 * MINUTE, 6.6 * VOLTS * phases)
    assert box.charger.current_drawn == 6
    target = await target_for(box, screen, 1)
    await until_it_is_reached(box, screen, target, home)


async def test_with_a_current_limit_that_was_lowered(
    plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in(FOLLOWS, 32, max_amps=32, phases=1)
    await box.sleep(10 * MINUTE)
    await screen.set("current_limit", 6)
    await box.wait_until(lambda: box.charger.current_drawn == 6)
    await box.sleep(MINUTE)
    await until_it_is_reached(box, screen, await target_for(box, screen, 1))


async def test_with_a_plan_that_allows_less(
    act: Act, plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in(FOLLOWS, 32, max_amps=32, phases=1)
    slots = [slot(-1, 0.25), slot(0.25, 9, limit=6)]
    await act("set_plan", slots=slots)
    await box.sleep(20 * MINUTE)
    assert box.charger.current_drawn == 6
    await until_it_is_reached(box, screen, await target_for(box, screen, 1))


async def test_with_a_car_that_takes_less_and_less(
    plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in(FOLLOWS, 16)
    await box.sleep(10 * MINUTE)
    assert box.charger.car
    box.charger.car.max_amps = 2
    await box.sleep(MINUTE)
    await until_it_is_reached(box, screen, await target_for(box, screen, 1))


@pytest.mark.parametrize("missing", [0.5 * KWH, 2 * KWH])
@pytest.mark.parametrize("drew", [True, False])
async def test_a_car_that_draws_nothing_costs_few_writes(
    start_protected: StartCharger, screen: Screen, missing: float, drew: bool
) -> None:
    """It may have a timer of its own, or be full with a little less than was asked for."""
    box = await start_protected(FOLLOWS)
    target = 4 * KWH if drew else missing
    await screen.set("energy_target", target / KWH)
    box.plug(Car(wants_wh=4 * KWH - missing) if drew else Car(paused=True))
    await box.sleep(HOUR)
    assert screen.sensor("status") == "suspended_ev"
    before = written(box)
    await box.sleep(4 * HOUR)
    assert written(box) - before <= 4 * 4 + 2
    # It gets the rest once it wants it.
    assert box.charger.car
    box.charger.car.paused, box.charger.car.wants_wh = False, None
    await box.sleep(HOUR)
    assert screen.sensor("plan") == "done"
    assert target - SMALL <= received(box) <= target + SMALL
