"""What a charger has shown, since it booted, of two features that not every charger has.

They are a limit that ends by itself (a lease), and several limits in one profile (a plan).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from .charging_profiles import Dialect
from .failsafe import LeaseTrial

TRIED_FOR: Final = timedelta(seconds=45)
"""How long a limit without the feature takes to show: a request, and what a car needs."""
SUSPECTED_FOR: Final = timedelta(minutes=10)
"""How long a second time confirms the first: a change may wait for the write budget."""
CLEARED_FOR: Final = timedelta(minutes=30)
"""How long the feature is not the reason then: what was may be over, and nothing tells of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """Whether a feature may be why a charger did not follow a limit; the first time may be an accident."""

    suspected_until: datetime | None = None
    """Until when it is the reason indeed if it is once more."""
    cleared_until: datetime | None = None
    """Until when it is not doubted, as the charger did not follow a limit without it either."""

    def suspects(self, now: datetime) -> bool:
        """Return whether it is the reason indeed if it is once more."""
        return self.suspected_until is not None and now < self.suspected_until

    def clears(self, now: datetime) -> bool:
        """Return whether it is not doubted."""
        return self.cleared_until is not None and now < self.cleared_until

    def suspected(self, now: datetime) -> Self:
        """Return it after the first time."""
        return replace(self, suspected_until=now + SUSPECTED_FOR)

    def cleared(self, now: datetime) -> Self:
        """Return it after a limit without the feature was not followed either."""
        return replace(self, cleared_until=now + CLEARED_FOR)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLeases:
    """What a charger has shown of limits that end by themselves."""

    refused: bool = False
    """It has refused the latest TxProfile with a lease."""
    ignored: bool = False
    """It allows 0 A with one."""
    doubt_at: datetime | None = None
    """When one is doubted if the charger still allows nothing."""
    tried_until: datetime | None = None
    """Until when a limit without one shows whether that was the reason."""
    suspicion: Suspicion = field(default_factory=Suspicion)
    trial: LeaseTrial | None = None
    """The trial of a lease in the latest transaction that had one."""

    @property
    def left_out(self) -> bool:
        """Whether limits are sent without a lease."""
        return self.ignored or self.tried_until is not None

    def forgotten(self) -> Self:
        """Return what is still known after a boot."""
        return type(self)(refused=self.refused or self.ignored)

    def for_next_transaction(self) -> Self:
        """Return it without suspicions, and without a limit that is being tried."""
        return replace(self, tried_until=None, suspicion=Suspicion())


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanDoubt:
    """Limits are sent one at a time, to see whether several in a profile are the reason for something."""

    until: datetime
    misses: int
    """How many misses it is if they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldPlans:
    """What a charger has shown of several limits in one profile."""

    failures: tuple[Dialect, ...] = ()
    """Dialects in which they were refused or not followed."""
    most_periods: int | None = None
    """The most limits in a profile that it may take; None if none was refused."""
    firmware: str | None = None
    """The firmware of which failures and most limits are known."""
    misses: int = 0
    """Changes of the limit within a profile that it did not make, in the present dialect."""
    silences: int = 0
    """Profiles with several limits in a row that were not answered."""
    doubt: PlanDoubt | None = None
    suspicion: Suspicion = field(default_factory=Suspicion)

    def of(self, firmware: str | None) -> Self:
        """Return it without what is known of another firmware."""
        if self.firmware == firmware:
            return self
        return replace(self, failures=(), most_periods=None, firmware=firmware)

    def failed(self, dialect: Dialect) -> Self:
        """Return it after a dialect was refused or not followed: the next one begins anew."""
        return replace(
            self,
            failures=(*self.failures, dialect),
            most_periods=None,
            misses=0,
            suspicion=Suspicion(),
        )

    def forgotten(self) -> Self:
        """Return what is still known after a boot."""
        return type(self)(
            failures=self.failures,
            most_periods=self.most_periods,
            firmware=self.firmware,
        )

    def for_next_transaction(self) -> Self:
        """Return it without suspicions."""
        return replace(self, suspicion=Suspicion())
