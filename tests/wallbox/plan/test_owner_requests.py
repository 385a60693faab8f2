"""What people who know ask of a charger directly."""

from dataclasses import replace
from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import MessageTrigger
import pytest

from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import Setting
from custom_components.wallbox_ocpp.wallbox.model.pending import (
    OwnerRequest,
    PlainRequest,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import (
    Provisioning,
    Restore,
    RestorePhase,
    Run,
)
from custom_components.wallbox_ocpp.wallbox.model.reading import Read, Write
from custom_components.wallbox_ocpp.wallbox.plan import (
    connection,
    notice,
    owner_requests,
    provisioning,
)
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result, Step
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    DROPPED,
    ERROR,
    NOT_SENT,
    NOW,
    POLICIES,
    REJECTED,
    SILENT,
    WITHDRAWN,
    Drive,
    a_charger,
    after,
    settings,
    within_transaction,
    words,
)

READ_ALL = Read(fallback=provisioning.KEYS)
WRITE = Write.of(Setting(key="LightIntensity", value="50"))
BEST = Write.of(Setting(key="LightIntensity", value="50", fallbacks=("40",)))
GUARDED = Write.of(Setting(key="AuthEnabled", value="false", only_idle=True))
UNLOCK = PlainRequest(request=call.UnlockConnector(connector_id=1))
BOOT = PlainRequest(request=connection.trigger(MessageTrigger.boot_notification))
BUSY = Provisioning(run=Run(wanted=ChargerState().settings_wanted))
RESTORING = Provisioning(restore=Restore())
RESTORED = Provisioning(restore=Restore(phase=RestorePhase.DONE))


def with_requests(
    *items: Read | Write | PlainRequest, state: ChargerState | None = None
) -> ChargerState:
    state = state or a_charger()
    for item in items:
        state, _ = owner_requests.added(state, item)
    return state


def asked(state: ChargerState) -> str | None:
    step = owner_requests.next_step(state, NOW)
    return words(step.request) if isinstance(step, Step) else None


def sent(state: ChargerState) -> tuple[ChargerState, Step]:
    step = owner_requests.next_step(state, NOW)
    assert isinstance(step, Step)
    assert step.sending
    return step.sending(state), step


def learned(state: ChargerState, answer: Answer) -> ChargerState:
    state, step = sent(state)
    return step.learn(state, answer, NOW)


def found(state: ChargerState, number: int = 1) -> OwnerRequest:
    request = state.pending.owner_requests.get(number)
    assert request
    return request


@pytest.mark.parametrize(
    ("items", "provisioning_", "expected"),
    [
        ((), None, None),
        ((READ_ALL,), None, "read all"),
        ((Read(keys=("A", "B")),), None, "read A,B"),
        ((WRITE,), None, "LightIntensity=50"),
        ((UNLOCK,), None, "UnlockConnector"),
        ((UNLOCK, READ_ALL), None, "UnlockConnector"),
        ((READ_ALL, UNLOCK), None, "read all"),
        # Nothing reads or writes while the settings are put in order.
        ((READ_ALL,), BUSY, None),
        ((WRITE,), RESTORING, None),
        ((READ_ALL, WRITE, UNLOCK), BUSY, "UnlockConnector"),
        ((WRITE,), RESTORED, "LightIntensity=50"),
    ],
)
def test_what_is_asked_next(
    items: tuple[Read | Write | PlainRequest, ...],
    provisioning_: Provisioning | None,
    expected: str | None,
) -> None:
    state = with_requests(*items)
    if provisioning_:
        state = replace(state, provisioning=provisioning_)
    assert asked(state) == expected


@pytest.mark.parametrize(("item", "first"), [(WRITE, True), (READ_ALL, False)])
def test_a_change_is_only_sent_once_what_was_there_is_on_disk(
    item: Read | Write, first: bool
) -> None:
    assert sent(with_requests(item))[1].save_first == first


@pytest.mark.parametrize(
    ("item", "answer", "done", "status"),
    [
        (UNLOCK, Answer(Result.ANSWERED, {"status": "Unlocked"}), True, "Unlocked"),
        (UNLOCK, ERROR, True, "InternalError"),
        (WRITE, ACCEPTED, True, "Accepted"),
        (
            WRITE,
            Answer(Result.ANSWERED, {"status": "RebootRequired"}),
            True,
            "RebootRequired",
        ),
        (WRITE, REJECTED, True, "Rejected"),
        (WRITE, ERROR, True, "InternalError"),
        (BEST, REJECTED, False, "Rejected"),
        (BEST, ACCEPTED, True, "Accepted"),
    ],
)
def test_what_an_answer_makes_true(
    item: Write | PlainRequest, answer: Answer, done: bool, status: str
) -> None:
    request = found(learned(with_requests(item), answer))
    assert isinstance(request.item, Write | PlainRequest)
    assert (request.done, request.item.status, request.sent) == (done, status, False)


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
@pytest.mark.parametrize("item", [READ_ALL, WRITE, UNLOCK])
def test_without_an_answer_it_has_come_to_nothing(
    item: Read | Write | PlainRequest, answer: Answer
) -> None:
    state = learned(with_requests(item, WRITE), answer)
    assert state.pending.owner_requests.get(1) is None
    # Others wait for their turn still.
    assert state.pending.owner_requests.get(2)
    assert bool(state.pending.silent_until) == (answer is SILENT)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("accepts all", ["read A,B"]),
        ("tells single settings only", ["read A,B", "read A", "read B"]),
        ("is silent", ["read A,B"]),
    ],
)
def test_settings_are_read_one_by_one_where_needed(
    policy: str, expected: list[str]
) -> None:
    run = Drive(with_requests(Read(keys=("A", "B"))))
    run.box.settings.update(A="1", B="2")
    asked = [item for item in run.run(POLICIES[policy]) if item.startswith("read")]
    assert asked == expected
    request = run.state.pending.owner_requests.get(1)
    assert (request is None) == (policy == "is silent")


def test_what_was_asked_for_is_learned_and_no_more() -> None:
    state = with_requests(Read(keys=("A",)))
    payload = {
        "configurationKey": [
            {"key": key, "value": "1", "readonly": False} for key in ("A", "B")
        ]
    }
    state = learned(state, Answer(Result.ANSWERED, payload))
    before = a_charger().settings.configuration
    assert dict(state.settings.configuration) == {**before, **settings(A="1")}


@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED, ERROR, SILENT])
def test_an_answer_to_what_nobody_waits_for_says_nothing(answer: Answer) -> None:
    state, step = sent(with_requests(WRITE))
    state = owner_requests.removed(state, 1)
    assert step.learn(state, answer, NOW) is state


def test_each_request_has_its_number() -> None:
    state = with_requests(WRITE, WRITE)
    state = owner_requests.removed(state, 1)
    _, third = owner_requests.added(state, UNLOCK)
    assert third == 3


@pytest.mark.parametrize(
    ("item", "under_way", "left"),
    [
        (BOOT, True, "done"),
        (BOOT, False, "waits"),
        (UNLOCK, True, "gone"),
        (UNLOCK, False, "waits"),
        (WRITE, True, "gone"),
        (READ_ALL, False, "waits"),
    ],
)
def test_a_boot_ends_what_is_under_way(item: Any, under_way: bool, left: str) -> None:
    state = with_requests(item)
    if under_way:
        state, _ = sent(state)
    state = notice.noticed(state, Booted(), NOW)
    request = state.pending.owner_requests.get(1)
    assert (request is None) == (left == "gone")
    assert bool(request and request.done) == (left == "done")


def test_a_boot_keeps_an_answer_that_has_not_been_fetched() -> None:
    state = learned(with_requests(UNLOCK), REJECTED)
    state = notice.noticed(state, Booted(), NOW)
    request = found(state)
    assert isinstance(request.item, PlainRequest)
    assert request.item.status == "Rejected"


def test_a_charger_that_has_left_owes_nothing() -> None:
    assert (
        notice.disconnected(with_requests(WRITE, UNLOCK)).pending.owner_requests == {}
    )


def test_an_authorisation_key_is_held_back_from_a_transaction() -> None:
    run = Drive(with_requests(GUARDED))
    step = run.next()
    assert step
    run.state = changed(run.state, status=within_transaction().connector.status)
    assert run.take(step) is WITHDRAWN
    assert run.box.settings["AuthEnabled"] == "true"
    request = found(run.state)
    assert isinstance(request.item, Write)
    assert (request.done, request.item.status) == (True, Result.WITHDRAWN)


def test_an_owner_overtakes_everything() -> None:
    state = with_requests(UNLOCK, state=a_charger(provisioning=Provisioning()))
    assert Drive(state).run()[0] == "UnlockConnector"


def test_a_charger_that_is_silent_is_left_alone_for_a_minute() -> None:
    run = Drive(with_requests(UNLOCK))
    run.run(POLICIES["is silent"])
    run.state, _ = owner_requests.added(run.state, UNLOCK)
    assert run.run() == []
    assert run.rests
    assert run.rests.until == after(60)
