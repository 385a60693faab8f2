"""The lifetime register over an offline period, from readings that arrive after it.

Home Assistant's long-term statistics are hourly, so only points that affect a full hour are kept.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from .register import MOST_ENERGY, ROUNDING

SHOWN_WITHIN: Final = timedelta(seconds=2)
"""How long the sensor may take to show a reading; an hour that ends meanwhile has the old one."""

MOST_POINTS: Final = 500
"""Two for each hour of charging: more than ten days without a break."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The lifetime register, in Wh, at a moment in UTC."""

    moment: datetime
    register: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterHistory:
    """The lifetime register between the live readings before and after an offline period."""

    points: tuple[Point, ...]
    """Ascending in time and register. The first is the last reading before the offline period."""
    ended: bool = False
    """The last point is the first live reading after it."""


def begun(moment: datetime, register: float) -> MeterHistory:
    """Begin a history with the last reading before an offline period."""
    return MeterHistory(points=(Point(moment=moment, register=register),))


def noted(history: MeterHistory, moment: datetime, register: float) -> MeterHistory:
    """Add a reading from the charger's queue.

    A reading that contradicts earlier ones is dropped, and so is one from outside the period. The
    history may have ended: a queue may come after a live reading. The moment is by our clock.
    """
    index = bisect_left(history.points, moment, key=_moment)
    earlier, later = history.points[:index], history.points[index:]
    if not earlier or (history.ended and not later):
        return history
    if later and later[0].moment == moment:
        return history
    low, high = earlier[-1].register, later[0].register if later else MOST_ENERGY
    if not low - ROUNDING < register < high + ROUNDING:
        return history
    point = Point(moment=moment, register=min(max(register, low), high))
    points = _thinned((*earlier, point, *later))
    return history if len(points) > MOST_POINTS else replace(history, points=points)


def ended(history: MeterHistory, moment: datetime, register: float) -> MeterHistory:
    """Add the first live reading after the offline period, as the sensor shows it.

    It wins over all readings from the queue. If the history has ended, nothing changes.
    """
    if history.ended:
        return history
    believed = (
        replace(point, register=min(point.register, register))
        for point in history.points
        if point.moment < moment and point.register < register + ROUNDING
    )
    return MeterHistory(
        points=(*believed, Point(moment=moment, register=register)), ended=True
    )


def resumed(history: MeterHistory, moment: datetime, register: float) -> MeterHistory:
    """Extend a history that has ended over another offline period, from its last reading before.

    The first period is not in the statistics yet.
    """
    going_on = replace(history, ended=False)
    return replace(ended(going_on, moment, register), ended=False)


def at_full_hours(history: MeterHistory) -> list[tuple[datetime, float]]:
    """Return the register at the end of each hour in the history.

    Between two points the energy is interpolated linearly.

    Returns:
        The start of each hour, and the register in Wh an hour later, without gaps. Nothing
        before the history has ended, or if no energy flowed in it.
    """
    first, last = history.points[0], history.points[-1]
    if not history.ended or first.register == last.register:
        return []
    hours = []
    hour = _hour(first)
    while (over := hour + _HOUR) <= last.moment + SHOWN_WITHIN:
        hours.append((hour, _register_at(history.points, over)))
        hour = over
    return hours


def _register_at(points: tuple[Point, ...], moment: datetime) -> float:
    index = bisect_right(points, moment, key=_moment)
    before = points[index - 1]
    if index == len(points):
        return before.register
    after = points[index]
    share = (moment - before.moment) / (after.moment - before.moment)
    return before.register + share * (after.register - before.register)


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Drop points between two others of the same hour, which affect no full hour."""
    needless = {
        point
        for (before, point), (_, after) in pairwise(pairwise(points))
        if _hour(before) == _hour(point) == _hour(after)
    }
    return tuple(point for point in points if point not in needless)


def _moment(point: Point) -> datetime:
    return point.moment


def _hour(point: Point) -> datetime:
    return point.moment.replace(minute=0, second=0, microsecond=0)
