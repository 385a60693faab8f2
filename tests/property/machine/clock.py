"""The one time of the charger, of Home Assistant and of its event loop.

The loop with virtual time cannot serve here: Hypothesis drives the machine from a plain function, for
which pytest-asyncio has another loop than for the asynchronous tests that get that one.
"""

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from unittest.mock import patch

from homeassistant.util import dt as dt_util

_TURNS: Final = 50
"""Turns of the loop after which nothing but time can bring things on."""
_MOMENT: Final = 0.01
"""Seconds."""


class Clock:
    """Time that passes only when it is told to: nobody waits, and it is the same each time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin somewhere."""
        self._loop_time = loop.time()
        self._now = datetime.now(UTC)

    @classmethod
    @contextmanager
    def ruling(cls, loop: asyncio.AbstractEventLoop) -> Generator[Self]:
        """Rule the time of a loop and of Home Assistant."""
        clock = cls(loop)
        with (
            patch.object(loop, "time", clock.loop_time),
            patch.object(dt_util, "utcnow", clock.utcnow),
        ):
            yield clock

    def utcnow(self) -> datetime:
        """Return what time it is."""
        return self._now

    def loop_time(self) -> float:
        """Return the seconds that the loop counts."""
        return self._loop_time

    def let_pass(self, seconds: float) -> None:
        """Be later by some seconds."""
        self._now += timedelta(seconds=seconds)
        self._loop_time += seconds

    def begin(self, now: datetime) -> None:
        """Set the time, when nothing is left that waits for another."""
        self._now = now

    async def hurry[T](self, work: Awaitable[T]) -> T:
        """Do what may have to wait for others, and let time pass if it does."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if not task.done():
                self.let_pass(_MOMENT)
        return task.result()
