"""What the owner's wish means for the hours to come, and what it was derived from."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Self

from .charging_plan import ChargingPlan
from .prices import Interval, Price
from .stored import NOT_STORED


class PlanState(StrEnum):
    """What a plan waits for, or does."""

    WAITING_FOR_CAR = "waiting_for_car"
    WAITING_FOR_PLAN = "waiting_for_plan"
    WAITING_FOR_PRICES = "waiting_for_prices"
    PLANNED = "planned"
    CHARGING = "charging"
    LATE = "late"
    """It charges now, and will not be ready in time."""
    DONE = "done"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What comes of the planned hours. Money is in the currency of the prices."""

    missing: float = 0.0
    """Wh that the car will not have got when it is to be ready."""
    late: float = 0.0
    """Seconds."""
    cost: float | None = None
    saved: float | None = None
    """Compared with charging at once."""
    estimated: bool = False
    """Not all prices are known yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What the hours are planned from."""

    by_price: bool = False
    """The settings name an entity with prices."""
    prices: tuple[Price, ...] = ()
    allowed: tuple[Interval, ...] | None = None
    """The hours of the owner's schedule; None without one."""
    ready_at: tuple[datetime, ...] = ()
    """The next times at which a car is to be ready; none if the settings say none."""

    @property
    def given(self) -> bool:
        """Whether there is anything to plan from."""
        return self.by_price or self.allowed is not None or bool(self.ready_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedFor:
    """What the present hours were planned for: they are planned again once it differs."""

    sources: Sources
    target: int
    deadline: datetime | None
    amps: int
    quarter: datetime
    """The beginning of the quarter of an hour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """When a car may charge, by the owner's wish."""

    plan: ChargingPlan | None = None
    """None: always."""
    own: ChargingPlan | None = None
    """The plan that an automation has set, for mode `Mode.PLANNED`."""
    first_transaction: int | None = None
    """The first transaction since the car was plugged in; None if it has none yet."""
    default_target: int = 0
    """The energy target of each new car, in Wh; 0 for none."""
    target_reached: int = 0
    """The energy target that was reached in this plug-in, in Wh; 0 if none was."""
    hours: ChargingPlan | None = None
    """The hours that were planned, for mode `Mode.PLANNED`; None before they are."""
    outlook: Outlook = field(default_factory=Outlook)
    deadline: datetime | None = None
    """When the present car is to be ready; kept until it is, also when it has passed."""
    gone_at: datetime | None = None
    """When the present car counts as gone, as the charger says that there is none."""
    prices_away_since: datetime | None = None
    """Since when there is a problem with the prices; None if there is none."""
    ready_by: time | None = field(default=None, metadata=NOT_STORED)
    """The local time at which a car is to be ready each day; None for none."""
    sources: Sources = field(default_factory=Sources, metadata=NOT_STORED)
    planned_for: PlannedFor | None = field(default=None, metadata=NOT_STORED)
    look_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When to decide again, even if nothing changes until then."""

    def unplugged(self) -> Self:
        """Return it once the car is gone."""
        return replace(
            self,
            own=None,
            first_transaction=None,
            target_reached=0,
            hours=None,
            outlook=Outlook(),
            deadline=None,
            gone_at=None,
            planned_for=None,
        )
