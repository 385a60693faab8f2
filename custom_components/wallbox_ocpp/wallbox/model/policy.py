"""What the owner's wish means for the hours to come, and what it was derived from."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from mashumaro import DataClassDictMixin

from .charging_plan import ChargingPlan
from .stored import NOT_STORED


class PlanState(StrEnum):
    """What a plan waits for, or does."""

    WAITING_FOR_CAR = "waiting_for_car"
    WAITING_FOR_PLAN = "waiting_for_plan"
    PLANNED = "planned"
    CHARGING = "charging"
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy(DataClassDictMixin):
    """When a car may charge, by the owner's wish."""

    plan: ChargingPlan | None = None
    """None: always."""
    own: ChargingPlan | None = None
    """The plan that an automation has set, for mode `Mode.PLANNED`."""
    energy_before: float = 0.0
    """Wh of the sessions since plug-in that have ended."""
    target_reached: int = 0
    """The energy target that was reached in this plug-in, in Wh; 0 if none was."""
    look_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When to decide again, even if nothing changes until then."""

    def unplugged(self) -> Self:
        """Return it once the car is gone."""
        return replace(self, own=None, energy_before=0.0, target_reached=0)
