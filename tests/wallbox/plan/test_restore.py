"""The settings of a charger, put back as they were found."""

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.events import Booted, SessionChanged
from custom_components.wallbox_ocpp.wallbox.model.local_list import LocalList
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import Verdict
from custom_components.wallbox_ocpp.wallbox.plan import notice, provisioning, restore
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result
from tests.wallbox.states import changed

from .comparison import new, until
from .drive import (
    ACCEPTED,
    DROPPED,
    ERROR,
    FACTORY,
    NOT_SENT,
    NOW,
    POLICIES,
    REJECTED,
    SILENT,
    Drive,
    Policy,
    a_ledger,
    driven,
    to,
    to_key,
)


def fixed(**fields: Any) -> Drive:
    """Return a charger that has the fix, and of which nothing is due."""
    run = driven(new(**fields))
    run.asked.clear()
    return run


RESTORED = [
    "MeterValuesSampledData=Energy.Active.Import.Register",
    "MeterValueSampleInterval=60",
    "StopTransactionOnEVSideDisconnect=false",
    "AuthEnabledOffline=true",
    "AuthEnabled=true",
]


def test_the_original_configuration_is_put_back() -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    assert run.run() == [*RESTORED, "clear all", "read all"]
    assert run.box.settings == FACTORY
    assert run.box.profiles == {}
    assert run.state.verdict is Verdict.OFF
    assert restore.outcome(run.state) == dict.fromkeys(
        (item.split("=")[0] for item in RESTORED), "Accepted"
    )
    assert not run.state.provisioning.busy
    assert run.run() == []


def test_our_cards_are_taken_out() -> None:
    run = fixed()
    run.box.cards, run.box.list_version = {"A"}, 1
    held = LocalList(version=1, entries={"A": None})
    run.state = restore.begun(changed(run.state, local_list=held))
    asked = run.run()
    assert asked[:3] == ["list version", "list differential: -A", RESTORED[0]]
    assert run.box.cards == set()


def test_a_list_that_the_charger_does_not_look_at_any_more_is_cleared_before() -> None:
    run = fixed()
    run.box.cards, run.box.list_version = {"A"}, 1
    off = {**run.state.settings.originals, "LocalAuthListEnabled": "false"}
    run.box.settings["LocalAuthListEnabled"] = "true"
    state = changed(
        run.state, local_list=LocalList(version=1, entries={"A": None}), originals=off
    )
    run.state = restore.begun(state)

    def as_it_looks(action: str, _: Mapping[str, Any]) -> Answer | None:
        on = run.box.settings["LocalAuthListEnabled"] == "true"
        unsupported = Answer(Result.ANSWERED, {"status": "NotSupported"})
        return None if on or action != "SendLocalList" else unsupported

    run.run(as_it_looks)
    assert run.box.cards == set()
    assert set((restore.outcome(run.state) or {}).values()) == {"Accepted"}
    assert run.state.settings.not_restored == ()


def test_a_list_of_which_nobody_knows_what_is_in_it_is_cleared_as_a_whole() -> None:
    run = fixed()
    run.box.cards, run.box.list_version = {"A", "B"}, 5
    held = LocalList(version=5, entries=None)
    run.state = restore.begun(changed(run.state, local_list=held))
    assert run.run()[:2] == ["list version", "list full: "]
    assert run.box.cards == set()


@pytest.mark.parametrize(
    ("policy", "refused", "status"),
    [
        (to("SendLocalList", REJECTED), ("cards",), "Rejected"),
        (to("SendLocalList", ERROR), ("cards",), "InternalError"),
        (to("ClearChargingProfile", REJECTED), ("limits",), "Rejected"),
        (to("ClearChargingProfile", ERROR), ("limits",), "InternalError"),
        (to_key("AuthEnabled", REJECTED), ("AuthEnabled",), "Rejected"),
        (to_key("AuthEnabled", ACCEPTED), ("AuthEnabled",), "ignored"),
        (
            to("ClearChargingProfile", Answer(Result.ANSWERED, {"status": "Unknown"})),
            (),
            "",
        ),
    ],
)
def test_whatever_is_not_taken_back_is_said(
    policy: Policy, refused: tuple[str, ...], status: str
) -> None:
    run = fixed()
    run.box.cards, run.box.list_version = {"A"}, 1
    held = LocalList(version=1, entries={"A": None})
    run.state = restore.begun(changed(run.state, local_list=held))
    run.run(policy)
    assert run.state.settings.not_restored == refused
    answers = restore.outcome(run.state)
    assert answers
    assert {answers[name] for name in refused} == ({status} if refused else set())
    # It is no longer said once all is back.
    run.state = restore.begun(run.state)
    run.run()
    assert run.state.settings.not_restored == ()


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ("refuses settings", "Rejected"),
        ("refuses AuthEnabled", "Rejected"),
        ("answers all with a CALLERROR", "InternalError"),
    ],
)
def test_what_is_not_taken_back_is_reported(policy: str, status: str) -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    run.run(POLICIES[policy])
    answers = restore.outcome(run.state)
    assert answers
    assert answers["AuthEnabled"] == status


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
@pytest.mark.parametrize("at", ["AuthEnabled=true", "clear all", "read all"])
def test_a_restore_that_was_broken_off_goes_on(at: str, answer: Answer) -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    until(run, at)
    step = run.next()
    assert step
    run.state = step.learn(run.state, answer, NOW)
    if answer is not SILENT:
        run.state = notice.connected(notice.disconnected(run.state))
    assert restore.outcome(run.state) is None
    run.wait(60)
    run.run()
    assert run.box.settings == FACTORY
    assert run.box.profiles == {}
    assert restore.outcome(run.state)


def test_the_fix_can_be_applied_again_after_a_restore() -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    run.run()
    run.state = provisioning.requested(run.state)
    run.run()
    assert run.state.verdict is Verdict.PROTECTED
    assert run.box.settings["AuthEnabled"] == "false"


@pytest.mark.parametrize("at", ["AuthEnabled=true", "clear all", "read all"])
def test_a_restore_goes_on_after_a_boot(at: str) -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    until(run, at)
    run.state = notice.noticed(run.state, Booted(), NOW)
    run.run()
    assert restore.outcome(run.state)
    assert run.state.verdict is Verdict.OFF
    assert run.box.settings == FACTORY
    assert run.box.profiles == {}


def test_a_charger_that_boots_after_its_restore_is_read_again() -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    run.run()
    run.state = notice.noticed(run.state, Booted(), NOW)
    assert run.run() == ["read all", "trigger MeterValues"]


def test_authorisation_is_not_put_back_within_a_transaction() -> None:
    run = fixed()
    run.state = restore.begun(run.state)
    until(run, "AuthEnabledOffline=true")
    ledger = a_ledger()
    run.state = changed(run.state, ledger=ledger, status=Status.charging)
    run.state = notice.noticed(run.state, SessionChanged(ledger.sessions[0]), NOW)
    run.run()
    assert run.box.settings["AuthEnabled"] == "false"
    answers = restore.outcome(run.state)
    assert answers
    assert answers["MeterValueSampleInterval"] == "Accepted"
    assert answers["AuthEnabled"] == Result.WITHDRAWN
