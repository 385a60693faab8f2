"""What the answer to a limit makes true, and which limits are cleared."""

from collections.abc import Callable
from datetime import datetime

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.csms.requests import payload_of
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DIALECTS,
    Wish,
)
from custom_components.wallbox_ocpp.wallbox.model.events import (
    Booted,
    Event,
    SessionChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import (
    HeldProfiles,
    Reply,
    Slot,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.plan import limits, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Step
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    DROPPED,
    ERROR,
    NOT_SENT,
    NOW,
    PAUSE,
    REJECTED,
    ROOM_FOR_ONE,
    SILENT,
    WITHDRAWN,
    Drive,
    a_charger,
    a_ledger,
    about_limits,
    after,
    answered,
    asked_next,
    drive,
    driven,
    within_transaction,
)


@pytest.mark.parametrize(
    ("answer", "reply", "silent_until"),
    [
        (ACCEPTED, Reply.ACCEPTED, None),
        (SILENT, None, after(60)),
        (DROPPED, None, None),
        (NOT_SENT, None, None),
        (WITHDRAWN, None, None),
    ],
)
def test_what_an_answer_to_the_default_profile_makes_true(
    answer: Answer, reply: Reply | None, silent_until: datetime | None
) -> None:
    state = answered(a_charger(), answer)
    assert state.charging.held.default.reply is reply
    assert state.pending.silent_until == silent_until
    assert state.charging.limit.amps == (16 if reply else None)
    assert not state.charging.held.default_refused


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_what_may_have_been_lost_is_sent_again(answer: Answer) -> None:
    run = driven(a_charger())
    run.state = changed(run.state, wish=PAUSE)
    run.state = answered(run.state, answer)
    # Also the limit before counts as lost.
    run.state = changed(run.state, wish=Wish(current_limit=16))
    run.state = notice.looked_again(run.state)
    assert run.run() == ["default 16 A"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda state: notice.noticed(state, Booted(), NOW),
        lambda state: notice.noticed(
            changed(state, ledger=a_ledger(), status=Status.charging),
            SessionChanged(a_ledger().sessions[0]),
            NOW,
        ),
    ],
    ids=["boot", "transaction"],
)
@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED])
def test_an_answer_is_outdated_once_the_charger_may_have_lost_the_profile(
    meanwhile: Callable[[ChargerState], ChargerState], answer: Answer
) -> None:
    state = a_charger()
    step = limits.next_step(state, NOW)
    assert isinstance(step, Step)
    state = step.learn(meanwhile(state), answer, NOW)
    assert state.charging.held.default == Slot()
    assert asked_next(state) == "default 16 A"


# Clearing.


@pytest.mark.parametrize("answer", [REJECTED, ERROR])
def test_what_is_refused_for_a_transaction_that_is_over_teaches_nothing(
    answer: Answer,
) -> None:
    run = driven(within_transaction(ledger=Ledger()))
    run.state = changed(run.state, wish=Wish(current_limit=6), ledger=a_ledger())
    while (step := run.next()) and "transactionId" not in str(payload_of(step.request)):
        run.take(step)
    assert step
    before = run.state.charging.held
    run.state = changed(run.state, ledger=Ledger())
    state = step.learn(run.state, answer, run.now)
    held = state.charging.held
    assert (held.transaction, held.leases.refused) == (before.transaction, False)
    assert held.transaction_taken == before.transaction_taken
    assert state.charging.limit.amps == 6


@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED, ERROR])
def test_there_may_be_nothing_to_clear(answer: Answer) -> None:
    state = a_charger(held=HeldProfiles(dialect=DIALECTS[0][1][1]))
    assert asked_next(state) == "clear default"
    assert asked_next(answered(state, answer)) == "default 16 A"


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_a_clearing_that_may_have_been_lost_is_done_again(answer: Answer) -> None:
    state = a_charger(held=HeldProfiles(dialect=DIALECTS[0][1][1]))
    state = notice.looked_again(answered(state, answer))
    assert asked_next(state) == "clear default"


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_a_limit_that_must_not_stay_is_cleared_until_that_is_answered(
    answer: Answer,
) -> None:
    run = driven(a_charger())
    run.state = changed(run.state, fix_enabled=False)
    assert asked_next(run.state) == "clear default"
    run.state = notice.looked_again(answered(run.state, answer))
    assert about_limits(run.run()) == ["clear default"]
    assert run.run() == []


@pytest.mark.parametrize("answer", [SILENT, DROPPED])
def test_a_limit_that_may_be_there_is_cleared_too(answer: Answer) -> None:
    state = notice.looked_again(answered(a_charger(), answer))
    state = changed(state, fix_enabled=False)
    assert about_limits(drive(state)) == ["clear default"]


def test_after_its_transaction_a_charger_that_has_left_us_is_cleared() -> None:
    run = driven(within_transaction(fix_enabled=False, configuration=ROOM_FOR_ONE))
    assert run.asked == ["default 16 A"]
    run.state = changed(run.state, status=Status.available)
    assert run.run() == ["clear default"]
    assert run.box.profiles == {}


def test_the_transaction_of_a_charger_that_follows_the_default_is_cleared_once() -> (
    None
):
    state = within_transaction(held=HeldProfiles(dialect=DIALECTS[0][1][-1]))
    run = driven(state)
    assert run.asked == ["default 16 A", "clear transaction"]
    assert run.run() == []


@pytest.mark.parametrize("event", [Booted(), SessionChanged(a_ledger(8).sessions[0])])
def test_a_default_limit_of_ours_is_cleared_also_after_it_may_have_been_lost(
    event: Event,
) -> None:
    run = Drive(within_transaction(configuration=ROOM_FOR_ONE, fix_enabled=False))
    run.run()
    assert run.box.limit("TxDefaultProfile") == 16
    run.state = notice.noticed(run.state, event, NOW)
    run.state = changed(run.state, ledger=Ledger(), status=Status.available)
    assert "clear default" in run.run()
    assert run.box.profiles == {}
    # Once it is gone, whatever is there is somebody else's.
    run.state = notice.noticed(run.state, event, NOW)
    assert "clear default" not in run.run()
