"""Readings of power sensors."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.power_samples import (
    KEPT_FOR,
    SLOWEST_GAP,
    Sample,
    Samples,
    added,
    believed,
    net,
    usual_gap,
)

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)


def after(seconds: float, watts: float = 0.0) -> Sample:
    return Sample(NOON + timedelta(seconds=seconds), watts)


def reported(*seconds: float) -> Samples:
    samples: Samples = ()
    for second in seconds:
        samples = added(samples, after(second))
    return samples


@pytest.mark.parametrize(
    ("watts", "inverted", "expected"),
    [
        (1500, False, 1500),
        (1500, True, -1500),
        (-200, True, 200),
        (float("nan"), False, None),
        (float("inf"), False, None),
        (2e9, False, None),
    ],
)
def test_only_what_can_be_a_power_is_believed(
    watts: float, inverted: bool, expected: float | None
) -> None:
    assert believed(watts, inverted=inverted) == expected


@pytest.mark.parametrize(
    ("taken", "given", "expected"),
    [
        (after(0, 500), after(1, 0), after(1, 500)),
        (after(1, 0), after(0, 700), after(1, -700)),
        (None, after(0, 700), None),
        (after(0, 700), None, None),
        # Import rests at 0 while there is export: it need not report.
        (after(0, 0), after(3600, 700), after(3600, -700)),
        # Import was silent at 500 W, or both are at 0: one of them is frozen.
        (after(0, 500), after(3600, 700), None),
        (after(0, 0), after(3600, 0), None),
    ],
)
def test_two_sensors_become_one(
    taken: Sample | None, given: Sample | None, expected: Sample | None
) -> None:
    assert net(taken, given) == expected


def test_what_is_kept_of_a_fast_sensor_is_bounded() -> None:
    samples = reported(*(tenth / 10 for tenth in range(6000)))
    assert len(samples) <= KEPT_FOR.total_seconds() + 2
    assert samples[-1] == after(599.9)
    assert samples[-1].at - samples[0].at <= KEPT_FOR
    assert usual_gap(samples) == timedelta(seconds=1)


def test_a_slow_sensor_keeps_a_few_that_tell_its_gap() -> None:
    assert usual_gap(reported(*range(0, 6000, 100))) == timedelta(seconds=100)
    assert len(reported(*range(0, 6000, 100))) == 5


def test_a_gap_is_unknown_at_first_and_never_too_long() -> None:
    assert usual_gap(()) == usual_gap(reported(1)) == timedelta()
    assert usual_gap(reported(0, 3600, 7200)) == SLOWEST_GAP


def test_samples_from_the_future_are_dropped_when_the_clock_is_set_back() -> None:
    assert reported(100, 110, 120, 50) == (after(50),)


def test_a_sample_of_the_same_time_takes_the_place_of_the_other() -> None:
    assert added((after(0, 1),), after(0, 2)) == (after(0, 2),)
