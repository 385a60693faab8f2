"""Drift: settings of the offline fix that another system has changed, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ...csms.requests import ConfigurationKey
from .offline_fix import PROFILES, ProfileName, Protection, Verdict, satisfied

DAY: Final = timedelta(days=1)
CONTESTED: Final = 3
"""Changes within a day from which on another system is suspected."""
FADES: Final = timedelta(days=7)
"""How long a single change is reported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """The times at which changed settings were found, and corrected."""

    times: tuple[datetime, ...] = ()
    """The latest ones, oldest first."""
    keys: tuple[str, ...] = ()
    """The keys that were changed the last time."""
    seen: bool = False
    """The owner has acknowledged it."""

    @property
    def contested(self) -> bool:
        """Whether another system seems to change the settings again and again."""
        return len(self.times) == CONTESTED and self.times[-1] - self.times[0] < DAY

    def noted(self, keys: tuple[str, ...], now: datetime) -> Self:
        """Record which keys were found changed, if any."""
        if not keys:
            return self
        times = (*self.times, now)[-CONTESTED:]
        return replace(self, times=times, keys=keys, seen=False)

    def faded(self, now: datetime) -> Self:
        """Drop changes that are too old to be reported."""
        if not self.times:
            return self
        age = now - self.times[-1]
        return type(self)() if age > (DAY if self.contested else FADES) else self


def drifted_keys(
    protection: Protection,
    profile: ProfileName,
    found: Mapping[str, ConfigurationKey],
) -> tuple[str, ...]:
    """Return the keys, of those found, whose values are no longer those that the fix had set.

    ``protection`` is the result of the last comparison.
    """
    if protection.verdict is not Verdict.PROTECTED or protection.profile is not profile:
        return ()
    return tuple(
        setting.key
        for setting in PROFILES[profile]
        if satisfied(setting, protection.found.get(setting.key))
        and (key := found.get(setting.key))
        and not satisfied(setting, key.value)
    )
