"""What a charger is asked to tell, and a reboot on request."""

from datetime import datetime
from functools import partial
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status, MessageTrigger
import pytest

from custom_components.wallbox_ocpp.csms.requests import payload_of
from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import HeldProfiles
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.pending import Pending, Reset
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.plan import connection, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    DROPPED,
    ERROR,
    NOT_SENT,
    NOW,
    REJECTED,
    SILENT,
    Drive,
    a_charger,
    after,
    answered,
    asked_next,
    driven,
    within_transaction,
    words,
)

ALL = [ACCEPTED, REJECTED, ERROR, SILENT, DROPPED, NOT_SENT]


asked = partial(asked_next, planner=connection.next_step)
learned = partial(answered, planner=connection.next_step)


def just_connected(**fields: Any) -> ChargerState:
    """Return a charger that has said nothing since it connected now."""
    return a_charger(
        **{"connected_at": NOW, "booted_at": None, "status": None, **fields}
    )


@pytest.mark.parametrize(
    ("state", "elapsed", "expected"),
    [
        (just_connected(), 0, after(10)),
        (just_connected(), 9.9, after(10)),
        (just_connected(), 10, "trigger StatusNotification"),
        (just_connected(status=Status.available), 10, after(60)),
        (just_connected(status=Status.available), 59.9, after(60)),
        (just_connected(status=Status.available), 60, "trigger BootNotification"),
        (just_connected(booted_at=after(-9)), 10, "trigger StatusNotification"),
        (just_connected(booted_at=after(-9), status=Status.available), 99, None),
        (changed(just_connected(), status_requested=True), 10, after(60)),
        (
            changed(just_connected(), status_requested=True),
            60,
            "trigger BootNotification",
        ),
        (
            changed(just_connected(), status_requested=True, boot_requested=True),
            3600,
            None,
        ),
    ],
)
def test_a_charger_that_says_nothing_is_asked_once(
    state: ChargerState, elapsed: float, expected: str | datetime | None
) -> None:
    assert asked(state, after(elapsed)) == expected


@pytest.mark.parametrize(
    ("fields", "elapsed", "expected"),
    [
        ({}, 539.9, after(540)),
        ({}, 540, "trigger StatusNotification"),
        # That was of the session before.
        ({"last_call": 6}, 540, "trigger StatusNotification"),
        ({"last_call": 7}, 540, None),
        # Its StopTransaction has come.
        ({"ledger": Ledger()}, 540, None),
    ],
)
def test_it_is_asked_for_its_status_before_a_session_is_given_up(
    fields: dict[str, Any], elapsed: float, expected: str | datetime | None
) -> None:
    gone = {"status": Status.available, "boot_requested": True}
    state = within_transaction(abandon_at=after(600), **{**gone, **fields})
    assert asked(state, after(elapsed)) == expected


@pytest.mark.parametrize(
    ("answer", "expects"),
    [(ACCEPTED, True), (SILENT, True), (REJECTED, False), (ERROR, False)],
)
def test_a_status_that_it_refuses_to_send_is_not_expected(
    answer: Answer, expects: bool
) -> None:
    state = within_transaction(
        status=Status.available, boot_requested=True, abandon_at=after(600)
    )
    state = learned(state, answer, after(540))
    assert state.pending.expects_status(after(570)) is expects
    assert not state.pending.expects_status(after(601))
    assert asked(state, after(570)) is None


@pytest.mark.parametrize(
    ("elapsed", "requested"), [(10, "status_requested"), (60, "boot_requested")]
)
@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED, ERROR, SILENT, DROPPED])
def test_whatever_the_answer_it_is_not_asked_again(
    elapsed: float, requested: str, answer: Answer
) -> None:
    status = Status.available if requested == "boot_requested" else None
    state = learned(just_connected(status=status), answer, after(elapsed))
    assert getattr(state.pending, requested)
    assert asked(state, after(elapsed)) != asked(
        just_connected(status=status), after(elapsed)
    )
    # It is let be, and the others need not wait for it.
    assert state.pending.silent_until is None


def test_a_boot_that_was_asked_for_is_known_as_such() -> None:
    state = just_connected(status=Status.available)
    assert learned(state, ACCEPTED, after(60)).link.boot_asked
    assert not learned(just_connected(), ACCEPTED, after(10)).link.boot_asked


def test_a_boot_that_could_not_be_asked_for_is_asked_for_on_the_next_connection() -> (
    None
):
    state = just_connected(status=Status.available)
    state = learned(state, NOT_SENT, after(60))
    assert not state.pending.boot_requested
    assert not state.link.boot_asked


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(ACCEPTED, True), (SILENT, True), (REJECTED, False), (ERROR, False)],
)
def test_a_charger_that_refuses_to_tell_of_its_boot_may_boot_later(
    answer: Answer, expected: bool
) -> None:
    state = just_connected(status=Status.available)
    assert learned(state, answer, after(60)).link.boot_asked == expected


def test_its_status_is_asked_for_once_a_connection_and_its_boot_once_a_run() -> None:
    run = Drive(just_connected(booted_at=None))
    for seconds in (10, 50):
        run.wait(seconds)
        run.run()
    assert "trigger StatusNotification" in run.asked
    assert "trigger BootNotification" in run.asked
    state = messages.disconnected(run.state, run.now)
    state = messages.connected(notice.disconnected(state), run.now)
    run = Drive(notice.connected(state), run.now)
    for seconds in (10, 50, 3600):
        run.wait(seconds)
        run.run()
    assert run.asked.count("trigger StatusNotification") == 1
    assert "trigger BootNotification" not in run.asked


@pytest.mark.parametrize(
    ("message", "connector"),
    [
        (MessageTrigger.boot_notification, None),
        (MessageTrigger.heartbeat, None),
        (MessageTrigger.meter_values, 1),
        (MessageTrigger.status_notification, 1),
    ],
)
def test_messages_about_a_connector_are_requested_of_it(
    message: MessageTrigger, connector: int | None
) -> None:
    assert payload_of(connection.trigger(message)).get("connectorId") == connector


# What is drawn.


def test_what_is_drawn_is_asked_15_and_50_seconds_after_a_change() -> None:
    run = driven(within_transaction())
    assert run.state.pending.checks == (after(15), after(50))
    found = []
    for second in range(1, 61):
        run.now = after(second)
        found += [(second, request) for request in run.run()]
    assert found == [(15, "trigger MeterValues"), (50, "trigger MeterValues")]


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (within_transaction(), True),
        (within_transaction(limit=Limit(amps=16, followed=True)), False),
        (within_transaction(limit=Limit(amps=16, followed=False)), False),
        (a_charger(), False),
    ],
)
def test_it_is_only_asked_while_nobody_knows(state: ChargerState, due: bool) -> None:
    state = changed(state, checks=(after(15), after(50)))
    state = notice.elapsed(state, after(15))
    assert state.pending.readings_due == due
    assert state.pending.checks == (after(50),)


def test_readings_that_are_due_for_another_reason_stay_due() -> None:
    state = changed(a_charger(), checks=(after(15),), readings_due=True)
    assert notice.elapsed(state, after(15)).pending.readings_due


@pytest.mark.parametrize("answer", ALL)
def test_readings_are_asked_for_once(answer: Answer) -> None:
    state = changed(a_charger(), readings_due=True)
    step = connection.next_reading(state, NOW)
    assert step
    assert words(step.request) == "trigger MeterValues"
    state = step.learn(state, answer, NOW)
    assert connection.next_reading(state, NOW) is None
    assert not state.pending.readings_due
    assert state.pending.silent_until is None


# A reboot on request.


@pytest.mark.parametrize(
    ("answers", "left", "rebooting", "rebooted"),
    [
        ([ACCEPTED], None, True, True),
        # Some go down without an answer.
        ([DROPPED], None, True, True),
        ([REJECTED], Reset.HARD, False, None),
        ([ERROR], Reset.HARD, False, None),
        ([REJECTED, ACCEPTED], None, True, True),
        ([REJECTED, REJECTED], None, False, False),
        ([REJECTED, DROPPED], None, True, True),
        # Whether it has heard it, nobody knows.
        ([REJECTED, SILENT], None, False, None),
        ([SILENT], None, False, None),
        ([NOT_SENT], None, False, False),
    ],
)
def test_a_reboot_is_gentle_then_hard_then_refused(
    answers: list[Answer],
    left: Reset | None,
    rebooting: bool,
    rebooted: bool | None,
) -> None:
    before = a_charger()
    state = connection.reset_requested(before)
    for answer, kind in zip(answers, ("Soft", "Hard"), strict=False):
        assert asked(state) == f"reset {kind}"
        state = learned(state, answer)
    assert state.pending.reset is left
    assert state.link.rebooting == rebooting
    assert state.pending.back_by == (after(300) if rebooting else None)
    assert bool(state.pending.silent_until) == (answers[-1] is SILENT)
    assert connection.reset_outcome(before, state) is rebooted


def test_a_charger_that_reboots_holds_nothing_and_is_left_alone() -> None:
    run = driven(a_charger())
    run.state = connection.reset_requested(run.state)
    assert run.run() == ["reset Soft"]
    assert run.state.charging.held.default == HeldProfiles().default
    assert run.state.provisioning.brought_to is None


@pytest.mark.parametrize("connected", [True, False])
def test_a_charger_that_is_not_back_in_time_is_overdue(connected: bool) -> None:
    state = learned(connection.reset_requested(a_charger()), ACCEPTED)
    if not connected:
        state = messages.disconnected(state, after(1))
    assert notice.next_moment(state) == after(300)
    early = notice.elapsed(state, after(299))
    assert early.link.rebooting
    state = notice.elapsed(state, after(300))
    assert (state.link.rebooting, state.link.overdue) == (False, not connected)
    assert notice.next_moment(state) is None


@pytest.mark.parametrize("way", ["boot", "connection"])
def test_a_charger_that_is_back_before_its_answer_has_rebooted(way: str) -> None:
    before = a_charger()
    state = connection.reset_requested(before)
    if way == "boot":
        state = notice.noticed(
            changed(state, booted_at=after(1)),
            Booted(),
            after(1),
        )
    else:
        state = notice.connected(messages.connected(state, after(1)))
    assert connection.reset_outcome(before, state)
    assert state.pending == Pending()


def test_a_charger_that_has_left_has_not_said_whether_it_reboots() -> None:
    before = a_charger()
    state = changed(before, connected=False)
    assert connection.reset_outcome(before, state) is None
