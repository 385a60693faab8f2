"""The energy target: how much a car gets from plug-in to unplug.

The charger gets a plan that ends when the target could be reached at full power. So without Home
Assistant it stops then at the latest, and a car gets no more than was asked for. While it charges
with less, that end is put off. What has flowed since the latest reading is reckoned.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_plan import MOST_VOLTS, ChargingPlan, PlannedSlot
from ..model.policy import Policy
from ..state import ChargerState

ROLL_BEFORE: Final = timedelta(minutes=1)
"""How long before its end a plan is put off: time for two requests without an answer."""
ROLL_BY: Final = timedelta(seconds=15)
"""By how much at least: each time, the charger writes to its flash memory."""
NEARLY: Final = 100.0
"""Wh by which the target may be missed: what flows within `ROLL_BY` at 22 kW.

So much short of it counts as reached, and an end stands that may be so much too late: it was planned with a
reading that was some seconds old.
"""
FASTER: Final = 1.1
"""By how much a car may draw more than it was seen to."""
SOON: Final = timedelta(minutes=15)
"""For how long a car is taken to go on as it does now. With full power, the end of one that draws little or
nothing would have to be put off again and again."""

LEAST_POWER: Final = 1000.0
"""W below which what a car drew says nothing: it may just have begun."""


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
    base = base.from_now_on(now)
    present = (state.policy.plan or ChargingPlan()).from_now_on(now)
    goes_on = _is_part(present, base)
    if state.metering.offline_period and state.policy.plan:
        # What the car has got meanwhile is known with the next reading.
        if goes_on or not present.slots:
            return present
    missing = wanted - state.delivered - _unread(state, now)
    if missing <= NEARLY and not present.at(now):
        # It is not worth a start.
        return ChargingPlan()
    lasts = partial(_lasts, state, now)
    candidate = cut(base, missing, lasts, now)
    latest = cut(base, missing + NEARLY, lasts, now)
    stands = goes_on and _stands(present, candidate, latest, now)
    return present if stands else candidate


def ends_unseen(policy: Policy, plan: ChargingPlan) -> bool:
    """Return whether a car gets nothing more from now on, and no reading has shown that it has got enough."""
    begun = policy.plan is not None and bool(policy.plan.slots)
    return begun and not plan.slots and not policy.target_reached


def cut(
    base: ChargingPlan,
    energy: float,
    lasts: Callable[[PlannedSlot, float], timedelta],
    now: datetime,
) -> ChargingPlan:
    """Return a plan up to where a car has got some Wh, with `lasts` as the time that some Wh take in a slot."""
    slots: list[PlannedSlot] = []
    for slot in base.from_now_on(now).slots:
        if energy <= 0:
            break
        begin, left = max(slot.start, now), lasts(slot, energy)
        if slot.end is None or slot.end - begin >= left:
            slots.append(replace(slot, end=begin + left))
            break
        slots.append(slot)
        energy *= 1 - (slot.end - begin) / left
    return ChargingPlan(slots=tuple(slots))


def _lasts(
    state: ChargerState, now: datetime, slot: PlannedSlot, energy: float
) -> timedelta:
    """Return for how long a charger that is alone may let a car draw so many Wh in a slot."""
    at_least = timedelta(hours=energy / _most_power(state, state.amps_of(slot)))
    power = _present_power(state, slot)
    if power is None or slot.start > now:
        return at_least
    return max(at_least, min(timedelta(hours=energy / power), SOON) if power else SOON)


def _unread(state: ChargerState, now: datetime) -> float:
    """Return Wh that the car has got since its latest reading: as it did then, or at most.

    Some chargers send a reading each quarter of an hour, and some none at all (docs/chargers.md §3.5).
    """
    flowed = state.charged_unread(now)
    return _power_since(state, flowed) * (flowed / timedelta(hours=1))


def _power_since(state: ChargerState, flowed: timedelta) -> float:
    """Return W that the car takes since its latest reading, after which energy has flowed for some time."""
    most = _most_power(state, state.wished_amps)
    if flowed > SOON:
        return most
    told = state.metering.readings.power if _seen(state) else None
    counted = state.metering.register.power
    power = told or (FASTER * counted if counted > LEAST_POWER else most)
    return min(power, most)


def _most_power(state: ChargerState, amps: int) -> float:
    """Return W that the car can take at most with a limit, by what it was seen to take in this session."""
    full = (amps or 1) * MOST_VOLTS
    seen = _seen(state)
    return min(full, FASTER * seen) if seen else full


def _present_power(state: ChargerState, slot: PlannedSlot) -> float | None:
    """Return W that the car takes now, and a little more; None if that says nothing of the slot.

    It does not before the car has begun, nor if it may draw more from now on.
    """
    allowed = state.charging.limit.amps
    if allowed is None or state.amps_of(slot) > allowed:
        return None
    if state.connector.status is ChargePointStatus.suspended_ev:
        return 0.0
    power = state.metering.readings.power
    if power is None:
        counted = _counted_power(state)
        return FASTER * counted if counted and counted > LEAST_POWER else None
    return FASTER * power if _seen(state) else None


def _counted_power(state: ChargerState) -> float | None:
    """Return W that the car takes by the energy alone; None if that is not known."""
    session = state.ledger.open
    if session is None or session.read is None or session.meter_last is None:
        return None
    return session.steady_power.present(session.read, session.meter_last)


def _seen(state: ChargerState) -> float | None:
    """Return the most W that the car has drawn in this session; None if that says nothing."""
    peak = state.ledger.open.peak_power if state.ledger.open else None
    return peak if peak and peak > LEAST_POWER else None


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


def _stands(
    present: ChargingPlan, candidate: ChargingPlan, latest: ChargingPlan, now: datetime
) -> bool:
    """Return whether the present end is neither too late nor to be put off."""
    if present.end is None or candidate.end is None:
        return False
    not_more = _charging_time(present, now) <= _charging_time(latest, now)
    near = present.end - now <= ROLL_BEFORE
    return not_more and not (near and candidate.end - present.end >= ROLL_BY)


def _charging_time(plan: ChargingPlan, now: datetime) -> timedelta:
    return sum(
        (slot.end - max(slot.start, now) for slot in plan.slots if slot.end),
        timedelta(),
    )
