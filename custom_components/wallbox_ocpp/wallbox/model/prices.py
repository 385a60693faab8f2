"""Prices of energy in the hours to come."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


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
    currency: str
    """ISO 4217, such as EUR."""
    source: str
    """Who says so, as a person would call it: the name of an entity."""
    fetched_at: datetime

    @property
    def until(self) -> datetime:
        """Return when the last price ends."""
        return self.prices[-1].end

    def after(self, now: datetime) -> Self:
        """Return it without what has passed; a price that has begun is still there."""
        return replace(self, prices=tuple(p for p in self.prices if p.end > now))
