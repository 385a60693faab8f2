"""The settings of a charger: compared, corrected, read back, judged; or put back as found."""

from collections.abc import Callable, Mapping
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.events import Booted, SessionChanged
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.local_list import LocalList
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Protection,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import (
    Phase,
    Provisioning,
)
from custom_components.wallbox_ocpp.wallbox.plan import notice, provisioning, restore
from custom_components.wallbox_ocpp.wallbox.plan.provisioning import KEYS
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    AUTHORISATION,
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
    a_charger,
    a_ledger,
    after,
    driven,
    to,
    to_key,
    within_transaction,
    words,
)

NEW = Provisioning()
LOCKED = Lock(locked=True)
SAMPLED = (
    "MeterValuesSampledData="
    "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
)
REBOOT = Answer(Result.ANSWERED, {"status": "RebootRequired"})


def new(**fields: Any) -> ChargerState:
    """Return a charger that has not been compared since it started."""
    return a_charger(
        **{"provisioning": NEW, "protection": Protection(), "configuration": {}}
        | fields
    )


def short(asked: list[str]) -> list[str]:
    """Return requests in a readable length."""
    return [
        "read back" if words.startswith("read ") and "," in words else words
        for words in (words.replace(SAMPLED, "Sampled") for words in asked)
    ]


def until(run: Drive, words_: str, policy: str = "accepts all") -> None:
    """Run until something is the next request."""
    while (step := run.next()) and words(step.request) != words_:
        run.take(step, POLICIES[policy])
    assert step, f"{words_} was never asked for"


def written(asked: list[str]) -> list[str]:
    return [request for request in asked if "=" in request]


# A comparison.


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {},
            [
                "default 16 A",
                "read all",
                "Sampled",
                "MeterValueSampleInterval=10",
                "StopTransactionOnEVSideDisconnect=true",
                "AuthEnabledOffline=false",
                "AuthEnabled=false",
                "read back",
                "trigger MeterValues",
            ],
        ),
        (
            {"lock": Lock(configured=ProfileName.STRICT)},
            [
                "default 16 A",
                "read all",
                "Sampled",
                "MeterValueSampleInterval=10",
                "StopTransactionOnEVSideDisconnect=true",
                "AllowOfflineTxForUnknownId=false",
                "LocalPreAuthorize=false",
                "AuthorizationCacheEnabled=false",
                "LocalAuthorizeOffline=false",
                "AuthEnabled=false",
                "read back",
                "trigger MeterValues",
            ],
        ),
        (
            {"lock": Lock(configured=ProfileName.FACTORY)},
            [
                "default 16 A",
                "read all",
                "Sampled",
                "MeterValueSampleInterval=10",
                "read back",
                "trigger MeterValues",
            ],
        ),
        (
            # Too old for the fix.
            {
                "identity": Identity(
                    vendor="Wallbox", model="PLP1-0-2-4", firmware="5.1.0"
                )
            },
            [
                "default 16 A",
                "read all",
                "Sampled",
                "MeterValueSampleInterval=10",
                "read back",
                "trigger MeterValues",
            ],
        ),
        ({"fix_enabled": False}, ["read all", "trigger MeterValues"]),
        ({"identity": Identity(vendor="Another")}, []),
        ({"rebooting": True}, []),
    ],
)
def test_what_is_asked_of_a_charger_from_the_factory(
    fields: Mapping[str, Any], expected: list[str]
) -> None:
    run = driven(new(**fields))
    assert short(run.asked) == expected
    # Once.
    assert run.run() == []


def test_a_charger_that_is_as_wanted_is_only_read() -> None:
    run = driven(new())
    run.state = notice.noticed(run.state, Booted(), NOW)
    assert run.run() == ["default 16 A", "read all", "trigger MeterValues"]
    assert run.state.verdict is Verdict.PROTECTED


@pytest.mark.parametrize(
    ("words_", "phase"),
    [
        ("default 16 A", Phase.LIMIT),
        ("read all", Phase.READ),
        (SAMPLED, Phase.WRITE),
        ("AuthEnabled=false", Phase.WRITE),
    ],
)
def test_which_phase_asks_what(words_: str, phase: Phase) -> None:
    run = Drive(new())
    until(run, words_)
    assert run.state.provisioning.run
    assert run.state.provisioning.run.phase is phase
    assert run.state.verdict is Verdict.APPLYING
    assert run.state.provisioning.busy


def test_the_limit_is_given_again_once_it_is_known_what_the_charger_can_hold() -> None:
    state = within_transaction(provisioning=NEW, configuration={})
    run = driven(state)
    assert run.asked[:3] == ["default 16 A", "read all", "transaction 7: 16 A"]


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        ("accepts all", Verdict.PROTECTED),
        ("tells single settings only", Verdict.PROTECTED),
        ("refuses leases", Verdict.PROTECTED),
        ("refuses settings", Verdict.REJECTED),
        ("refuses AuthEnabled", Verdict.REJECTED),
        ("refuses the default profile", Verdict.REJECTED),
        ("refuses all", Verdict.REJECTED),
        ("tells no settings", Verdict.UNKNOWN),
        ("answers all with a CALLERROR", Verdict.UNKNOWN),
        ("is silent", Verdict.UNKNOWN),
        ("is silent to settings", Verdict.UNKNOWN),
    ],
)
def test_what_a_comparison_comes_to(policy: str, verdict: Verdict) -> None:
    run = driven(provisioning.requested(new()), policy)
    assert run.state.verdict is verdict
    assert not run.state.provisioning.applying
    protection = provisioning.outcome(run.state)
    if run.state.pending.silent_until:
        assert protection is None
    else:
        assert protection is run.state.settings.protection


def test_dialects_are_tried_again_once_it_is_known_what_the_charger_can_hold() -> None:
    run = driven(new(), "refuses level 0")
    assert run.state.verdict is Verdict.PROTECTED
    assert "default 16 A level 3" in run.asked


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [("accepts all", True), ("refuses the default profile", False)],
)
def test_a_charger_is_only_set_free_with_a_limit_in_it(
    policy: str, allowed: bool
) -> None:
    asked = driven(new(), policy).asked
    assert ("AuthEnabled=false" in asked) == allowed
    assert ("AuthEnabledOffline=false" in asked) == allowed


def test_a_charger_that_refuses_its_limit_in_the_midst_is_not_set_free() -> None:
    run = Drive(new())
    until(run, "AuthEnabledOffline=false")
    run.state = changed(run.state, wish=Wish(current_limit=10))
    asked = run.run(POLICIES["refuses the default profile"])
    assert not {"AuthEnabledOffline=false", "AuthEnabled=false"} & {*asked}
    assert run.state.verdict is Verdict.REJECTED


def test_another_dialect_of_the_limit_is_tried_before_a_charger_is_set_free() -> None:
    run = Drive(new())
    until(run, "AuthEnabled=false")
    run.state = changed(run.state, wish=Wish(current_limit=10))
    asked = run.run(POLICIES["refuses level 0"])
    assert asked[:4] == [
        "default 10 A",
        "clear default",
        "default 10 A",
        "default 10 A level 3",
    ]
    assert "AuthEnabled=false" in asked
    assert run.state.verdict is Verdict.PROTECTED


def test_a_charger_is_locked_even_without_a_limit() -> None:
    run = Drive(new(lock=LOCKED))
    run.box.settings["AuthEnabled"] = "false"
    run.run(POLICIES["refuses the default profile"])
    assert run.box.settings["AuthEnabled"] == "true"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.charging},
        {"status": Status.suspended_ev},
        # Nobody has said.
        {"status": None},
        {"status": Status.preparing, "ledger": a_ledger()},
    ],
)
def test_authorisation_waits_until_the_car_has_gone(fields: dict[str, Any]) -> None:
    run = driven(new(**fields))
    assert not AUTHORISATION & {item.split("=")[0] for item in run.asked}
    assert run.state.verdict is Verdict.WAITING_FOR_UNPLUG
    run.state = changed(run.state, status=Status.available)
    assert written(run.run()) == ["AuthEnabledOffline=false", "AuthEnabled=false"]
    assert run.state.verdict is Verdict.PROTECTED
    assert run.run() == []


def test_what_is_not_essential_waits_until_the_car_has_gone_too() -> None:
    # As it left the factory, a charger waits for permission already.
    run = driven(new(lock=LOCKED, status=Status.charging))
    assert run.state.verdict is Verdict.PROTECTED
    assert run.box.settings["AllowOfflineTxForUnknownId"] == "true"
    run.state = changed(run.state, status=Status.available)
    assert "AllowOfflineTxForUnknownId=false" in run.run()
    assert run.run() == []


def test_a_transaction_that_begins_before_a_request_goes_out_defers_it() -> None:
    run = Drive(new())
    until(run, "AuthEnabled=false")
    step = run.next()
    assert step
    run.state = changed(run.state, status=Status.charging)
    assert run.take(step).result is Result.WITHDRAWN
    run.run()
    assert run.box.settings["AuthEnabled"] == "true"
    assert run.state.verdict is Verdict.WAITING_FOR_UNPLUG


@pytest.mark.parametrize(
    ("answer", "keeps", "verdict"),
    [
        (ACCEPTED, "true", Verdict.REBOOT_REQUIRED),
        (REBOOT, "false", Verdict.REBOOT_REQUIRED),
        (REBOOT, "true", Verdict.REBOOT_REQUIRED),
        (REJECTED, "true", Verdict.REJECTED),
        (ERROR, "true", Verdict.REJECTED),
    ],
)
def test_what_is_read_back_counts(answer: Answer, keeps: str, verdict: Verdict) -> None:
    run = Drive(new())
    until(run, "AuthEnabled=false")
    step = run.next()
    assert step
    run.take(step, to_key("AuthEnabled", answer))
    run.box.settings["AuthEnabled"] = keeps
    run.run()
    assert run.state.verdict is verdict


@pytest.mark.parametrize(
    ("answer", "next_"),
    [
        (ACCEPTED, "MeterValueSampleInterval=10"),
        (REBOOT, "MeterValueSampleInterval=10"),
        (
            REJECTED,
            "MeterValuesSampledData=Energy.Active.Import.Register,Power.Active.Import",
        ),
        (
            ERROR,
            "MeterValuesSampledData=Energy.Active.Import.Register,Power.Active.Import",
        ),
    ],
)
def test_the_next_best_value_is_tried(answer: Answer, next_: str) -> None:
    run = Drive(new())
    until(run, SAMPLED)
    step = run.next()
    assert step
    run.take(step, to_key("MeterValuesSampledData", answer))
    step = run.next()
    assert step
    assert words(step.request) == next_


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
@pytest.mark.parametrize(
    "at", ["default 16 A", "read all", SAMPLED, "AuthEnabled=false"]
)
def test_a_comparison_that_is_broken_off_begins_again(at: str, answer: Answer) -> None:
    run = Drive(provisioning.requested(new()))
    until(run, at)
    step = run.next()
    assert step
    run.state = step.learn(run.state, answer, NOW)
    if answer is SILENT:
        assert not run.state.provisioning.applying
        assert run.run() == []
        assert run.rests
        assert run.rests.until == after(60)
        run.wait(60)
    else:
        run.state = notice.connected(notice.disconnected(run.state))
        assert not run.state.provisioning.applying
    assert not run.state.provisioning.asked
    run.run()
    assert run.state.verdict is Verdict.PROTECTED


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_what_is_half_written_is_put_right_though_its_owner_goes_back(
    answer: Answer,
) -> None:
    run = driven(new())
    before = dict(run.box.settings)
    run.state = changed(run.state, lock=LOCKED)
    until(run, "AuthEnabled=true")
    assert run.box.settings != before
    step = run.next()
    assert step
    run.state = step.learn(run.state, answer, NOW)
    run.state = changed(run.state, lock=Lock())
    run.state = notice.connected(notice.disconnected(run.state))
    run.run()
    assert run.box.settings["AuthEnabledOffline"] == before["AuthEnabledOffline"]
    assert run.box.settings["AuthEnabled"] == before["AuthEnabled"]


def test_single_settings_are_read_where_a_charger_sends_no_more() -> None:
    asked = driven(new(), "tells single settings only").asked
    assert [item for item in asked if item.startswith("read ")][: len(KEYS) + 1] == [
        "read all",
        *(f"read {key}" for key in KEYS),
    ]


# When a comparison is due.


@pytest.mark.parametrize(
    ("change", "due"),
    [
        (lambda state: state, False),
        (lambda state: changed(state, lock=LOCKED), True),
        (lambda state: changed(state, fix_enabled=False), True),
        (provisioning.requested, True),
        (provisioning.doubted, True),
        (lambda state: notice.noticed(state, Booted(), NOW), True),
        (lambda state: notice.connected(notice.disconnected(state)), False),
        (lambda state: notice.reconsidered(state, NOW), False),
    ],
)
def test_when_a_comparison_is_due(
    change: Callable[[ChargerState], ChargerState], due: bool
) -> None:
    run = driven(new())
    run.state = change(run.state)
    assert ("read all" in run.run()) == due
    assert run.run() == []


def test_only_a_comparison_without_its_owner_asks_for_readings() -> None:
    assert "trigger MeterValues" in drive_again(lambda state: state)
    assert "trigger MeterValues" not in drive_again(provisioning.requested)


def drive_again(change: Callable[[ChargerState], ChargerState]) -> list[str]:
    return driven(change(new())).asked


@pytest.mark.parametrize("at", ["default 16 A", "read all", "AuthEnabled=false"])
def test_another_profile_in_the_midst_of_a_comparison(at: str) -> None:
    run = Drive(new())
    until(run, at)
    run.state = changed(run.state, lock=LOCKED)
    run.run()
    assert run.box.settings["AuthEnabled"] == "true"
    assert run.state.settings.protection.profile is ProfileName.LOCKED
    assert run.state.verdict is Verdict.PROTECTED
    assert run.run() == []


def test_a_comparison_is_judged_by_the_profile_that_it_was_for() -> None:
    run = Drive(new())
    until(run, "read all")
    run.state = changed(run.state, lock=LOCKED)
    judged = set()
    while step := run.next():
        run.take(step)
        if not run.state.provisioning.applying:
            judged.add(run.state.verdict)
    # No alarm in between that is not true.
    assert judged <= {Verdict.UNKNOWN, Verdict.PROTECTED}


def test_a_lock_in_the_midst_does_not_set_a_charger_free_without_a_limit() -> None:
    run = Drive(new())
    until(run, "StopTransactionOnEVSideDisconnect=true", "refuses the default profile")
    run.state = changed(run.state, lock=LOCKED)
    asked = run.run(POLICIES["refuses the default profile"])
    assert "AuthEnabled=false" not in asked


def test_what_was_there_is_kept_before_it_is_changed_for_the_first_time() -> None:
    run = driven(new())
    first = {
        key: FACTORY[key]
        for key in (
            "MeterValuesSampledData",
            "MeterValueSampleInterval",
            "StopTransactionOnEVSideDisconnect",
            "AuthEnabledOffline",
            "AuthEnabled",
        )
    }
    assert run.state.settings.originals == first
    assert all(step.save_first for step in run.steps if "=" in words(step.request))
    run.state = changed(run.state, lock=LOCKED)
    run.run()
    assert {key: run.state.settings.originals[key] for key in first} == first


def test_another_system_that_undoes_the_fix_is_noted() -> None:
    run = driven(new())
    run.box.settings["AuthEnabled"] = "true"
    run.state = provisioning.doubted(run.state)
    run.run()
    assert run.state.settings.drift.keys == ("AuthEnabled",)
    assert run.box.settings["AuthEnabled"] == "false"


@pytest.mark.parametrize(
    "changes",
    [
        {"connected": False},
        {"provisioning": Provisioning(asked=True)},
    ],
)
def test_there_is_no_outcome_before_the_end(changes: dict[str, Any]) -> None:
    assert provisioning.outcome(changed(a_charger(), **changes)) is None


# Putting back what was found.


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
