"""What a charger's readings come to: whose they are, when they were read, and whether they can be.

Each of these was seen in the field, on other systems or on ours.
"""

from datetime import timedelta
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.csms.messages import (
    Message,
    MeterValues,
    StatusNotification,
    StopTransaction,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import MOST_NEW
from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.receive.outcome import Outcome
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .said import NOW, boot, energy, metered, power, start, stop

LIFETIME: Final = 7_932_179


def at(seconds: float) -> Any:
    """Return a moment after now."""
    return NOW + timedelta(seconds=seconds)


class Charger:
    """A charger that has been connected for an hour, and says what it is told to."""

    def __init__(self, lifetime: float | None = LIFETIME) -> None:
        """Connect; its lifetime meter was read a minute ago."""
        state = changed(ChargerState(), tariff=Tariff().changed(at(-7200), 0.30))
        self.state = messages.connected(state, at(-3600))
        if lifetime is not None:
            self.say(-60, metered(energy(lifetime), at=at(-60)))

    def say(self, seconds: float, message: Message) -> Outcome:
        """Hear a message, some seconds from now."""
        outcome = messages.apply(self.state, message, at(seconds))
        self.state = outcome.state
        return outcome

    def status(self, seconds: float, name: str, *, told: float | None = None) -> None:
        """Have a status, and tell so at once or later."""
        stamp = at(seconds).isoformat()
        payload = {"connectorId": 1, "status": name, "timestamp": stamp}
        self.say(seconds if told is None else told, StatusNotification.read(payload))

    def start(self, seconds: float, meter_start: int | None) -> int:
        """Begin a transaction, and draw."""
        self.status(seconds - 1, "Preparing")
        self.say(seconds, start(meter_start, at(seconds)))
        self.status(seconds + 1, "Charging")
        return self.sessions[-1].transaction_id

    def read(
        self,
        seconds: float,
        register: float,
        number: int | None = None,
        watts: float | None = None,
        told: float | None = None,
    ) -> None:
        """Read the meter."""
        samples = [energy(register)] + ([] if watts is None else [power(watts)])
        message = metered(*samples, at=at(seconds), transaction_id=number)
        self.say(seconds if told is None else told, message)

    def stop(self, seconds: float, meter_stop: int | None, number: int = 1) -> None:
        """End a transaction."""
        self.say(seconds, stop(number, meter_stop, at(seconds)))

    @property
    def sessions(self) -> tuple[ChargingSession, ...]:
        """All of them."""
        return self.state.ledger.sessions

    @property
    def energies(self) -> list[float | None]:
        """The Wh of each session."""
        return [session.energy for session in self.sessions]

    @property
    def lifetime(self) -> float | None:
        """The Wh that people see."""
        return self.state.metering.register.lifetime

    @property
    def power(self) -> float | None:
        """The W that people see."""
        return self.state.metering.readings.power


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


# What happened while the charger was away.


class Away(Charger):
    """A charger that may be away."""

    def leave(self, seconds: float) -> None:
        """Lose the connection."""
        self.state = messages.disconnected(self.state, at(seconds))

    def come(self, seconds: float) -> None:
        """Be back."""
        self.state = messages.connected(self.state, at(seconds))

    def pause(self) -> None:
        """Let the owner not want it to charge."""
        self.state = changed(self.state, wish=Wish(charging=False))


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
