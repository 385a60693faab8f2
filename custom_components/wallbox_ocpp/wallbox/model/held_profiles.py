"""The charging profiles that a charger is known to hold, and what was learned in giving them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from .charging_profiles import Dialect
from .write_budget import WriteBudget


@dataclass(frozen=True, slots=True)
class ProfileSpec:
    """A limit in amps, worded in one dialect, at one stack level."""

    amps: int
    dialect: Dialect
    level: int
    transaction_id: int | None = None
    """None for the default profile."""
    lease: timedelta | None = None
    """After what time it ends, unless it is given again."""


class Reply(StrEnum):
    """What a charger answered to a profile."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """What is known of the profiles with one purpose."""

    spec: ProfileSpec | None = None
    """What was given last; None if whatever was there has been cleared."""
    reply: Reply | None = None
    """None if it may be held or not."""
    cleared: bool = False
    """Whatever was there has been cleared for the profile that comes next."""
    renew_at: datetime | None = None
    """When a lease has to be given again."""
    lease_refused: bool = False
    """It is given again without an end, which it was refused with."""

    def says(self, wanted: ProfileSpec | None) -> bool:
        """Say whether the charger has answered to just this."""
        return self.reply is not None and self.spec == wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldProfiles:
    """The profiles in a charger, by purpose, and which wordings have failed."""

    default: Slot = field(default_factory=Slot)
    """For every transaction to come."""
    transaction: Slot = field(default_factory=Slot)
    """For the one that is open; without one, the default counts for it, too."""
    dialect: Dialect | None = None
    """The wording in use."""
    refused: tuple[Dialect, ...] = ()
    """Wordings refused since one was last accepted."""
    ignored: tuple[Dialect, ...] = ()
    """Wordings accepted and not followed since the charger last started."""
    most: int | None = None
    """Amps to ask for where the owner has set no limit, if more was refused."""
    default_refused: bool = False
    """The charger has not taken the limit that outlives a transaction."""
    transaction_taken: bool = False
    """It has taken the last limit of a transaction."""
    lease_ignored: bool = False
    """The charger allows nothing if a limit ends by itself."""
    doubt_lease_at: datetime | None = None
    """When a car that is held back although it may charge shows that."""
    met: tuple[int, datetime] | None = None
    """The transaction, and when it was first held to a limit, by our clock."""
    spared: int | None = None
    """The transaction that came late, and for which no wording was given up at once."""
    retry_at: datetime | None = None
    """When to try again what was refused in every wording."""
    asked: bool = False
    """The owner waits for it."""
    pace: WriteBudget = field(default_factory=WriteBudget)

    def forgotten(self) -> Self:
        """Return what is left once the charger has started anew: it may hold nothing."""
        return type(self)(
            dialect=self.dialect,
            met=self.met,
            spared=self.spared,
            asked=self.asked,
            pace=self.pace,
            default_refused=self.default_refused,
            transaction_taken=self.transaction_taken,
        )

    @property
    def refuses_all(self) -> bool:
        """Whether no limit has been taken, neither for a transaction nor for all to come."""
        return self.default_refused and not self.transaction_taken

    def retried(self) -> Self:
        """Return it ready to ask again for what was refused."""
        return replace(
            self,
            default=_retried(self.default),
            transaction=_retried(self.transaction),
            retry_at=None,
        )


def _retried(slot: Slot) -> Slot:
    return Slot() if slot.reply is Reply.REFUSED else slot
