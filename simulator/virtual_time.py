"""An event loop whose time passes only while nothing happens in it, and a wall clock that follows.

Nobody then waits for real: a minute passes as soon as all that can happen before its end has
happened, and however slow the computer is, nothing else passes meanwhile. All who take part must
live in this one loop, on both ends of their sockets. Time stands still

* while a callback is ready or a socket of the loop can be read: what is sent over the loopback
  network is at the other end when the call that sends it returns;
* while a job runs in an executor, such as Home Assistant's access to its files;
* while somebody holds it, for what happens in other threads (`VirtualTimeLoop.held`).

Then those are told who wait for that (`VirtualTimeLoop.rest`, `until`), and if even then nothing is
to be done, time leaps to the next timer. What waits for no timer at all waits for real: in a test, pytest's
time-out ends that.
"""

import asyncio
from asyncio import AbstractEventLoop, Future, Handle, TimerHandle
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime, tzinfo
import selectors
import time
from typing import Final, override
from unittest.mock import patch

from homeassistant import util
from homeassistant.helpers import event
from homeassistant.util import dt as dt_util

PATIENCE: Final = 600.0
"""Virtual seconds after which what is waited for will never be."""
_TURN: Final = 1e-5
"""Seconds that a turn of the loop takes: who looks again whether it is time must not look for ever."""
_POLL: Final = 0.01
"""Seconds between two looks where time is real."""


class _Selector(selectors.DefaultSelector):
    """Waits for sockets as long as there is a reason to, and then has time leap."""

    def __init__(
        self,
        turn: Callable[[], None],
        leap: Callable[[float | None], bool],
        woken: Callable[[], None],
    ) -> None:
        """Take what is called at each turn, to have time pass, and when another thread is done."""
        super().__init__()
        self._turn = turn
        self._leap = leap
        self._woken = woken

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the sockets that are ready, and none if time has passed instead."""
        self._turn()
        ready = super().select(0)
        if ready or timeout == 0 or self._leap(timeout):
            return ready
        ready = super().select(None)
        self._woken()
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while nothing happens in it."""

    def __init__(self) -> None:
        """Begin at the real time."""
        super().__init__(_Selector(self._turn, self._leap, self._woken))
        self._now = time.monotonic()
        self._holders = 0
        self._resting: list[Future[None]] = []
        self._staying: list[Future[None]] = []

    @override
    def time(self) -> float:
        """Return the seconds that have passed since some moment in the past."""
        return self._now

    @override
    def run_in_executor[*Arguments, Result](
        self,
        executor: Executor | None,
        func: Callable[[*Arguments], Result],
        *args: *Arguments,
    ) -> Future[Result]:
        """Run something in another thread, and hold time until it has been done."""
        job = super().run_in_executor(executor, func, *args)
        self._holders += 1
        job.add_done_callback(self._release)
        return job

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait until the threads of the executor have ended, and hold time meanwhile."""
        with self.held():
            await super().shutdown_default_executor(timeout)

    @override
    def call_soon[*Arguments](
        self,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> Handle:
        """Call something soon, and make sure that this is its thread."""
        self._check_thread()
        return super().call_soon(callback, *args, context=context)

    @override
    def call_at[*Arguments](
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> TimerHandle:
        """Call something at a time, and make sure that this is its thread."""
        self._check_thread()
        return super().call_at(when, callback, *args, context=context)

    def _check_thread(self) -> None:
        """Raise RuntimeError in any thread but the loop's own."""
        super()._check_thread()  # type: ignore[misc]  # of asyncio's debugging, and not in its types

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold time, because other threads are at work."""
        self._holders += 1
        try:
            yield
        finally:
            self._release()

    async def rest(self) -> None:
        """Wait until nothing is left to be done before time passes."""
        await self._join(self._resting)

    async def leap(self) -> None:
        """Wait until time has passed, however little, or something has come from outside."""
        await self._join(self._staying)

    async def _join(self, waiters: list[Future[None]]) -> None:
        waiter = self.create_future()
        waiters.append(waiter)
        await waiter

    def _release(self, _: object = None) -> None:
        self._holders -= 1

    def _turn(self) -> None:
        self._now += _TURN

    def _woken(self) -> None:
        _wake(self._staying)

    def _leap(self, seconds: float | None) -> bool:
        if self._resting:
            _wake(self._resting)
            return True
        if self._holders or seconds is None:
            return False
        self._now += seconds
        _wake(self._staying)
        return True


def _wake(waiters: list[Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
    waiters.clear()


class WallClock:
    """The wall clock of a loop with virtual time."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        """Begin at the real time."""
        self._loop = loop
        self._zero = time.time() - loop.time()

    def set(self, now: datetime) -> None:
        """Set it."""
        self._zero = now.timestamp() - self._loop.time()

    def timestamp(self) -> float:
        """Return the time in seconds, as `time.time` does."""
        return self._zero + self._loop.time()

    def utcnow(self) -> datetime:
        """Return the time, as `homeassistant.util.dt.utcnow` does."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def now(self, time_zone: tzinfo | None = None) -> datetime:
        """Return the local time, as `homeassistant.util.dt.now` does."""
        return self.utcnow().astimezone(time_zone or dt_util.DEFAULT_TIME_ZONE)

    @contextmanager
    def on_the_wall(self) -> Generator[None]:
        """Have Home Assistant, and all who ask `time.time`, look at this clock."""
        with (
            patch.object(time, "time", self.timestamp),
            patch.object(dt_util, "utcnow", self.utcnow),
            patch.object(dt_util, "now", self.now),
            patch.object(util, "utcnow", self.utcnow),
            patch.object(event, "time_tracker_utcnow", self.utcnow),
            patch.object(event, "time_tracker_timestamp", self.timestamp),
        ):
            yield


async def until(predicate: Callable[[], bool], *, within: float = PATIENCE) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It is not within some seconds.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(within):
        if not isinstance(loop, VirtualTimeLoop):
            while not predicate():
                await asyncio.sleep(_POLL)
            return
        while not predicate():
            await loop.rest()
            if predicate():
                return
            await loop.leap()
