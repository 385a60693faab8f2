"""Plans and targets in a charger: what accidents, odd chargers and time do to them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status

from custom_components.wallbox_ocpp.csms.messages import MeterValues, StartTransaction
from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import Mode
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    PLAIN,
    Dialect,
    Wish,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe, FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.offline_energy import OfflinePeriod
from custom_components.wallbox_ocpp.wallbox.model.policy import Policy
from custom_components.wallbox_ocpp.wallbox.model.register import (
    Register,
    RegisterReading,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.plan import limits, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer
from custom_components.wallbox_ocpp.wallbox.policy.decide import decided
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from custom_components.wallbox_ocpp.wallbox.views.reasons import (
    Reason,
    why_not_charging,
)
from tests.wallbox.states import changed

from .drive import (
    NOW,
    REJECTED,
    ROOM_FOR_ONE,
    SILENT,
    Drive,
    after,
    to_profile,
    within_transaction,
)
from .planned import HOUR, go, planned, session, slots


def several(profile: Mapping[str, Any]) -> bool:
    return len(profile["chargingSchedule"]["chargingSchedulePeriod"]) > 1


def test_planned_mode_with_a_target_is_bounded_in_the_charger_when_alone() -> None:
    """11 kW for six hours is 66 kWh; 5 kWh were asked for."""
    state = planned(
        slots((-1, 6)),
        wish=Wish(current_limit=16, mode=Mode.PLANNED, energy_target=5000),
        ledger=session(0.0),
    )
    run = Drive(state)
    run.run()
    own = run.state.charging.held.transaction.spec
    assert own is not None
    stops = own.later[-1].start - NOW
    assert stops <= timedelta(hours=1), f"alone it charges for {stops}"


def test_lease_with_a_waiting_plan_does_not_begin_to_charge_without_home_assistant() -> (
    None
):
    """Fail-safe: 15 min. The plan begins in 3 h; Home Assistant dies now."""
    lease = FailSafe(mode=FailSafeMode.LEASE, lease=timedelta(minutes=15))
    run = Drive(planned(slots((3, 6)), failsafe=lease))
    run.run()
    schedule = run.box.profiles["TxProfile"]["chargingSchedule"]
    periods = [p["limit"] for p in schedule["chargingSchedulePeriod"]]
    assert "duration" in schedule or max(periods) == 0, schedule


def test_a_lease_with_an_absolute_plan_is_as_long_as_asked() -> None:
    lease = FailSafe(mode=FailSafeMode.LEASE, lease=timedelta(minutes=15))
    identity = Identity(vendor="Wall Box Chargers", firmware="5.15.7")
    run = Drive(planned(slots((-1, 6)), failsafe=lease, identity=identity))
    run.run()
    schedule = run.box.profiles["TxProfile"]["chargingSchedule"]
    start = datetime.fromisoformat(schedule["startSchedule"])
    ends = start + timedelta(seconds=schedule["duration"]) - NOW
    assert ends >= timedelta(minutes=15), f"it ends after {ends}"


def test_a_late_transaction_that_is_over_does_not_cost_the_dialect() -> None:
    state = planned(slots((-1, 1)), ledger=Ledger())
    late = within_transaction(delayed=True).ledger
    run = Drive(replace(state, ledger=late))
    go(
        run,
        1,
        to_profile(REJECTED, lambda p: p["chargingProfilePurpose"] == "TxProfile"),
    )
    held = run.state.charging.held
    assert held.plans.failures == (), held.plans.failures


def test_new_firmware_gets_another_chance_to_follow_plans() -> None:
    run = Drive(planned(slots((-1, 1), (2, 3))))
    go(run, 1, to_profile(REJECTED, several))
    assert len(run.state.charging.held.plans.failures) == 2
    identity = replace(run.state.identity, firmware="6.9.0")
    run.state = notice.noticed(replace(run.state, identity=identity), Booted(), run.now)
    run.state = decided(run.state, run.now)
    run.run()
    profile = run.box.profiles["TxProfile"]["chargingSchedule"]
    assert len(profile["chargingSchedulePeriod"]) > 1, profile


def test_a_meter_without_current_shows_a_target_that_is_exceeded() -> None:
    """The charger keeps only the first limit and reports energy only."""
    state = within_transaction(
        wish=Wish(current_limit=16, energy_target=5000), ledger=session(0.0)
    )
    run = Drive(state)
    go(run, 60)
    assert run.state.policy.plan
    ends = run.state.policy.plan.end
    assert ends
    run.now = ends
    asked: list[str] = []
    for minute in range(60):
        read = RegisterReading(raw=4960.0 + minute * 180, read_at=run.now)
        register = Register(value=read.raw, last=read)
        run.state = changed(run.state, ledger=session(read.raw), register=register)
        asked += go(run, 60)
    assert any(word.startswith("transaction 7: 0 A") for word in asked), (
        f"delivered {run.state.delivered} of 5000, asked {asked}"
    )


def test_a_reconnect_does_not_promise_energy_again_before_the_meter_was_read() -> None:
    """Alone for three hours; 2 of 10 kWh are known, the charger has delivered the rest."""
    state = within_transaction(
        wish=Wish(current_limit=16, energy_target=10_000), ledger=session(2000.0)
    )
    run = Drive(state)
    go(run, 60)
    assert run.state.policy.plan
    before = run.state.policy.plan.end
    gone = changed(run.state, connected=False, status=None)
    gone = changed(
        gone, offline_period=OfflinePeriod(since=run.now, register=2000.0, wanted=True)
    )
    run.state = notice.disconnected(gone)
    for _ in range(180):
        run.wait(60)
        run.state = decided(notice.elapsed(run.state, run.now), run.now)
    back = changed(run.state, connected=True, status=Status.suspended_evse)
    run.state = decided(notice.connected(back), run.now)
    asked = run.run()
    assert "transaction 7: 16 A" not in asked, (
        f"asked {asked}; the charger ended it at {before}, now {run.now}"
    )


def test_energy_of_a_session_whose_stop_was_lost_counts_for_the_target() -> None:
    state = decided(
        within_transaction(
            wish=Wish(current_limit=16, energy_target=5000),
            ledger=session(4000.0),
            policy=Policy(first_transaction=7),
        ),
        NOW,
    )
    # The charger reboots without a StopTransaction, and begins another one for the same car.
    message = StartTransaction(
        connector_id=1, id_tag="X", meter_start=4000, timestamp=after(600)
    )
    state = consequences.of_message(state, message, after(601)).state
    assert [item.ended is None for item in state.ledger.sessions] == [False, True]
    assert state.delivered == 4000


def test_a_slow_car_is_not_stopped_again_and_again_near_its_target() -> None:
    """One phase at 6 A is 1.4 kW; the owner has set no limit, so the plan reckons with 32 A."""
    state = decided(
        within_transaction(wish=Wish(energy_target=5000), ledger=session(4600.0)), NOW
    )
    run = Drive(state)
    stops, delivered, known = 0, 4600.0, 0
    for _ in range(1200):
        allowed = run.state.charging.held.transaction.spec
        held = allowed.at(run.now) if allowed else None
        if held and held.amps:
            delivered += 1380 / HOUR
        before = run.state.charging.held.transaction.spec
        run.now += timedelta(seconds=1)
        # As the reconciler: the charger's own edge comes first.
        state = notice.elapsed(run.state, run.now)
        spec = state.charging.held.transaction.spec
        if before and before.amps and spec and not spec.amps:
            stops += 1
        run.state = decided(replace(state, ledger=session(delivered)), run.now)
        run.run()
        known = len(run.asked)
        if run.state.policy.target_reached:
            break
    assert stops <= 1, f"stopped {stops} times, {known} requests"


def test_a_plan_that_changes_while_paused_is_within_the_write_budget() -> None:
    run = Drive(planned(slots((5, 6))))
    run.run()
    asked = 0
    for number in range(200):
        run.wait(2)
        own = slots((5 + number / 100, 8))
        run.state = replace(run.state, policy=replace(run.state.policy, own=own))
        run.state = decided(run.state, run.now)
        wish = run.state.charging.wish
        run.state = limits.wished(run.state, wish, run.now)
        asked += len(run.run())
    assert asked < 80, f"{asked} profiles written in 400 s"


def test_a_refused_plan_does_not_look_like_a_charger_without_limits() -> None:
    state = within_transaction(configuration=ROOM_FOR_ONE, ledger=session(0.0))
    run = Drive(replace(state, identity=replace(state.identity, firmware="5.17.68")))
    go(run, 60)
    wish = replace(run.state.charging.wish, energy_target=5000)
    run.state = limits.wished(run.state, wish, run.now)
    go(run, 60, to_profile(REJECTED, several))
    assert run.state.charging.held.plans.failures
    assert not run.state.charging.held.refuses_all


def test_a_target_without_a_car_changes_nothing_all_night() -> None:
    state = decided(
        within_transaction(
            ledger=Ledger(), status=Status.available, wish=Wish(energy_target=500)
        ),
        NOW,
    )
    changes, now = 0, NOW
    while now < after(24 * HOUR) and (look := state.policy.look_at):
        now = look
        state, before = decided(state, now), state
        changes += state is not before
    assert changes < 100, f"{changes} changes of the state in a day, each saved"


def test_a_charger_that_needs_clearing_first_is_not_sent_a_plan_without_it() -> None:
    """It has shown that it ignores PLAIN, and jumps to 16 A at the second profile."""
    state = planned(slots((2, 3)))
    held = replace(
        state.charging.held, dialect=Dialect(clear_first=True), ignored=(PLAIN,)
    )
    run = Drive(state.holding(held))
    run.run()
    assert "clear transaction" in run.asked, run.asked


def test_silence_now_and_then_does_not_cost_the_plan_for_ever() -> None:
    run = Drive(planned(slots(*((n, n + 0.5) for n in range(1, 11)))))
    once: list[Answer] = []
    for night in range(4):
        once[:] = [SILENT]

        def policy(action: str, payload: Mapping[str, Any]) -> Answer | None:
            several_ = action == "SetChargingProfile" and several(
                payload["csChargingProfiles"]
            )
            return once.pop() if several_ and once else None

        own = slots(*((n + night / 10, n + night / 10 + 0.5) for n in range(1, 11)))
        run.state = replace(run.state, policy=replace(run.state.policy, own=own))
        go(run, 120, policy)
        # All goes well for a while, and it boots.
        run.state = decided(notice.noticed(run.state, Booted(), run.now), run.now)
        go(run, 60)
    schedule = run.box.profiles["TxProfile"]["chargingSchedule"]
    amps = [p["limit"] for p in schedule["chargingSchedulePeriod"]]
    assert max(amps) > 0, (
        f"most periods {run.state.charging.held.plans.most_periods}: {amps}"
    )


def test_an_adopted_transaction_has_a_relative_plan_counted_from_its_start() -> None:
    """Its start is unknown: a relative profile must not be used."""
    # As `sessions.claimed` does: its first reading counts as its start.
    running = ChargingSession(
        transaction_id=42,
        started=NOW,
        meter_start=0.0,
        meter_last=1.0,
        start_delayed=True,
    )
    state = planned(
        slots((2, 4)), ledger=Ledger(next_transaction_id=43, sessions=(running,))
    )
    run = Drive(state)
    run.run()
    profile = run.box.profiles["TxProfile"]
    assert (
        profile["chargingProfileKind"] != "Relative"
        or len(profile["chargingSchedule"]["chargingSchedulePeriod"]) == 1
    ), profile["chargingSchedule"]


def test_a_reset_meter_does_not_begin_the_target_anew() -> None:
    state = within_transaction(
        wish=Wish(current_limit=16, energy_target=5000), ledger=session(0.0)
    )

    def read(state: ChargerState, wh: float, at: float) -> ChargerState:
        value = MeterValues.from_dict(
            {
                "connectorId": 1,
                "transactionId": 7,
                "meterValue": [
                    {
                        "timestamp": after(at).isoformat(),
                        "sampledValue": [
                            {
                                "value": str(wh),
                                "measurand": "Energy.Active.Import.Register",
                                "unit": "Wh",
                            }
                        ],
                    }
                ],
            }
        )
        return consequences.of_message(state, value, after(at)).state

    for minute in range(20):
        state = read(state, 200.0 * minute, minute * 60)
    before = state.delivered
    for minute in range(20, 40):
        state = read(state, 200.0 * (minute - 20), minute * 60)
    assert before > 3000 and state.delivered >= before, (before, state.delivered)


def test_nothing_changes_for_an_owner_without_plan_and_target() -> None:
    state = within_transaction(wish=Wish(current_limit=16))
    assert decided(state, NOW) is state
    run = Drive(state)
    first = go(run, 1)
    assert first == ["default 16 A", "transaction 7: 16 A"]
    assert [w for w in go(run, 48 * HOUR) if "trigger" not in w] == []


def test_a_plan_without_a_transaction_is_no_fail_safe() -> None:
    state = planned(slots((-1, 4)), ledger=Ledger(), status=Status.suspended_evse)
    run = Drive(state)
    go(run, 10)
    assert run.box.limit("TxDefaultProfile") == 0
    assert why_not_charging(run.state) is not Reason.GUARDED
