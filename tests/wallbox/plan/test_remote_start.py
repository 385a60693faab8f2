"""The transaction of the car that is plugged in."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox import plan
from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging import RemoteStart
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.events import (
    Booted,
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import ProfileName
from custom_components.wallbox_ocpp.wallbox.plan import notice, remote_start
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Step
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
    WITHDRAWN,
    a_charger,
    a_ledger,
    after,
    answered,
    asked_next,
    driven,
)

LOCKED = Lock(locked=True)
GUEST = Lock(locked=True, guest_until=NOW + timedelta(hours=1))
FACTORY = Lock(configured=ProfileName.FACTORY)
ANOTHER = Identity(vendor="Another")


def waiting(**fields: Any) -> ChargerState:
    """Return a charger with a car that waits for its transaction, which is due."""
    return a_charger(
        **{
            "status": Status.preparing,
            "remote_start": RemoteStart(due_at=NOW),
            **fields,
        }
    )


asked = partial(asked_next, planner=remote_start.next_step)
learned = partial(answered, planner=remote_start.next_step)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "start"),
        ({"remote_start": RemoteStart()}, None),
        ({"remote_start": RemoteStart(due_at=after(1))}, after(1)),
        ({"remote_start": RemoteStart(due_at=NOW, started=True)}, None),
        ({"remote_start": RemoteStart(due_at=NOW, started=False)}, None),
        ({"fix_enabled": False}, None),
        ({"lock": FACTORY}, None),
        ({"lock": LOCKED}, None),
        ({"lock": GUEST}, "start"),
        ({"identity": ANOTHER}, None),
        ({"rebooting": True}, None),
        ({"wish": Wish(charging=False)}, None),
        ({"status": Status.available}, None),
        ({"status": Status.charging}, None),
        ({"status": Status.suspended_ev}, None),
        ({"status": Status.finishing}, None),
        ({"status": None}, None),
    ],
)
def test_a_transaction_is_asked_for_by_itself(
    fields: dict[str, Any], expected: str | datetime | None
) -> None:
    assert asked(waiting(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "start"),
        ({"fix_enabled": False}, "start"),
        ({"lock": FACTORY}, "start"),
        ({"lock": LOCKED}, None),
        ({"lock": GUEST}, "start"),
        ({"identity": ANOTHER}, None),
        ({"rebooting": True}, None),
        ({"wish": Wish(charging=False)}, None),
        ({"status": Status.available}, None),
        ({"remote_start": RemoteStart(started=True)}, None),
        ({"remote_start": RemoteStart(started=False)}, None),
        ({"remote_start": RemoteStart(due_at=after(15))}, "start"),
    ],
)
def test_a_transaction_is_asked_for_because_its_owner_does(
    fields: dict[str, Any], expected: str | None
) -> None:
    state = remote_start.requested(
        waiting(**{"remote_start": RemoteStart(), **fields}), NOW
    )
    assert state.charging.remote_start.asked == (expected is not None)
    assert (asked(state) if state.charging.remote_start.asked else None) == expected


@pytest.mark.parametrize(
    ("answer", "start"),
    [
        (ACCEPTED, RemoteStart(started=True)),
        (REJECTED, RemoteStart(started=False)),
        (ERROR, RemoteStart(started=False)),
        # Nobody knows whether it was heard.
        (SILENT, RemoteStart(due_at=NOW)),
        (DROPPED, RemoteStart(due_at=NOW)),
        (NOT_SENT, RemoteStart(due_at=NOW)),
        (WITHDRAWN, RemoteStart(started=True)),
    ],
)
@pytest.mark.parametrize("asks", [True, False])
def test_what_an_answer_makes_true(
    answer: Answer, start: RemoteStart, asks: bool
) -> None:
    state = waiting()
    if asks:
        state = remote_start.requested(
            changed(state, remote_start=RemoteStart()),
            NOW,
        )
    assert learned(state, answer).charging.remote_start == start


def test_a_charger_that_does_not_answer_is_asked_again_after_a_minute() -> None:
    run = driven(waiting(), "is silent to a start")
    assert run.asked.count("start") == 1
    assert remote_start.outcome(run.state) is None
    run.wait(60)
    assert "start" in run.run()
    assert remote_start.outcome(run.state)


def test_a_charger_that_refuses_is_not_asked_again() -> None:
    run = driven(waiting(), "refuses a start")
    run.state = remote_start.requested(run.state, NOW)
    run.state = notice.reconsidered(run.state, NOW)
    run.wait(3600)
    assert "start" not in run.run()
    assert remote_start.outcome(run.state) is False


@pytest.mark.parametrize("answer", [REJECTED, SILENT, DROPPED])
def test_a_transaction_that_has_begun_meanwhile_is_no_refusal(answer: Answer) -> None:
    state = waiting()
    step = remote_start.next_step(state, NOW)
    assert isinstance(step, Step)
    assert step.sending
    ledger = a_ledger()
    state = replace(step.sending(state), ledger=ledger)
    state = notice.noticed(state, SessionChanged(ledger.sessions[0]), NOW)
    state = step.learn(state, answer, NOW)
    assert state.charging.remote_start.started
    assert not state.charging.remote_start.refused


def test_a_car_that_has_left_meanwhile_was_not_refused() -> None:
    state = waiting()
    step = remote_start.next_step(state, NOW)
    assert isinstance(step, Step)
    assert step.sending
    state = changed(step.sending(state), status=Status.available)
    state = notice.noticed(
        state, StatusChanged(Status.preparing, Status.available), NOW
    )
    assert step.learn(state, REJECTED, NOW).charging.remote_start.started is None


@pytest.mark.parametrize(("lock", "due"), [(Lock(), after(15)), (LOCKED, NOW)])
def test_a_charger_with_a_car_may_start_by_itself_for_a_while(
    lock: Lock, due: datetime
) -> None:
    state = a_charger(status=Status.preparing, lock=lock)
    event = StatusChanged(Status.available, Status.preparing)
    assert notice.noticed(state, event, NOW).charging.remote_start.due_at == due


def test_another_car_is_asked_for_again() -> None:
    state = waiting(remote_start=RemoteStart(started=False, due_at=NOW))
    state = changed(state, status=Status.available)
    event = StatusChanged(Status.preparing, Status.available)
    assert notice.noticed(state, event, NOW).charging.remote_start == RemoteStart()


@pytest.mark.parametrize("started", [True, False])
def test_after_a_boot_it_may_be_asked_for_again(started: bool) -> None:
    state = waiting(remote_start=RemoteStart(started=started))
    assert notice.noticed(state, Booted(), NOW).charging.remote_start.started is None


def test_a_car_gets_its_transaction_once_it_may_charge_again() -> None:
    run = driven(waiting(wish=Wish(charging=False)))
    assert "start" not in run.asked
    run.wait(600)
    run.state = changed(run.state, wish=Wish())
    assert "start" in run.run()


# A request of the owner's that has become pointless.


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"status": Status.available},
        {
            "status": Status.charging,
            "remote_start": RemoteStart(asked=True, started=True),
        },
        {"wish": Wish(charging=False)},
        {"lock": LOCKED, "fix_enabled": True},
        {"rebooting": True},
    ],
    ids=["unplugged", "began by itself", "paused", "locked", "reboots"],
)
def test_a_request_for_what_can_no_longer_be_is_over(meanwhile: Any) -> None:
    state = remote_start.requested(waiting(fix_enabled=False), NOW)
    assert state.charging.remote_start.asked
    state = plan.advanced(changed(state, **meanwhile), NOW)
    assert not state.charging.remote_start.asked
    # Its owner need not wait, nor is the next car started for it.
    assert remote_start.outcome(state)
    state = changed(
        state,
        status=Status.preparing,
        remote_start=replace(state.charging.remote_start, started=None, due_at=None),
    )
    assert asked(state) is None
