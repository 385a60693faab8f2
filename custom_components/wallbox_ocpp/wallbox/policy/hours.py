"""The hours of mode *Planned*: planned for the present car, and again when something has changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..model.charging_plan import FOREVER, ChargingPlan, Mode, PlannedSlot
from ..model.charging_session import ChargingSession
from ..model.electricity import MOST_PHASES, USUAL_VOLTAGE
from ..model.policy import Outlook, PlannedFor, Policy
from ..model.prices import Interval
from ..state import ChargerState
from .cheapest_hours import PlannedHours, Task, cheapest, planned
from .hysteresis import keeps
from .intervals import clipped, common, length
from .price_curve import QUARTER, down

USUAL_NEED: Final = 20_000.0
"""Wh that a car is taken to need if the owner has set no target and no session is known."""
LEAST_NEED: Final = 2_500.0
"""Wh that one is taken to need still, once it has got as much as usual."""

_LEAST_POWER: Final = 1_000.0
"""W below which what a car drew says nothing about what it can."""
_TELLING: Final = (timedelta(minutes=10), timedelta(seconds=45))
"""How long a charge has to last to tell what the car takes, and to tell it if no longer one is known."""


def are_followed(state: ChargerState) -> bool:
    """Return whether the car charges in the hours planned here, and by no plan of its owner's."""
    return state.charging.wish.mode is Mode.PLANNED and state.policy.own is None


def followed(policy: Policy, state: ChargerState, now: datetime) -> Policy:
    """Return the policy with the hours for the present car, planned again if need be."""
    if state.connector.plugged_in is False:
        return policy
    policy = with_deadline(policy, state, now)
    if not policy.sources.given:
        return policy
    asked = PlannedFor(
        sources=policy.sources,
        target=state.charging.wish.energy_target,
        deadline=policy.deadline,
        amps=state.wished_amps,
        quarter=down(now, QUARTER),
    )
    if policy.planned_for == asked:
        return policy
    policy = replace(policy, planned_for=asked)
    if policy.sources.by_price and not policy.sources.prices:
        if policy.hours and policy.hours.from_now_on(now).slots:
            # While the source is away, the old plan stands.
            return policy
        if policy.deadline is None and policy.sources.allowed is None:
            return replace(policy, hours=None)
    return _planned(policy, _task(policy, state, now))


def with_deadline(policy: Policy, state: ChargerState, now: datetime) -> Policy:
    """Return the policy with the time at which the present car is to be ready.

    One with a target keeps it until it is reached, also when it has passed.
    """
    ready_at, deadline = policy.sources.ready_at, policy.deadline
    missing = bool(state.charging.wish.energy_target) and not policy.target_reached
    upcoming = next((moment for moment in ready_at if moment > now), None)
    passed = deadline is not None and deadline <= now
    if passed and ready_at and missing:
        return policy
    if not passed and deadline in ready_at:
        return policy
    return policy if deadline == upcoming else replace(policy, deadline=upcoming)


def next_look(now: datetime) -> datetime:
    """Return the end of the present quarter of an hour, when hours are planned again."""
    return down(now, QUARTER) + QUARTER


def _planned(policy: Policy, task: Task) -> Policy:
    new = cheapest(task)
    present = policy.hours.slots if policy.hours else ()
    old = [Interval(slot.start, slot.end) for slot in present if slot.end]
    if old and keeps(old, new, task):
        new = planned(old, task)
        left = clipped(old, task.now, FOREVER)
        # The schedule may have been changed.
        allowed = length(common(left, task.within(task.now, FOREVER)))
        if left and allowed == length(left):
            return replace(policy, outlook=_outlook(new))
    slots = tuple(PlannedSlot(start=hour.start, end=hour.end) for hour in new.hours)
    return replace(policy, hours=ChargingPlan(slots=slots), outlook=_outlook(new))


def _outlook(hours: PlannedHours) -> Outlook:
    known = hours.cost is not None and hours.cost_at_once is not None
    return Outlook(
        missing=hours.missing,
        late=hours.late.total_seconds(),
        cost=hours.cost,
        saved=(hours.cost_at_once or 0.0) - (hours.cost or 0.0) if known else None,
        estimated=hours.estimated,
    )


def _task(policy: Policy, state: ChargerState, now: datetime) -> Task:
    power = usual_power(state)
    draws = bool(state.metering.readings.power)
    slot = policy.hours.at(now) if policy.hours and draws else None
    return Task(
        needed=_needed(policy, state),
        power=power,
        now=now,
        deadline=policy.deadline,
        charging_since=slot.start if slot else None,
        prices=policy.sources.prices,
        allowed=policy.sources.allowed,
    )


def _needed(policy: Policy, state: ChargerState) -> float | None:
    """Return Wh that the car needs; None if that does not matter, as all hours are as good."""
    if target := state.charging.wish.energy_target:
        return max(target - state.delivered, 0.0)
    if not policy.sources.prices and policy.deadline is None:
        return None
    ended = (session for session in state.ledger.sessions if session.ended)
    usual = max((session.energy or 0.0 for session in ended), default=USUAL_NEED)
    return max(usual - state.delivered, LEAST_NEED)


def usual_power(state: ChargerState) -> float:
    """Return W that the car takes: as was seen in the latest session that shows it, or on one phase."""
    on_one_phase = max(state.wished_amps, 1) * USUAL_VOLTAGE
    shown = (_shown(session) for session in reversed(state.ledger.sessions))
    seen = next((power for power in shown if power >= _LEAST_POWER), on_one_phase)
    return min(seen, on_one_phase * MOST_PHASES)


def _shown(session: ChargingSession) -> float:
    """Return W that a session shows the car to take: for long, or on average, or else its peak."""
    if session.steady_power.highest >= _LEAST_POWER:
        return session.steady_power.highest
    for enough in _TELLING:
        power = max(_averages(session, enough), default=0.0)
        if power >= _LEAST_POWER:
            return power
    return session.peak_power or 0.0


def _averages(session: ChargingSession, enough: timedelta) -> Iterator[float]:
    """Yield the average power of each charge that lasted long enough, up to the latest reading."""
    for charge in session.charges:
        read = session.read or charge.began
        lasted = min(charge.ended or read, read) - charge.began
        if lasted >= enough:
            yield charge.energy / (lasted / timedelta(hours=1))
