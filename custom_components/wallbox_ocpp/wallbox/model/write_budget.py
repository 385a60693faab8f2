"""Limits how often profiles are written: chargers keep them in flash memory, which wears out."""

from dataclasses import dataclass, replace
from typing import Final

QUIET: Final = 1.0
"""Seconds without another wish until a limit is written: a slider may be dragged."""

LONGEST: Final = 10.0
"""Seconds after which a limit is written although further wishes come."""

PROFILES_PER_HOUR: Final = 120
"""On average. A change within a session writes two, so a limit can follow solar power once a
minute."""

PROFILES_AT_ONCE: Final = 40
"""Profiles that may be written in a burst."""

OWED_AT_MOST: Final = 10
"""Profiles beyond the budget that count at most. After a charger in a boot loop, which gets its
profiles each time, a wish must not wait for hours."""

_HOUR: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteBudget:
    """When a change may be written. All times are seconds of one clock, which may be set back."""

    quiet_at: float = 0.0
    """When `QUIET` has passed since the last wish."""
    latest: float | None = None
    """When a waiting wish is written at the latest."""
    paid_until: float = 0.0
    """When the budget is full again: each profile written moves it on by `_price`."""

    def wished(self, now: float, *, at_once: bool) -> WriteBudget:
        """Return the budget after a wish of the owner."""
        if at_once:
            return replace(self, quiet_at=now, latest=None)
        # An earlier wish may not have been written, because it was taken back.
        goes_on = self.latest is not None and now <= self.quiet_at
        latest = self.latest if goes_on else now + LONGEST
        return replace(self, quiet_at=now + QUIET, latest=latest)

    def written(self, now: float) -> WriteBudget:
        """Return the budget after a profile was written."""
        paid_until = min(max(self.paid_until, now) + _price(), _owed_at_most(now))
        return replace(self, latest=None, paid_until=paid_until)

    def wait(self, now: float, *, owed: bool = False) -> float:
        """Return the seconds until a change may be written.

        One that is owed whatever it costs waits for the end of a slider's move only. Each lower limit needs a
        higher one before it, so that owing them does not wear the memory out.
        """
        quiet_at = self.quiet_at
        if self.latest is not None:
            quiet_at = min(quiet_at, self.latest)
        if owed:
            return _until(quiet_at, now, now + LONGEST)
        affordable_at = self.paid_until - (PROFILES_AT_ONCE - 1) * _price()
        last = _owed_at_most(now) - (PROFILES_AT_ONCE - 1) * _price()
        return max(
            _until(quiet_at, now, now + LONGEST), _until(affordable_at, now, last)
        )


def _until(moment: float, now: float, at_most: float) -> float:
    """Return the seconds until a moment; 0 if that is later than can be, as the clock was set back."""
    return max(moment - now, 0.0) if moment <= at_most else 0.0


def _owed_at_most(now: float) -> float:
    return now + (PROFILES_AT_ONCE + OWED_AT_MOST) * _price()


def _price() -> float:
    return _HOUR / PROFILES_PER_HOUR
