"""The fail-safe: what a charger may do while it is offline, if the owner wants that limited.

Without it, an offline charger does what its owner last asked for. With it, the TxDefaultProfile is
0 A, and each transaction gets a TxProfile with the real limit while Home Assistant is there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

RENEWALS: Final = 3
"""How often a lease is renewed within its duration."""

MARGIN: Final = timedelta(minutes=1)
"""By how much the start of a lease is set in the past: if it lies in the future by the charger's
clock, a charger allows nothing (docs/chargers.md §8.3)."""


class FailSafeMode(StrEnum):
    """What an offline charger may do."""

    OFF = "off"
    """Whatever the owner last asked for."""
    NO_START = "no_start"
    """Go on with an open transaction, and begin none."""
    LEASE = "lease"
    """Go on with an open transaction for some time, and begin none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailSafe:
    """The fail-safe of one charger."""

    mode: FailSafeMode = FailSafeMode.OFF
    lease: timedelta = timedelta(minutes=15)
    """How long a transaction goes on without a renewal; for `LEASE`."""

    @property
    def holds(self) -> bool:
        """Whether transactions begin with 0 A: the TxDefaultProfile is 0 A."""
        return self.mode is not FailSafeMode.OFF

    @property
    def renewal(self) -> timedelta | None:
        """After what time a limit has to be renewed; None if it does not end."""
        return self.lease / RENEWALS if self.mode is FailSafeMode.LEASE else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The duration of a limit that ends by itself."""

    seconds: int
    """Counted from `start_schedule`, or else from the start of the transaction (OCPP 1.6 §7.13)."""
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
        """Return a lease from now on, for a transaction that began earlier.

        A relative profile counts from the start of the transaction and not from when it was
        sent (docs/chargers.md §8.3, S7c), so each lease is longer than the one before.
        """
        elapsed = max(now - started, timedelta())
        return cls(seconds=int((elapsed + lasting).total_seconds()))
