"""When a car may charge: the owner's wish, prices and hours become a plan for the time to come.

`decided` is called after each change of the state, and does nothing unless what a plan depends on
has changed or its time has come. Each mode is one function.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..model.charging_plan import ChargingPlan, Mode, PlannedSlot
from ..model.policy import PlanState, Policy
from ..model.solar import SolarReason
from ..state import ChargerState
from . import hours, solar_mode, target


@dataclass(frozen=True, slots=True)
class Decision:
    """When a car may charge."""

    policy: Policy
    """What is remembered of how it was decided."""
    plan: ChargingPlan | None = None
    """None: whenever the owner's wish allows charging."""
    look_at: datetime | None = None
    """When to decide again, besides when the plan changes."""


def decided(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state with the plan for the time to come. ``now`` is in UTC."""
    wish, policy = state.charging.wish, target.followed(state)
    if policy.target_reached:
        if hours.are_followed(state):
            policy = hours.with_deadline(policy, state, now)
        decision = Decision(policy, ChargingPlan())
    elif wish.charging:
        decision = _BY_MODE.get(wish.mode, _now)(policy, state, now)
    else:
        decision = Decision(policy)
    policy, plan = decision.policy, decision.plan
    if plan is not None and target.ends_unseen(policy, plan):
        # The reading tells whether it has really got that.
        state = replace(state, pending=replace(state.pending, readings_due=True))
    if plan is not None:
        plan = plan.from_now_on(now)
    looks = (decision.look_at, policy.deadline, _next_look(state, plan, now))
    look_at = min((look for look in looks if look and look > now), default=None)
    if (plan, look_at) != (policy.plan, policy.look_at):
        policy = replace(policy, plan=plan, look_at=look_at)
    return state if policy is state.policy else replace(state, policy=policy)


def plan_state(state: ChargerState, now: datetime) -> PlanState | SolarReason | None:
    """Return what the plan waits for, or does; None if there is none."""
    wish, policy = state.charging.wish, state.policy
    if not wish.charging or policy.plan is None:
        return None
    if policy.target_reached:
        return PlanState.DONE
    if state.connector.plugged_in is False:
        return PlanState.WAITING_FOR_CAR
    if wish.mode in solar_mode.MODES:
        return state.solar.state.reason
    if policy.plan.at(now):
        late = hours.are_followed(state) and policy.outlook.late > 0
        return PlanState.LATE if late else PlanState.CHARGING
    if policy.plan.next_start(now):
        return PlanState.PLANNED
    by_hours = policy.own or (policy.hours and policy.hours.slots)
    if by_hours or wish.mode is Mode.NOW:
        return PlanState.DONE
    if policy.sources.by_price:
        return PlanState.WAITING_FOR_PRICES
    return PlanState.WAITING_FOR_PLAN


def _now(policy: Policy, state: ChargerState, now: datetime) -> Decision:
    """Charge at once, up to the energy target if there is one."""
    if not state.charging.wish.energy_target:
        return Decision(policy)
    if state.connector.plugged_in is False:
        # It waits for a car.
        return Decision(policy, ChargingPlan())
    present = state.policy.plan
    slot = present.at(now) if present and len(present.slots) == 1 else None
    # It goes on from when that was planned first.
    at_once = ChargingPlan(slots=(PlannedSlot(start=slot.start if slot else now),))
    return Decision(policy, target.plan(at_once, state, now))


def _planned(policy: Policy, state: ChargerState, now: datetime) -> Decision:
    """Charge as an automation has planned, or in the hours planned here."""
    look_at = None
    if policy.own is None:
        policy = hours.followed(policy, state, now)
        look_at = hours.next_look(now) if policy.planned_for else None
    plan = policy.own or policy.hours or ChargingPlan()
    # The hours are as many as the target needs, by the power that the car takes.
    return Decision(policy, target.plan(plan, state, now), look_at)


def _solar(policy: Policy, state: ChargerState, now: datetime) -> Decision:
    """Charge with the sun, as its law has decided."""
    return Decision(policy, target.plan(solar_mode.plan(state), state, now))


_BY_MODE: Final[Mapping[Mode, Callable[[Policy, ChargerState, datetime], Decision]]] = {
    Mode.NOW: _now,
    Mode.PLANNED: _planned,
    Mode.SOLAR: _solar,
    Mode.MIN_SOLAR: _solar,
}


def _next_look(
    state: ChargerState, plan: ChargingPlan | None, now: datetime
) -> datetime | None:
    """Return when the plan next changes, or has to be put off."""
    if plan is None:
        return None
    moments = [plan.next_edge(now)]
    if state.charging.wish.energy_target and plan.end:
        moments.append(plan.end - target.ROLL_BEFORE)
    return min((moment for moment in moments if moment and moment > now), default=None)
