"""What a charger tells of the time in which it was offline: whose it is, and that nothing is told twice."""

from datetime import timedelta
from typing import Final

import pytest

from custom_components.wallbox_ocpp.wallbox.model.month import Month

from .charger import LIFETIME, Away, at
from .said import start, stop

HISTORY: Final = (
    (100, "Available"),
    (110, "Preparing"),
    (112, "Charging"),
    (200, "Finishing"),
    (205, "Available"),
    (300, "Preparing"),
    (302, "Charging"),
)
"""What a charger said to nobody while two cars came after each other, and the first had gone."""


@pytest.mark.parametrize("back", [310, 3600])
def test_a_history_that_is_replayed_touches_no_other_session(back: float) -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.read(30, LIFETIME + 60, 1)
    charger.leave(40)
    charger.come(back)
    for seconds, name in HISTORY:
        charger.status(seconds, name, told=back + 1)
    charger.say(back + 2, stop(1, LIFETIME + 120, at(95)))
    charger.say(back + 2, start(LIFETIME + 120, at(111)))
    charger.say(back + 3, stop(2, LIFETIME + 300, at(201)))
    charger.say(back + 3, start(LIFETIME + 300, at(301)))
    charger.read(back + 10, LIFETIME + 400, 3)
    assert charger.energies == [120, 180, 100]
    for session in charger.sessions:
        assert session.started
        assert (session.plugged_in or session.started) <= session.started
        for charge in session.charges:
            assert session.started <= charge.began
            if session.ended:
                assert charge.ended
                assert charge.began < charge.ended <= session.ended
        total = sum(charge.energy for charge in session.charges)
        assert total == pytest.approx(session.energy)
        if session.duration:
            assert session.charging_time <= session.duration


def test_a_session_that_began_while_we_were_away_goes_on_charging() -> None:
    charger = Away()
    charger.leave(0)
    charger.come(600)
    charger.status(601, "Preparing")
    charger.status(602, "Charging")
    charger.say(603, start(LIFETIME, at(300)))
    hours = 6
    for index in range(1, 6 * hours + 1):
        charger.read(600 + 600 * index, LIFETIME + 1000 * index, 1, watts=6000)
    [session] = charger.sessions
    assert session.charging_time >= timedelta(hours=hours)
    assert len(session.charges) == 1


def test_what_flowed_unwanted_is_known_by_the_stop_and_told_once() -> None:
    charger = Away()
    charger.pause()
    charger.leave(0)
    charger.come(3600)
    charger.say(3601, start(LIFETIME, at(600)))
    charger.say(3602, stop(1, LIFETIME + 275, at(1800)))
    assert charger.state.metering.unattended_energy == 275
    assert charger.state.metering.unattended
    charger.read(3660, LIFETIME + 275)
    assert charger.state.metering.unattended_energy == 275
    assert charger.sessions[0].unattended == 275


def test_what_is_not_worth_a_word_is_in_no_session_either() -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.read(600, LIFETIME + 1000, 1)
    charger.status(601, "SuspendedEVSE")
    charger.pause()
    charger.leave(610)
    charger.come(3600)
    charger.say(3601, stop(1, LIFETIME + 1030, at(3000)))
    [session] = charger.sessions
    assert (session.energy, session.unattended, len(session.charges)) == (1030, 0, 1)
    assert charger.state.metering.unattended_energy == 0


def test_an_old_stop_with_a_number_that_was_given_again_ends_nothing() -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.say(60, stop(1, LIFETIME - 5000, at(-86_400)))
    assert charger.sessions[0].ended is None
    charger.stop(600, LIFETIME + 1000)
    assert charger.sessions[0].energy == 1000


def test_a_backup_that_is_older_than_the_session_loses_nothing() -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.read(300, LIFETIME + 500, 1)
    charger.leave(310)
    charger.come(86_400)
    charger.status(86_401, "Charging")
    for index in range(3):
        charger.read(86_410 + 300 * index, LIFETIME + 9000 + 500 * index, 3)
    charger.stop(90_000, LIFETIME + 12_000, 3)
    assert charger.energies == [500, 11_500]
    assert [item.transaction_id for item in charger.sessions] == [1, 3]


@pytest.mark.parametrize("every", [10, 30, 60, 900])
@pytest.mark.parametrize("watts", [1400, 7200, 22_000])
def test_readings_of_a_queue_show_how_long_a_car_charged(
    every: int, watts: int
) -> None:
    """However little flows between two of them. It was plugged in on and on afterwards."""
    charger = Away()
    charger.leave(10)
    charger.come(43_200)
    charger.status(43_201, "Available")
    charger.say(43_202, start(LIFETIME, at(3600)))
    hours = 4
    for seconds in range(every, 3600 * hours + 1, every):
        register = LIFETIME + seconds * watts / 3600
        charger.read(3600 + seconds, register, 1, watts, told=43_203)
    end = LIFETIME + hours * watts
    # What the meter adds in the hours in which it stands took no time.
    charger.say(43_204, stop(1, end + 30, at(28_800)))
    [session] = charger.sessions
    assert session.charging_time == timedelta(hours=hours)
    assert session.energy == hours * watts + 30
    assert len(session.charges) == 1
    month = Month(since=at(3600 + 3 * 3600)).plus(charger.sessions)
    assert month.energy == pytest.approx(watts, rel=0.03)
