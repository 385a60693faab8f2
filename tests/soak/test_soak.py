"""A short one: `scripts/soak` is for a year."""

import asyncio

import pytest

from simulator.virtual_time import VirtualTimeLoop

from .__main__ import soak

SEED = 3
CHARGERS = 12
DAYS = 2


@pytest.mark.timeout(600)
def test_what_people_were_told_is_what_was_and_nothing_grows() -> None:
    report = asyncio.run(soak(SEED, CHARGERS, DAYS), loop_factory=VirtualTimeLoop)
    assert report.days == DAYS
    assert report.sessions > CHARGERS
    # Some of these Wallboxes are known not to keep a pause.
    assert report.unattended > 0
    assert report.restarts + report.kills >= DAYS - 1
    # In both evenings, all chargers are there.
    assert report.tasks[-1] <= report.tasks[0]
