"""The days: what the sun gives and what the home takes, second by second."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi, sin
from random import Random
from typing import Final

HOUR: Final = 3600
SUNRISE: Final = 6 * HOUR
SUNSET: Final = 20 * HOUR
STEP: Final = 5
"""Seconds between two moments of a day; the meter of the grid says as often what flows."""

BASE: Final = 250.0
"""W that the home always takes."""
FRIDGE: Final = 120.0
KETTLE: Final = 2200.0
KETTLE_LASTS: Final = 180
OVEN: Final = 2500.0
COVERS_IN: Final = 20
"""Seconds that a cloud needs to cover a roof."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day of a home with a roof and a car."""

    name: str
    peak: float
    """W of the roof at noon, without clouds."""
    phases: int = 1
    clouds: bool = False
    kettle: bool = False
    battery: bool = False
    seed: int = 1


DAYS: Final = (
    Day(name="clear", peak=5000),
    Day(name="clouds", peak=6000, clouds=True),
    Day(name="kettle and oven", peak=3200, kettle=True),
    Day(name="home battery", peak=6000, battery=True),
    Day(name="home battery and clouds", peak=6000, battery=True, clouds=True),
    Day(name="clear, 3 phases", peak=9000, phases=3),
    Day(name="clouds, 3 phases", peak=11000, phases=3, clouds=True),
    Day(name="small roof, 3 phases", peak=4600, phases=3, kettle=True),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """What the home is without its car and its battery."""

    second: int
    """Of the day."""
    sun: float
    """W."""
    home: float
    """W."""


def moments(day: Day) -> Iterator[Moment]:
    """Return the moments of a day, from sunrise to sunset."""
    random = Random(day.seed)
    shade = _clouds(random) if day.clouds else lambda second: 1.0
    for second in range(SUNRISE, SUNSET, STEP):
        height = sin(pi * (second - SUNRISE) / (SUNSET - SUNRISE))
        sun = day.peak * height**1.3 * shade(second)
        yield Moment(second, sun, _home(day, second) + random.gauss(0, 15))


def _clouds(random: Random) -> Callable[[int], float]:
    """Return how much of the sun comes through: clouds of half a minute to a quarter of an hour."""
    edges: list[tuple[int, float]] = []
    second = SUNRISE
    while second < SUNSET:
        clear, cloud = random.uniform(60, 1500), random.uniform(30, 900)
        edges += [(second, 1.0), (second + int(clear), random.uniform(0.15, 0.7))]
        second += int(clear + cloud)
    light = 1.0

    def shade(now: int) -> float:
        nonlocal light
        passed = [through for begins, through in edges if begins <= now]
        light += (passed[-1] - light) * STEP / COVERS_IN
        return light

    return shade


def _home(day: Day, second: int) -> float:
    power = BASE + (FRIDGE if second % 2400 < 800 else 0.0)
    if day.kettle:
        power += KETTLE if second % (50 * 60) < KETTLE_LASTS else 0.0
        # The oven heats up at half past eleven, and then keeps its heat in bursts.
        cooking = second - int(11.5 * HOUR)
        if 0 <= cooking < 600 or (0 <= cooking < HOUR and cooking % 120 < 45):
            power += OVEN
    return power
