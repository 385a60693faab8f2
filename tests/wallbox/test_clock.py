"""News and history, told apart whatever the charger's clock says."""

from datetime import datetime, timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.clock import APART, OLD, REPLAY, Clock

from .said import NOW

LONG_CONNECTED = NOW - 2 * REPLAY
JUST_CONNECTED = NOW - timedelta(seconds=5)
HOUR = timedelta(hours=1)


def learned(
    *behind: timedelta,
    every: timedelta = APART,
    connected_at: datetime = LONG_CONNECTED,
) -> Clock:
    """Return what messages that lag behind by so much tell of a clock; the last comes now."""
    clock = Clock()
    for number, item in enumerate(reversed(range(len(behind)))):
        now = NOW - item * every
        clock = clock.learned(now - behind[number], now, connected_at)
    return clock


DAYS = timedelta(days=2)


@pytest.mark.parametrize(
    "behind",
    [
        [DAYS],
        [DAYS, DAYS],
        [timedelta(), DAYS, timedelta()],
        [DAYS, timedelta(), DAYS, DAYS],
        [DAYS, DAYS, 2 * DAYS],
    ],
)
def test_a_clock_is_judged_by_messages_that_agree(behind: list[timedelta]) -> None:
    assert learned(*behind).behind == timedelta()


def test_a_message_may_be_on_its_way_for_a_while() -> None:
    late = timedelta(seconds=20)
    assert learned(HOUR, HOUR + late, HOUR).behind == HOUR


def test_live_messages_are_distinguished_from_the_queue_by_our_clock() -> None:
    clock = learned(HOUR, HOUR, HOUR)
    connected_at = NOW - timedelta(minutes=5)
    assert clock.is_news(NOW - HOUR, connected_at)
    assert not clock.is_news(NOW - HOUR - timedelta(minutes=6), connected_at)
    assert not Clock().is_news(NOW - HOUR, connected_at)


@pytest.mark.parametrize("wrong", [-HOUR, timedelta(), HOUR])
def test_a_clock_that_is_wrong_is_learned_and_reckoned_with(wrong: timedelta) -> None:
    clock = learned(wrong, wrong, wrong)
    assert clock.behind == wrong
    news, history = NOW - wrong, NOW - wrong - 2 * OLD
    assert not clock.from_queue(news, NOW, JUST_CONNECTED)
    assert clock.from_queue(history, NOW, JUST_CONNECTED)


def test_nothing_is_learned_from_what_may_come_from_the_queue() -> None:
    for connected_at in (JUST_CONNECTED, NOW - REPLAY + OLD):
        clock = learned(HOUR, HOUR, HOUR, connected_at=connected_at)
        assert clock.behind == timedelta()
    assert Clock().learned(NOW - HOUR, NOW, None) == Clock()
    assert Clock().learned(None, NOW, LONG_CONNECTED) == Clock()


@pytest.mark.parametrize("apart", [0.1, 0.5, 1.0, 5.0])
@pytest.mark.parametrize("stamps", [10, 30, 60, 900])
def test_a_queue_of_hours_is_no_wrong_clock(apart: float, stamps: int) -> None:
    """It takes longer than ten minutes, and messages that come one after the other nearly agree."""
    clock, back = Clock(), NOW
    connected_at = back - REPLAY + timedelta(seconds=3)
    for number in range(int(600 / apart)):
        now = back + number * timedelta(seconds=apart)
        stamp = NOW - 2000 * HOUR + number * timedelta(seconds=stamps)
        clock = clock.learned(stamp, now, connected_at)
        if now - back > 2 * APART:
            assert clock.from_queue(stamp, now, connected_at)
            assert not clock.is_news(stamp, connected_at)
        assert clock.behind == timedelta()
    # It is over.
    assert not clock.catches_up(now + 2 * OLD)


def test_a_clock_that_stands_still_is_no_queue() -> None:
    clock, stamp = Clock(), NOW - 1000 * HOUR
    for number in range(100):
        now = NOW + number * timedelta(seconds=10)
        clock = clock.learned(stamp, now, LONG_CONNECTED)
        assert not clock.from_queue(stamp, now, LONG_CONNECTED)


def test_an_old_timestamp_long_after_the_reconnect_is_a_wrong_clock() -> None:
    assert Clock().from_queue(NOW - HOUR, NOW, JUST_CONNECTED)
    assert not Clock().from_queue(NOW - HOUR, NOW, LONG_CONNECTED)
    assert not Clock().from_queue(None, NOW, JUST_CONNECTED)


def test_a_clock_in_whole_seconds_that_we_have_set_is_some_seconds_late() -> None:
    assert Clock().is_news(NOW - timedelta(seconds=2), NOW)
    assert not Clock().is_news(NOW - timedelta(seconds=5), NOW)
