"""What a charger should allow, and what it is known to hold and to follow."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from .charging_profiles import Dialect, PlanProof, Wish
from .failsafe import FailSafe, LeaseProof
from .held_profiles import HeldProfiles
from .limits import Limit
from .stored import NOT_STORED


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteStart:
    """Whether the plugged-in car got a transaction, and when to request one."""

    started: bool | None = None
    """None until a transaction begins or is requested; False if the charger refused it."""
    due_at: datetime | None = None
    """When to request one: the charger has had time to begin one by itself."""
    asked: bool = False
    """The owner has requested it."""

    @property
    def refused(self) -> bool:
        """Whether the charger has refused a transaction to the car that is plugged in."""
        return self.started is False


@dataclass(frozen=True, kw_only=True, slots=True)
class Charging:
    """The owner's wish for charging, and how far the charger does it."""

    wish: Wish = field(default_factory=Wish)
    failsafe: FailSafe = field(default_factory=FailSafe, metadata=NOT_STORED)
    """What the charger may do while it is offline."""
    held: HeldProfiles = field(default_factory=HeldProfiles, metadata=NOT_STORED)
    limit: Limit = field(default_factory=Limit, metadata=NOT_STORED)
    """The limit that the charger has accepted, and whether it follows it."""
    default_given: bool = False
    """The charger may hold a TxDefaultProfile of ours."""
    dialect: Dialect | None = None
    """The dialect of the limit that was last seen to be followed."""
    plan_proof: PlanProof | None = None
    """Whether it was seen to follow limits one after the other."""
    lease_proof: LeaseProof | None = None
    """Whether it was seen to keep a lease; None if none has been tried."""
    remote_start: RemoteStart = field(default_factory=RemoteStart, metadata=NOT_STORED)

    def guarded_by(self, failsafe: FailSafe) -> Self:
        """Return it with another fail-safe; without leases, whether one is kept is tried anew later."""
        if failsafe.later is not None:
            return replace(self, failsafe=failsafe)
        leases = replace(self.held.leases, trial=None)
        held = replace(self.held, leases=leases)
        return replace(self, failsafe=failsafe, held=held, lease_proof=None)
