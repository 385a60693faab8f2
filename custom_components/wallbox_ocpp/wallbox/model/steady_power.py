"""The power that a car takes for long: the highest average of ten minutes of a charge.

For a moment, a car may draw much more than it goes on with (docs/chargers.md §3.7), and the average
of a whole charge is too low after hours with little sun.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

STEADY_FOR: Final = timedelta(minutes=10)
TELLS: Final = timedelta(minutes=5)
"""After what time an average counts more than that of before: some meters count in steps of 10 Wh."""
TELLS_FIRST: Final = timedelta(minutes=1)
"""The same if there is none of before."""


class SteadyPower(NamedTuple):
    """The highest average so far, and what the next one is counted from."""

    highest: float = 0.0
    """W; 0 if no charge has lasted long enough."""
    latest: float = 0.0
    """W, of the ten minutes before the present ones in the same charge; 0 if there are none."""
    since: datetime | None = None
    """When the present ten minutes began; None while no energy flows."""
    register: float = 0.0
    """The register then, in Wh."""

    def after(
        self, moment: datetime, register: float, charging_since: datetime | None
    ) -> Self:
        """Return it after a reading of the register, in Wh, in a charge; None if none goes on."""
        if charging_since is None:
            return self._replace(since=None) if self.since else self
        if self.since is None or self.since < charging_since:
            return self._replace(latest=0.0, since=moment, register=register)
        if moment - self.since < STEADY_FOR:
            return self
        power = round(self._average(moment - self.since, register), 1)
        highest = max(power, self.highest)
        return type(self)(highest, power, since=moment, register=register)

    def present(self, moment: datetime, register: float) -> float | None:
        """Return W that the car takes, by the latest reading of the register; None if that is not known yet."""
        lasted = moment - self.since if self.since else timedelta()
        if lasted >= (TELLS if self.latest else TELLS_FIRST):
            return self._average(lasted, register)
        return self.latest or None

    def _average(self, lasted: timedelta, register: float) -> float:
        return (register - self.register) / (lasted / timedelta(hours=1))


NOT_SEEN: Final = SteadyPower()
