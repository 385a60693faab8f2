"""The fail-safe: what a charger may do while it is offline, if the owner wants that limited.

Without it, an offline charger does what its owner last asked for. With it, the TxDefaultProfile is
0 A or a few amps, and each transaction gets a TxProfile with the real limit while Home Assistant is
there. It never allows more than the owner's wish does, nor anything at another time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from .meter import Readings

LEFT: Final = timedelta(minutes=5)
"""How much of a lease is left when it is renewed, at most: Home Assistant may be restarted then."""

BEGUN_BEFORE: Final = timedelta(minutes=2)
"""By how much the start of an absolute profile is set in the past: one in the future, by the charger's clock,
allows nothing (docs/chargers.md §8.3), or full current until then (§8.5)."""

TRIAL: Final = timedelta(seconds=30)
"""The lease that is tried, once, to see whether a charger keeps it."""
TRIED_WITHIN: Final = timedelta(minutes=1)
"""After what time the limit is back, whatever has come of that, unless it is looked at once more."""


class FailSafeMode(StrEnum):
    """What an offline charger may do."""

    OFF = "off"
    """Whatever the owner last asked for."""
    LIMIT = "limit"
    """Go on with a few amps after some time, and begin with these."""
    LEASE = "lease"
    """Go on with an open transaction for some time, and begin none."""
    NO_START = "no_start"
    """Go on with an open transaction, and begin none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailSafe:
    """The fail-safe of one charger."""

    mode: FailSafeMode = FailSafeMode.OFF
    lease: timedelta = timedelta(minutes=15)
    """How long a transaction goes on as before without a renewal; for `LIMIT` and `LEASE`."""
    current: int = 6
    """Amps that are allowed then; for `LIMIT`."""

    @property
    def starts_nothing(self) -> bool:
        """Whether transactions begin with 0 A: the TxDefaultProfile is 0 A."""
        return self.mode in (FailSafeMode.NO_START, FailSafeMode.LEASE)

    @property
    def later(self) -> int | None:
        """The most amps for a transaction once its lease is over; None if it goes on."""
        match self.mode:
            case FailSafeMode.LIMIT:
                return self.current
            case FailSafeMode.LEASE:
                return 0
            case FailSafeMode.OFF | FailSafeMode.NO_START:
                return None

    def lasting(self, amps: int) -> int:
        """Return how many of the amps that the owner wishes a transaction may begin with by itself."""
        if self.starts_nothing:
            return 0
        return amps if self.later is None else min(self.later, amps)


def renewed_after(lease: timedelta) -> timedelta:
    """Return how long after it began a lease is renewed; each time, the charger writes to its memory."""
    return lease - min(LEFT, lease / 2)


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
            seconds=int((lasting + BEGUN_BEFORE).total_seconds()),
            start_schedule=f"{now - BEGUN_BEFORE:%Y-%m-%dT%H:%M:%SZ}",
        )

    @classmethod
    def relative(cls, now: datetime, started: datetime, lasting: timedelta) -> Self:
        """Return a lease from now on, for a transaction that began earlier.

        A relative profile counts from the start of the transaction and not from when it was
        sent (docs/chargers.md §8.3, S7c), so each lease is longer than the one before.
        """
        elapsed = max(now - started, timedelta())
        return cls(seconds=int((elapsed + lasting).total_seconds()))


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaseProof:
    """Whether a charger was seen to end a limit by itself, as its lease says."""

    firmware: str | None
    kept: bool
    by_limits: bool = False
    """Its end stood in the profile as a later limit. That is tried if a duration is ignored."""


class TrialPhase(StrEnum):
    """How far the trial of a lease is."""

    ASKED = "asked"
    """A short lease is to be sent."""
    RUNNING = "running"
    """It was accepted, and runs."""
    ENDED = "ended"
    """It is over, and a reading is awaited."""
    LOWERED = "lowered"
    """The charger has ended it, and the car should draw more again once it is renewed."""
    OVER = "over"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaseTrial:
    """The trial of a lease in a transaction."""

    transaction_id: int
    by_limits: bool
    """Its end is a later limit, and not a duration alone."""
    phase: TrialPhase = TrialPhase.ASKED
    until: datetime
    """When the next phase begins, or what is awaited has not come."""
    before: Readings | None = None
    """The readings when the lease had ended; later ones tell what the charger did."""
    late: bool = False
    """The car drew as before when the lease should have ended, and is looked at once more."""
    again: bool = False
    """It ended because the limit was changed, and may be made once more."""
    repeated: bool = False
    """It is the second one of the transaction."""

    @property
    def short(self) -> bool:
        """Whether the lease is short."""
        return self.ongoing and self.phase is not TrialPhase.LOWERED

    @property
    def ongoing(self) -> bool:
        """Whether it is not over."""
        return self.phase is not TrialPhase.OVER

    def made_of(self, transaction_id: int, *, by_limits: bool) -> bool:
        """Return whether it is the trial of this kind in a transaction."""
        return (self.transaction_id, self.by_limits) == (transaction_id, by_limits)
