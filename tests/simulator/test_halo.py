"""The LED ring, docs/chargers.md §6."""

import pytest

from simulator.virtual_wallbox import Car, Charger, Status
from simulator.virtual_wallbox.halo import halo

from .bench import FREE_KEYS, Bench


@pytest.mark.parametrize(
    ("status", "free", "locked"),
    [
        (Status.AVAILABLE, "green", "yellow"),
        (Status.PREPARING, "turquoise", "yellow"),
        (Status.CHARGING, "blue", "blue"),
        (Status.SUSPENDED_EV, "turquoise", "turquoise"),
        (Status.SUSPENDED_EVSE, "turquoise", "turquoise"),
        (Status.FINISHING, "turquoise", "turquoise"),
        (Status.UNAVAILABLE, "green", "green"),
        (Status.FAULTED, "red", "red"),
    ],
)
def test_colours(status: Status, free: str, locked: str) -> None:
    for is_free, colour in ((True, free), (False, locked)):
        shown = halo(status, powered=True, starting=False, free=is_free, brightness=100)
        assert shown.colour == colour


def test_only_charging_and_starting_move() -> None:
    moving = {
        status: shown.pattern
        for status in Status
        if (
            shown := halo(status, powered=True, starting=False, free=True, brightness=1)
        ).pattern
        != "steady"
    }
    assert moving == {Status.CHARGING: "pulsing"}
    starting = halo(
        Status.AVAILABLE, powered=True, starting=True, free=False, brightness=100
    )
    assert starting == ("green", "rotating")


@pytest.mark.parametrize(("powered", "brightness"), [(False, 100), (True, 0)])
def test_dark(powered: bool, brightness: int) -> None:
    shown = halo(
        Status.CHARGING,
        powered=powered,
        starting=False,
        free=True,
        brightness=brightness,
    )
    assert shown.colour == "dark"


def test_the_article_yellow_becomes_green() -> None:
    bench = Bench()
    bench.run(5)
    assert bench.charger.halo.colour == "yellow"
    bench.limit(0)
    bench.configure(**FREE_KEYS)
    assert bench.charger.halo.colour == "green"
    bench.charger.plug(Car())
    bench.run(5)
    assert bench.charger.halo.colour == "turquoise"
    bench.limit(10)
    assert bench.charger.halo == ("blue", "pulsing")


def test_a_fault_is_red(charger: Charger) -> None:
    charger.fault()
    assert charger.halo.colour == "red"
    charger.fault(present=False)
    assert charger.halo.colour == "yellow"


@pytest.fixture
def charger() -> Charger:
    bench = Bench()
    bench.run(5)
    return bench.charger
