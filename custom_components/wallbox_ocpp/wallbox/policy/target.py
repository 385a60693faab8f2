"""The energy target: how much a car gets from plug-in to unplug.

The charger gets a plan that ends when the target could be reached at full power. So without Home
Assistant it stops then at the latest, and a car never gets more than was asked for. While it
charges with less, that end is put off.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..model.charging_plan import ChargingPlan, PlannedSlot
from ..model.policy import Policy
from ..state import ChargerState

ROLL_BEFORE: Final = timedelta(minutes=2)
"""How long before its end a plan is put off."""
ROLL_BY: Final = timedelta(minutes=1)
"""By how much at least: each time, the charger writes to its flash memory."""
NEARLY: Final = 50.0
"""Wh short of the target that count as reached: a meter tells 11 kW every ten seconds as 30 Wh."""

_VOLTAGE: Final = 240.0
"""V of a phase, somewhat more than usual: the end must not be too late."""
_PHASES: Final = 3
_SECONDS_PER_HOUR: Final = 3600


def followed(state: ChargerState) -> Policy:
    """Return the policy with the target reached, or not yet: it is not left again by itself."""
    policy, wanted = state.policy, state.charging.wish.energy_target
    if wanted and state.delivered >= wanted - NEARLY:
        reached = wanted
    else:
        reached = policy.target_reached if policy.target_reached == wanted else 0
    if reached == policy.target_reached:
        return policy
    return replace(policy, target_reached=reached)


def plan(state: ChargerState, now: datetime) -> ChargingPlan:
    """Return the plan that ends when the target could be reached, or the present one if it is good."""
    missing = state.charging.wish.energy_target - state.delivered
    power = (state.wished_amps or 1) * _VOLTAGE * _PHASES
    end = now + timedelta(seconds=missing / power * _SECONDS_PER_HOUR)
    present = state.policy.plan
    if present and len(present.slots) == 1:
        slot = present.slots[0]
        stands = (
            slot.start <= now
            and slot.end is not None
            and now < slot.end <= end + ROLL_BY
            and (slot.end - now > ROLL_BEFORE or end - slot.end < ROLL_BY)
        )
        if stands:
            return present
    return ChargingPlan(slots=(PlannedSlot(start=now, end=end),))
