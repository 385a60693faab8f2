"""What a charger's readings come to: whose they are, when they were read, and whether they can be.

Each of these was seen in the field, on other systems or on ours.
"""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.csms.messages import MeterValues, StopTransaction
from custom_components.wallbox_ocpp.wallbox.model.sessions import MOST_NEW

from .charger import LIFETIME, Charger, at
from .said import boot, start, stop

# The start of a session.


@pytest.mark.parametrize("meter_start", [0, 1, 42, None, LIFETIME + 1_000_000])
@pytest.mark.parametrize("seconds", [60, 3600])
def test_a_start_that_contradicts_the_meter_tells_nothing(
    meter_start: int | None, seconds: float
) -> None:
    charger = Charger()
    charger.start(1, meter_start)
    charger.read(12, LIFETIME + 100, 1)
    charger.stop(seconds, LIFETIME + 5100)
    assert charger.energies == [5100]
    assert charger.sessions[0].cost == pytest.approx(1.53)
    assert charger.lifetime == LIFETIME + 5100


@pytest.mark.parametrize("meter_start", [0, 42, LIFETIME + 1_000_000])
def test_a_start_that_contradicts_the_first_reading_ever_tells_nothing(
    meter_start: int,
) -> None:
    charger = Charger(None)
    charger.start(1, meter_start)
    charger.read(12, LIFETIME, 1)
    charger.stop(1200, LIFETIME + 5000)
    assert charger.energies == [5000]
    assert charger.lifetime == LIFETIME + 5000


def test_the_same_start_again_is_another_session_if_the_first_is_over() -> None:
    charger = Charger()
    message = start(LIFETIME, at(1))
    charger.say(1, message)
    charger.stop(2, LIFETIME)
    charger.say(3, message)
    charger.read(1200, LIFETIME + 8000, 2)
    charger.stop(1300, LIFETIME + 8000, 2)
    assert charger.energies == [0, 8000]


def test_what_has_flowed_and_is_all_told_again_is_one_session() -> None:
    charger = Charger()
    for _ in range(2):
        charger.say(1200, start(LIFETIME, at(1)))
        charger.read(600, LIFETIME + 3000, 1, told=1200)
        charger.say(1200, stop(1, LIFETIME + 6000, at(1100)))
    assert charger.energies == [6000]


# One reading that cannot be.


def test_one_reading_that_is_impossible_is_dropped() -> None:
    charger = Charger(16_000_000)
    charger.start(1, 16_000_000)
    for seconds, register in ((10, 16_000_100), (20, 16_080_200), (30, 16_000_300)):
        charger.read(seconds, register, 1)
    assert (charger.energies, charger.lifetime) == ([300], 16_000_300)
    charger.read(1230, 16_005_000, 1)
    assert (charger.energies, charger.lifetime) == ([5000], 16_005_000)
    charger.start(2000, 16_005_000)
    charger.read(2600, 16_007_000, 2)
    assert charger.energies == [5000, 2000]


@pytest.mark.parametrize("meter_stop", [LIFETIME, LIFETIME + 2000, 0, None])
def test_a_stop_below_what_was_read_takes_nothing_back(meter_stop: int | None) -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(900, LIFETIME + 4000, 1)
    charger.stop(910, meter_stop)
    assert charger.energies == [4000]


def test_the_last_reading_may_come_with_the_stop() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(900, LIFETIME + 4000, 1)
    sample = {"value": f"{LIFETIME + 4200}", "context": "Transaction.End"}
    payload = {
        "transactionId": 1,
        "meterStop": LIFETIME + 2000,
        "timestamp": at(950).isoformat(),
        "transactionData": [
            {"timestamp": at(950).isoformat(), "sampledValue": [sample]}
        ],
    }
    charger.say(950, StopTransaction.read(payload))
    assert charger.energies == [4200]


# A meter that starts over.


@pytest.mark.parametrize("readings", [0, 1, 4])
def test_a_meter_that_has_started_over_goes_on_by_its_differences(
    readings: int,
) -> None:
    charger = Charger(532_000)
    charger.say(0, boot())
    charger.start(1, 264_900)
    for index in range(readings):
        charger.read(400 * (index + 1), 266_900 + 2000 * index, 1)
    charger.stop(2400, 275_000)
    assert (charger.energies, charger.lifetime) == ([10_100], 542_100)


def test_a_meter_that_starts_over_within_a_session_goes_on() -> None:
    charger = Charger(75_000)
    charger.start(1, 75_000)
    for seconds, register in ((1500, 81_451), (1600, 16_035), (2500, 20_915)):
        charger.read(seconds, register, 1)
    charger.stop(2800, 22_035)
    assert charger.energies == [12_451]


def test_a_meter_that_counts_each_session_for_itself_is_added_up() -> None:
    charger = Charger(None)
    for number in (1, 2, 3):
        begin = 10_000 * number
        charger.start(begin, 0)
        for index in range(1, 5):
            charger.read(begin + 600 * index, 2000 * index, number)
        charger.stop(begin + 2500, 8000, number)
    assert charger.energies == [8000, 8000, 8000]


# When it was read.


@pytest.mark.parametrize("name", ["Available", "Finishing", "SuspendedEVSE", "Faulted"])
@pytest.mark.parametrize("age", [1, 5, 25])
def test_a_reading_from_before_the_end_says_nothing_about_now(
    name: str, age: float
) -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(60, LIFETIME + 100, 1, watts=7000)
    if name != "SuspendedEVSE":
        charger.stop(90, LIFETIME + 200)
    charger.status(90, name)
    charger.read(90 - age, LIFETIME + 190, 1, watts=7000, told=93)
    assert charger.power == 0


def test_a_reading_of_a_transaction_that_is_over_says_nothing_about_now() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.stop(90, LIFETIME + 200)
    charger.read(95, LIFETIME + 200, 1, watts=7000)
    assert charger.power is None


def test_a_limit_that_is_not_followed_is_seen_although_the_charger_says_paused() -> (
    None
):
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.status(60, "SuspendedEVSE")
    charger.read(70, LIFETIME + 200, 1, watts=7000)
    assert charger.power == 7000


def test_an_idle_charger_that_makes_up_transactions_has_none() -> None:
    charger = Charger()
    charger.status(0, "Available")
    two_days = 172_800
    for index in range(6):
        seconds = 900 * index
        charger.read(seconds - two_days, LIFETIME, 1936029036, told=seconds)
    assert charger.sessions == ()
    assert charger.state.metering.clock.behind == timedelta()


# Whose it is.


def test_the_transaction_that_the_charger_really_runs_replaces_ours() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    charger.read(300, LIFETIME + 500, 1)
    for index in range(1, 5):
        charger.read(300 + 300 * index, LIFETIME + 500 + 500 * index, 1758025281)
    charger.stop(2000, LIFETIME + 3000, 1758025281)
    assert charger.energies == [500, 2500]
    assert [item.transaction_id for item in charger.sessions] == [1, 1758025281]


@pytest.mark.parametrize("connector", [0, 2])
def test_another_connector_is_not_the_cars(connector: int) -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    payload = {
        "connectorId": connector,
        "meterValue": [
            {
                "timestamp": at(60).isoformat(),
                "sampledValue": [
                    {"value": f"{LIFETIME + 899_000}"},
                    {"value": "9000", "measurand": "Power.Active.Import"},
                ],
            }
        ],
    }
    charger.say(60, MeterValues.read(payload))
    assert (charger.energies, charger.lifetime) == ([0], LIFETIME)
    assert charger.power is None


def test_phases_that_are_reported_one_by_one_belong_together() -> None:
    charger = Charger()
    charger.start(1, LIFETIME)
    values = [
        {
            "timestamp": at(60).isoformat(),
            "sampledValue": [
                {"value": "2300", "measurand": "Power.Active.Import", "phase": phase}
            ],
        }
        for phase in ("L1", "L2", "L3")
    ]
    charger.say(60, MeterValues.read({"connectorId": 1, "meterValue": values}))
    assert charger.power == 6900


# The charging within a session.


def test_only_what_flows_is_charging_time() -> None:
    charger = Charger()
    charger.start(0, LIFETIME)
    for index in range(1, 7):
        charger.read(10 * index, LIFETIME + 20 * index, 1, watts=7200)
    for index in range(7, 67):
        charger.read(10 * index, LIFETIME + 120, 1, watts=0)
    for index in range(67, 73):
        charger.read(10 * index, LIFETIME + 20 * (index - 60), 1, watts=7200)
    charger.stop(720, LIFETIME + 240)
    [session] = charger.sessions
    assert session.charging_time == timedelta(seconds=59 + 60)
    assert [charge.energy for charge in session.charges] == [120, 120]


def test_a_plug_in_is_never_after_the_start_nor_the_start_after_the_end() -> None:
    charger = Charger()
    charger.status(7190, "Available", told=1)
    charger.status(7200, "Preparing", told=2)
    charger.say(3, start(LIFETIME, at(3)))
    charger.stop(1, LIFETIME)
    [session] = charger.sessions
    assert session.plugged_in
    assert session.started
    assert session.ended
    assert session.plugged_in <= session.started <= session.ended


# More than can be.


def test_sessions_faster_than_cars_are_answered_and_not_kept() -> None:
    charger = Charger()
    answers = [
        charger.say(index / 100, start(LIFETIME, at(index / 100))).answer
        for index in range(2000)
    ]
    assert all(answer.transaction_id > 0 for answer in answers)  # type: ignore[attr-defined]  # each is the answer to a start
    assert len(charger.sessions) == MOST_NEW
    assert charger.say(21, stop(4711, LIFETIME, at(21))).events == ()
    repeated = charger.say(22, start(LIFETIME, at((MOST_NEW - 1) / 100)))
    assert len(charger.sessions) == MOST_NEW
    assert repeated.answer.transaction_id == charger.sessions[-1].transaction_id  # type: ignore[attr-defined]  # see above
    charger.say(700, start(LIFETIME, at(700)))
    assert len(charger.sessions) == MOST_NEW + 1
