"""Solar charging: its settings, how far it is, and why it does what it does."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from .electricity import LOWEST_CURRENT
from .stored import NOT_STORED

MOST_AMPS: Final = 32
DAY: Final = timedelta(days=1)
SETTLE: Final = timedelta(seconds=20)
"""After a change, what meters say until then is not used: a car needs it to follow."""


class SolarMode(StrEnum):
    """What happens without sunshine."""

    SOLAR = "solar"
    """The car is paused."""
    MIN_SOLAR = "min_solar"
    """It goes on with the least current, from the grid."""


class GridPositive(StrEnum):
    """What a positive value of the sensor of the grid means."""

    IMPORT = "import"
    EXPORT = "export"


class BatteryPositive(StrEnum):
    """What a positive value of the sensor of the home battery means."""

    DISCHARGE = "discharge"
    CHARGE = "charge"


class SolarReason(StrEnum):
    """Why a car charges from the sun as it does."""

    WAITING_FOR_SUN = "waiting_for_sun"
    STARTING = "starting"
    """There is enough: it starts at `SolarState.until`, if that lasts."""
    CHARGING_WITH_SUN = "charging_with_sun"
    GRID_HELPS = "grid_helps"
    """With the least current, of which the grid gives a part, as the owner allows."""
    STOPPING = "stopping"
    """There is too little: it pauses at `SolarState.until`, if that lasts."""
    METER_STALE = "meter_stale"
    """The sensor of the grid power is silent: the car gets no more, then the least, and pauses at
    `SolarState.until`."""
    BATTERY_STALE = "battery_stale"
    """The same, of the sensor of the home battery, which may be emptied into the car."""
    LIMIT_TOO_LOW = "limit_too_low"
    """The current limit is below the least current, so the car is paused."""
    NO_SENSOR = "no_sensor"
    """The settings name no sensor of the grid power: the car is paused, or gets the least."""


SILENT: Final = (SolarReason.METER_STALE, SolarReason.BATTERY_STALE)
"""It cannot be known how much sun there is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SolarSettings:
    """What the owner has set."""

    mode: SolarMode = SolarMode.SOLAR
    most: int = MOST_AMPS
    """The current limit, in A."""
    least: int = LOWEST_CURRENT
    """In A; some cars need 8."""
    grid_share: float = 0.0
    """W that may be missing to the least current."""
    battery_first_below: float = 100.0
    """Charge of the home battery, in %, below which what charges it is not taken for the car."""


MOST_GRID_SHARE: Final = 4000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SolarState:
    """How far solar charging is. All times are in UTC."""

    amps: int = 0
    """What the car may draw; 0 pauses it."""
    changed_at: datetime | None = None
    """When that last changed."""
    switched_at: datetime | None = None
    """When it last began or paused."""
    phases: int | None = None
    """For how many a car was let begin; None if that was not decided by the sun."""
    changes: int = 0
    """How often it changed since `counted_from`: each change is written to the charger."""
    counted_from: datetime | None = None

    more_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when there is enough to start, or for more amps."""
    less_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when there is not enough for these amps."""
    lack_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when there is not enough for the least amps."""
    silent_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when a first sample is waited for."""
    reason: SolarReason = field(
        default=SolarReason.WAITING_FOR_SUN, metadata=NOT_STORED
    )
    until: datetime | None = field(default=None, metadata=NOT_STORED)
    """When the car starts or pauses, if nothing changes before."""

    @property
    def charging(self) -> bool:
        """Whether the car may draw current."""
        return self.amps > 0

    def as_of(self, now: datetime) -> Self:
        """Return the state without times in the future, if the clock was set back.

        Changes are counted anew after a day.
        """
        state = replace(
            self,
            changed_at=_past(self.changed_at, now),
            switched_at=_past(self.switched_at, now),
            counted_from=_past(self.counted_from, now),
            more_since=_past(self.more_since, now),
            less_since=_past(self.less_since, now),
            lack_since=_past(self.lack_since, now),
            silent_since=_past(self.silent_since, now),
        )
        if state.counted_from is not None and now - state.counted_from >= DAY:
            state = replace(state, changes=0, counted_from=None)
        return state

    def offering(self, amps: int, now: datetime) -> Self:
        """Return the state with other amps."""
        if amps == self.amps:
            return self
        switched = (amps > 0) != self.charging
        return replace(
            self,
            amps=amps,
            changed_at=now,
            switched_at=now if switched else self.switched_at,
            changes=self.changes + 1,
            counted_from=self.counted_from or now,
            more_since=None,
            less_since=None,
            lack_since=None if switched else self.lack_since,
        )

    def over(self) -> Self:
        """Return the state for the next car, or for when solar charging is chosen again."""
        return type(self)(changes=self.changes, counted_from=self.counted_from)


@dataclass(frozen=True, kw_only=True, slots=True)
class SolarDecision:
    """What a car gets, and for how long that is decided."""

    state: SolarState
    look_again: datetime | None = None
    """When the decision may change without a new sample."""

    @property
    def amps(self) -> int:
        """What the car may draw; 0 pauses it."""
        return self.state.amps

    @property
    def reason(self) -> SolarReason:
        """Why."""
        return self.state.reason

    @property
    def measured(self) -> bool:
        """Whether it comes of what the sensors say now; after a restart, they may not be there yet."""
        waits = self.state.silent_since is not None
        return not waits and self.reason not in SILENT


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at and min(at, now)
