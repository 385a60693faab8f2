"""Arithmetic with intervals of time: half open, in UTC, sorted and without overlaps."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model.prices import Interval


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return intervals in order, those that touch or overlap as one."""
    whole: list[Interval] = []
    for one in sorted(intervals, key=lambda interval: interval.start):
        if whole and one.start <= whole[-1].end:
            last = whole.pop()
            whole.append(Interval(last.start, max(last.end, one.end)))
        elif one.start < one.end:
            whole.append(one)
    return tuple(whole)


def clipped(
    intervals: Iterable[Interval], start: datetime, end: datetime
) -> tuple[Interval, ...]:
    """Return what of intervals lies between two moments."""
    both = (Interval(max(one.start, start), min(one.end, end)) for one in intervals)
    return tuple(one for one in both if one.start < one.end)


def common(one: Iterable[Interval], other: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return what lies in both."""
    other = tuple(other)
    return tuple(part for each in one for part in clipped(other, each.start, each.end))


def length(intervals: Iterable[Interval]) -> timedelta:
    """Return how long intervals are together."""
    return sum((one.end - one.start for one in intervals), timedelta())


def first(intervals: Iterable[Interval], wanted: timedelta) -> tuple[Interval, ...]:
    """Return the first hours of intervals, as many as are wanted or as there are."""
    taken: list[Interval] = []
    for one in intervals:
        if wanted <= timedelta():
            break
        part = Interval(one.start, min(one.end, one.start + wanted))
        wanted -= part.end - part.start
        taken.append(part)
    return tuple(taken)


def last(intervals: Iterable[Interval], wanted: timedelta) -> tuple[Interval, ...]:
    """Return the last hours of intervals, as many as are wanted or as there are."""
    taken: list[Interval] = []
    for one in reversed(tuple(intervals)):
        if wanted <= timedelta():
            break
        part = Interval(max(one.start, one.end - wanted), one.end)
        wanted -= part.end - part.start
        taken.append(part)
    return tuple(reversed(taken))


def containing(intervals: Iterable[Interval], moment: datetime) -> Interval | None:
    """Return the interval in which a moment lies."""
    return next((one for one in intervals if one.start <= moment < one.end), None)
