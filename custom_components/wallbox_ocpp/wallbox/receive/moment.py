"""When something happened that a charger tells of: by its clock, by ours, and whether just now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ..model.clock import REPLAY
from ..state import ChargerState


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When something happened. Whatever depends on that is worked out here, once."""

    stamp: datetime | None
    """As the charger has told it."""
    now: datetime
    """When it was told, by our clock."""
    ours: datetime
    """When it happened, by our clock as far as possible."""
    late: bool
    """It comes from the charger's queue."""
    lag: timedelta
    """By how much the charger's clock is known to lag behind ours."""
    news: bool
    """It happened since the charger connected. Once no queue is left, an old stamp is a wrong
    clock."""

    @classmethod
    def of(cls, state: ChargerState, stamp: datetime | None, now: datetime) -> Self:
        """Judge a timestamp of the charger. ``now`` is in UTC."""
        clock, connected_at = state.metering.clock, state.link.connected_at
        late = clock.from_queue(stamp, now, connected_at)
        return cls(
            stamp=stamp,
            now=now,
            ours=stamp + clock.behind if late and stamp else now,
            late=late,
            lag=clock.behind,
            news=clock.is_news(stamp, connected_at)
            or (connected_at is not None and now - connected_at >= REPLAY),
        )

    @property
    def theirs(self) -> datetime:
        """When it happened, by the charger's clock as far as possible."""
        return self.stamp or self.now - self.lag

    @property
    def behind(self) -> timedelta:
        """What to add to a time of the charger's to have ours."""
        return self.ours - self.theirs
