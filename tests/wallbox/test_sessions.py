"""Charging sessions: open, extend, close, recover; each exactly once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.csms.messages import (
    StartTransaction,
    StopTransaction,
)
from custom_components.wallbox_ocpp.wallbox.model import open_session, sessions
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.month import Month
from custom_components.wallbox_ocpp.wallbox.model.sessions import (
    KEPT,
    LAST_FOLLOWED,
    Ledger,
)

from .said import NOW, ago, start, stop


def started(
    ledger: Ledger, message: StartTransaction | None = None, *, anew: bool = False
) -> tuple[Ledger, ChargingSession]:
    """Open a session."""
    message = message or start()
    return sessions.start(
        ledger,
        message,
        NOW,
        delayed=False,
        meter_start=message.meter_start,
        anew=anew,
    )


def stopped(ledger: Ledger, message: StopTransaction) -> tuple[Ledger, ChargingSession]:
    """Close a session."""
    return sessions.stop(
        ledger, message, NOW, delayed=False, meter_stop=message.meter_stop
    )


@pytest.fixture
def charging() -> Ledger:
    """Return a ledger with an open session, whose id is 1."""
    ledger, _ = started(Ledger(), start(meter_start=1000, at=ago(hours=1)))
    return ledger


# Start


def test_a_start_opens_a_session() -> None:
    ledger, session = started(Ledger(), start(meter_start=532218, at=ago(minutes=1)))
    assert session == ChargingSession(
        transaction_id=1,
        id_tag="NoAuthorization",
        started=ago(minutes=1),
        meter_start=532218,
        meter_last=532218,
        read=ago(minutes=1),
        stamp=ago(minutes=1),
        told_start=532218,
    )
    assert ledger.open is session
    assert session.energy == 0
    assert session.duration is None


def test_a_start_without_anything_opens_a_session_now() -> None:
    _, session = started(Ledger(), StartTransaction.read({}))
    assert session == ChargingSession(transaction_id=1, started=NOW, read=NOW)
    assert session.energy is None


def test_a_repeated_start_transaction_opens_no_second_session(charging: Ledger) -> None:
    again, session = started(charging, start(meter_start=1000, at=ago(hours=1)))
    assert again is charging
    assert session is charging.open


def test_a_start_that_is_repeated_after_readings_opens_no_second_session() -> None:
    message = start(meter_start=None)
    ledger, _ = started(Ledger(), message)
    ledger = open_session.extend(ledger, 1, 1000, NOW)
    again, session = started(ledger, message)
    assert again is ledger
    assert session.transaction_id == 1


def test_the_same_start_after_a_stop_is_another_session(charging: Ledger) -> None:
    # Its clock stands still, or the car was plugged in again within the same second.
    ledger, _ = stopped(charging, stop(1, 1000))
    again, session = started(
        ledger, start(meter_start=1000, at=ago(hours=1)), anew=True
    )
    assert len(again.sessions) == 2
    assert (session.transaction_id, session.ended) == (2, None)


def test_a_start_is_repeated_of_a_session_that_was_given_up(charging: Ledger) -> None:
    ledger = sessions.abandon(charging, NOW)
    again, session = started(ledger, start(meter_start=1000, at=ago(hours=1)))
    assert again is ledger
    assert session.transaction_id == 1


@pytest.mark.parametrize(
    "other",
    [
        start(meter_start=1001, at=ago(hours=1)),
        start(meter_start=1000, at=ago(minutes=59)),
        start(meter_start=1000, at=ago(hours=1), idTag="04A1B2C3"),
        start(meter_start=1000, at=ago(hours=1), connectorId=2),
        start(meter_start=1000, at=None),
    ],
    ids=["meter", "time", "tag", "connector", "no time"],
)
def test_a_start_that_differs_opens_another_session(
    charging: Ledger, other: StartTransaction
) -> None:
    ledger, session = started(charging, other)
    assert session.transaction_id == 2
    assert len(ledger.sessions) == 2


def test_starts_without_a_time_are_never_taken_for_repetitions() -> None:
    message = start(at=None)
    ledger, first = started(Ledger(), message)
    _, second = started(ledger, message)
    assert second.transaction_id != first.transaction_id


def test_a_new_session_ends_the_one_that_lost_its_stop(charging: Ledger) -> None:
    charging = open_session.extend(charging, 1, 1500, NOW)
    ledger, session = started(charging, start(meter_start=1700, at=ago(minutes=5)))
    lost, _ = ledger.sessions
    assert ledger.open is session
    assert (lost.ended, lost.end_delayed) == (ago(minutes=5), True)
    assert lost.energy == 500
    assert lost.reason is None


def test_a_session_on_another_connector_goes_on(charging: Ledger) -> None:
    ledger, _ = started(charging, start(connectorId=2))
    assert [item.ended for item in ledger.sessions] == [None, None]


# Stop


def test_a_stop_closes_its_session(charging: Ledger) -> None:
    ledger, session = stopped(
        charging, stop(1, 2500, ago(minutes=1), reason="EVDisconnected")
    )
    assert ledger.open is None
    assert ledger.last is session
    assert session.ended == ago(minutes=1)
    assert session.reason == "EVDisconnected"
    assert session.energy == 1500
    assert session.duration == timedelta(minutes=59)


def test_a_stop_without_a_reason_is_local(charging: Ledger) -> None:
    assert stopped(charging, stop(1))[1].reason == "Local"


def test_a_stop_without_a_time_ends_the_session_now(charging: Ledger) -> None:
    assert stopped(charging, stop(1, at=None))[1].ended == NOW


def test_a_session_is_stopped_once(charging: Ledger) -> None:
    ledger, first = stopped(charging, stop(1, 2500))
    # SAP's, with an earlier time and a smaller meter, docs/chargers.md §8.1.9.
    again, second = stopped(ledger, stop(1, 2000, ago(minutes=30)))
    assert again is ledger
    assert second is first


@pytest.mark.parametrize("transaction_id", [99, 0, -1, None])
def test_an_unknown_stop_is_a_record_of_its_own(
    charging: Ledger, transaction_id: int | None
) -> None:
    ledger, orphan = stopped(charging, stop(transaction_id, 7, idTag="04A1B2C3"))
    assert ledger.open is charging.open
    assert orphan is ledger.sessions[-1]
    assert orphan == ChargingSession(
        transaction_id=transaction_id or 0,
        id_tag="04A1B2C3",
        ended=NOW,
        meter_last=7,
        read=NOW,
        reason="Local",
    )
    assert orphan.energy is None
    assert orphan.duration is None


@pytest.mark.parametrize("transaction_id", [99, 0, -1, None])
def test_an_unknown_stop_that_is_repeated_is_one_record(
    transaction_id: int | None,
) -> None:
    ledger, orphan = stopped(Ledger(), stop(transaction_id))
    again, same = stopped(ledger, stop(transaction_id))
    assert again is ledger
    assert same is orphan


def test_unknown_stops_without_an_id_are_distinguished_by_their_times() -> None:
    ledger, _ = stopped(Ledger(), stop(0))
    ledger, _ = stopped(ledger, stop(0, at=ago(hours=1)))
    assert len(ledger.sessions) == 2


def test_the_id_of_an_unknown_stop_is_not_given_again() -> None:
    ledger, _ = stopped(Ledger(), stop(1))
    _, session = started(ledger)
    assert session.transaction_id == 2


@pytest.mark.parametrize("meter_stop", [None, 999, 0, -5])
def test_a_meter_that_stops_below_its_start_is_not_believed(
    charging: Ledger, meter_stop: int | None
) -> None:
    charging = open_session.extend(charging, 1, 1500, NOW)
    _, session = stopped(charging, stop(1, meter_stop))
    assert session.meter_last == 1500
    assert session.energy == 500


def test_a_meter_that_stops_below_the_last_reading_takes_nothing_back(
    charging: Ledger,
) -> None:
    charging = open_session.extend(charging, 1, 1500.9, NOW)
    # It is a whole number.
    assert stopped(charging, stop(1, 1500))[1].energy == 500.9


def test_a_stop_before_the_start_took_no_time(charging: Ledger) -> None:
    _, session = stopped(charging, stop(1, 2000, ago(hours=2)))
    assert session.duration == timedelta()
    assert session.energy == 1000


def test_a_session_that_was_abandoned_takes_its_late_stop(charging: Ledger) -> None:
    abandoned = sessions.abandon(charging, NOW)
    ledger, session = sessions.stop(
        abandoned, stop(1, 2500, ago(minutes=10)), NOW, delayed=True, meter_stop=2500
    )
    assert len(ledger.sessions) == 1
    assert session.ended == ago(minutes=10)
    assert session.energy == 1500
    assert session.end_delayed


def test_a_late_stop_does_not_end_the_session_that_came_after(charging: Ledger) -> None:
    ledger, current = started(charging, start(meter_start=2600))
    ledger, late = stopped(ledger, stop(1, 2500, ago(minutes=10)))
    assert late.transaction_id == 1
    assert late.energy == 1500
    assert ledger.open is current


def test_a_late_stop_is_not_announced_again(charging: Ledger) -> None:
    abandoned = sessions.abandon(charging, NOW)
    told = sessions.announced(abandoned, abandoned.sessions[0])
    _, session = stopped(told, stop(1, 2500))
    assert session.end_announced


# Readings


def test_readings_extend_the_open_session(charging: Ledger) -> None:
    ledger = open_session.extend(charging, 1, 1500.5, NOW)
    assert ledger.open
    assert ledger.open.energy == 500.5


@pytest.mark.parametrize("transaction_id", [None, 0, -1])
def test_readings_without_an_id_extend_the_open_session(
    charging: Ledger, transaction_id: int | None
) -> None:
    # A Wallbox sends 0 when StartTransaction was refused, docs/chargers.md §3.3.
    ledger = open_session.extend(charging, transaction_id, 1500, NOW)
    assert ledger.open
    assert ledger.open.energy == 500


def test_readings_of_another_transaction_extend_nothing(charging: Ledger) -> None:
    assert open_session.extend(charging, 7, 1500, NOW) is charging


def test_readings_extend_nothing_while_no_session_is_open(charging: Ledger) -> None:
    assert open_session.extend(Ledger(), None, 1500, NOW) == Ledger()
    ledger, _ = stopped(charging, stop(1, 2000))
    assert open_session.extend(ledger, 1, 2500, NOW) is ledger


def test_the_first_reading_stands_in_for_a_missing_meter_start() -> None:
    ledger, _ = started(Ledger(), start(meter_start=None))
    ledger = open_session.extend(ledger, 1, 1000, NOW)
    ledger = open_session.extend(ledger, 1, 1250, NOW)
    assert ledger.open
    assert (ledger.open.meter_start, ledger.open.energy) == (1000, 250)


# Recovery


def test_a_transaction_that_runs_already_is_adopted() -> None:
    ledger = sessions.claimed(Ledger(), 1007, 1000, NOW)
    assert ledger.open == ChargingSession(
        transaction_id=1007,
        started=NOW,
        meter_start=1000,
        meter_last=1000,
        read=NOW,
        start_delayed=True,
    )


def test_ids_go_on_after_an_adopted_one() -> None:
    ledger = sessions.claimed(Ledger(), 1007, None, NOW)
    assert started(ledger)[1].transaction_id == 1008


@pytest.mark.parametrize("foreign", [LAST_FOLLOWED, 2**31 - 1])
def test_ids_never_outgrow_32_bits(foreign: int) -> None:
    ledger = sessions.claimed(Ledger(), foreign, None, NOW)
    assert started(ledger)[1].transaction_id == 1
    ledger, _ = stopped(Ledger(), stop(foreign))
    assert started(ledger)[1].transaction_id == 1


def test_a_transaction_that_is_known_is_not_adopted(charging: Ledger) -> None:
    assert sessions.claimed(charging, 1, 1500, NOW) is charging
    ledger, _ = stopped(charging, stop(1))
    assert sessions.claimed(ledger, 1, 1500, NOW) is ledger


@pytest.mark.parametrize("transaction_id", [0, -1])
def test_no_id_is_not_adopted(transaction_id: int) -> None:
    assert sessions.claimed(Ledger(), transaction_id, 1500, NOW) == Ledger()


def test_a_transaction_that_two_readings_tell_of_replaces_ours(
    charging: Ledger,
) -> None:
    charging = open_session.extend(charging, 1, 1400, ago(minutes=1))
    once = sessions.claimed(charging, 1007, 1500, NOW)
    assert once.open == charging.open
    ledger = sessions.claimed(once, 1007, 1500, NOW)
    lost, adopted = ledger.sessions
    assert (lost.ended, lost.energy) == (NOW, 400)
    assert ledger.open is adopted
    assert adopted.meter_start == 1400


def test_another_number_each_time_replaces_nothing(charging: Ledger) -> None:
    ledger = charging
    for number in (1007, 1008, 1, 1008):
        ledger = sessions.claimed(ledger, number, 1500, NOW)
    assert ledger.sessions == charging.sessions


def test_a_session_that_is_abandoned_ends_at_its_last_reading(charging: Ledger) -> None:
    ledger = sessions.abandon(open_session.extend(charging, 1, 1500, NOW), NOW)
    (session,) = ledger.sessions
    assert (session.ended, session.end_delayed) == (NOW, True)
    assert session.energy == 500


def test_there_is_nothing_to_abandon_while_no_session_is_open() -> None:
    assert sessions.abandon(Ledger(), NOW) == Ledger()


# What is remembered


def test_the_last_session_is_the_open_one_or_else_the_latest(charging: Ledger) -> None:
    assert Ledger().last is None
    ledger, _ = stopped(charging, stop(99))
    assert ledger.last is charging.open
    ledger, ended = stopped(charging, stop(1))
    assert ledger.last is ended


def test_the_start_and_the_end_are_announced(charging: Ledger) -> None:
    assert charging.open
    told = sessions.announced(charging, charging.open)
    assert told.open
    assert (told.open.start_announced, told.open.end_announced) == (True, False)
    ledger, session = stopped(told, stop(1))
    assert not session.end_announced
    told = sessions.announced(ledger, session)
    assert told.sessions[0].end_announced


def ended(number: int, *, told: bool = True) -> ChargingSession:
    """Return a session that has ended."""
    return ChargingSession(transaction_id=number, ended=NOW, end_announced=told)


def test_the_oldest_sessions_retire() -> None:
    ledger = Ledger(sessions=tuple(ended(number) for number in range(1, KEPT + 11)))
    old = sessions.retired(ledger)
    ledger = sessions.without(ledger, old)
    numbers = [item.transaction_id for item in (*old, *ledger.sessions)]
    assert numbers == list(range(1, KEPT + 11))
    assert len(old) == 10


def test_a_session_that_was_not_announced_does_not_retire() -> None:
    untold = ended(1, told=False)
    running = ChargingSession(transaction_id=2)
    rest = tuple(ended(number) for number in range(3, KEPT + 11))
    ledger = Ledger(sessions=(untold, running, *rest))
    old = sessions.retired(ledger)
    assert sessions.without(ledger, old).sessions[:2] == (untold, running)
    assert old[0] == ended(3)


@pytest.mark.parametrize(
    ("kept", "energy"),
    [
        ((), 0.0),
        ((1,), 100.0),
        ((2,), 0.0),
        ((1, 2), 100.0),
    ],
)
def test_the_month_gets_what_leaves_the_ledger(
    kept: tuple[int, ...], energy: float
) -> None:
    """Others have left it before, or have changed since."""
    month = Month(since=ago(days=1))
    old = replace(ended(1), meter_start=0.0, meter_last=100.0)
    changed = replace(ended(2), meter_start=0.0, meter_last=70.0)
    known = {1: old, 2: replace(changed, meter_last=80.0)}
    ledger = Ledger(sessions=tuple(known[number] for number in kept), month=month)
    left = sessions.without(ledger, (old, changed))
    assert left.month == replace(month, energy=energy)
    assert left.sessions == tuple(known[number] for number in kept if number == 2)
    assert sessions.without(left, (old, changed)) == left


def test_few_sessions_all_stay(charging: Ledger) -> None:
    assert sessions.retired(charging) == ()
    full = Ledger(sessions=tuple(ended(number) for number in range(KEPT)))
    assert sessions.retired(full) == ()


def test_a_ledger_survives_its_way_to_the_disk_and_back(charging: Ledger) -> None:
    ledger, _ = stopped(charging, stop(99, 5, reason="PowerLoss"))
    assert Ledger.from_dict(ledger.to_dict()) == ledger
    assert Ledger.from_dict({}) == Ledger()


def test_energy_is_rounded_to_a_tenth() -> None:
    session = ChargingSession(transaction_id=1, meter_start=0.1, meter_last=0.3)
    assert session.energy == 0.2
    assert replace(session, meter_last=0).energy == 0
