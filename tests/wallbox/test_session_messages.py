"""Messages that begin, measure and end a session, also those that come late."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.csms.messages import Message
from custom_components.wallbox_ocpp.csms.requests import payload_of
from custom_components.wallbox_ocpp.wallbox.model.clock import OLD, REPLAY
from custom_components.wallbox_ocpp.wallbox.model.events import SessionChanged
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.receive.messages import apply, connected
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import a_state, changed

from .said import (
    NOW,
    after,
    ago,
    boot,
    energy,
    metered,
    power,
    said,
    start,
    status,
    stop,
)

CHARGING = Readings(power=7200, energy=1500, currents={1: 31}, voltages={1: 231})


# Start and stop


def test_a_start_is_accepted_with_a_positive_id() -> None:
    outcome = apply(ChargerState(), start(), NOW)
    assert payload_of(outcome.answer) == {
        "transactionId": 1,
        "idTagInfo": {"status": "Accepted"},
    }
    assert outcome.state.ledger.open
    assert outcome.events == (SessionChanged(outcome.state.ledger.open),)


def test_a_repeated_start_gets_the_same_id() -> None:
    state = after(start())
    outcome = apply(state, start(), NOW)
    assert payload_of(outcome.answer)["transactionId"] == 1
    assert outcome.state.ledger is state.ledger


def test_a_stop_is_acknowledged_and_moves_the_register_on() -> None:
    state = changed(after(start(1000)), readings=CHARGING)
    outcome = apply(state, stop(1, 2500), NOW)
    assert payload_of(outcome.answer) == {}
    assert outcome.state.metering.register.value == 2500
    assert outcome.state.metering.readings.power == 0
    assert outcome.events == (SessionChanged(outcome.state.ledger.sessions[0]),)


@pytest.mark.parametrize("transaction_id", [99, 0, -1, None])
def test_an_unknown_stop_is_acknowledged(transaction_id: int | None) -> None:
    outcome = apply(after(start()), stop(transaction_id), NOW)
    assert payload_of(outcome.answer) == {}
    assert outcome.state.ledger.open


def test_a_late_stop_does_not_touch_what_is_drawn_now() -> None:
    state = after(start(1000, ago(hours=2)), start(2000, ago(minutes=1)))
    state = changed(state, readings=CHARGING)
    assert after(stop(1, 1900, ago(hours=1)), state=state).metering.readings == CHARGING


def test_a_stop_with_nonsense_does_not_move_the_register() -> None:
    state = after(metered(energy(5000)), start(5000), stop(1, 0))
    assert state.metering.register.value == 5000


# The charger's queue


QUEUE = [
    # connected since, age of the message, from the queue
    (timedelta(seconds=1), timedelta(), False),
    (timedelta(seconds=1), OLD, False),
    (timedelta(seconds=1), OLD + timedelta(seconds=1), True),
    (timedelta(seconds=1), timedelta(days=3), True),
    (REPLAY - timedelta(seconds=1), timedelta(days=3), True),
    (REPLAY, timedelta(days=3), False),
    (timedelta(hours=1), timedelta(minutes=50), False),
    (timedelta(seconds=1), -timedelta(minutes=50), False),
    (None, timedelta(days=3), True),
    (None, timedelta(), False),
]


@pytest.mark.parametrize(("since", "age", "queued"), QUEUE)
def test_old_readings_touch_the_live_ones_only_long_after_a_reconnect(
    since: timedelta | None, age: timedelta, *, queued: bool
) -> None:
    state = a_state(connected_at=None if since is None else NOW - since)
    state = after(metered(power(7200), energy(1500), at=NOW - age), state=state)
    assert state.metering.readings.power == (None if queued else 7200)
    assert state.metering.register.value == 1500


@pytest.mark.parametrize(("since", "age", "queued"), QUEUE)
def test_old_starts_and_stops_are_delayed_right_after_a_reconnect(
    since: timedelta | None, age: timedelta, *, queued: bool
) -> None:
    state = a_state(connected_at=None if since is None else NOW - since)
    state = after(start(at=NOW - age), stop(1, at=NOW - age), state=state)
    (session,) = state.ledger.sessions
    assert session.start_delayed is queued
    assert session.end_delayed is queued
    assert session.started == session.ended == NOW - age


def test_a_message_without_a_time_is_of_now() -> None:
    state = connected(ChargerState(), NOW)
    state = after(start(at=None), metered(power(7200), at=None), state=state)
    assert state.metering.readings.power == 7200
    assert state.ledger.open
    assert not state.ledger.open.start_delayed


def test_only_the_readings_of_now_in_a_message_are_live() -> None:
    state = connected(ChargerState(), NOW)
    message = said(
        "MeterValues",
        {
            "meterValue": [
                {"timestamp": at.isoformat(), "sampledValue": [power(watts)]}
                for at, watts in ((ago(hours=2), 11), (NOW, 7200), (ago(hours=1), 22))
            ]
        },
    )
    assert after(message, state=state).metering.readings.power == 7200


# MeterValues


def test_readings_are_not_urgent_and_need_not_be_on_disk() -> None:
    outcome = apply(after(), metered(power(7200)), NOW)
    assert (outcome.durable, outcome.urgent, outcome.events) == (False, False, ())


@pytest.mark.parametrize(
    ("message", "durable"),
    [(boot(), False), (status("Preparing"), False), (start(0), True), (stop(1), True)],
)
def test_a_session_that_begins_or_ends_is_on_disk_before_the_answer(
    message: Message, durable: bool
) -> None:
    outcome = apply(after(), message, NOW)
    assert (outcome.durable, outcome.urgent) == (durable, True)


def test_the_register_never_dips_and_what_would_is_counted() -> None:
    state = after(
        metered(energy(5000)),
        metered(energy(4999.9)),
        metered(energy(0)),
        metered(energy(-1)),
        metered(energy(9_000_000)),
        metered(energy(5000)),
        metered(energy(5000.1)),
    )
    assert state.metering.register.value == 5000.1
    assert state.metering.dropped_readings == 3


def test_readings_extend_the_session() -> None:
    state = after(start(1000), metered(energy(1500), transaction_id=1))
    assert state.ledger.open
    assert state.ledger.open.energy == 500


def test_a_reading_that_was_dropped_does_not_extend_the_session() -> None:
    state = after(start(1000), metered(energy(1500)), metered(energy(9_000_000)))
    assert state.ledger.open
    assert state.ledger.open.energy == 500


def test_a_transaction_that_runs_already_is_adopted_from_its_readings() -> None:
    state = after(metered(energy(1000)))
    outcome = apply(state, metered(energy(1500), transaction_id=1007), NOW)
    adopted = outcome.state.ledger.open
    assert adopted
    assert (adopted.transaction_id, adopted.energy) == (1007, 500)
    assert outcome.events == (SessionChanged(adopted),)
    assert (outcome.durable, outcome.urgent) == (True, True)


@pytest.mark.parametrize("transaction_id", [None, 0, -1])
def test_no_transaction_is_adopted_without_an_id(transaction_id: int | None) -> None:
    state = after(metered(energy(1500), transaction_id=transaction_id))
    assert not state.ledger.sessions
