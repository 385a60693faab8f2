"""The charges within a session: when energy flowed, and how much of it."""

import pytest

from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff
from tests.wallbox.states import changed

from .charger import LIFETIME, Charger, at
from .life import MINUTE, Life, a_car_charging, in_minutes, past


@pytest.fixture
def life() -> Life:
    """Return a life without a car yet."""
    return Life()


@pytest.fixture
def charging() -> Life:
    """Return a life in which a car came, and has charged for five minutes."""
    return a_car_charging()


@pytest.mark.parametrize("pause", ["SuspendedEV", "SuspendedEVSE"])
def test_pauses_part_a_session_into_charges(charging: Life, pause: str) -> None:
    charging.status(pause, 10)
    charging.read(11, 1600)
    charging.status("Charging", 30)
    charging.read(31, 1700)
    charging.stop(40, 2500)
    assert charging.charges == [(3, 10, 600), (30, 40, 900)]
    assert charging.session.charging_time == 17 * MINUTE
    assert charging.session.energy == 1500


def test_a_change_between_two_kinds_of_pause_is_one_pause(charging: Life) -> None:
    charging.status("Charging", 9)
    assert charging.charges == [(3, None, 500)]
    charging.status("SuspendedEVSE", 10)
    charging.status("SuspendedEV", 15)
    assert charging.charges == [(3, 10, 500)]


@pytest.mark.parametrize("name", ["Faulted", "Finishing", "Available", "Unavailable"])
def test_a_charge_ends_with_any_other_status(charging: Life, name: str) -> None:
    charging.status(name, 10)
    assert charging.charges == [(3, 10, 500)]


def test_a_transaction_that_begins_while_energy_flows_begins_with_a_charge(
    life: Life,
) -> None:
    life.status("Charging", 1)
    life.start(2)
    life.read(8, 1500)
    assert life.charges == [(2, None, 500)]


def test_a_charge_that_nobody_ended_ends_with_the_session(charging: Life) -> None:
    charging.stop(40, 2500)
    assert charging.charges == [(3, 40, 1500)]


def test_a_session_that_lost_its_end_has_all_that_flowed_before_the_next(
    charging: Life,
) -> None:
    charging.start(60, 5000)
    assert in_minutes(charging.sessions[0].charges) == [(3, 60, 4000)]
    assert in_minutes(charging.sessions[1].charges) == [(60, None, 0)]


def test_a_charge_goes_on_over_a_time_without_the_charger(charging: Life) -> None:
    charging.leave(9)
    charging.come(20)
    charging.status("Charging", 3, told=20.1)
    charging.read(21, 2500)
    assert charging.charges == [(3, None, 1500)]


def test_nobody_knows_when_a_charge_ended_that_is_over_by_now(charging: Life) -> None:
    charging.leave(9)
    charging.come(20)
    charging.status("SuspendedEV", 20.1)
    assert charging.charges == [(3, 8, 500)]


def test_the_queue_tells_how_long_a_charge_went_on(charging: Life) -> None:
    charging.leave(9)
    charging.come(60)
    charging.read(15, 2000, number=1, told=60)
    charging.read(25, 3000, number=1, told=60)
    charging.stop(25, 3000, told=60)
    assert charging.charges == [(3, 25, 2000)]
    assert charging.session.end_delayed


def test_a_session_from_the_queue_has_the_charges_the_meter_shows(life: Life) -> None:
    life.leave(1)
    life.come(120)
    number = life.start(10, told=120)
    for minutes, register in ((15, 1000), (25, 1500), (35, 2000), (45, 2000)):
        life.read(minutes, register, number=number, told=120)
    life.stop(60, 2600, number=number, told=120)
    assert life.charges == [(15, 35, 1000), (45, 60, 600)]
    session = life.session
    assert (session.started, session.ended) == (past(10), past(60))
    assert (session.energy, session.began_offline) == (1600, True)
    assert session.charging_time == 35 * MINUTE


@pytest.mark.parametrize("before", ["Charging", "SuspendedEV"])
@pytest.mark.parametrize("after", ["Charging", "SuspendedEV"])
def test_energy_of_a_time_without_the_charger_flowed_in_that_time(
    charging: Life, before: str, after: str
) -> None:
    """A Wallbox says its status first when it is back (docs/chargers.md §3.1)."""
    charging.status(before, 8)
    charging.read(10, 1500)
    charging.leave(11)
    charging.come(60)
    charging.status(after, 60)
    charging.read(61, 6500)
    assert sum(wh for _, _, wh in charging.charges) == 5500
    kilowatts = [
        wh / 1000 / (((61 if end is None else end) - begin) / 60)
        for begin, end, wh in charging.charges
    ]
    assert max(kilowatts) < 22


def test_what_flowed_unseen_after_a_charge_begins_after_it(charging: Life) -> None:
    charging.status("SuspendedEV", 8.5)
    charging.leave(9)
    charging.come(20)
    charging.read(21, 4000)
    assert charging.charges == [(3, 8.5, 500), (9, 21, 2500)]


@pytest.mark.parametrize("behind", [45, -45])
def test_a_wrong_clock_does_not_change_how_long_it_charged(behind: int) -> None:
    life = Life(behind=behind * MINUTE)
    life.start(2)
    life.status("Charging", 3)
    life.read(8, 1500)
    life.leave(9)
    life.come(20)
    life.status("SuspendedEV", 20.1)
    life.stop(30, 1500)
    assert life.session.charging_time == 5 * MINUTE


def test_a_clock_that_lags_does_not_make_charges_overlap() -> None:
    life = Life(behind=45 * MINUTE)
    life.start(2)
    life.leave(9)
    life.come(60)
    life.read(61, 4000)
    life.status("Charging", 62)
    life.status("SuspendedEV", 72)
    first, second = life.charges
    assert first[1]
    assert first[1] <= second[0]
    assert second[1] == 72 - 45


def test_a_transaction_belies_the_status_before_and_what_it_draws_is_a_charge(
    life: Life,
) -> None:
    life.start(2)
    life.read(4, 1100)
    life.status("Charging", 5)
    life.read(9, 1500)
    assert life.charges == [(2, 4, 100), (5, None, 400)]


def test_a_charge_does_not_begin_before_the_last_one_has_ended(charging: Life) -> None:
    """The clock of the charger was set back meanwhile."""
    charging.status("SuspendedEV", 20)
    charging.behind = 15 * MINUTE
    charging.status("Charging", 25)
    charging.status("SuspendedEV", 45)
    assert charging.charges == [(3, 20, 500), (20, 30, 0)]


def test_a_queue_that_comes_after_a_reading_has_its_charges_too(life: Life) -> None:
    life.leave(1)
    life.come(120)
    life.status("Available", 120)
    life.read(121, 2600)
    number = life.start(10, 1000, told=122)
    life.stop(60, 2600, number=number, told=122)
    assert life.charges == [(10, 60, 1600)]


def test_charges_hold_no_more_than_their_session() -> None:
    """A meterStop in whole Wh takes nothing back."""
    life = a_car_charging()
    life.read(10, 1900.9)
    life.stop(12, 1900)
    assert life.session.energy == 900.9
    assert [wh for _, _, wh in life.charges] == [900.9]


@pytest.mark.parametrize("every", [10, 60, 900, 7200])
def test_energy_costs_what_a_kwh_did_while_it_flowed(every: int) -> None:
    """The price changes with the pause, and again with the next charge; readings may be rare."""
    charger, cheap, dear = Charger(), 0.10, 0.40
    charger.state = changed(charger.state, tariff=Tariff().changed(at(-7200), cheap))
    pause, again, watts = 5000, 20_000, 11_000

    def prices(seconds: float, price: float) -> None:
        tariff = charger.state.metering.tariff.changed(at(seconds), price)
        charger.state = changed(charger.state, tariff=tariff)

    number = charger.start(0, LIFETIME)
    for seconds in range(every, pause, every):
        charger.read(seconds, LIFETIME + watts * seconds / 3600, number, watts)
    charger.status(pause, "SuspendedEVSE")
    prices(pause, dear)
    prices(again, cheap)
    charger.status(again, "Charging")
    later = again + 3600
    energy = watts * (pause + 3600) / 3600
    charger.read(later, LIFETIME + energy, number, watts)
    [session] = charger.sessions
    assert session.cost == pytest.approx(energy / 1000 * cheap, rel=0.005)
