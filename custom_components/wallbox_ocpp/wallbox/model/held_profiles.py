"""The charging profiles that a charger is known to hold, and which dialects it has refused."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from .charging_profiles import Change, Dialect
from .failsafe import LeaseTrial
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
    begun: bool = False
    """It should have gone on to a later limit by now."""
    shows: Change | None = None
    """The latest change, if the current of the car will show whether the charger has made it."""
    doubt_at: datetime | None = None
    """When a charger that still allows nothing, although it should, is doubted."""
    energy_at: float | None = None
    """Wh that the car had got when the charger should have paused it."""
    open_until: datetime | None = None
    """Until when the latest change has to show; no profile is sent meanwhile, unless it must be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanDoubt:
    """Limits are sent one at a time, to see whether several in a profile are the reason for something."""

    until: datetime
    misses: int
    """How many misses it is if they are."""


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
        return self.course.begun or bool(self.spec.later)

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
    lease_refused: bool = False
    """It has refused the latest TxProfile with a lease."""
    lease_ignored: bool = False
    """Leases are not used: the charger allows 0 A with one, or that is just being tried."""
    doubt_lease_at: datetime | None = None
    """When a lease is doubted if the charger still allows nothing."""
    lease_tried_until: datetime | None = None
    """Until when a limit without a lease shows whether the lease was the reason."""
    lease_cleared_until: datetime | None = None
    """Until when a lease is not doubted, as the charger allowed nothing without one either."""
    lease_suspected_until: datetime | None = None
    """Until when a lease is the reason indeed if it is once more: the first time may be an accident."""
    lease_trial: LeaseTrial | None = None
    """The trial of a lease in the latest transaction that had one."""
    limited_since: tuple[int, datetime] | None = None
    """The transaction that got a limit, and when it first did, by our clock."""
    late_transaction: int | None = None
    """A transaction that was reported late; its first refusal does not count against the dialect."""
    plan_failures: tuple[Dialect, ...] = ()
    """Dialects in which limits one after the other were refused or not followed."""
    plan_misses: int = 0
    """Changes of the limit within a profile that the charger did not make, in the present dialect."""
    plan_silences: int = 0
    """Profiles with several limits in a row that were not answered."""
    plan_doubt: PlanDoubt | None = None
    plan_suspected_until: datetime | None = None
    """Until when a plan that does not even begin is the reason indeed if it is once more."""
    plan_cleared_until: datetime | None = None
    """Until when several limits in a profile are not doubted, as one at a time was not followed either."""
    plan_firmware: str | None = None
    """The firmware that this is known of."""
    most_periods: int | None = None
    """The most limits in a profile that the charger may take; None if none was refused."""
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
            plan_failures=self.plan_failures,
            plan_firmware=self.plan_firmware,
            most_periods=self.most_periods,
            default_refused=self.default_refused,
            transaction_taken=self.transaction_taken,
            lease_refused=self.lease_refused or self.ignores_leases,
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

    @property
    def ignores_leases(self) -> bool:
        """Whether it was seen to allow 0 A because of a lease."""
        return self.lease_ignored and self.lease_tried_until is None

    def without_trial(self) -> Self:
        """Return it without a trial of a limit that has no lease."""
        if self.lease_tried_until is None:
            return self
        return replace(self, lease_tried_until=None, lease_ignored=False)

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
            self.without_trial(),
            default=Slot(),
            transaction=Slot(),
            plan_cleared_until=None,
            lease_cleared_until=None,
            plan_suspected_until=None,
            lease_suspected_until=None,
        )


def _retried(slot: Slot) -> Slot:
    return Slot() if slot.reply is Reply.REFUSED else slot
