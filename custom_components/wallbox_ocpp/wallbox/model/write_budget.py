"""How fast limits may be changed: chargers write them to a memory that wears out."""

from dataclasses import dataclass, replace
from typing import Final

QUIET: Final = 1.0
"""Seconds without another wish until a limit is written, as while a slider is dragged."""

LONGEST: Final = 10.0
"""Seconds after which it is written all the same."""

PROFILES_PER_HOUR: Final = 120
"""On average: a change within a session costs two, so that the car can follow the sunshine
once a minute."""

PROFILES_AT_ONCE: Final = 40
"""Before that average counts."""

OWED_AT_MOST: Final = 10
"""Of those that could not wait, as for a charger that starts again and again: a wish must not
wait for hours after that."""

_HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteBudget:
    """When a change may be written. All times are seconds of one steady clock."""

    quiet_at: float = 0.0
    """When the owner will have been quiet long enough."""
    latest: float | None = None
    """When a wish that waits is written at the latest."""
    paid_until: float = 0.0
    """Each profile is paid with a piece of time, and this is when the last one is paid off."""

    def wished(self, now: float, *, at_once: bool) -> WriteBudget:
        """Return the budget after a wish, which may have to wait for the next."""
        if at_once:
            return replace(self, quiet_at=now, latest=None)
        # An earlier wish may have come to nothing, as one does that is taken back.
        goes_on = self.latest is not None and now <= self.quiet_at
        latest = self.latest if goes_on else now + LONGEST
        return replace(self, quiet_at=now + QUIET, latest=latest)

    def written(self, now: float) -> WriteBudget:
        """Return the budget after a profile was written."""
        latest = now + (PROFILES_AT_ONCE + OWED_AT_MOST) * _price()
        paid_until = min(max(self.paid_until, now) + _price(), latest)
        return replace(self, latest=None, paid_until=paid_until)

    def wait(self, now: float) -> float:
        """Return the seconds until a change may be written."""
        quiet_at = self.quiet_at
        if self.latest is not None:
            quiet_at = min(quiet_at, self.latest)
        affordable_at = self.paid_until - (PROFILES_AT_ONCE - 1) * _price()
        return max(quiet_at - now, affordable_at - now, 0.0)


def _price() -> float:
    return _HOUR / PROFILES_PER_HOUR
