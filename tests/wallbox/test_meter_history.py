"""What the meter stood at while nobody read it."""

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf, nan

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.meter_history import (
    MOST_POINTS,
    SHOWN_WITHIN,
    MeterHistory,
    at_full_hours,
    begun,
    ended,
    noted,
    resumed,
)
from tests.wallbox.states import restored

from .said import NOW as TEN

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def past_ten(minutes: float) -> datetime:
    """Return a moment after ten o'clock."""
    return TEN + timedelta(minutes=minutes)


AWAY = begun(past_ten(20), 100_000)
BACK = ended(AWAY, past_ten(250), 110_000)
"""From 10:20 to 14:10."""


def known(history: MeterHistory) -> list[tuple[float, float]]:
    """Return the points: minutes past ten, and Wh."""
    return [
        ((point.moment - TEN) / timedelta(minutes=1), point.register)
        for point in history.points
    ]


def read(history: MeterHistory) -> list[tuple[int, float]]:
    """Return the full hours: when each began, and the Wh when it was over."""
    return [(hour.hour, register) for hour, register in at_full_hours(history)]


def test_energy_is_spread_evenly_when_nothing_more_is_known() -> None:
    assert read(ended(AWAY, past_ten(260), 112_000)) == [
        (10, 102_000),
        (11, 105_000),
        (12, 108_000),
        (13, 111_000),
    ]


def test_energy_is_where_the_queue_says_it_flowed() -> None:
    for history in (
        noted(noted(BACK, past_ten(90), 100_000), past_ten(150), 110_000),
        noted(noted(BACK, past_ten(150), 110_000), past_ten(90), 100_000),
        ended(
            noted(noted(AWAY, past_ten(90), 100_000), past_ten(150), 110_000),
            past_ten(250),
            110_000,
        ),
    ):
        assert read(history) == [
            (10, 100_000),
            (11, 105_000),
            (12, 110_000),
            (13, 110_000),
        ]


def test_nothing_is_said_before_the_end_is_known() -> None:
    assert not at_full_hours(noted(AWAY, past_ten(150), 110_000))


def test_nothing_is_said_if_no_energy_flowed() -> None:
    assert not at_full_hours(ended(AWAY, past_ten(250), 100_000))


def test_a_time_within_one_hour_has_no_full_hour() -> None:
    assert not at_full_hours(ended(AWAY, past_ten(59), 110_000))


def test_an_hour_that_ends_before_the_sensor_shows_the_end_is_reported() -> None:
    just_before = TEN + HOUR - SHOWN_WITHIN
    assert read(ended(AWAY, just_before, 110_000)) == [(10, 110_000)]
    assert not read(ended(AWAY, just_before - SECOND, 110_000))


def test_a_time_that_begins_with_the_hour_says_nothing_of_the_hour_before() -> None:
    history = ended(begun(TEN, 100_000), past_ten(120), 110_000)
    assert read(history) == [(10, 105_000), (11, 110_000)]


@pytest.mark.parametrize(
    ("minutes", "register"),
    [
        pytest.param(90, 90_000, id="dips"),
        pytest.param(90, 110_500, id="beyond the end"),
        pytest.param(90, 0, id="meter not read yet"),
        pytest.param(90, nan, id="no number"),
        pytest.param(10, 100_000, id="before"),
        pytest.param(20, 100_000, id="at the beginning"),
        pytest.param(250, 110_000, id="at the end"),
        pytest.param(300, 110_000, id="after"),
    ],
)
def test_what_cannot_be_is_dropped(minutes: float, register: float) -> None:
    assert noted(BACK, past_ten(minutes), register) == BACK


@pytest.mark.parametrize("register", [99_000, 0, nan, inf, 1e10])
def test_nonsense_is_dropped_even_before_the_end_is_known(register: float) -> None:
    assert noted(AWAY, past_ten(90), register) == AWAY


def test_the_first_to_tell_of_a_moment_counts() -> None:
    history = noted(BACK, past_ten(90), 104_000)
    assert noted(history, past_ten(90), 104_000) == history
    assert noted(history, past_ten(90), 103_000) == history


def test_our_own_reading_is_believed_over_the_queue() -> None:
    history = noted(noted(AWAY, past_ten(60), 105_000), past_ten(90), 900_000)
    history = noted(history, past_ten(400), 950_000)
    assert len(history.points) == 4
    history = ended(history, past_ten(250), 110_000)
    assert known(history) == [(20, 100_000), (60, 105_000), (250, 110_000)]


def test_what_has_not_been_yet_is_dropped() -> None:
    history = noted(AWAY, past_ten(400), 105_000)
    assert ended(history, past_ten(250), 110_000) == BACK


def test_only_the_first_reading_ends_it() -> None:
    assert ended(BACK, past_ten(400), 120_000) == BACK


def test_two_times_without_the_charger_can_be_one() -> None:
    history = resumed(BACK, past_ten(260), 110_100)
    assert not at_full_hours(history)
    history = noted(history, past_ten(90), 100_000)
    history = ended(history, past_ten(380), 122_100)
    assert known(history) == [
        (20, 100_000),
        (90, 100_000),
        (250, 110_000),
        (260, 110_100),
        (380, 122_100),
    ]
    assert read(history)[-2:] == [(14, 114_100), (15, 120_100)]


def test_another_meter_has_nothing_to_do_with_it() -> None:
    assert not at_full_hours(ended(AWAY, past_ten(250), 5_000))


def test_whole_wh_are_taken_for_what_they_were_rounded_from() -> None:
    history = noted(begun(past_ten(20), 100_000.4), past_ten(90), 100_000)
    history = noted(history, past_ten(150), 110_001)
    history = ended(history, past_ten(250), 110_000.6)
    assert known(history) == [
        (20, 100_000.4),
        (90, 100_000.4),
        (150, 110_000.6),
        (250, 110_000.6),
    ]
    late = noted(ended(AWAY, past_ten(250), 109_999.6), past_ten(150), 110_000)
    assert known(late)[1] == (150, 109_999.6)


def test_it_outlives_a_restart() -> None:
    history = noted(BACK, past_ten(90), 104_000)
    assert restored(history) == history


def test_it_does_not_grow_without_end() -> None:
    history = AWAY
    for half_hours in range(2 * MOST_POINTS):
        history = noted(history, past_ten(30 + 30 * half_hours), 100_000 + half_hours)
    assert len(history.points) == MOST_POINTS
    history = ended(history, past_ten(60_000), 200_000)
    assert at_full_hours(history)[-1][1] == pytest.approx(200_000, abs=200)


messages = st.lists(
    st.tuples(
        st.floats(min_value=20, max_value=250), st.floats(min_value=1, max_value=2e5)
    ),
    max_size=30,
)


@given(messages, st.integers(min_value=0, max_value=30))
def test_the_register_never_dips_whatever_is_reported(
    told: list[tuple[float, float]], when_back: int
) -> None:
    history = AWAY
    for number, (minutes, register) in enumerate(told):
        if number == when_back:
            history = ended(history, past_ten(250), 110_000)
        history = noted(history, past_ten(minutes), register)
    history = ended(history, past_ten(250), 110_000)
    points = known(history)
    assert (points[0], points[-1]) == ((20, 100_000), (250, 110_000))
    for before, after in pairwise(points):
        assert before[0] < after[0]
        assert before[1] <= after[1]
    hours = read(history)
    assert [hour for hour, _ in hours] == [10, 11, 12, 13]
    registers = [register for _, register in hours]
    assert registers == sorted(registers)


@given(st.data())
def test_what_is_left_out_bears_on_no_full_hour(data: st.DataObject) -> None:
    moments = data.draw(
        st.lists(st.integers(min_value=21, max_value=249), unique=True).map(sorted)
    )
    steps = st.integers(min_value=0, max_value=10_000 // max(len(moments), 1))
    truth: list[tuple[float, float]] = [(20, 100_000)]
    for moment in moments:
        truth.append((moment, truth[-1][1] + data.draw(steps)))
    history = BACK
    for minutes, register in data.draw(st.permutations(truth[1:])):
        history = noted(history, past_ten(minutes), register)
    truth.append((250, 110_000))
    assert [register for _, register in read(history)] == pytest.approx(
        [between(truth, 60 * hours) for hours in (1, 2, 3, 4)]
    )
    assert len(history.points) <= 2 * 5


def between(truth: list[tuple[float, float]], minutes: float) -> float:
    """Return the register at a moment, from all that there is."""
    index = bisect_right(truth, minutes, key=lambda point: point[0])
    (start, low), (end, high) = truth[index - 1], truth[index]
    return low + (minutes - start) / (end - start) * (high - low)
