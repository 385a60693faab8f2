"""What a charger's messages make of a session: its peak, its cost, its plug-in."""

from datetime import timedelta
import json

from hypothesis import given, settings, strategies as st
from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_session import Charge
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger

from .life import MINUTE, Life, a_car_charging, past

CHEAP, DEAR = 0.10, 0.40


@pytest.fixture
def life() -> Life:
    """Return a life without a car yet."""
    return Life()


@pytest.fixture
def charging() -> Life:
    """Return a life in which a car came, and has charged for five minutes."""
    return a_car_charging()


# Peak


def test_the_peak_is_the_highest_power_of_the_session(charging: Life) -> None:
    for minutes, watts in ((9, 7000), (10, 7212.5), (11, 3000)):
        charging.read(minutes, 1500 + minutes, watts=watts)
    charging.stop(12, 1600)
    charging.start(20, 1600)
    assert [item.peak_power for item in charging.sessions] == [7212.5, None]


def test_the_peak_may_come_from_the_queue(charging: Life) -> None:
    charging.leave(9)
    charging.come(60)
    charging.read(15, 2000, watts=7100, number=1, told=60)
    assert charging.session.peak_power == 7100
    assert charging.state.metering.readings.power is None


def test_another_transactions_power_is_nobodys_peak(charging: Life) -> None:
    charging.read(9, 1550, watts=7000, number=4711)
    assert charging.session.peak_power is None


def test_nothing_peaks_while_nothing_charges(life: Life) -> None:
    life.read(1, 1000, watts=0)
    life.start(2)
    life.read(3, 1000, watts=0)
    assert life.session.peak_power is None


# Cost


def test_a_price_that_changes_between_two_readings_is_shared_out(life: Life) -> None:
    life.price(0, CHEAP)
    life.start(2, 1000)
    life.read(10, 2000)
    life.price(13, DEAR)
    life.read(14, 3000)
    assert life.session.cost == pytest.approx(1.75 * CHEAP + 0.25 * DEAR)


def test_the_last_energy_costs_too(life: Life) -> None:
    life.price(0, CHEAP)
    life.start(2, 1000)
    life.stop(28, 4500)
    assert life.session.cost == pytest.approx(3.5 * CHEAP)


def test_a_queue_costs_what_a_kwh_did_then(life: Life) -> None:
    life.price(-100, CHEAP)
    life.leave(1)
    life.price(20, DEAR)
    life.price(40, CHEAP)
    life.come(120)
    life.start(10, told=120)
    life.read(20, 2000, number=1, told=120)
    life.read(40, 4000, number=1, told=120)
    life.stop(50, 5000, told=120)
    assert life.session.cost == pytest.approx(2 * CHEAP + 2 * DEAR)


def test_a_price_is_that_of_our_clock_whatever_the_charger_says() -> None:
    life = Life(behind=45 * MINUTE)
    assert life.state.metering.clock.behind == life.behind
    life.price(0, CHEAP)
    life.leave(1)
    life.price(20, DEAR)
    life.come(120)
    life.start(10, told=120)
    life.read(30, 3000, number=1, told=120)
    assert life.session.cost == pytest.approx(CHEAP + DEAR)
    assert life.charges == [(10 - 45, 30 - 45, 2000)]
    life.read(121, 3000, told=121)
    life.price(131, CHEAP)
    life.read(141, 5000, told=141)
    assert life.session.cost == pytest.approx(2 * CHEAP + 2 * DEAR)


def test_a_price_that_comes_late_counts_for_the_whole_session(life: Life) -> None:
    life.start(2, 1000)
    life.read(30, 9000)
    life.price(31, CHEAP)
    life.stop(40, 10_000)
    assert life.session.cost == pytest.approx(9 * CHEAP)


def test_a_price_that_was_taken_away_costs_nothing_more(life: Life) -> None:
    life.price(0, CHEAP)
    life.start(2, 1000)
    life.read(10, 2000)
    life.price(11, None)
    life.stop(20, 9500)
    assert life.session.cost == pytest.approx(CHEAP)


# Plug-in and unplug


def test_a_session_begins_with_the_plug_in_and_ends_with_the_unplug(
    charging: Life,
) -> None:
    charging.stop(40, 2500, reason="Local")
    charging.status("Finishing", 40)
    charging.status("Available", 55)
    session = charging.session
    assert (session.plugged_in, session.unplugged) == (past(1), past(55))
    assert session.plugged_time == 54 * MINUTE
    assert session.duration == 38 * MINUTE


def test_who_unplugs_ends_the_session(charging: Life) -> None:
    charging.stop(40, 2500)
    charging.status("Available", 41)
    assert charging.session.unplugged == past(40)


def test_a_second_session_of_the_same_plug_in_begins_with_itself(
    charging: Life,
) -> None:
    charging.stop(40, 2500, reason="Local")
    charging.status("Finishing", 40)
    charging.status("Preparing", 41)
    charging.start(42, 2500)
    assert charging.sessions[1].plugged_in is None


def test_each_car_has_its_own_plug_in(charging: Life) -> None:
    charging.stop(40, 2500)
    charging.status("Available", 40)
    charging.status("Preparing", 50)
    charging.start(51, 2500)
    assert charging.sessions[1].plugged_in == past(50)


def test_a_car_that_left_without_a_session_leaves_no_plug_in(life: Life) -> None:
    life.status("Preparing", 1)
    life.status("Available", 5)
    life.start(10)
    life.status("Preparing", 11)
    assert life.session.plugged_in is None


def test_a_car_that_waits_was_plugged_in_when_it_came(life: Life) -> None:
    life.status("Preparing", 1)
    life.status("SuspendedEVSE", 2)
    life.start(30)
    assert life.session.plugged_in == past(1)


def test_a_car_that_waits_through_a_time_without_the_charger_still_waits(
    life: Life,
) -> None:
    life.status("Preparing", 1)
    life.leave(5)
    life.come(20)
    life.status("Preparing", 20)
    life.start(30)
    assert life.session.plugged_in == past(1)


def test_nobody_knows_when_a_car_came_that_is_there_when_the_charger_is_back(
    life: Life,
) -> None:
    life.leave(5)
    life.come(20)
    life.status("Preparing", 20)
    life.start(30)
    assert life.session.plugged_in is None


def test_a_plug_in_is_of_the_same_clock_as_its_session() -> None:
    life = Life(behind=45 * MINUTE)
    life.status("Preparing", 1)
    life.start(2)
    life.stop(62, 2000)
    assert life.session.plugged_time == 61 * MINUTE


def test_the_plug_in_is_not_that_of_a_session_from_the_queue(life: Life) -> None:
    life.leave(1)
    life.come(120)
    life.status("Available", 120)
    life.status("Preparing", 121)
    life.start(10, 1000, told=121)
    life.stop(20, 1500, told=121)
    life.start(122, 1500)
    assert [item.plugged_in for item in life.sessions] == [None, past(121)]


def test_a_transaction_that_is_taken_over_began_by_the_clock_of_the_charger() -> None:
    life = Life(behind=45 * MINUTE)
    life.status("Charging", 4)
    life.read(5, 1000, number=77)
    assert life.session.transaction_id == 77
    assert life.session.started == past(5 - 45)
    life.stop(65, 3000, number=77)
    assert life.session.duration == 60 * MINUTE


# Whatever comes


moments = st.floats(0, 120) | st.integers(0, 120)
words = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(ChargePointStatus), moments),
    st.tuples(st.just("start"), st.integers(900, 4000), moments),
    st.tuples(st.just("stop"), st.integers(0, 5000), moments),
    st.tuples(st.just("read"), st.floats(900, 5000), moments),
    st.tuples(st.just("price"), st.floats(-1, 1) | st.none(), moments),
    st.tuples(st.just("gap"), st.none(), moments),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(words, max_size=40), st.floats(-120, 120))
def test_whatever_a_charger_says_its_books_can_be_read_again(
    said: list[tuple[str, object, float]], behind: float
) -> None:
    life = Life(behind * MINUTE)
    now = 0.0
    for what, value, then in said:
        now += 1.5
        match what, value:
            case "status", ChargePointStatus() as name:
                life.status(name.value, now)
            case "start", int() as register:
                life.start(min(then, now), register, told=now)
            case "stop", int() as register:
                number = len(life.sessions)
                life.stop(min(then, now), register, number=number, told=now)
            case "read", float() as register:
                life.read(min(then, now), round(register, 1), told=now)
            case "price", (float() | None) as per_kwh:
                life.price(now, per_kwh)
            case "gap", _:
                life.leave(now)
                now += then
                life.come(now)
            case _:
                raise AssertionError(what)
    ledger = life.state.ledger
    assert Ledger.from_dict(json.loads(json.dumps(ledger.to_dict()))) == ledger
    for session in ledger.sessions:
        assert session.charging_time >= timedelta()
        assert (session.plugged_time or timedelta()) >= timedelta()
        *over, last = session.charges or (Charge(past(0), past(0), 0.0),)
        assert all(item.ended and item.ended >= item.began for item in over)
        assert session.ended is None or last.ended


# Energy that is learned of late


def away(hours: float = 4) -> Life:
    """Return a charger that has read 1000 Wh, left, and is back."""
    life = Life()
    life.read(5, 1000)
    life.leave(10)
    life.come(10 + 60 * hours)
    return life


def late(life: Life) -> dict[float, float]:
    """Return what the meter is known to have stood at, by minutes past ten."""
    assert life.state.metering.history
    return {
        (point.moment - past(0)) / MINUTE: point.register
        for point in life.state.metering.history.points
    }


def test_a_queue_tells_when_energy_flowed() -> None:
    life = away()
    number = life.start(70, 1000, told=251)
    life.read(100, 4000, number=number, told=251)
    life.stop(130, 6000, number=number, told=251)
    life.read(252, 6000)
    known = {10: 1000, 70: 1000, 100: 4000, 130: 6000, 252: 6000}
    assert late(life).items() <= known.items()
    assert life.state.metering.history
    assert life.state.metering.history.ended


def test_a_charger_that_comes_and_goes_is_known_as_well() -> None:
    life = away()
    number = life.start(70, 1000, told=251)
    life.stop(130, 6000, number=number, told=251)
    life.read(252, 6000)
    before = late(life)
    life.leave(253)
    life.come(255)
    life.read(256, 6000)
    assert before.items() <= late(life).items() | {(252, 6000)}
    assert late(life)[70] == 1000


@pytest.mark.parametrize("register", [0, 500, 900_000])
def test_nonsense_at_the_start_of_a_session_ends_no_offline_period(
    register: int,
) -> None:
    life = away()
    life.start(251, register)
    assert life.state.metering.offline_period
    assert life.state.metering.register.value == 1000
    life.read(252, 1600)
    assert late(life) == {10: 1000, 252: 1600}


def test_what_a_session_starts_with_is_shown() -> None:
    life = away()
    life.start(251, 1600)
    assert life.state.metering.offline_period is None
    assert life.state.metering.register.value == 1600


def test_a_start_in_whole_wh_is_a_reading_too() -> None:
    life = Life()
    life.read(5, 1000.7)
    life.leave(10)
    life.come(20)
    life.start(21, 1000)
    assert life.state.metering.offline_period is None
    assert life.state.metering.register.value == 1000.7
