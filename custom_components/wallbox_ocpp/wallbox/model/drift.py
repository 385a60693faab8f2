"""Whether somebody undoes the offline fix, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ...csms.requests import ConfigurationKey
from .offline_fix import PROFILES, ProfileName, Protection, Verdict, satisfied

DAY: Final = timedelta(days=1)
CONTESTED: Final = 3
"""Times within a day that are no accident any more."""
FADES: Final = timedelta(days=7)
"""How long an owner is told of a single time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """When somebody undid the fix, which was then put in again."""

    times: tuple[datetime, ...] = ()
    """The latest ones, oldest first."""
    keys: tuple[str, ...] = ()
    """What was changed the last time."""
    seen: bool = False
    """The owner has seen it."""

    @property
    def contested(self) -> bool:
        """Whether it happens again and again."""
        return len(self.times) == CONTESTED and self.times[-1] - self.times[0] < DAY

    def noted(self, keys: tuple[str, ...], now: datetime) -> Self:
        """Note which keys were found changed, if any were."""
        if not keys:
            return self
        times = (*self.times, now)[-CONTESTED:]
        return replace(self, times=times, keys=keys, seen=False)

    def faded(self, now: datetime) -> Self:
        """Forget what no longer matters."""
        if not self.times:
            return self
        age = now - self.times[-1]
        return type(self)() if age > (DAY if self.contested else FADES) else self


def drifted_keys(
    protection: Protection,
    profile: ProfileName,
    found: Mapping[str, ConfigurationKey],
) -> tuple[str, ...]:
    """Return the keys that are no longer as the fix had left them.

    Args:
        protection: What the last comparison came to.
        profile: The desired configuration.
        found: The configuration as it is now, or some of it, by key.
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
