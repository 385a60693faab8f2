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
ROLL_BY: Final = timedelta(seconds=15)
"""By how much at least: each time, the charger writes to its flash memory."""
NEARLY: Final = 100.0
"""Wh short of the target that count as reached: what flows within `ROLL_BY` at 22 kW."""
FASTER: Final = 1.1
"""By how much a car may draw more than it was seen to."""

LEAST_POWER: Final = 1000.0
"""W below which what a car drew says nothing: it may just have begun."""

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


def plan(base: ChargingPlan, state: ChargerState, now: datetime) -> ChargingPlan:
    """Return what of a plan the target allows at full power, or the present plan if that is good."""
    wanted = state.charging.wish.energy_target
    if not wanted:
        return base
    power = _power(state)
    hours = max(wanted - state.delivered, 0.0) / power
    candidate = cut(base, timedelta(seconds=hours * _SECONDS_PER_HOUR), now)
    present = state.policy.plan and state.policy.plan.from_now_on(now)
    if present and state.metering.offline_period and not present.slots:
        # What the car has got meanwhile is known with the next reading.
        return present
    if present and state.metering.offline_period and _is_part(present, base):
        return present
    if (
        present
        and _is_part(present, base.from_now_on(now))
        and _stands(present, candidate, now)
    ):
        return present
    return candidate


def _power(state: ChargerState) -> float:
    """Return W that the car can take at most, by what it was seen to take in this session."""
    full = (state.wished_amps or 1) * _VOLTAGE * _PHASES
    running = state.ledger.open
    seen = running.peak_power if running else None
    return min(full, FASTER * seen) if seen and seen > LEAST_POWER else full


def cut(base: ChargingPlan, left: timedelta, now: datetime) -> ChargingPlan:
    """Return a plan up to where a car has charged for some time."""
    slots: list[PlannedSlot] = []
    for slot in base.from_now_on(now).slots:
        begin = max(slot.start, now)
        if slot.end is None or slot.end - begin >= left:
            if left > timedelta():
                slots.append(replace(slot, end=begin + left))
            break
        slots.append(slot)
        left -= slot.end - begin
    return ChargingPlan(slots=tuple(slots))


def _is_part(present: ChargingPlan, base: ChargingPlan) -> bool:
    """Return whether a plan is the beginning of another one."""
    if not present.slots or present.end is None:
        return False
    *whole, last = present.slots
    same = base.slots[: len(present.slots)]
    if len(same) < len(present.slots):
        return False
    return (
        tuple(whole) == same[:-1]
        and replace(last, end=None) == replace(same[-1], end=None)
        and (same[-1].end is None or present.end <= same[-1].end)
    )


def _stands(present: ChargingPlan, candidate: ChargingPlan, now: datetime) -> bool:
    """Return whether the present end is neither too late nor to be put off."""
    if present.end is None or candidate.end is None:
        return False
    not_more = _charging_time(present, now) <= _charging_time(candidate, now) + ROLL_BY
    near = present.end - now <= ROLL_BEFORE
    return not_more and not (near and candidate.end - present.end >= ROLL_BY)


def _charging_time(plan: ChargingPlan, now: datetime) -> timedelta:
    return sum(
        (slot.end - max(slot.start, now) for slot in plan.slots if slot.end),
        timedelta(),
    )
