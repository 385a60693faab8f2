"""The time of something in a message: by the charger's clock, by ours, and whether it is live."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ..state import ChargerState


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When something happened; all facts that depend on the time are computed here, once."""

    stamp: datetime | None
    """The timestamp in the message."""
    now: datetime
    """When the message came, by our clock."""
    ours: datetime
    """When it happened, by our clock as far as possible."""
    late: bool
    """It comes from the charger's queue."""
    lag: timedelta
    """By how much the charger's clock lags behind ours, as far as known."""
    news: bool
    """It happened since the charger connected. Once the queue must be empty, an old timestamp means
    a wrong clock."""

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
            news=connected_at is None
            or clock.is_news(stamp, connected_at)
            or not clock.may_replay(now, connected_at),
        )

    @property
    def theirs(self) -> datetime:
        """When it happened, by the charger's clock; by ours if there is no timestamp."""
        return self.stamp or self.now - self.lag

    @property
    def behind(self) -> timedelta:
        """By how much the charger's clock lags behind ours at this moment."""
        return self.ours - self.theirs
