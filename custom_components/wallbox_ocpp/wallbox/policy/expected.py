"""The plan as it is expected to go.

The one that the charger gets ends when its car could have got enough at full power. Most cars
take longer, so for people that end is too early.
"""

from datetime import datetime, timedelta

from ..model.charging_plan import ChargingPlan, Mode, PlannedSlot
from ..state import ChargerState
from . import hours, solar_mode, target


def planned(state: ChargerState) -> ChargingPlan | None:
    """Return the plan with its hours as they were planned; None if there is none, as with the sun."""
    policy, wish = state.policy, state.charging.wish
    if wish.mode in solar_mode.MODES:
        return None
    by_hours = hours.are_followed(state)
    if policy.plan and policy.plan.slots and by_hours and policy.hours:
        return policy.hours
    return policy.plan


def expected(state: ChargerState, now: datetime) -> ChargingPlan | None:
    """Return the plan until the target is reached with the power that the car takes, as far as known."""
    plan, wish, own = planned(state), state.charging.wish, state.policy.own
    if plan is None or not plan.slots or plan is state.policy.hours:
        return plan and plan.from_now_on(now)
    if not wish.energy_target:
        return plan
    if wish.mode is Mode.NOW or own is None:
        own = ChargingPlan(slots=(PlannedSlot(start=plan.slots[0].start),))
    power = hours.usual_power(state)
    missing = wish.energy_target - state.delivered
    return target.cut(
        own, missing, lambda _, energy: timedelta(hours=energy / power), now
    )
