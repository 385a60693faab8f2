"""The price of a kWh over time, which may change every quarter of an hour."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from .electricity import WH_PER_KWH

KEPT: Final = 400
"""Changes of the price that are kept: four days with one each quarter of an hour, for readings
that a charger sends after it was offline."""


BEHIND: Final = timedelta(days=1)
"""By how much our clock may be behind for a while."""


class Price(NamedTuple):
    """The price of a kWh from a moment on, in the currency of the home."""

    since: datetime
    per_kwh: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tariff:
    """Prices, oldest first; none if the owner has not set any."""

    prices: tuple[Price, ...] = ()

    def changed(self, now: datetime, per_kwh: float) -> Tariff:
        """Return it with the price from now on.

        Prices that are later were noted by a clock that was ahead, or this one by a clock that is behind: a
        computer may start hours ago.
        """
        past = tuple(price for price in self.prices if price.since <= now)
        later = (price for price in self.prices if now < price.since <= now + BEHIND)
        if not past or past[-1].per_kwh != per_kwh:
            past = (*past, Price(now, per_kwh))
        known = (*past, *later)[-KEPT:]
        return self if known == self.prices else replace(self, prices=known)

    def cost(self, begin: datetime, end: datetime, energy: float) -> float | None:
        """Return the cost of energy in Wh that flowed evenly from begin to end.

        Before the first price, that counts. None without prices.
        """
        if not self.prices:
            return None
        return energy / WH_PER_KWH * self._mean(begin, end)

    def _mean(self, begin: datetime, end: datetime) -> float:
        """Return the average price of a kWh between two moments."""
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
