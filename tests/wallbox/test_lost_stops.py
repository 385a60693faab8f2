"""When a session ended whose StopTransaction never came: when its charger first said so by its status."""

from collections.abc import Callable

import pytest

from custom_components.wallbox_ocpp.wallbox.model import sessions
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.month import Month
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


def tells_late(life: Life) -> None:
    """Tell minutes later that the car is gone."""
    life.status("Available", 10, told=15)


def begins_anew_before_it_says_so(life: Life) -> None:
    """Have the next car, which the status tells before the transaction (docs/chargers.md §3.2)."""
    life.status("Available", 10)
    life.status("Preparing", 15)
    life.status("SuspendedEV", 19)


def sends_an_old_status(life: Life) -> None:
    """Have a status that a reading belies."""
    life.status("Available", 8)
    life.read(9, 1550, watts=7200, number=1)
    life.status("Available", 10)


def sends_an_old_status_and_measures_energy(life: Life) -> None:
    """Have a status after which more energy flows than can have been on its way."""
    life.status("Available", 8)
    life.leave(8.5)
    life.come(9)
    life.read(9.5, 1700, number=1)
    life.status("Available", 10)


def charges_on_after_a_wrong_status(life: Life) -> None:
    """Have a status that is taken back, and readings that belie it."""
    life.status("Finishing", 8.2)
    life.status("Charging", 8.3)
    life.read(9, 1550, watts=7200, number=1)
    life.status("Finishing", 10)


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
        *(finishes, goes, tells_late, begins_anew_before_it_says_so),
        *(sends_an_old_status, sends_an_old_status_and_measures_energy),
        *(charges_on_after_a_wrong_status, is_lost_from_sight, is_restarted),
    ],
)
def test_a_session_ended_when_its_charger_said_so(
    happening: Callable[[Life], None],
) -> None:
    life = a_car_charging()
    happening(life)
    life.start(20, 1700)
    lost, _ = life.sessions
    assert (lost.ended, lost.reason, lost.shown_end) == (past(10), None, None)
    assert lost.unplugged is None or lost.unplugged >= past(10)


def fails(life: Life) -> None:
    """Have an error, in which a transaction may go on."""
    life.status("Faulted", 10)


def comes_back_preparing(life: Life) -> None:
    """Have a first status on a connection that may be from before the transaction."""
    life.leave(9)
    life.come(10)
    life.status("Preparing", 10)


def prepares(life: Life) -> None:
    """Have a status that a transaction may have that has begun."""
    life.status("Preparing", 10)


def takes_energy(life: Life) -> None:
    """Go on after a status without a transaction, with a meter of energy alone."""
    life.status("Available", 10)
    life.status("Preparing", 11)
    for minutes in (12, 15, 18):
        life.read(minutes, 1500 + 100 * minutes, number=1)


def is_charged_out_of_sight(life: Life) -> None:
    """Be seen again, with more on the meter, after it was gone."""
    life.status("Available", 10)
    life.leave(11)
    life.come(18)
    life.read(19, 4500)


def sends_what_was_before(life: Life) -> None:
    """Have a status from before the car charged."""
    life.status("SuspendedEV", 9)
    life.status("Available", 2.5, told=10)


def is_a_day_ahead(life: Life) -> None:
    """Have a clock that is wrong once."""
    life.status("Available", 24 * 60, told=10)


def is_back_after_the_next(life: Life) -> None:
    """Say that no car is there after two sessions have waited to be told."""
    life.leave(11)
    life.come(60)
    life.status("Available", 60)


def says_nothing(_: Life) -> None:
    """Have the next transaction right after the one before."""


@pytest.mark.parametrize(
    "happening",
    [
        *(fails, comes_back_preparing, prepares, takes_energy),
        *(is_charged_out_of_sight, sends_what_was_before, is_a_day_ahead),
        *(is_back_after_the_next, says_nothing),
    ],
)
def test_a_session_ended_with_the_next_one_if_nothing_said_so(
    happening: Callable[[Life], None],
) -> None:
    life = a_car_charging()
    happening(life)
    charges = life.session.charges
    life.start(20, 5000, told=61)
    lost, _ = life.sessions
    assert (lost.ended, lost.unplugged) == (past(20), None)
    assert [charge.began for charge in lost.charges] == [
        charge.began for charge in charges
    ]


def test_a_car_was_plugged_in_until_it_was_seen_to_go() -> None:
    life = a_car_charging()
    life.status("Finishing", 10)
    life.status("Available", 15)
    life.start(20, 1700)
    lost, _ = life.sessions
    assert (lost.ended, lost.unplugged) == (past(10), past(15))


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


def test_energy_after_a_status_stays_in_the_month() -> None:
    life = a_car_charging()
    is_charged_out_of_sight(life)
    month = Month(since=past(10))
    given_up = sessions.abandon(life.state.ledger, past(40))
    assert month.plus(given_up.sessions) == month.plus(life.sessions)
    assert month.plus(given_up.sessions).energy > 0


def test_energy_on_its_way_stays_in_the_charge_that_it_is_of() -> None:
    """Else it would leave the month once the session is given up."""
    life = a_car_charging()
    life.status("Available", 10)
    life.leave(11)
    life.come(60)
    life.status("Available", 60)
    life.read(61, 1640)
    assert life.charges == [(3, 10, 640)]
    month = Month(since=past(30))
    given_up = sessions.abandon(life.state.ledger, past(70))
    assert month.plus(given_up.sessions) == month.plus(life.sessions)


def test_a_charge_after_a_wrong_status_is_not_cut() -> None:
    life = a_car_charging()
    charges_on_after_a_wrong_status(life)
    life.status("Available", 15)
    given_up = sessions.abandon(life.state.ledger, past(30))
    life.state = changed(life.state, ledger=given_up)
    life.stop(10, 1700, told=45)
    assert [(began, ended) for began, ended, _ in life.charges] == [(3, 8.2), (8.3, 10)]


def test_the_unplug_that_was_seen_is_kept_when_the_stop_comes() -> None:
    life = a_car_charging()
    life.status("Finishing", 10)
    life.status("Available", 15)
    life.stop(10, 1700, told=20, reason="Local")
    assert (life.session.ended, life.session.unplugged) == (past(10), past(15))


def test_a_session_without_a_start_can_be_shown_to_end() -> None:
    life = Life()
    unknown = Ledger(sessions=(ChargingSession(transaction_id=7),))
    life.state = changed(life.state, ledger=unknown)
    life.status("Finishing", 10)
    assert life.session.ended_by_status == past(10)
