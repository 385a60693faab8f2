"""A charger that tells the wrong transaction id: each session has its own energy all the same."""

import pytest

from .charger import LIFETIME, Charger, at
from .said import stop

ENERGY = 6200
MINUTES = 31


def a_session(
    charger: Charger, begins: int, register: int, told: int, stopped: int
) -> int:
    """Have a session in which readings and stop tell some ids; return the register after it."""
    charger.start(begins, register)
    for minute in range(1, MINUTES):
        charger.read(begins + 60 * minute, register + 200 * minute, told, 12_000)
    ends = begins + 60 * MINUTES
    charger.say(ends, stop(stopped, register + ENERGY, at(ends)))
    charger.status(ends + 10, "Available")
    return register + ENERGY


@pytest.mark.parametrize("told", [-1, 0, 1])
def test_sessions_of_a_charger_that_tells_one_id_for_ever(told: int) -> None:
    charger, register = Charger(), LIFETIME
    for number in range(3):
        register = a_session(charger, 4000 * number + 1, register, told, told)
    assert charger.lifetime == register
    assert [energy for energy in charger.energies if energy] == [ENERGY] * 3


@pytest.mark.parametrize("told", [999, 2**31 - 1])
def test_sessions_of_a_charger_that_tells_a_foreign_id_for_ever(told: int) -> None:
    """The first is taken over by its id, and no other."""
    charger, register = Charger(), LIFETIME
    for number in range(3):
        register = a_session(charger, 4000 * number + 1, register, told, told)
    assert [energy for energy in charger.energies if energy] == [ENERGY] * 3


def test_readings_with_the_id_of_the_session_before() -> None:
    charger = Charger()
    register = a_session(charger, 1, LIFETIME, 1, 1)
    a_session(charger, 4000, register, 1, 2)
    assert charger.energies == [ENERGY, ENERGY]


def test_a_reading_of_the_session_before_stays_its_own() -> None:
    """It is from before the next one, and comes late."""
    charger = Charger()
    register = a_session(charger, 1, LIFETIME, 1, 1)
    number = charger.start(4000, register)
    charger.read(4060, register + 200, number, 12_000)
    charger.read(1800, register - 50, 1, 12_000, told=4065)
    assert charger.energies == [ENERGY, 200]
