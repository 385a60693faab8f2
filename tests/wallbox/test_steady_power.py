"""The power that a car takes for long, by the readings of a register."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.steady_power import (
    NOT_SEEN,
    SteadyPower,
)

from .charger import LIFETIME, Charger, at
from .said import NOW

MINUTE = timedelta(minutes=1)


def seen(*watts: float, step: float = 0.1) -> tuple[SteadyPower, float]:
    """Return what is known after minutes of a charge with some powers, and the register."""
    steady, energy = NOT_SEEN.after(NOW, 0.0, NOW), 0.0
    for minute, power in enumerate(watts, 1):
        energy += power / 60
        steady = steady.after(NOW + minute * MINUTE, energy // step * step, NOW)
    return steady, energy // step * step


@pytest.mark.parametrize(
    ("watts", "highest"),
    [
        ([3680.0] * 9, 0),
        ([3680.0] * 10, 3680),
        # A day with little sun, and full power in the end.
        ([1400.0] * 300 + [11_000.0] * 20, 11_000),
        # It tapers.
        ([11_000.0] * 20 + [1400.0] * 60, 11_000),
        # A peak for a minute.
        ([22_000.0] + [3680.0] * 30, 5512),
    ],
)
def test_the_highest_average_of_ten_minutes(watts: list[float], highest: float) -> None:
    assert seen(*watts)[0].highest == pytest.approx(highest, rel=0.01)


@pytest.mark.parametrize("step", [0.1, 1, 10])
def test_what_a_car_takes_now_by_a_meter_that_counts_in_steps(step: float) -> None:
    told = []
    for minutes in range(1, 60):
        steady, register = seen(*[1380.0] * minutes, step=step)
        told.append(steady.present(NOW + minutes * MINUTE, register))
    assert all(told)
    assert all(abs((power or 0) - 1380) < 180 for power in told[4:])


def test_what_it_takes_is_not_known_at_once_nor_by_another_charge() -> None:
    steady, register = seen(*[3680.0] * 20)
    moment = NOW + 20 * MINUTE
    assert NOT_SEEN.present(NOW, 0.0) is None
    rests = steady.after(moment, register, None)
    assert rests.highest == steady.highest
    again = rests.after(moment + MINUTE, register, moment)
    assert again.present(moment + MINUTE, register) is None
    assert again.highest == steady.highest


def test_a_session_keeps_what_its_car_took_at_most() -> None:
    charger = Charger()
    charger.start(0, LIFETIME)
    energy = 0.0
    for minute in range(1, 121):
        energy += (11_000 if 60 < minute <= 80 else 1400) / 60
        charger.read(60 * minute, LIFETIME + energy, 1)
    charger.stop(7300, int(LIFETIME + energy) + 1)
    [session] = charger.sessions
    assert session.ended == at(7300)
    assert session.steady_power.highest == pytest.approx(11_000, rel=0.05)
