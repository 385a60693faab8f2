"""What a charger should allow, and what it is known to hold and to follow."""

from dataclasses import dataclass, field, replace
from typing import Self

from mashumaro import DataClassDictMixin

from .charging_profiles import Dialect, PlanProof, Wish
from .failsafe import FailSafe, LeaseProof
from .held_profiles import HeldProfiles
from .limits import Limit
from .remote_start import RemoteStart
from .stored import NOT_STORED


@dataclass(frozen=True, kw_only=True, slots=True)
class Charging(DataClassDictMixin):
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
        if failsafe.renewal:
            return replace(self, failsafe=failsafe)
        held = replace(self.held, lease_trial=None)
        return replace(self, failsafe=failsafe, held=held, lease_proof=None)
