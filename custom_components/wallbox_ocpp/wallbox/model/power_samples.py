"""Readings of a power sensor, as they came in: grid, home battery, car."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from statistics import median_low
from typing import Final

KEPT_FOR: Final = timedelta(seconds=60)
"""How old a sample is kept: twice what is averaged."""
KEPT_AT_LEAST: Final = 5
"""Samples of a slow sensor that are kept however old they are: they tell its usual gap."""
APART: Final = timedelta(seconds=1)
"""Samples that come faster replace each other."""
SLOWEST_GAP: Final = timedelta(minutes=5)
"""A sensor that reports less often than this is silent, and not slow."""
REST: Final = timedelta(seconds=60)
"""How old the reading of one of two sensors may be before it has to be at rest."""

_MOST_WATTS: Final = 1e6
"""More than any home has: a sensor of energy, or a wrong unit."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading."""

    at: datetime
    """When it was reported, in UTC. A value that was reported again is a new sample."""
    watts: float
    """Grid: import is positive. Battery: discharge is positive. Car: what it draws."""


type Samples = tuple[Sample, ...]
"""Oldest first."""


def added(samples: Samples, sample: Sample) -> Samples:
    """Return the samples with a new one, and without those that nobody needs any more.

    If the clock was set back, those from the future are dropped.
    """
    kept = [one for one in samples if one.at < sample.at]
    if len(kept) > 1 and kept[-1].at - kept[-2].at < APART:
        kept.pop()
    kept.append(sample)
    oldest = sample.at - KEPT_FOR
    surplus = len(kept) - KEPT_AT_LEAST
    return tuple(
        one for index, one in enumerate(kept) if one.at >= oldest or index >= surplus
    )


def usual_gap(samples: Samples) -> timedelta:
    """Return the time that usually passes between two samples; zero if it is not known yet."""
    gaps = [later.at - earlier.at for earlier, later in pairwise(samples)]
    return min(median_low(gaps), SLOWEST_GAP) if gaps else timedelta()


def believed(watts: float, *, inverted: bool = False) -> float | None:
    """Return what a sensor says, import or discharge as positive; None if it cannot be a power.

    Args:
        watts: What it says, in W.
        inverted: The sensor counts export, or what charges the battery, as positive.
    """
    if not isfinite(watts) or abs(watts) > _MOST_WATTS:
        return None
    return -watts if inverted else watts


def net(taken: Sample | None, given: Sample | None) -> Sample | None:
    """Return import minus export, or discharge minus charge, of two sensors.

    Of two sensors one is usually at 0, and may report nothing until that changes. It is believed
    while the other one reports and is not at 0, too; else None, for one of them is silent.
    """
    if taken is None or given is None:
        return None
    older, newer = sorted((taken, given), key=lambda sample: sample.at)
    if newer.at - older.at > REST and (older.watts != 0 or newer.watts == 0):
        return None
    return Sample(newer.at, taken.watts - given.watts)
