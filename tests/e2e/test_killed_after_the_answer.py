"""Home Assistant is killed when a charger has been answered, which does not say that again."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from simulator.home_assistant import KillPoint, Moment

from .conftest import Home
from .killed import (
    BACK_WITHIN,
    FAST_CAR,
    KILLABLE,
    ONE_WH,
    QUICK,
    REAL_TIME,
    STOP,
    add_protected_charger,
    charge,
    die,
    dies_at_the_start_and_at_the_end,
    story,
    until_answered,
    until_told,
)
from .records import energy_of_last_session, everything_told

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]


@pytest.fixture
def program() -> str:
    """Return the Home Assistant that can be killed at an exact moment."""
    return KILLABLE


async def test_a_session_is_reported_once_though_home_assistant_dies_at_its_start_and_its_end(
    home: Home,
) -> None:
    await dies_at_the_start_and_at_the_end(home, Moment.ANSWERED)


async def test_the_end_of_a_session_is_announced_again_if_that_was_not_saved(
    home: Home,
) -> None:
    """docs/sessions.md says so, among the limits of what is known."""
    async with home.wallbox("100001", REAL_TIME, QUICK) as box:
        async with home.open() as api:
            charger = await add_protected_charger(api, home)
            box.plug(FAST_CAR)
            await until_told(api, charger, "started", 1)
            await die(home, box, KillPoint(STOP, Moment.ANNOUNCED), box.unplug)
        await home.process.start()
        async with home.open() as api:
            # The first time is shown again at once; this looks for a second.
            async with asyncio.timeout(BACK_WITHIN):
                told: list[dict[str, Any]] = []
                while len(told) < 3:
                    told = await everything_told(api, charger.entities["session"])
            assert story(told) == [("started", 1), ("ended", 1), ("ended", 1)]
            assert told[1] == told[2]


async def test_a_session_ends_once_though_home_assistant_is_dead_and_the_charger_loses_power(
    home: Home,
) -> None:
    async with home.wallbox("100001", REAL_TIME, QUICK) as box:
        async with home.open() as api:
            charger = await add_protected_charger(api, home)
            box.plug(FAST_CAR)
            await until_told(api, charger, "started", 1)
            told = await everything_told(api, charger.entities["session"])
            assert story(told) == [("started", 1)]
            # By then, it is on disk that this was told, which is so a moment afterwards.
            await charge(box)
            await home.process.kill()
        await charge(box)
        box.unplug()
        await box.power_cycle(off_seconds=2)
        await home.process.start()
        async with home.open() as api:
            await until_told(api, charger, "ended", 1)
            await until_answered(box)
            told = await everything_told(api, charger.entities["session"])
            assert story(told) == [("started", 1), ("ended", 1)]
            ended = told[-1]
            assert ended["energy"] == pytest.approx(
                energy_of_last_session(box), abs=ONE_WH
            )
            unplugged_at = box.sent(STOP)[-1].payload["timestamp"]
            assert datetime.fromisoformat(ended["ended"]) == datetime.fromisoformat(
                unplugged_at
            )
