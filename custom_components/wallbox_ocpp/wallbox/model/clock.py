"""Which of a charger's messages are news, and which come from its queue.

A charger that was offline sends what it could not say with the old timestamps, right after it has
reconnected. Its clock may be wrong by minutes or hours (docs/chargers.md §3.5).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from mashumaro import DataClassDictMixin

from .stored import NOT_STORED

OLD: Final = timedelta(seconds=60)
"""A message older than this may come from the charger's queue."""

REPLAY: Final = timedelta(minutes=10)
"""How long after a reconnect a charger may still empty its queue: Wallbox retries three times,
a minute apart (docs/chargers.md §5.3). Later, an old timestamp is a wrong clock."""

WHOLE_SECONDS: Final = timedelta(seconds=3)
"""By how much a stamp may be early: it is in whole seconds, so is the time that we tell a charger when
it starts, and an answer is on its way for a while."""

AGREEING: Final = 3
"""Messages in a row that have to tell the same of a clock."""

SPREAD: Final = timedelta(seconds=30)
"""By how much they may differ: a message may be on its way for a while."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock(DataClassDictMixin):
    """A charger's clock, as far as it can be known."""

    behind: timedelta = timedelta()
    """By how much it lags behind ours; negative if it is ahead."""
    seen: tuple[timedelta, ...] = field(default=(), metadata=NOT_STORED)
    """By how much the latest messages lagged behind."""

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
            or timestamp + self.behind + WHOLE_SECONDS > connected_at
        )

    def learned(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> Self:
        """Return the clock as messages show it that agree and cannot come from the queue."""
        if timestamp is None or connected_at is None or now - connected_at < REPLAY:
            return self
        seen = (*self.seen, now - timestamp)[-AGREEING:]
        agree = len(seen) == AGREEING and max(seen) - min(seen) <= SPREAD
        return replace(self, behind=seen[-1] if agree else self.behind, seen=seen)
