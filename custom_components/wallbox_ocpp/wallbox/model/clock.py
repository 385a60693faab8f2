"""The charger's clock, and whether a message is live or comes from the charger's queue.

After it was offline, a charger sends the messages in its queue with their old timestamps, right
after the reconnect. Its clock may be wrong by minutes or hours (docs/chargers.md §3.5).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple, Self

from .stored import NOT_STORED

OLD: Final = timedelta(seconds=60)
"""A message older than this may come from the charger's queue."""

REPLAY: Final = timedelta(minutes=10)
"""How long after a reconnect messages may still come from the queue: Wallbox retries three times,
a minute apart (docs/chargers.md §5.3). Later, an old timestamp means a wrong clock, unless the charger
is still catching up: hours of readings may take longer."""

WHOLE_SECONDS: Final = timedelta(seconds=3)
"""By how much a timestamp may be early: it is in whole seconds, so is the time in
BootNotification.conf, and an answer takes some time to arrive."""

AGREEING: Final = 3
"""Messages that have to show the same difference of the clocks."""

APART: Final = timedelta(seconds=30)
"""Time between two of those messages: some of a queue that arrive at once show nearly the same."""

SPREAD: Final = timedelta(seconds=30)
"""By how much those differences may vary: a message may take some time to arrive."""


class Lag(NamedTuple):
    """By how much the timestamp of a message lagged behind our clock."""

    at: datetime
    """When the message came."""
    lag: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """What is known of a charger's clock."""

    behind: timedelta = timedelta()
    """By how much it lags behind ours; negative if it is ahead."""
    seen: tuple[Lag, ...] = field(default=(), metadata=NOT_STORED)
    """The latest messages, some time apart."""

    def from_queue(
        self, timestamp: datetime | None, now: datetime, connected_at: datetime | None
    ) -> bool:
        """Return whether a message is from before the (re)connect, and so from the queue."""
        return (
            timestamp is not None
            and now - timestamp - self.behind > OLD
            and (connected_at is None or self.may_replay(now, connected_at))
        )

    def may_replay(self, now: datetime, connected_at: datetime) -> bool:
        """Return whether messages may still come from the queue."""
        return now - connected_at < REPLAY or self.catches_up(now)

    def catches_up(self, now: datetime) -> bool:
        """Return whether messages come faster than time passes: those of a queue do, of a wrong clock not."""
        if len(self.seen) < AGREEING or now - self.seen[-1].at > OLD:
            return False
        return all(
            earlier.lag - later.lag > SPREAD / 2
            for earlier, later in pairwise(self.seen)
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
        if timestamp is None or connected_at is None:
            return self
        if self.seen and timedelta() <= now - self.seen[-1].at < APART:
            return self
        seen = (*self.seen, Lag(now, now - timestamp))[-AGREEING:]
        lags = [message.lag for message in seen]
        agree = len(seen) == AGREEING and max(lags) - min(lags) <= SPREAD
        live = agree and now - connected_at >= REPLAY
        # A message that took long to arrive shows more than the difference of the clocks.
        return replace(self, behind=min(lags) if live else self.behind, seen=seen)
