"""The charging profiles that a charger is known to hold, and which dialects it has refused."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from .charging_profiles import Change, Dialect
from .held_features import HeldLeases, HeldPlans
from .write_budget import WriteBudget


@dataclass(frozen=True, slots=True)
class LaterLimit:
    """A limit from a time on."""

    start: datetime
    amps: int


@dataclass(frozen=True, slots=True)
class ProfileSpec:
    """A charging profile: a limit in amps, its dialect and stack level."""

    amps: int
    """The limit now."""
    dialect: Dialect
    level: int
    transaction_id: int | None = None
    """None for the default profile."""
    lease: timedelta | None = None
    """After what time it ends, unless it is renewed."""
    later: tuple[LaterLimit, ...] = ()
    """The limits that follow it, in order."""
    capped: int | None = None
    """The most amps after its lease, if its limits say so, too; None if it just ends."""
    behind: timedelta = timedelta()
    """By how much the charger's clock was taken to lag behind ours, for the times of those."""

    def at(self, now: datetime) -> Self:
        """Return what it says from a moment on."""
        begun = [limit for limit in self.later if limit.start <= now]
        if not begun:
            return self
        return replace(self, amps=begun[-1].amps, later=self.later[len(begun) :])


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How far a charger is in a profile with several limits, and what shows that it goes on by itself."""

    periods: int
    """How many limits the profile had when it was sent."""
    begun: datetime | None = None
    """When it should have gone on to the latest of its limits; None before the first change."""
    shows: Change | None = None
    """The latest change, if the current of the car will show whether the charger has made it."""
    doubt_at: datetime | None = None
    """When a charger that still allows nothing, although it should, is doubted."""
    energy_at: float | None = None
    """Wh that the car had got by the first reading after the charger should have paused it."""
    open_until: datetime | None = None
    """Until when the latest change has to show; no profile is sent meanwhile, unless it must be."""


class Reply(StrEnum):
    """The charger's answer to a profile."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """What is known of the profile with one purpose."""

    spec: ProfileSpec | None = None
    """The profile that was sent last; None if all of this purpose were cleared."""
    reply: Reply | None = None
    """None if it is unknown whether the charger holds it."""
    cleared: bool = False
    """The profiles of this purpose were cleared, and the next one has not been sent."""
    renew_at: datetime | None = None
    """When the lease has to be renewed."""
    ends_at: datetime | None = None
    """When the lease ends."""
    lease_refused: bool = False
    """The charger refused it with a lease, so it is sent without one."""
    course: Course | None = None
    """Of a profile with several limits that the charger has accepted, also once the last is in force."""

    @property
    def has_plan(self) -> bool:
        """Whether the charger goes through the limits of a plan; the end of a lease alone is none."""
        if self.spec is None or self.course is None:
            return False
        return self.course.begun is not None or bool(self.spec.later)

    def says(self, wanted: ProfileSpec | None, now: datetime) -> bool:
        """Return whether the charger has answered to a profile that says the same from now on."""
        held = self.spec.at(now) if self.spec else None
        return self.reply is not None and held == wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldProfiles:
    """The profiles in a charger, by purpose, and which dialects have failed."""

    default: Slot = field(default_factory=Slot)
    """TxDefaultProfile, for every later transaction."""
    transaction: Slot = field(default_factory=Slot)
    """TxProfile, for the open transaction; without it, the TxDefaultProfile applies."""
    dialect: Dialect | None = None
    """The dialect in use."""
    refused: tuple[Dialect, ...] = ()
    """Dialects that were refused since one was last accepted."""
    ignored: tuple[Dialect, ...] = ()
    """Dialects that were accepted and not followed since the charger booted."""
    most: int | None = None
    """Amps to send if the owner has set no limit and the charger refused more."""
    default_refused: bool = False
    """The charger has refused the TxDefaultProfile."""
    transaction_taken: bool = False
    """It has accepted the latest TxProfile."""
    leases: HeldLeases = field(default_factory=HeldLeases)
    plans: HeldPlans = field(default_factory=HeldPlans)
    limited_since: tuple[int, datetime] | None = None
    """The transaction that got a limit, and when it first did, by our clock."""
    late_transaction: int | None = None
    """A transaction that was reported late; its first refusal does not count against the dialect."""
    retry_at: datetime | None = None
    """When to try again after every dialect was refused."""
    asked: bool = False
    """The owner waits for the result."""
    pace: WriteBudget = field(default_factory=WriteBudget)

    def forgotten(self) -> Self:
        """Return what is still known after a boot: the charger may hold no profile."""
        return type(self)(
            dialect=self.dialect,
            limited_since=self.limited_since,
            late_transaction=self.late_transaction,
            asked=self.asked,
            pace=self.pace,
            leases=self.leases.forgotten(),
            plans=self.plans.forgotten(),
            default_refused=self.default_refused,
            transaction_taken=self.transaction_taken,
        )

    @property
    def planned(self) -> Slot | None:
        """The profile with several limits that the charger has accepted, if any."""
        slots = (self.transaction, self.default)
        return next((slot for slot in slots if slot.course), None)

    def with_planned(self, slot: Slot) -> Self:
        """Return it with something else known of that profile."""
        if self.transaction.course:
            return replace(self, transaction=slot)
        return replace(self, default=slot)

    @property
    def refuses_all(self) -> bool:
        """Whether the charger has accepted no limit at all."""
        return self.default_refused and not self.transaction_taken

    def retried(self) -> Self:
        """Return it without refusals, so that everything is tried again."""
        return replace(
            self,
            default=_retried(self.default),
            transaction=_retried(self.transaction),
            retry_at=None,
        )

    def for_next_transaction(self) -> Self:
        """Return it without the profiles that a charger may drop when one begins, and without suspicions."""
        return replace(
            self,
            default=Slot(),
            transaction=Slot(),
            leases=self.leases.for_next_transaction(),
            plans=self.plans.for_next_transaction(),
        )


def _retried(slot: Slot) -> Slot:
    return Slot() if slot.reply is Reply.REFUSED else slot
