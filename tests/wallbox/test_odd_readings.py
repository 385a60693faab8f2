"""Readings that a second look at their judgement found to be taken wrongly."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.csms.messages import StopTransaction
from tests.wallbox.charger import LIFETIME, Away, Charger, at
from tests.wallbox.said import boot, start, stop


@pytest.mark.parametrize("said", [0, 42])
def test_a_short_session_that_is_said_to_stand_lower_is_no_new_meter(said: int) -> None:
    charger = Charger()
    charger.start(1, said)
    charger.stop(8, said)
    number = charger.start(100, said)
    for index in range(1, 6):
        charger.read(100 + 60 * index, LIFETIME + 100 * index, number)
    charger.stop(500, LIFETIME + 600, number)
    assert (charger.energies, charger.lifetime) == ([0, 600], LIFETIME + 600)


def test_a_start_a_bit_above_the_meter_tells_nothing() -> None:
    charger = Charger()
    charger.start(1, LIFETIME + 14_000)
    for index in range(1, 5):
        charger.read(600 * index, LIFETIME + 1000 * index, 1)
    charger.stop(2500, LIFETIME + 4000)
    assert charger.energies == [4000]
    assert charger.sessions[0].cost == pytest.approx(1.2)


def test_a_reading_that_overtakes_the_queue_is_of_no_session_in_it() -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.leave(100)
    charger.come(36_000)
    charger.read(36_001, LIFETIME + 9000)
    charger.say(36_002, stop(1, LIFETIME + 4000, at(5000)))
    charger.say(36_003, start(LIFETIME + 4000, at(10_000)))
    charger.say(36_004, stop(2, LIFETIME + 9000, at(20_000)))
    assert charger.energies == [4000, 5000]


@pytest.mark.parametrize("register", [100, 9_000_000 + LIFETIME])
def test_another_unit_goes_on_with_nothing(register: int) -> None:
    charger = Away()
    charger.say(-50, boot())
    charger.start(1, LIFETIME)
    charger.read(900, LIFETIME + 4000, 1)
    charger.pause()
    charger.leave(1000)
    charger.come(90_000)
    charger.say(90_000, boot(chargePointSerialNumber="200002"))
    charger.read(90_002, register)
    assert charger.energies == [4000]
    assert charger.state.metering.unattended_energy == 0
    assert charger.state.ledger.open is None
    assert charger.lifetime == LIFETIME + 4000


def another_unit() -> Charger:
    """Return one that has taken the place of another, and whose meter has not been read yet."""
    charger = Charger()
    charger.say(-50, boot())
    charger.say(0, boot(chargePointSerialNumber="200002"))
    return charger


@pytest.mark.parametrize("register", [1, 100, 9_000_000 + LIFETIME])
def test_the_first_session_of_another_unit_counts_from_its_start(register: int) -> None:
    charger = another_unit()
    number = charger.start(100, register)
    charger.read(700, register + 1000, number)
    charger.stop(1300, register + 2000, number)
    charger.read(1400, register + 2000)
    assert (charger.energies, charger.lifetime) == ([2000], LIFETIME + 2000)
    # Its differences count, as with any meter.
    number = charger.start(2000, register + 2000)
    charger.stop(2600, register + 2500, number)
    assert (charger.energies, charger.lifetime) == ([2000, 500], LIFETIME + 2500)


@pytest.mark.parametrize("wrong", [None, 0, 40, 9_000_000])
def test_the_first_session_of_another_unit_may_have_a_wrong_start(
    wrong: int | None,
) -> None:
    charger = another_unit()
    number = charger.start(100, wrong)
    charger.read(700, 5_000_000, number)
    charger.stop(1300, 5_001_000, number)
    assert (charger.energies, charger.lifetime) == ([1000], LIFETIME + 1000)


def test_a_start_that_is_rounded_up_takes_nothing_back() -> None:
    charger = another_unit()
    number = charger.start(100, 5_000_001)
    charger.read(160, 5_000_000.5, number)
    assert (charger.energies, charger.lifetime) == ([0], LIFETIME)


def test_a_session_of_another_unit_may_be_known_by_its_readings_only() -> None:
    charger = another_unit()
    charger.status(10, "Charging")
    charger.read(60, 5_000_000, 77)
    charger.read(120, 5_000_100, 77)
    assert (charger.energies, charger.lifetime) == ([100], LIFETIME + 100)


def test_another_unit_may_not_have_read_its_meter_yet() -> None:
    charger = another_unit()
    for seconds, register in ((10, 0), (20, 0), (30, 500), (90, 600)):
        charger.read(seconds, register)
    assert charger.lifetime == LIFETIME + 100


def test_the_total_of_another_unit_is_not_below_one_that_was_too_high() -> None:
    charger = Charger(1000)
    charger.say(-50, boot())
    for seconds, register in ((36_000, 100_000), (36_060, 1100), (36_120, 1110)):
        charger.read(seconds, register)
    charger.read(36_180, 1120)
    charger.say(40_000, boot(chargePointSerialNumber="200002"))
    charger.say(40_001, boot(chargePointSerialNumber="300003"))
    charger.read(40_060, 7)
    charger.read(40_120, 107)
    assert charger.lifetime == 100_100


def test_a_unit_whose_meter_was_never_read_leaves_nothing_behind() -> None:
    charger = Charger(None)
    charger.say(-50, boot())
    charger.say(0, boot(chargePointSerialNumber="200002"))
    charger.read(60, 5000)
    assert charger.lifetime == 5000


def test_messages_of_the_past_show_nothing_of_the_clock() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    data = [
        {"timestamp": at(s).isoformat(), "sampledValue": [{"value": str(LIFETIME + s)}]}
        for s in (1, 11, 21)
    ]
    charger.say(
        10_800,
        StopTransaction.read(
            {
                "transactionId": 1,
                "meterStop": LIFETIME + 50,
                "timestamp": at(10_800).isoformat(),
                "transactionData": data,
            }
        ),
    )
    assert charger.state.metering.clock.behind == timedelta()


def test_a_clock_put_right_ends_the_session_also_of_a_meter_that_started_over() -> None:
    charger = Charger(532_000)
    charger.say(0, boot())
    charger.start(1, 264_900)
    for index in range(1, 5):
        charger.read(400 * index, 264_900 + 1000 * index, 1)
    charger.stop(2400, 269_900)
    charger.say(3001, start(269_900, at(3001 + 7200)))
    charger.read(3600, 271_900, 2)
    charger.stop(4000, 272_900, 2)
    assert charger.energies == [5000, 3000]
    assert charger.state.ledger.open is None


@pytest.mark.parametrize("number", [0, -1, 777])
def test_what_a_stop_of_no_known_session_tells_has_flowed_in_the_open_one(
    number: int,
) -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(600, LIFETIME + 1000, 1)
    charger.stop(3600, LIFETIME + 5000, number)
    assert charger.sessions[0].energy == 5000


def test_a_leap_that_is_reported_twice_is_no_new_meter_once_it_is_taken_back() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(60, LIFETIME + 100, 1)
    charger.read(120, LIFETIME + 12_000, 1)
    charger.read(180, LIFETIME + 12_010, 1)
    for index in range(4, 40):
        charger.read(60 * index, LIFETIME + 100 * index, 1)
    charger.stop(2400, LIFETIME + 4000)
    assert charger.energies == [4000]


def test_a_stop_from_the_queue_does_not_undo_that_nothing_flows() -> None:
    charger = Away()
    charger.start(1, LIFETIME)
    charger.leave(10)
    charger.come(30)
    charger.status(31, "Charging")
    charger.read(32, LIFETIME + 50, 1, watts=7000)
    charger.status(60, "Available")
    charger.say(61, stop(1, LIFETIME + 200, at(20)))
    charger.read(55, LIFETIME + 200, None, watts=7000, told=63)
    assert charger.power == 0


def test_no_charge_is_before_its_session_nor_ends_before_it_began() -> None:
    charger = Charger()
    charger.say(3, start(LIFETIME, at(7203)))
    charger.status(4, "Charging")
    charger.read(600, LIFETIME + 1000, 1)
    charger.stop(700, LIFETIME + 1000)
    away = Away()
    away.leave(0)
    away.come(300)
    away.say(301, boot())
    away.say(313, start(LIFETIME, at(313 - 7200)))
    away.read(330 - 7200, LIFETIME + 20, 1, told=330)
    away.say(400, stop(1, LIFETIME + 100, at(400 - 7200)))
    for session in (*charger.sessions, *away.sessions):
        for charge in session.charges:
            assert session.started
            assert charge.ended
            assert session.started <= charge.began <= charge.ended


def test_one_stamp_of_the_future_does_not_make_all_that_follows_look_old() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(7 * 3600, LIFETIME + 200, 1, told=60)
    charger.stop(120, LIFETIME + 200)
    charger.start(200, 1)
    charger.read(260, LIFETIME + 300, 2)
    charger.stop(320, LIFETIME + 400, 2)
    assert charger.energies == [200, 200]
    # Nor a meter that starts over.
    charger.start(400, 0)
    for index in range(1, 5):
        charger.read(400 + 60 * index, 100 * index, 3)
    charger.stop(700, 500, 3)
    assert charger.energies == [200, 200, 500]
    assert charger.lifetime == LIFETIME + 900


def test_a_clock_that_is_ahead_does_not_make_what_was_queued_look_new() -> None:
    charger, ahead = Charger(lifetime=None), 2 * 3600.0
    charger.say(-30, boot())
    charger.read(ahead - 20, LIFETIME, told=-20)
    # Nothing of a session was told yet when the meter is read after it.
    charger.read(ahead + 40, LIFETIME + 47, told=40)
    charger.say(100, start(LIFETIME, at(ahead + 1)))
    charger.read(ahead + 10, LIFETIME + 31, 1, told=100)
    charger.say(100, stop(1, LIFETIME + 47, at(ahead + 17)))
    assert (charger.energies, charger.lifetime) == ([47], LIFETIME + 47)


def test_a_reading_of_the_future_does_not_hide_that_the_meter_starts_over() -> None:
    charger = Charger()
    charger.say(0, boot())
    charger.start(10, None)
    charger.read(7 * 3600, LIFETIME + 120, 1, told=70)
    charger.read(70, LIFETIME + 120, 1)
    charger.stop(80, LIFETIME + 120)
    charger.start(100, 40_000)
    for index in range(1, 5):
        charger.read(100 + 60 * index, 40_000 + 120 * index, 2)
    charger.stop(350, 40_480, 2)
    assert (charger.energies, charger.lifetime) == ([120, 480], LIFETIME + 600)
