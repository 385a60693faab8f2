"""When a car may charge: the owner's wish, prices and hours become a plan for the time to come.

`decided` is called after each change of the state, and does nothing unless what a plan depends on
has changed or its time has come.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_plan import ChargingPlan, Mode, PlannedSlot
from ..model.charging_session import ChargingSession
from ..model.events import Event, SessionChanged, StatusChanged
from ..model.policy import PlanState
from ..state import ChargerState
from . import hours, target

_UNPLUGGED: Final = "EVDisconnected"
"""The reason of a transaction that ended because the cable was unplugged (OCPP 1.6 §7.35)."""


def noticed(state: ChargerState, event: Event) -> ChargerState:
    """Return the state after an event: what a car has got is counted from plug-in to unplug."""
    match event:
        case StatusChanged(before, after=ChargePointStatus.available):
            # After a reconnect, only a car that was there can have gone.
            gone = before is not None or _had_car(state)
            return _unplugged(state) if gone else state
        case SessionChanged(session) if session.ended is None:
            return _begun(state, session)
        case SessionChanged(session) if session.reason == _UNPLUGGED:
            # The end of an earlier session may be told late.
            running = state.ledger.open
            return _with_first(state, running) if running else _unplugged(state)
        case _:
            return state


def decided(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state with the plan for the time to come. ``now`` is in UTC."""
    wish, policy = state.charging.wish, target.followed(state)
    if policy.target_reached:
        plan: ChargingPlan | None = ChargingPlan()
    elif wish.charging and wish.mode is Mode.PLANNED:
        policy = policy if policy.own else hours.followed(policy, state, now)
        plan = policy.own or policy.hours or ChargingPlan()
        # The hours are as many as the target needs, by the power that the car takes.
        plan = target.plan(plan, state, now)
    elif not wish.energy_target or not wish.charging:
        plan = None
    elif state.connector.plugged_in is False:
        # It waits for a car.
        plan = ChargingPlan()
    elif wish.mode is Mode.NOW:
        plan = target.plan(_at_once(state, now), state, now)
    else:
        plan = None
    if plan is not None:
        plan = plan.from_now_on(now)
    look_at = _next_look(state, plan, now)
    if policy.planned_for and policy.own is None and wish.mode is Mode.PLANNED:
        look_at = min(filter(None, (look_at, hours.next_look(now))))
    if (plan, look_at) != (policy.plan, policy.look_at):
        policy = replace(policy, plan=plan, look_at=look_at)
    return state if policy is state.policy else replace(state, policy=policy)


def next_moment(state: ChargerState) -> datetime | None:
    """Return when to decide again, if nothing changes until then; None for never."""
    return state.policy.look_at


def plan_state(state: ChargerState, now: datetime) -> PlanState | None:
    """Return what the plan waits for, or does; None if there is none."""
    wish, policy = state.charging.wish, state.policy
    if not wish.charging or policy.plan is None:
        return None
    if policy.target_reached:
        return PlanState.DONE
    if state.connector.plugged_in is False:
        return PlanState.WAITING_FOR_CAR
    if policy.plan.at(now):
        by_hours = wish.mode is Mode.PLANNED and policy.own is None
        late = by_hours and policy.outlook.late > 0
        return PlanState.LATE if late else PlanState.CHARGING
    if policy.plan.next_start(now):
        return PlanState.PLANNED
    if policy.own or (policy.hours and policy.hours.slots):
        return PlanState.DONE
    if policy.sources.by_price:
        return PlanState.WAITING_FOR_PRICES
    return PlanState.WAITING_FOR_PLAN


def _at_once(state: ChargerState, now: datetime) -> ChargingPlan:
    """Return the plan to charge from now on, or from when that was planned first."""
    present = state.policy.plan
    slot = present.at(now) if present and len(present.slots) == 1 else None
    return ChargingPlan(slots=(PlannedSlot(start=slot.start if slot else now),))


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


def _had_car(state: ChargerState) -> bool:
    return (
        state.ledger.open is not None
        or state.policy.first_transaction is not None
        or state.connector.plugged_in_at is not None
    )


def _begun(state: ChargerState, session: ChargingSession) -> ChargerState:
    """Return the state after a session began: the first of a car, or a later one."""
    first = state.policy.first_transaction
    before = [other.transaction_id for other in state.ledger.sessions]
    return state if first in before else _with_first(state, session)


def _with_first(state: ChargerState, session: ChargingSession) -> ChargerState:
    policy = replace(state.policy, first_transaction=session.transaction_id)
    return replace(state, policy=policy)


def _unplugged(state: ChargerState) -> ChargerState:
    charging = state.charging
    if charging.wish.energy_target:
        charging = replace(charging, wish=replace(charging.wish, energy_target=0))
    return replace(state, policy=state.policy.unplugged(), charging=charging)
