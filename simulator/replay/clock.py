"""A clock that shows the time of a recording."""

import asyncio
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Self
from unittest.mock import patch

from homeassistant.util import dt as dt_util


class Clock:
    """The time for Home Assistant and its event loop: it passes, and leaps when it is told to."""

    def __init__(self, start: datetime) -> None:
        """Begin at a moment."""
        self._loop = asyncio.get_running_loop()
        self._real = self._loop.time
        self._leapt = 0.0
        self._start = start - timedelta(seconds=self._real())
        self._patches = ExitStack()

    def __enter__(self) -> Self:
        """Show the recording's time."""
        for target, new in (
            (f"{dt_util.__name__}.utcnow", self.now),
            ("homeassistant.helpers.event.time_tracker_utcnow", self.now),
            ("homeassistant.helpers.event.time_tracker_timestamp", self._timestamp),
        ):
            self._patches.enter_context(patch(target, new))
        self._patches.enter_context(patch.object(self._loop, "time", self._loop_time))
        return self

    def __exit__(self, *_: object) -> None:
        """Show the real time again."""
        self._patches.close()

    def now(self) -> datetime:
        """Return the time."""
        return self._start + timedelta(seconds=self._loop_time())

    def leap(self, moment: datetime) -> None:
        """Leap to a moment, unless it is past; what is due meanwhile is done then."""
        self._leapt += max((moment - self.now()).total_seconds(), 0.0)

    def _loop_time(self) -> float:
        return self._real() + self._leapt

    def _timestamp(self) -> float:
        return self.now().timestamp()
