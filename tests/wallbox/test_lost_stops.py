"""When a session ended whose StopTransaction never came: when its charger first said so by its status."""

from collections.abc import Callable

import pytest

from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from tests.wallbox.states import changed

from .life import Life, a_car_charging, past


def finishes(life: Life) -> None:
    """End the transaction, and let the car go later."""
    life.status("Finishing", 10)
    life.status("Available", 15)


def goes(life: Life) -> None:
    """Let the car go, and the next one come."""
    life.status("Available", 10)
    life.status("Preparing", 15)


def waits_for_the_next(life: Life) -> None:
    """Go from one transaction to the next, with the car plugged in."""
    life.status("Preparing", 10)
    life.status("Finishing", 15)


def tells_late(life: Life) -> None:
    """Tell minutes later that the car is gone."""
    life.status("Available", 10, told=15)


def goes_on(life: Life) -> None:
    """Have a status that is taken back."""
    life.status("Available", 8)
    life.status("SuspendedEV", 9)
    life.status("Available", 10)


def sends_an_old_status(life: Life) -> None:
    """Have a status that readings belie."""
    life.status("Available", 8)
    life.read(9, 1600, watts=7200, number=1)
    life.status("Available", 10)


def is_lost_from_sight(life: Life) -> None:
    """Lose the connection after the car has gone."""
    life.status("Available", 10)
    life.leave(11)
    life.come(12)
    life.status("Available", 12)


def is_restarted(life: Life) -> None:
    """Have Home Assistant killed after the car has gone."""
    life.status("Available", 10)
    stored = life.state.ledger.to_dict()
    life.state = changed(life.state, ledger=Ledger.from_dict(stored))
    life.leave(11)
    life.come(12)
    life.status("Available", 12)


@pytest.mark.parametrize(
    "happening",
    [
        *(finishes, goes, waits_for_the_next, tells_late, goes_on),
        *(sends_an_old_status, is_lost_from_sight, is_restarted),
    ],
)
def test_a_session_ended_when_its_charger_said_so(
    happening: Callable[[Life], None],
) -> None:
    life = a_car_charging()
    happening(life)
    life.start(20, 1700)
    lost, _ = life.sessions
    assert (lost.ended, lost.reason, lost.idle_since) == (past(10), None, None)


def fails(life: Life) -> None:
    """Have an error, in which a transaction may go on."""
    life.status("Faulted", 10)


def comes_back_preparing(life: Life) -> None:
    """Have a first status on a connection that may be from before the transaction."""
    life.leave(9)
    life.come(10)
    life.status("Preparing", 10)


def says_nothing(_: Life) -> None:
    """Have the next transaction right after the one before."""


@pytest.mark.parametrize("happening", [fails, comes_back_preparing, says_nothing])
def test_a_session_ended_with_the_next_one_if_nothing_said_so(
    happening: Callable[[Life], None],
) -> None:
    life = a_car_charging()
    happening(life)
    life.start(20, 1700)
    lost, _ = life.sessions
    assert lost.ended == past(20)


def test_a_stop_that_comes_after_all_says_when_it_was() -> None:
    life = a_car_charging()
    life.status("Available", 10)
    life.start(20, 1700)
    life.stop(9, 1650, told=21)
    stopped, _ = life.sessions
    assert (stopped.ended, stopped.energy) == (past(9), 650)


def test_a_status_from_before_a_session_says_nothing_of_it() -> None:
    life = Life()
    life.start(2)
    life.status("Available", 1, told=3)
    life.start(20, 1700)
    lost, _ = life.sessions
    assert lost.ended == past(20)
