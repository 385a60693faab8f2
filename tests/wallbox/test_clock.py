"""News and history, told apart whatever the charger's clock says."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.clock import OLD, REPLAY, Clock

from .said import NOW

LONG_CONNECTED = NOW - REPLAY
JUST_CONNECTED = NOW - timedelta(seconds=5)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("wrong", [-HOUR, timedelta(), HOUR])
def test_a_clock_that_is_wrong_is_learned_and_reckoned_with(wrong: timedelta) -> None:
    clock = Clock().learned(NOW - wrong, NOW, LONG_CONNECTED)
    assert clock.behind == wrong
    news, history = NOW - wrong, NOW - wrong - 2 * OLD
    assert not clock.from_queue(news, NOW, JUST_CONNECTED)
    assert clock.from_queue(history, NOW, JUST_CONNECTED)


def test_nothing_is_learned_from_what_may_come_from_the_queue() -> None:
    assert Clock().learned(NOW - HOUR, NOW, JUST_CONNECTED) == Clock()
    assert Clock().learned(NOW - HOUR, NOW, None) == Clock()
    assert Clock().learned(None, NOW, LONG_CONNECTED) == Clock()


def test_an_old_timestamp_long_after_the_reconnect_is_a_wrong_clock() -> None:
    assert Clock().from_queue(NOW - HOUR, NOW, JUST_CONNECTED)
    assert not Clock().from_queue(NOW - HOUR, NOW, LONG_CONNECTED)
    assert not Clock().from_queue(None, NOW, JUST_CONNECTED)
