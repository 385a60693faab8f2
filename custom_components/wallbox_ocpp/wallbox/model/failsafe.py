"""What a car may do while nobody watches: the guard that an owner can put over a charger.

Without one, a charger that is alone does what its owner last asked. With one, it holds 0 A for
all transactions, and each is lifted by hand while Home Assistant is there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

RENEWALS: Final = 3
"""How often a lease is renewed before it would end."""

MARGIN: Final = timedelta(minutes=1)
"""By how much a lease begins early: with one that begins in the time to come by its clock, a
charger allows nothing (docs/chargers.md §8.3)."""


class FailSafeMode(StrEnum):
    """How much a charger that is alone may do."""

    OFF = "off"
    """Whatever its owner last asked for."""
    NO_START = "no_start"
    """Go on with a transaction that was allowed, and begin none."""
    LEASE = "lease"
    """Go on for some time, and begin none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailSafe:
    """The guard over one charger."""

    mode: FailSafeMode = FailSafeMode.OFF
    lease: timedelta = timedelta(minutes=15)
    """How long a transaction goes on without being allowed again; for `LEASE`."""

    @property
    def holds(self) -> bool:
        """Whether transactions begin with 0 A."""
        return self.mode is not FailSafeMode.OFF

    @property
    def renewal(self) -> timedelta | None:
        """After what time a limit has to be given again; None if it lasts."""
        return self.lease / RENEWALS if self.mode is FailSafeMode.LEASE else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A time after which a limit ends by itself."""

    seconds: int
    """Since `start_schedule`, or else since the transaction began (OCPP 1.6 §7.13)."""
    start_schedule: str | None = None
    """By the charger's clock; only for an absolute profile."""

    @classmethod
    def absolute(cls, now: datetime, lasting: timedelta) -> Self:
        """Return a lease from now on. ``now`` is in UTC, by the charger's clock."""
        return cls(
            seconds=int((lasting + MARGIN).total_seconds()),
            start_schedule=f"{now - MARGIN:%Y-%m-%dT%H:%M:%SZ}",
        )

    @classmethod
    def relative(cls, now: datetime, started: datetime, lasting: timedelta) -> Self:
        """Return a lease from now on, of a transaction that has gone on for some time.

        A relative profile counts from the start of the transaction and not from when it was
        given (docs/chargers.md §8.3, S7c), so each one is longer than the last.
        """
        elapsed = max(now - started, timedelta())
        return cls(seconds=int((elapsed + lasting).total_seconds()))
