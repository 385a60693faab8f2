"""Limits that end by themselves: when they are renewed, and what is done where they are refused."""

from dataclasses import replace
from datetime import datetime, timedelta

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    Wish,
    plan_dialects_for,
)
from custom_components.wallbox_ocpp.wallbox.model.events import (
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import (
    FailSafe,
    FailSafeMode,
    LeaseProof,
)
from custom_components.wallbox_ocpp.wallbox.model.held_features import (
    HeldLeases,
    HeldPlans,
)
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import HeldProfiles
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.plan import leases, limits, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    LEASE,
    LEASED,
    NO_START,
    NOW,
    PAUSE,
    POLICIES,
    REJECTED,
    ROOM_FOR_ONE,
    SILENT,
    Drive,
    a_charger,
    a_ledger,
    about_limits,
    after,
    answered,
    asked_next,
    drive,
    driven,
    to_profile,
    within_transaction,
)

ALL_PLANS = plan_dialects_for("6.7.38", two_profiles=True)
"""All dialects with limits one after the other."""


@pytest.mark.parametrize(
    ("elapsed", "asked"),
    [(599, []), (600, ["transaction 7: 16 A for 1500 s"])],
)
def test_a_lease_is_renewed_five_minutes_before_its_end(
    elapsed: int, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE))
    assert run.state.charging.held.transaction.renew_at == after(600)
    run.wait(elapsed)
    assert about_limits(run.run()) == asked


def test_the_plan_waits_for_the_renewal() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.wait(60)
    run.run()
    assert run.rests
    assert run.rests.until == after(600)


def test_a_lease_is_done_without_where_it_is_refused() -> None:
    run = driven(within_transaction(failsafe=LEASE), "refuses leases")
    assert run.asked == ["default 0 A", LEASED, "transaction 7: 16 A"]
    assert leases.refused(run.state)
    assert run.state.charging.held.transaction.renew_at is None
    # Nor is it tried again without a reason.
    run.wait(3600)
    assert about_limits(run.run(POLICIES["refuses leases"])) == []


def test_a_refused_lease_is_tried_again_with_the_next_limit() -> None:
    run = driven(within_transaction(failsafe=LEASE), "refuses leases")
    run.state = changed(run.state, wish=Wish(current_limit=10))
    asked = ["transaction 7: 10 A for 900 s", "transaction 7: 10 A"]
    assert run.run(POLICIES["refuses leases"]) == asked
    run.state = changed(run.state, wish=Wish(current_limit=12))
    assert run.run() == ["transaction 7: 12 A for 900 s"]
    assert not leases.refused(run.state)


def test_a_limit_that_changes_between_a_refused_lease_and_its_substitute() -> None:
    state = answered(within_transaction(failsafe=LEASE), ACCEPTED)
    state = answered(state, REJECTED)
    assert asked_next(state) == "transaction 7: 16 A"
    state = changed(state, wish=Wish(current_limit=10))
    assert drive(state) == ["transaction 7: 10 A for 900 s"]


def test_a_pause_is_never_leased() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.state = limits.wished(run.state, PAUSE, NOW)
    assert run.run() == ["transaction 7: 0 A"]
    assert run.state.charging.held.transaction.renew_at is None


@pytest.mark.parametrize(
    ("failsafe", "asked"),
    [
        (FailSafe(), ["default 16 A", "transaction 7: 16 A"]),
        (NO_START, ["transaction 7: 16 A"]),
        (
            FailSafe(mode=FailSafeMode.LEASE, lease=timedelta(minutes=30)),
            ["transaction 7: 16 A for 1800 s"],
        ),
    ],
)
def test_another_failsafe_replaces_a_lease(
    failsafe: FailSafe, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.state = changed(run.state, failsafe=failsafe)
    assert run.run() == asked


@pytest.mark.parametrize(
    ("status", "elapsed", "asked"),
    [
        (Status.suspended_evse, 19, []),
        (Status.suspended_evse, 20, ["transaction 7: 16 A"]),
        (Status.charging, 20, []),
        (Status.suspended_ev, 20, []),
    ],
)
def test_a_lease_is_doubted_where_the_charger_allows_nothing(
    status: Status, elapsed: int, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=status))
    run.wait(elapsed)
    assert about_limits(run.run()) == asked
    assert run.state.charging.held.leases.left_out == bool(asked)
    # Its owner is told once it is certain.
    assert not leases.refused(run.state)


@pytest.mark.parametrize(
    ("status", "cleared_until"),
    [
        (Status.charging, None),
        (Status.suspended_ev, None),
        (Status.suspended_evse, after(20 + 45 + 30 * 60)),
        (Status.finishing, None),
    ],
)
def test_a_lease_that_is_doubted_once_comes_back(
    status: Status, cleared_until: datetime | None
) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=Status.suspended_evse))
    run.wait(20)
    assert "transaction 7: 16 A" in run.run()
    run.state = changed(run.state, status=status)
    run.wait(44)
    assert about_limits(run.run()) == []
    run.wait(1)
    assert about_limits(run.run()) == ["transaction 7: 16 A for 965 s"]
    held = run.state.charging.held
    assert not held.leases.left_out
    assert held.leases.suspicion.cleared_until == cleared_until


@pytest.mark.parametrize(("minutes", "ignored"), [(0, True), (11, False)])
def test_a_lease_is_the_reason_if_current_is_allowed_without_it_twice_in_a_row(
    minutes: float, ignored: bool
) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=Status.suspended_evse))
    for number in range(2):
        run.wait(20)
        run.run()
        run.state = changed(run.state, status=Status.charging)
        run.wait(45)
        run.run()
        if not number:
            run.wait(minutes * 60)
            run.run()
            before, suspended = run.state.connector.status, Status.suspended_evse
            run.state = changed(run.state, status=suspended)
            event = StatusChanged(before, suspended)
            run.state = notice.noticed(run.state, event, run.now)
    assert run.state.charging.held.leases.left_out == ignored
    assert leases.refused(run.state) == ignored


@pytest.mark.parametrize("answer", [SILENT, REJECTED])
def test_a_trial_that_is_not_accepted_shows_nothing(answer: Answer) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=Status.suspended_evse))
    run.wait(20)
    run.run(to_profile(answer))
    run.wait(45)
    run.run(to_profile(answer))
    held = run.state.charging.held
    assert (held.leases.left_out, held.leases.suspicion.cleared_until) == (False, None)
    run.wait(120)
    assert LEASED.split(" for ")[0] in " ".join(run.run())


@pytest.mark.parametrize(
    "event", [SessionChanged(a_ledger(8).sessions[0]), None], ids=["new", "gone"]
)
def test_a_trial_without_a_lease_that_is_broken_off_shows_nothing(
    event: SessionChanged | None,
) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=Status.suspended_evse))
    run.wait(20)
    run.run()
    assert run.state.charging.held.leases.left_out
    state = (
        notice.noticed(run.state, event, run.now)
        if event
        else notice.disconnected(run.state)
    )
    held = state.charging.held
    assert (held.leases.left_out, held.leases.tried_until) == (False, None)


@pytest.mark.parametrize(
    ("proof", "doubted"),
    [
        (LeaseProof(firmware="6.7.38", kept=True), False),
        (LeaseProof(firmware="6.7.38", kept=True, by_limits=True), False),
        (LeaseProof(firmware="another", kept=True), True),
    ],
)
def test_a_charger_that_was_seen_to_keep_leases_allows_nothing_for_another_reason(
    proof: LeaseProof, doubted: bool
) -> None:
    suspended = within_transaction(failsafe=LEASE, status=Status.suspended_evse)
    run = driven(changed(suspended, lease_proof=proof))
    run.wait(20)
    run.run()
    assert run.state.charging.held.leases.left_out == doubted


def test_a_status_that_does_not_fit_the_current_is_no_reason_to_doubt_a_lease() -> None:
    """It may be that of before, if the charger's new one was lost."""
    suspended = within_transaction(failsafe=LEASE, status=Status.suspended_evse)
    flows = replace(suspended.metering, readings=Readings(currents={1: 10.0}))
    run = driven(replace(suspended, metering=flows))
    run.wait(60)
    run.run()
    assert not run.state.charging.held.leases.left_out
    stands = replace(suspended.metering, readings=Readings(currents={1: 0.0}))
    run.state = replace(run.state, metering=stands)
    run.wait(20)
    run.run()
    assert run.state.charging.held.leases.left_out


def test_a_charger_that_suspends_later_has_its_lease_doubted_from_then_on() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.wait(100)
    run.run()
    before = run.state.connector.status
    run.state = changed(run.state, status=Status.suspended_evse)
    event = StatusChanged(before, Status.suspended_evse)
    run.state = notice.noticed(run.state, event, run.now)
    assert run.state.charging.held.leases.doubt_at == after(120)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (a_charger(held=HeldProfiles(leases=HeldLeases(refused=True))), False),
        (a_charger(failsafe=LEASE), False),
        (a_charger(failsafe=LEASE, configuration=ROOM_FOR_ONE), True),
        (within_transaction(failsafe=LEASE), False),
        *(
            (
                within_transaction(
                    failsafe=LEASE,
                    lease_proof=LeaseProof(firmware="6.7.38", kept=kept, by_limits=by),
                    held=HeldProfiles(
                        plans=HeldPlans(failures=failed, firmware="6.7.38")
                    ),
                ),
                refused,
            )
            for kept, by, failed, refused in (
                (True, False, (), False),
                (True, False, ALL_PLANS, False),
                (False, False, (), False),
                (False, False, ALL_PLANS, True),
                (True, True, (), False),
                (True, True, ALL_PLANS, False),
                (False, True, (), True),
            )
        ),
    ],
)
def test_what_is_shown_of_a_lease(state: ChargerState, refused: bool) -> None:
    assert leases.refused(driven(state).state) == refused


def test_a_lease_that_would_end_is_paid_for_later() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    pace = run.state.charging.held.pace
    for _ in range(60):
        pace = pace.written(run.now.timestamp() + 600)
    run.state = changed(run.state, held=replace(run.state.charging.held, pace=pace))
    run.wait(600)
    assert "transaction 7: 16 A for 1500 s" in run.run()


def test_a_lease_in_another_make_is_renewed_once_its_owner_has_asked_for_it() -> None:
    run = Drive(
        within_transaction(
            identity=Identity(vendor="Another"),
            failsafe=LEASE,
        )
    )
    run.state = limits.wished(run.state, Wish(current_limit=10), NOW)
    run.wait(1)
    assert run.run() == ["default 0 A", "transaction 7: 10 A for 901 s"]
    run.state = limits.unasked(run.state)
    run.wait(600)
    assert "transaction 7: 10 A for 1501 s" in run.run()
