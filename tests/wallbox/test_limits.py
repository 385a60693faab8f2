"""Whether a limit is followed, judged by what the car draws."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.limits import (
    SETTLE,
    TOLERANCE,
    Limit,
    at_least,
)
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings

from .said import NOW

SECOND = timedelta(seconds=1)


def watched(limit: Limit, *drawn: float | None, every: timedelta = SETTLE) -> Limit:
    """Look at what is drawn, again and again."""
    for number, amps in enumerate(drawn):
        limit = limit.observed(amps, NOW + number * every)
    return limit


def test_nothing_is_said_of_a_limit_that_is_not_in_the_charger() -> None:
    assert watched(Limit(), 32.0, 32.0) == Limit()


def test_a_limit_is_followed_once_the_car_draws_no_more() -> None:
    limit = Limit().confirmed(16)
    assert limit.followed is None
    assert watched(limit, 15.8).followed is True
    assert watched(limit, 16 + TOLERANCE).followed is True


def test_a_pause_is_followed_once_nothing_is_drawn() -> None:
    assert watched(Limit().confirmed(0), 0.0).followed is True


def test_a_car_that_draws_nothing_proves_nothing_of_a_limit() -> None:
    assert watched(Limit().confirmed(16), 0.0, 0.0).followed is None


def test_a_meter_that_says_nothing_proves_nothing() -> None:
    assert watched(Limit().confirmed(0), None, None).followed is None


def test_a_current_may_peak_for_a_moment_after_a_change() -> None:
    limit = Limit().confirmed(6)
    assert watched(limit, 32.0, every=SECOND).followed is None
    assert watched(limit, 32.0, 32.0, every=SETTLE - SECOND).followed is None
    assert watched(limit, 32.0, 6.0, 32.0).followed is True


@pytest.mark.parametrize("amps", [0, 6, 16])
def test_a_limit_that_is_exceeded_for_long_is_not_followed(amps: int) -> None:
    assert watched(Limit().confirmed(amps), 32.0, 32.0).followed is False


def test_a_limit_that_was_followed_may_be_ignored_later_and_followed_again() -> None:
    limit = watched(Limit().confirmed(6), 6.0, 32.0, 32.0)
    assert limit.followed is False
    assert watched(limit, 6.0).followed is True


def test_a_limit_that_ignores_every_dialect_is_so_until_it_is_followed() -> None:
    limit = Limit(amps=0, ignored=True)
    assert limit.confirmed(6).ignored
    assert watched(limit.confirmed(6), 32.0, 0.0).ignored
    assert not watched(limit.confirmed(6), 6.0).ignored


def test_a_limit_that_is_confirmed_again_is_judged_again() -> None:
    limit = watched(Limit().confirmed(10), 10.0)
    again = limit.confirmed(10)
    assert (again.amps, again.before, again.followed) == (10, None, None)
    other = again.confirmed(16)
    assert (other.amps, other.before) == (16, 10)


@pytest.mark.parametrize(
    ("readings", "amps"),
    [
        (Readings(), None),
        (Readings(currents={1: 5.9, 2: 6.1}), 6.1),
        (Readings(power=0.0), 0.0),
        # Over three phases at least.
        (Readings(power=11040.0), 16.0),
        (Readings(power=11040.0, voltages={1: 115.0}), 32.0),
        (Readings(power=11040.0, voltages={1: 0.0}), 16.0),
    ],
)
def test_the_amps_that_flow_are_taken_from_the_current_or_from_the_power(
    readings: Readings, amps: float | None
) -> None:
    assert at_least(readings) == pytest.approx(amps)
