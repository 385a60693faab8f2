"""The settings of a charger: compared, corrected, read back and judged."""

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Phase
from custom_components.wallbox_ocpp.wallbox.plan import notice, provisioning
from custom_components.wallbox_ocpp.wallbox.plan.provisioning import KEYS
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result
from tests.wallbox.states import changed

from .comparison import LOCKED, NEW, new, until
from .drive import (
    ACCEPTED,
    AUTHORISATION,
    DROPPED,
    ERROR,
    NOT_SENT,
    NOW,
    POLICIES,
    REJECTED,
    SILENT,
    Drive,
    a_ledger,
    after,
    driven,
    to_key,
    within_transaction,
    words,
)

SAMPLED = (
    "MeterValuesSampledData="
    "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
)
REBOOT = Answer(Result.ANSWERED, {"status": "RebootRequired"})


def short(asked: list[str]) -> list[str]:
    """Return requests in a readable length."""
    return [
        "read back" if words.startswith("read ") and "," in words else words
        for words in (words.replace(SAMPLED, "Sampled") for words in asked)
    ]


def written(asked: list[str]) -> list[str]:
    return [request for request in asked if "=" in request]


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
