"""What a kWh cost when: a price that may change every quarter of an hour."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from mashumaro import DataClassDictMixin

KEPT: Final = 400
"""Changes of the price that are remembered: four days of a price for each quarter of an hour,
for what a charger only tells when it is back."""

WH_PER_KWH: Final = 1000.0


class Price(NamedTuple):
    """What a kWh costs from a moment on, in the currency of the home."""

    since: datetime
    per_kwh: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tariff(DataClassDictMixin):
    """Prices, oldest first; none if the owner has not given any."""

    prices: tuple[Price, ...] = ()

    def changed(self, now: datetime, per_kwh: float) -> Tariff:
        """Note the price from now on."""
        if self.prices and self.prices[-1].per_kwh == per_kwh:
            return self
        return replace(self, prices=(*self.prices, Price(now, per_kwh))[-KEPT:])

    def cost(self, begin: datetime, end: datetime, energy: float) -> float | None:
        """Return what energy in Wh has cost that flowed evenly from begin to end.

        What lies before the first price is reckoned at the first price. None without prices.
        """
        if not self.prices:
            return None
        return energy / WH_PER_KWH * self._mean(begin, end)

    def _mean(self, begin: datetime, end: datetime) -> float:
        """Return the price for each kWh between two moments, on average over time."""
        at_end = self.prices[0].per_kwh
        total = 0.0
        moment = begin
        for price in self.prices:
            if price.since >= end:
                break
            if price.since > moment:
                total += (price.since - moment).total_seconds() * at_end
                moment = price.since
            at_end = price.per_kwh
        if end <= begin:
            return at_end
        total += (end - moment).total_seconds() * at_end
        return total / (end - begin).total_seconds()
