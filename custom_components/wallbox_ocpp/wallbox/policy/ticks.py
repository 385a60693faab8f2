"""The time to come in ticks: at most a quarter of an hour each, at its average price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..model.prices import Interval
from .price_curve import PriceCurve, down, quarters

CELL: Final = timedelta(minutes=5)
"""Allowed hours are shortened to whole multiples of this, but for the moment when they begin, if it
is now."""

MICRO: Final = 1_000_000
"""Prices are whole millionths, so that sums are exact and equal costs are equal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A time in which the car charges or not."""

    start: datetime
    end: datetime
    price: int
    """Of a kWh, in millionths."""
    joined: bool
    """Whether it begins where the tick before it ends."""

    @property
    def seconds(self) -> int:
        """How long it is, in whole seconds."""
        return int((self.end - self.start).total_seconds())


def ticks(
    now: datetime, allowed: Sequence[Interval], curve: PriceCurve
) -> tuple[Tick, ...]:
    """Return the ticks of the allowed hours, of which the first may begin now."""
    found: list[Tick] = []
    for interval in allowed:
        whole = Interval(
            now if interval.start == now else _up(interval.start),
            down(interval.end, CELL),
        )
        for part in quarters(whole):
            found.append(
                Tick(
                    start=part.start,
                    end=part.end,
                    price=round(curve.of(part).per_kwh * MICRO),
                    joined=bool(found) and found[-1].end == part.start,
                )
            )
    return tuple(found)


def _up(moment: datetime) -> datetime:
    """Return a moment, or the cell after it."""
    return down(moment + CELL - timedelta.resolution, CELL)
