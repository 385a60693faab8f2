"""How fast limits may be changed."""

import pytest

from custom_components.wallbox_ocpp.wallbox.model.write_budget import (
    LONGEST,
    OWED_AT_MOST,
    PROFILES_AT_ONCE,
    PROFILES_PER_HOUR,
    QUIET,
    WriteBudget,
)

HOUR = 3600.0
START = 1000.0


def dragged(seconds: float, *, every: float = 0.1) -> list[float]:
    """Drag a slider, and return when limits are written."""
    budget, written = WriteBudget(), []
    now = START
    while now < START + seconds + LONGEST:
        if now < START + seconds:
            budget = budget.wished(now, at_once=False)
        if budget.latest is not None and not budget.wait(now):
            budget = budget.written(now)
            written.append(now)
        now += every
    return written


def test_nothing_waits_to_begin_with() -> None:
    assert WriteBudget().wait(0.0) == 0
    assert WriteBudget().wait(START) == 0


def test_a_wish_waits_for_the_next_and_is_written_once_there_is_none() -> None:
    budget = WriteBudget().wished(START, at_once=False)
    assert budget.wait(START) == QUIET
    budget = budget.wished(START + 0.5, at_once=False)
    assert budget.wait(START + 0.5) == QUIET
    assert budget.wait(START + 0.5 + QUIET) == 0


def test_a_wish_that_is_no_slider_waits_for_nothing() -> None:
    budget = WriteBudget().wished(START, at_once=False).wished(START, at_once=True)
    assert budget.wait(START) == 0


def test_a_wish_that_came_to_nothing_does_not_hurry_the_next() -> None:
    later = START + 2 * LONGEST
    budget = WriteBudget().wished(START, at_once=False).wished(later, at_once=False)
    assert budget.wait(later) == QUIET


def test_a_slider_dragged_for_five_seconds_is_written_once() -> None:
    assert len(dragged(5)) == 1


def test_a_slider_dragged_for_ever_is_written_now_and_then() -> None:
    written = dragged(60)
    assert 6 <= len(written) <= 8
    assert written[0] - START <= LONGEST + 0.2


def test_what_is_written_in_an_hour_is_bounded_and_what_waits_comes_soon() -> None:
    budget, now, count = WriteBudget(), START, 0
    while now <= START + HOUR:
        wait = budget.wait(now)
        assert wait <= HOUR / PROFILES_PER_HOUR
        now += wait
        budget = budget.written(now)
        count += 1
    assert count <= PROFILES_AT_ONCE + PROFILES_PER_HOUR + 1


def test_what_could_not_wait_does_not_hold_a_wish_up_for_long() -> None:
    """A charger that starts again and again is given its limit each time."""
    budget = WriteBudget()
    for _ in range(500):
        budget = budget.written(START)
    assert budget.wait(START) <= (OWED_AT_MOST + 1) * HOUR / PROFILES_PER_HOUR


def test_after_a_pause_some_may_be_written_at_once_again() -> None:
    budget = WriteBudget()
    for _ in range(PROFILES_AT_ONCE):
        assert budget.wait(START) == 0
        budget = budget.written(START)
    assert budget.wait(START) > 0
    later = START + PROFILES_AT_ONCE * HOUR / PROFILES_PER_HOUR
    for _ in range(PROFILES_AT_ONCE):
        assert budget.wait(later) == 0
        budget = budget.written(later)


@pytest.mark.parametrize("owed", [True, False])
def test_after_the_clock_was_set_back_a_limit_is_written_soon(owed: bool) -> None:
    budget = WriteBudget()
    for _ in range(PROFILES_AT_ONCE):
        budget = budget.written(START)
    budget = budget.wished(START, at_once=False)
    now = began = START - 2 * HOUR
    while (seconds := budget.wait(now, owed=owed)) and now < START:
        now += seconds
    assert now - began <= LONGEST + OWED_AT_MOST * HOUR / PROFILES_PER_HOUR


def test_a_lower_limit_waits_for_no_budget_but_for_the_slider() -> None:
    budget = WriteBudget()
    for _ in range(PROFILES_AT_ONCE + OWED_AT_MOST):
        budget = budget.written(START)
    assert budget.wait(START, owed=True) == 0
    assert budget.wished(START, at_once=False).wait(START, owed=True) == QUIET
