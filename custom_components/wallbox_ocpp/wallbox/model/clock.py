"""Which of a charger's messages are news, and which come from its queue.

A charger that was offline sends what it could not say with the old timestamps, right after it has
reconnected. Its clock may be wrong by minutes or hours (docs/chargers.md §3.5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mashumaro import DataClassDictMixin

OLD: Final = timedelta(seconds=60)
"""A message older than this may come from the charger's queue."""

REPLAY: Final = timedelta(minutes=10)
"""How long after a reconnect a charger may still empty its queue: Wallbox retries three times,
a minute apart (docs/chargers.md §5.3). Later, an old timestamp is a wrong clock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock(DataClassDictMixin):
    """A charger's clock, as far as it can be known."""

    behind: timedelta = timedelta()
    """By how much it lags behind ours; negative if it is ahead."""

    def from_queue(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> bool:
        """Say whether a message tells of the time before the charger (re)connected."""
        return (
            timestamp is not None
            and now - timestamp - self.behind > OLD
            and (connected_at is None or now - connected_at < REPLAY)
        )

    def is_news(
        self, timestamp: datetime | None, connected_at: datetime | None
    ) -> bool:
        """Say whether a message tells of the time since the charger (re)connected."""
        return (
            timestamp is None
            or connected_at is None
            or timestamp + self.behind >= connected_at
        )

    def learned(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> Clock:
        """Return the clock as this message shows it, if it cannot come from the queue."""
        if timestamp is None or connected_at is None or now - connected_at < REPLAY:
            return self
        return Clock(behind=now - timestamp)
