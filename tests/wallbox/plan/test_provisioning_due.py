"""When the settings of a charger are compared, and what a comparison leaves behind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Provisioning
from custom_components.wallbox_ocpp.wallbox.plan import limits, notice, provisioning
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .comparison import LOCKED, new, until
from .drive import (
    FACTORY,
    NOW,
    PAUSE,
    POLICIES,
    REJECTED,
    Drive,
    a_charger,
    driven,
    words,
)


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


def test_a_limit_that_is_accepted_later_lets_the_fix_be_applied() -> None:
    """Some refuse all limits in the first minute after a boot."""
    run = Drive(new())
    run.run(POLICIES["refuses the default profile"])
    assert run.box.settings["AuthEnabled"] == "true"
    for _ in range(60):
        run.wait(60)
        run.run()
    assert run.box.limit("TxDefaultProfile") == 16
    assert run.box.settings["AuthEnabled"] == "false"
    assert run.state.verdict is Verdict.PROTECTED
    assert run.run() == []


def test_a_limit_that_is_refused_later_ends_the_protection() -> None:
    """To be paused, it has to take a limit of 0 A; without any limit, it charges by itself."""

    def refuses_a_pause(action: str, payload: Mapping[str, Any]) -> Answer | None:
        if action != "SetChargingProfile":
            return None
        schedule = payload["csChargingProfiles"]["chargingSchedule"]
        pauses = schedule["chargingSchedulePeriod"][0]["limit"] == 0
        return REJECTED if pauses else None

    run = Drive(new())
    run.run(refuses_a_pause)
    shown, asked = [run.state.verdict], list[str]()
    run.state = limits.wished(run.state, PAUSE, run.now)
    for _ in range(120):
        run.wait(60)
        asked += run.run(refuses_a_pause)
    shown.append(run.state.verdict)
    assert "read all" not in asked
    run.state = limits.wished(run.state, replace(PAUSE, charging=True), run.now)
    run.wait(60)
    run.run(refuses_a_pause)
    shown.append(run.state.verdict)
    assert shown == [Verdict.PROTECTED, Verdict.REJECTED, Verdict.PROTECTED]


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
