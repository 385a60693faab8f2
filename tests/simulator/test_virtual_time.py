"""The time of the tests: it passes only while nothing happens."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import threading
import time

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from simulator.virtual_time import VirtualTimeLoop, WallClock, until

HOUR = 3600.0
A_MOMENT = 0.1
"""Virtual seconds that a few turns of the loop take at most."""


@pytest.fixture
async def loop() -> VirtualTimeLoop:
    """Return the loop of the test."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


async def test_time_leaps_to_the_next_timer(loop: VirtualTimeLoop) -> None:
    began, order = loop.time(), list[str]()
    loop.call_later(2 * HOUR, order.append, "later")
    loop.call_later(HOUR, order.append, "sooner")
    await asyncio.sleep(3 * HOUR)
    assert order == ["sooner", "later"]
    assert 3 * HOUR <= loop.time() - began < 3 * HOUR + A_MOMENT


async def test_time_stands_still_while_bytes_are_on_their_way(
    loop: VirtualTimeLoop, socket_enabled: None
) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    hourly: list[float] = []
    loop.call_later(HOUR, hourly.append, HOUR)
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(1000):
            writer.write(b"%d\n" % number)
            assert await reader.readline() == b"%d\n" % number
        writer.close()
        await writer.wait_closed()
    assert not hourly
    await asyncio.sleep(HOUR)
    assert hourly


async def test_time_stands_still_while_another_thread_works(
    loop: VirtualTimeLoop,
) -> None:
    may, hourly = threading.Event(), list[float]()
    loop.call_later(HOUR, hourly.append, HOUR)
    job = loop.run_in_executor(None, may.wait, 10)
    await loop.rest()
    may.set()
    assert await job
    with loop.held():
        timer = threading.Timer(0.0, loop.call_soon_threadsafe, (may.clear,))
        timer.start()
        await until(lambda: not may.is_set())
    timer.join()
    assert not hourly
    await asyncio.sleep(HOUR)
    assert hourly


async def test_what_comes_true_is_seen_before_time_passes(
    loop: VirtualTimeLoop,
) -> None:
    true: list[bool] = []
    loop.call_later(HOUR, true.append, True)
    began = loop.time()
    await until(lambda: bool(true), within=2 * HOUR)
    assert loop.time() - began < HOUR + A_MOMENT
    loop.call_soon(loop.call_soon, true.clear)
    await until(lambda: not true)
    assert loop.time() - began < HOUR + A_MOMENT


async def test_what_never_comes_true_is_waited_for_no_longer_than_said(
    loop: VirtualTimeLoop,
) -> None:
    began = loop.time()
    with pytest.raises(TimeoutError):
        await until(lambda: False, within=HOUR)
    assert HOUR <= loop.time() - began < HOUR + A_MOMENT


@pytest.mark.parametrize("wait", [0.0, 1e-12, 1e-9, 1e-7])
async def test_who_looks_too_early_again_and_again_comes_to_an_end(
    loop: VirtualTimeLoop, wait: float
) -> None:
    due = loop.time() + 1.0
    while loop.time() < due:
        await asyncio.sleep(max(due - loop.time() - A_MOMENT, wait))


async def test_a_timer_must_be_set_in_the_thread_of_the_loop(
    loop: VirtualTimeLoop,
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: loop.call_soon(print),
        lambda: loop.call_later(1, print),
    ]
    for call in calls:
        with pytest.raises(RuntimeError):
            await asyncio.to_thread(call)


async def test_home_assistant_s_clocks_follow(
    hass: HomeAssistant, wall_clock: WallClock
) -> None:
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    wall_clock.set(noon)
    called: list[datetime] = []
    async_call_later(hass, HOUR, called.append)
    await asyncio.sleep(HOUR + 1)
    one = noon + timedelta(hours=1)
    assert one <= called[0] < one + timedelta(seconds=1)
    for now in (
        dt_util.utcnow(),
        dt_util.now(),
        datetime.fromtimestamp(time.time(), UTC),
    ):
        assert timedelta(seconds=1) <= now - one < timedelta(seconds=2)
