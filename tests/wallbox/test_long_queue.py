"""A queue that takes longer than ten minutes: hours of readings, one after the other."""

from typing import override

import pytest

from custom_components.wallbox_ocpp.csms.messages import Message
from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff
from custom_components.wallbox_ocpp.wallbox.plan import notice
from custom_components.wallbox_ocpp.wallbox.receive.outcome import Outcome
from tests.wallbox.states import changed

from .charger import LIFETIME, Away, at
from .said import start, stop

HOUR = 3600
BACK = 8 * HOUR
EVERY = 10
"""Seconds between two readings."""
CHEAP, DEAR = 0.10, 0.40


class InTime(Away):
    """A charger for which time passes, in which something may be due; the hours from one to six are cheap."""

    def __init__(self) -> None:
        """Connect, with prices."""
        super().__init__()
        tariff = Tariff()
        for hour, price in ((-2, DEAR), (1, CHEAP), (6, DEAR)):
            tariff = tariff.changed(at(hour * HOUR), price)
        self.state = changed(self.state, tariff=tariff)

    @override
    def say(self, seconds: float, message: Message) -> Outcome:
        now = at(seconds)
        if (due := consequences.next_moment(self.state)) and due <= now:
            self.state = consequences.of_change(notice.elapsed(self.state, now), now)
        outcome = consequences.of_message(self.state, message, now)
        self.state = outcome.state
        return outcome


@pytest.mark.parametrize("apart", [0.1, 0.5, 1.0])
def test_a_session_of_a_long_queue_costs_what_it_cost_when_it_was(apart: float) -> None:
    charger, told = InTime(), BACK + 2.0
    charger.leave(10)
    charger.come(BACK)
    charger.status(BACK + 1, "Available")
    charger.say(told, start(LIFETIME, at(HOUR)))
    for seconds in range(EVERY, 4 * HOUR, EVERY):
        told += apart
        charger.read(HOUR + seconds, LIFETIME + 2 * seconds, 1, 7200, told=told)
        assert not charger.power
    charger.say(told, stop(1, LIFETIME + 8 * HOUR, at(5 * HOUR)))
    [session] = charger.sessions
    assert session.energy == 8 * HOUR
    assert session.cost == pytest.approx(8 * HOUR / 1000 * CHEAP)
    assert session.end_delayed


@pytest.mark.parametrize("apart", [0.1, 0.5, 1.0])
def test_a_session_is_not_given_up_while_its_readings_come_from_the_queue(
    apart: float,
) -> None:
    charger, told = InTime(), BACK + 2.0
    charger.start(HOUR, LIFETIME)
    charger.leave(HOUR + 10)
    charger.come(BACK)
    charger.status(BACK + 1, "Available")
    for seconds in range(EVERY, 5 * HOUR, EVERY):
        told += apart
        charger.read(HOUR + seconds, LIFETIME + 2 * seconds, 1, 7200, told=told)
        assert charger.state.ledger.open
    charger.say(told, stop(1, LIFETIME + 10 * HOUR, at(6 * HOUR)))
    [session] = charger.sessions
    assert session.cost == pytest.approx(10 * HOUR / 1000 * CHEAP, rel=0.01)


def test_a_session_is_given_up_once_the_queue_has_ended_without_its_end() -> None:
    charger, told = InTime(), BACK + 2.0
    charger.start(HOUR, LIFETIME)
    charger.leave(HOUR + 10)
    charger.come(BACK)
    charger.status(BACK + 1, "Available")
    for seconds in range(EVERY, 5 * HOUR, EVERY):
        told += 0.5
        charger.read(HOUR + seconds, LIFETIME + 2 * seconds, 1, 7200, told=told)
    assert charger.state.ledger.open
    charger.read(told + 600, LIFETIME + 10 * HOUR)
    charger.read(told + 1300, LIFETIME + 10 * HOUR)
    assert not charger.state.ledger.open
