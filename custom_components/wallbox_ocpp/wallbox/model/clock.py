"""The charger's clock, and whether a message is live or comes from the charger's queue.

After it was offline, a charger sends the messages in its queue with their old timestamps, right
after the reconnect. Its clock may be wrong by minutes or hours (docs/chargers.md §3.5).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from .stored import NOT_STORED

OLD: Final = timedelta(seconds=60)
"""A message older than this may come from the charger's queue."""

REPLAY: Final = timedelta(minutes=10)
"""How long after a reconnect messages may still come from the queue: Wallbox retries three times,
a minute apart (docs/chargers.md §5.3). Later, an old timestamp means a wrong clock."""

WHOLE_SECONDS: Final = timedelta(seconds=3)
"""By how much a timestamp may be early: it is in whole seconds, so is the time in
BootNotification.conf, and an answer takes some time to arrive."""

AGREEING: Final = 3
"""Messages in a row that have to show the same difference of the clocks."""

SPREAD: Final = timedelta(seconds=30)
"""By how much those differences may vary: a message may take some time to arrive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """What is known of a charger's clock."""

    behind: timedelta = timedelta()
    """By how much it lags behind ours; negative if it is ahead."""
    seen: tuple[timedelta, ...] = field(default=(), metadata=NOT_STORED)
    """By how much the timestamps of the latest messages lagged behind."""

    def from_queue(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> bool:
        """Return whether a message is from before the (re)connect, and so from the queue."""
        return (
            timestamp is not None
            and now - timestamp - self.behind > OLD
            and (connected_at is None or now - connected_at < REPLAY)
        )

    def is_news(
        self, timestamp: datetime | None, connected_at: datetime | None
    ) -> bool:
        """Return whether a message is certainly from after the (re)connect."""
        return (
            timestamp is None
            or connected_at is None
            or timestamp + self.behind + WHOLE_SECONDS > connected_at
        )

    def learned(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> Self:
        """Return the clock, corrected once enough live messages show the same difference."""
        if timestamp is None or connected_at is None or now - connected_at < REPLAY:
            return self
        seen = (*self.seen, now - timestamp)[-AGREEING:]
        agree = len(seen) == AGREEING and max(seen) - min(seen) <= SPREAD
        # A message that took long to arrive shows more than the difference of the clocks.
        return replace(self, behind=min(seen) if agree else self.behind, seen=seen)
