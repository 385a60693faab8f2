"""Prices of energy in the hours to come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in UTC, from its start until just before its end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Price(Interval):
    """What a kWh costs in a time, in the main unit of the currency. It may be below zero."""

    per_kwh: float


@dataclass(frozen=True, slots=True)
class PriceForecast:
    """The prices that are known: sorted, without overlaps, possibly with holes."""

    prices: tuple[Price, ...]
    fetched_at: datetime

    @property
    def until(self) -> datetime:
        """Return when the last price ends."""
        return self.prices[-1].end
