"""What the machine has found, step by step, so that it stays mended."""

from datetime import UTC, datetime

import pytest

from simulator.virtual_wallbox import AfterPowerCycle, Car

from .home import Home
from .link import Accident
from .machine import a_charger
from .world import World

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FORGETFUL = a_charger("6.7.38", fixed=True, after_power_cycle=AfterPowerCycle.FORGETS)


async def queued_and_forgotten(home: Home) -> World:
    """Let a session begin offline, and its charger lose it with its power."""
    world = World(home, FORGETFUL, NOON)
    await world.come()
    world.plug(Car())
    await world.settle()
    world.cut_network(half=False)
    await world.wait(2.0)
    world.power_off()
    world.unplug()
    world.charger.power_on()
    world.network = True
    await world.wait(100.0)
    return world


async def test_a_forgotten_session_whose_start_came_late_is_given_up(
    home: Home,
) -> None:
    """Its start comes after the status by which the waiting begins."""
    world = await queued_and_forgotten(home)
    await world.wait(700.0)
    assert [event["event_type"] for event in home.told] == ["started", "ended"]
    await world.end()


async def test_a_forgotten_session_is_given_up_over_a_link_that_breaks_often(
    home: Home,
) -> None:
    """Each return of the charger begins the ten minutes anew."""
    world = await queued_and_forgotten(home)
    for _ in range(10):
        world.cut_network(half=False)
        await world.wait(10.0)
        world.network = True
        await world.wait(200.0)
    assert [event["event_type"] for event in home.told] == ["started", "ended"]
    await world.end()


async def test_a_session_lasts_over_the_end_of_summer_time(home: Home) -> None:
    """From 1:59 in the summer to 1:00 in the winter: HA compares the times on the wall."""
    world = World(
        home, a_charger("6.7.38", fixed=True), datetime(2026, 11, 1, 8, 55, tzinfo=UTC)
    )
    await world.come()
    world.plug(Car())
    await world.wait(600.0)
    world.unplug()
    await world.wait(10.0)
    assert not world.contradictions()
    await world.end()


@pytest.mark.parametrize("seconds", [0.0, 700.0], ids=["just", "long"])
@pytest.mark.parametrize("cars", [0, 1, 2])
async def test_a_session_whose_start_is_tried_again_ends_when_it_ended(
    home: Home, seconds: float, cars: int
) -> None:
    """Statuses overtake transactions, which wait for a minute after an answer was lost."""
    world = World(home, a_charger("6.7.38", fixed=True), NOON)
    await world.come()
    await world.wait(seconds)
    world.expect("StartTransaction", Accident.IGNORED)
    world.plug(Car())
    await world.wait(5.0)
    world.unplug()
    for _ in range(cars):
        await world.wait(10.0)
        world.plug(Car())
        await world.wait(25.0)
        world.unplug()
    await world.mend()
    assert not world.contradictions()
    await world.end()


async def test_a_session_ends_that_is_lost_behind_a_half_open_link(home: Home) -> None:
    """By a clock that is far behind, all that the charger says of its status looks old."""
    charger = a_charger(
        "6.7.38",
        fixed=True,
        after_power_cycle=AfterPowerCycle.FORGETS,
        clock_error=-3000.0,
    )
    world = World(home, charger, NOON)
    await world.come()
    world.plug(Car())
    await world.wait(60.0)
    world.cut_network(half=True)
    await world.wait(2.0)
    world.power_off()
    world.unplug()
    world.charger.power_on()
    world.network = True
    await world.wait(800.0)
    assert [event["event_type"] for event in home.told] == ["started", "ended"]
    await world.end()
