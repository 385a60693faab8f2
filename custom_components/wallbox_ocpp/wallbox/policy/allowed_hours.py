"""Allowed hours: the weekly blocks of a schedule helper as intervals of the days to come.

A schedule helper is on while the clock on the wall is within a block of that weekday. So the time
to come is cut where the clocks change, and within each part the distance from UTC is constant: a
block that lies in the hour left out in spring does not come, and one in the hour that comes twice
in autumn comes twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from math import isfinite, nan
from typing import Any, Final

from ..model.prices import Interval, Price
from .intervals import clipped, merged
from .price_curve import QUARTER, down

AHEAD: Final = timedelta(hours=72)
"""How far blocks are laid out: the longest plan, and the rest of a block that it ends in."""

_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_PRICE: Final = "price"
"""What the owner calls the price of a kWh in the data of a block."""

_DAY: Final = timedelta(days=1)

type Block = Mapping[str, Any]
"""A block of a schedule: from, to, and data of the owner's own, if there are any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AllowedHours:
    """When the car may be charged, and what it costs if blocks carry a price."""

    intervals: tuple[Interval, ...]
    prices: tuple[Price, ...]


def allowed_hours(
    schedule: Mapping[str, Sequence[Block]],
    now: datetime,
    zone: tzinfo,
    ahead: timedelta = AHEAD,
) -> AllowedHours:
    """Return the allowed hours from now on.

    Args:
        schedule: Blocks by weekday, as the action schedule.get_schedule returns them for one
            entity: local times, and time.max for 24:00.
        now: In UTC.
        zone: Of the home.
    """
    comes: list[tuple[Interval, float | None]] = []
    for part, offset in _parts(now, now + ahead, zone):
        wall = Interval(part.start + offset, part.end + offset)
        for day in _days(wall):
            for block in schedule.get(_WEEKDAYS[day.weekday()], ()):
                for one in clipped([_on(day, block)], wall.start, wall.end):
                    moment = Interval(one.start - offset, one.end - offset)
                    comes.append((moment, _price(block)))
    comes.sort(key=lambda one: one[0].start)
    return AllowedHours(
        intervals=merged(interval for interval, _ in comes),
        prices=tuple(
            Price(interval.start, interval.end, per_kwh)
            for interval, per_kwh in comes
            if per_kwh is not None
        ),
    )


def _parts(
    start: datetime, end: datetime, zone: tzinfo
) -> Iterator[tuple[Interval, timedelta]]:
    """Return the parts of a time between changes of clocks, and their distance from UTC.

    Clocks change at a quarter of an hour in UTC, all over the world.
    """
    moment, offset = start, _offset(start, zone)
    while start < end:
        moment = min(down(moment, QUARTER) + QUARTER, end)
        following = _offset(moment, zone)
        if following != offset or moment == end:
            yield Interval(start, moment), offset
            start, offset = moment, following


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    """Return by how much the clock on the wall is ahead of UTC."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def _days(wall: Interval) -> Iterable[datetime]:
    """Return the midnights of the days that a time on the wall's clock touches."""
    day = wall.start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < wall.end:
        yield day
        day += _DAY


def _on(day: datetime, block: Block) -> Interval:
    """Return a block of a day, in the time of the clock on the wall."""
    start, end = (datetime.combine(day, block[at], day.tzinfo) for at in ("from", "to"))
    return Interval(start, day + _DAY if block["to"] == time.max else end)


def _price(block: Block) -> float | None:
    """Return the price that a block carries, if that is a number."""
    price: Any = (block.get("data") or {}).get(_PRICE)
    try:
        number = nan if isinstance(price, bool) else float(price)
    except TypeError, ValueError:
        return None
    return number if isfinite(number) else None
