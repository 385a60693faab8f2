"""What a charger's lifetime meter stood at while nobody read it, as far as that is learned late.

Home Assistant's long-term statistics are hourly, so only what bears on a full hour is kept.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from mashumaro import DataClassDictMixin

from .register import MOST_ENERGY, ROUNDING

SHOWN_WITHIN: Final = timedelta(seconds=2)
"""How long the sensor may take to show a reading. An hour that ended meanwhile has the old one."""

MOST_POINTS: Final = 500
"""Two for each hour of charging: more than ten days of it without a break."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point(DataClassDictMixin):
    """What the lifetime meter stood at, in Wh, at a moment in UTC."""

    moment: datetime
    register: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterHistory(DataClassDictMixin):
    """What is known of the meter between two readings of our own."""

    points: tuple[Point, ...]
    """Ascending in time and register. The first is the last reading before the time without
    the charger."""
    ended: bool = False
    """The last point is the first reading after it."""


def begun(moment: datetime, register: float) -> MeterHistory:
    """Begin with the last reading before a time without the charger."""
    return MeterHistory(points=(Point(moment=moment, register=register),))


def noted(history: MeterHistory, moment: datetime, register: float) -> MeterHistory:
    """Add what a message from the charger's queue tells.

    What contradicts what is known already is dropped, and so is what lies outside.

    Args:
        history: What is known. It may have ended: a queue may come after a live reading.
        moment: When it was, by our clock, in UTC.
        register: The lifetime meter in Wh.
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
    """Add the first reading after the time without the charger.

    It is our own, so it is believed over everything that the queue has told.

    Args:
        history: What is known. If it has ended, nothing changes.
        moment: Now, in UTC.
        register: The lifetime meter in Wh, as the sensor shows it.
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
    """Go on into another time without the charger, before the first has been made use of.

    Args:
        history: What is known of the first; it has ended.
        moment: When the second began, in UTC.
        register: The last reading before it, in Wh.
    """
    going_on = replace(history, ended=False)
    return replace(ended(going_on, moment, register), ended=False)


def at_full_hours(history: MeterHistory) -> list[tuple[datetime, float]]:
    """Return what the meter stood at when each hour in the history was over.

    Between two points the energy is spread evenly, because nothing more is known.

    Returns:
        When each hour began, and the register in Wh an hour later, without a hole. Nothing as
        long as the history has not ended, or if no energy flowed in it.
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
    """Leave out what lies between two others of its hour, and so bears on no full hour."""
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
