"""What shows that a plan in a charger is not followed, and what does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.csms.messages import StatusNotification
from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    Wish,
    plan_dialects_for,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import (
    FailSafe,
    FailSafeMode,
    LeaseProof,
)
from custom_components.wallbox_ocpp.wallbox.model.held_features import HeldPlans
from custom_components.wallbox_ocpp.wallbox.plan import leases, limits, notice, plans
from custom_components.wallbox_ocpp.wallbox.plan.wanted_profiles import (
    plan_dialect_in_use,
)
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.receive.readings import judge_limit

from .drive import NOW, Drive
from .planned import HOUR, go, planned, session, slots


def on_a_charger(run: Drive, seconds: float, follows: Callable[[], bool]) -> list[str]:
    """Let a charger report for some seconds whether the car gets current, as it does by its profiles."""
    asked: list[str] = []
    for _ in range(int(seconds)):
        status = Status.charging if follows() else Status.suspended_evse
        if status is not run.state.connector.status:
            message = StatusNotification.read(
                {
                    "connectorId": 1,
                    "status": str(status),
                    "timestamp": run.now.isoformat(),
                }
            )
            run.state = consequences.of_message(run.state, message, run.now).state
        drawn = {1: 16.0} if follows() else {1: 0.0}
        readings = replace(run.state.metering.readings, currents=drawn)
        metering = replace(run.state.metering, readings=readings)
        judged, events = judge_limit(
            replace(run.state, metering=metering), drawn[1], run.now
        )
        run.state = consequences.of_change(judged, run.now, events)
        asked += go(run, 1)
    return asked


def held_by(run: Drive) -> list[int]:
    """Return the limits in the profile that applies to the transaction."""
    profile = run.box.profiles.get("TxProfile") or run.box.profiles["TxDefaultProfile"]
    return [
        period["limit"]
        for period in profile["chargingSchedule"]["chargingSchedulePeriod"]
    ]


def test_a_charger_that_pauses_for_another_reason_has_not_missed_its_plan() -> None:
    """Power is shared with another charger, for a quarter of an hour."""
    run = Drive(planned(slots((-1, 4)), ledger=session(0.0)))
    asked = on_a_charger(run, 900, lambda: False)
    held = run.state.charging.held
    assert (held.plans.failures, held.plans.misses) == ((), 0)
    assert held_by(run) == [16, 0]
    profiles = [said for said in asked if said.startswith(("default", "transaction"))]
    assert len(profiles) <= 6, asked


def test_a_charger_that_takes_the_last_limit_at_once_soon_gets_one_limit_only() -> None:
    run = Drive(planned(slots((-1, 4)), ledger=session(0.0)))
    pauses = 0

    def follows() -> bool:
        return bool(run.box.profiles) and held_by(run)[-1] > 0

    for _ in range(600):
        before = run.state.connector.status
        on_a_charger(run, 1, follows)
        after_ = run.state.connector.status
        pauses += after_ is not before and after_ is Status.suspended_evse
    assert held_by(run) == [16]
    assert pauses <= 4, f"paused {pauses} times"


@pytest.mark.parametrize("dead", [5, 25, 45, 70])
def test_a_slot_that_begins_while_home_assistant_sleeps_is_not_missed(
    dead: int,
) -> None:
    """The connection is dead then, which takes a while to show, and the status is that of before."""
    run = Drive(planned(slots((0, 1), (3, 5), (6, 7)), ledger=session(0.0)))

    def follows() -> bool:
        passed = (run.now - NOW) / timedelta(hours=1)
        return any(a <= passed < b for a, b in ((0, 1), (3, 5), (6, 7)))

    on_a_charger(run, HOUR + 600, follows)
    run.now += timedelta(hours=3)
    asked = go(run, dead)
    run.state = notice.disconnected(messages.disconnected(run.state, run.now))
    run.now += timedelta(seconds=10)
    run.state = notice.connected(messages.connected(run.state, run.now))
    asked += on_a_charger(run, 600, follows)
    assert not [said for said in asked if "A" in said.split()]
    known = run.state.charging.held.plans
    assert (known.doubt, known.misses, known.failures) == (None, 0, ())


def test_one_that_misses_a_slot_while_home_assistant_sleeps_is_told() -> None:
    """Its connection has survived, so that its status is that of now."""
    run = Drive(planned(slots((0, 1), (3, 5), (6, 7)), ledger=session(0.0)))
    on_a_charger(run, HOUR + 600, lambda: run.now - NOW < timedelta(hours=1))
    run.now += timedelta(hours=3)
    asked = on_a_charger(run, 120, lambda: False)
    assert [said for said in asked if said.startswith("transaction 7: 16 A")]


FIRMWARE = "6.7.38"
RELATIVE, ABSOLUTE = plan_dialects_for(FIRMWARE, two_profiles=True)
FOR_EVER = ChargingPlan(slots=(PlannedSlot(start=NOW),))
WISH = Wish(current_limit=16, mode=Mode.PLANNED)
LEASE = FailSafe(mode=FailSafeMode.LEASE, lease=timedelta(minutes=5))


def ignores_absolute(plan: ChargingPlan, proof: LeaseProof | None = None) -> Drive:
    """Return a charger that is sent absolute plans, which it ignores."""
    state = planned(
        plan, failsafe=LEASE, status=Status.suspended_evse, lease_proof=proof
    )
    held = replace(
        state.charging.held, plans=HeldPlans(failures=(RELATIVE,), firmware=FIRMWARE)
    )
    return Drive(state.holding(held))


def follows_relative(run: Drive) -> Callable[[], bool]:
    """Return whether the car gets current from a charger that ignores absolute profiles."""

    def follows() -> bool:
        profile = run.box.profiles.get("TxProfile")
        followed = profile is not None and profile["chargingProfileKind"] == "Relative"
        return followed and held_by(run)[0] > 0

    return follows


@pytest.mark.parametrize("plan", [FOR_EVER, slots((-1, 4))], ids=["open", "ends"])
@pytest.mark.parametrize(
    "proof",
    [None, *(LeaseProof(firmware=FIRMWARE, kept=kept) for kept in (True, False))],
    ids=["untried", "keeps leases", "keeps none"],
)
def test_an_ignored_plan_is_no_reason_to_give_up_the_lease(
    plan: ChargingPlan, proof: LeaseProof | None
) -> None:
    run = ignores_absolute(plan, proof)
    on_a_charger(run, 120, follows_relative(run))
    held = run.state.charging.held
    assert run.state.connector.status is Status.charging
    assert held.plans.failures == (RELATIVE, ABSOLUTE)
    assert not held.leases.left_out
    keeps_none = proof is not None and not proof.kept
    assert leases.refused(run.state) == keeps_none


def test_what_is_to_show_the_reason_waits_for_no_budget() -> None:
    run = ignores_absolute(slots((-1, 4)))
    run.run()
    pace = run.state.charging.held.pace
    for _ in range(60):
        pace = pace.written(run.now.timestamp())
    run.state = run.state.holding(replace(run.state.charging.held, pace=pace))
    on_a_charger(run, 30, follows_relative(run))
    assert run.state.connector.status is Status.charging


def test_a_plan_is_doubted_again_once_what_else_it_was_may_be_over() -> None:
    run = ignores_absolute(slots((-1, 4)))
    on_a_charger(run, 120, lambda: False)
    assert run.state.charging.held.plans.failures == (RELATIVE,)
    on_a_charger(run, 40 * 60, follows_relative(run))
    assert run.state.connector.status is Status.charging


@pytest.mark.parametrize("exceeds_for", [40, 3600])
def test_the_end_of_a_lease_is_no_plan_that_a_current_belies(exceeds_for: int) -> None:
    """A car may take its time to follow a lower limit, and Eco-Smart may overrule every one."""
    state = planned(FOR_EVER, failsafe=LEASE)
    run = Drive(replace(state, ledger=session(0.0)))
    asked = on_a_charger(run, 30, lambda: True)
    run.state = limits.wished(run.state, replace(WISH, current_limit=6), run.now)
    asked += on_a_charger(run, exceeds_for, lambda: True)
    assert run.state.charging.held.plans.failures == ()
    written = [said for said in asked if said.startswith(("default", "transaction"))]
    assert len(written) <= 12 + exceeds_for / 150, written


def test_fewer_limits_for_a_new_firmware_leave_the_failures_with_the_old_one() -> None:
    state = planned(ChargingPlan(slots=()))
    failures = plan_dialects_for(FIRMWARE, two_profiles=True)
    plans_known = HeldPlans(failures=failures, firmware="an earlier one")
    state = state.holding(replace(state.charging.held, plans=plans_known))
    shorter = plans.shortened(state, 24)
    assert plan_dialect_in_use(shorter) == failures[0]
