"""The price of any time: as it is known, or as it is estimated where it is not."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ..model.prices import Interval, Price

QUARTER: Final = timedelta(minutes=15)
"""Prices change at quarters of an hour at most, for the most part."""

DAYS_BACK: Final = 7
"""How far back to look for the price at the same time of another day."""

_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def down(moment: datetime, grid: timedelta) -> datetime:
    """Return a moment, or the one before it that is on a grid in UTC."""
    return moment - (moment - _EPOCH) % grid


@dataclass(frozen=True, slots=True)
class Cost:
    """What a kWh costs on average."""

    per_kwh: float
    estimated: bool


class PriceCurve:
    """Prices that are known, which may have holes, and estimates for the rest of the time.

    An estimate is the price at the same time of the latest day that is known; if there is none,
    the mean of all that are.
    """

    def __init__(self, prices: Sequence[Price]) -> None:
        """Take prices, in order and without overlaps; at least one."""
        self._prices = prices
        self._starts = [price.start for price in prices]
        hours = sum((price.end - price.start for price in prices), timedelta())
        self._mean = sum(
            price.per_kwh * ((price.end - price.start) / hours) for price in prices
        )

    def of(self, time: Interval) -> Cost:
        """Return the average price of a time."""
        total, estimated = 0.0, False
        for part in quarters(time):
            per_kwh = self._known(part)
            if per_kwh is None:
                estimated = True
                per_kwh = self._estimated(part)
            total += per_kwh * ((part.end - part.start) / (time.end - time.start))
        return Cost(total, estimated)

    def _estimated(self, time: Interval) -> float:
        """Return the likely price of a time of which it is not known."""
        for days in range(1, DAYS_BACK + 1):
            before = Interval(time.start - days * _DAY, time.end - days * _DAY)
            per_kwh = self._known(before)
            if per_kwh is not None:
                return per_kwh
        return self._mean

    def _known(self, time: Interval) -> float | None:
        """Return the average price of a time, None if it is not known for all of it."""
        index = bisect_right(self._starts, time.start) - 1
        if index < 0:
            return None
        if time.end <= self._prices[index].end:
            return self._prices[index].per_kwh
        total, moment = 0.0, time.start
        for price in self._prices[index:]:
            if price.start > moment or moment >= time.end:
                break
            until = min(price.end, time.end)
            total += price.per_kwh * ((until - moment) / (time.end - time.start))
            moment = until
        return total if moment >= time.end else None


def quarters(time: Interval) -> Iterator[Interval]:
    """Return a time, cut at each quarter of an hour."""
    start = time.start
    while start < time.end:
        end = min(down(start, QUARTER) + QUARTER, time.end)
        yield Interval(start, end)
        start = end
