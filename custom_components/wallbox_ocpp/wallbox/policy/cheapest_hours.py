"""The cheapest hours: when a car charges what it needs by a deadline, at the least cost.

The time from now to the deadline is cut into ticks, at each quarter of an hour in UTC (`ticks`);
prices that are not known are estimated (`price_curve`). Over the ticks, a dynamic programme finds
the sequence of on and off that delivers what is needed at the least cost, where each start costs
something and each run has a minimum (`least_cost`). Whether the car is charging now is part of it,
so that going on costs no start.

What is different:

* If not all can be delivered in time, the car charges at once, and on after the deadline.
* Without prices it charges once, as late as it may begin less an hour; without a deadline either,
  in the allowed hours as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from ..model.charging_plan import FOREVER
from ..model.electricity import WH_PER_KWH
from ..model.prices import Interval, Price
from .intervals import clipped, common, containing, first, last, length, merged
from .least_cost import OFF, Wanted, least_cost
from .price_curve import PriceCurve, quarters
from .ticks import MICRO, Tick, ticks

AHEAD: Final = timedelta(hours=48)
"""How far a plan looks: as far as prices are known, and bounded so that it is made at once."""

START_SHARE: Final = 0.01
"""What a start costs, as a share of what all costs: an interruption has to save that much. Prices
below zero count as if they were above, or else charging would flap on such a day."""

MINIMUM_RUN: Final = timedelta(minutes=15)
"""The longer it is, the longer planning takes, which has to be over in 50 ms."""

MARGIN: Final = timedelta(minutes=15)
"""How long before the deadline to be ready, if that can be."""

SPARE: Final = timedelta(minutes=60)
"""How much earlier than necessary to begin if no prices are known."""

_DAY: Final = timedelta(days=1)
_SECONDS_PER_HOUR: Final = 3600
_ROUNDING: Final = 1e-6
"""Seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is to be charged."""

    needed: float | None
    """Wh; None if the owner has set no target."""
    power: float
    """W that the car takes, above 0."""
    now: datetime
    deadline: datetime | None = None
    """One that has passed is kept: all as early as possible."""
    charging_since: datetime | None = None
    """None if the car does not charge now."""
    prices: tuple[Price, ...] = ()
    allowed: tuple[Interval, ...] | None = None
    """None: always."""

    @property
    def duration(self) -> timedelta | None:
        """How long the car has to charge, in whole seconds."""
        if self.needed is None:
            return None
        hours = max(0.0, self.needed) / self.power
        return timedelta(seconds=ceil(hours * _SECONDS_PER_HOUR - _ROUNDING))

    def energy(self, time: timedelta) -> float:
        """Return how much is charged in a time, in Wh."""
        return self.power * time.total_seconds() / _SECONDS_PER_HOUR

    def within(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        """Return what of a time is allowed."""
        allowed = (Interval(start, end),) if self.allowed is None else self.allowed
        return clipped(merged(allowed), start, end)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedHours:
    """When to charge, and what comes of it."""

    hours: tuple[Interval, ...]
    missing: float
    """Wh that are not delivered by the deadline; without one, in the hours allowed."""
    late: timedelta
    """How long after the deadline the last hour ends."""
    ends_at: datetime | None
    """When the last hour ends; None if there is none."""
    cost: float | None
    """None without prices."""
    cost_at_once: float | None
    """Of the same energy from now on without a break, whether that is allowed or not."""
    estimated: bool
    """Whether prices of the time to come are estimated."""
    starts: int
    """How often charging begins, apart from a run that is under way."""


def cheapest(task: Task) -> PlannedHours:
    """Return the cheapest hours of a task."""
    return planned(_hours(task), task)


def planned(hours: Sequence[Interval], task: Task) -> PlannedHours:
    """Return what comes of hours, of which some may have passed."""
    hours = common(merged(hours), task.within(task.now, FOREVER))
    if task.duration is not None:
        hours = first(hours, task.duration)
    ends_at = hours[-1].end if hours else None
    missing, late = 0.0, timedelta()
    if task.duration is not None:
        in_time = clipped(hours, task.now, task.deadline or FOREVER)
        missing = task.energy(task.duration - length(in_time))
        if task.deadline and ends_at:
            late = max(late, ends_at - task.deadline)
    goes_on = bool(task.charging_since and containing(hours, task.now))
    curve = PriceCurve(task.prices) if task.prices else None
    at_once = [Interval(task.now, task.now + length(hours))]
    return PlannedHours(
        hours=hours,
        missing=missing,
        late=late,
        ends_at=ends_at,
        cost=_cost(hours, task, curve),
        cost_at_once=_cost(at_once, task, curve),
        estimated=curve is not None
        and any(
            curve.of(time).estimated
            for time in (*hours, *task.within(task.now, _horizon(task)))
        ),
        starts=len(hours) - goes_on,
    )


def start_cost(task: Task) -> float:
    """Return what a start costs, in the currency of the prices."""
    allowed = task.within(task.now, _horizon(task))
    if not task.prices or not allowed:
        return 0.0
    curve, hours = PriceCurve(task.prices), length(allowed)
    mean = sum(
        abs(curve.of(part).per_kwh) * ((part.end - part.start) / hours)
        for one in allowed
        for part in quarters(one)
    )
    return START_SHARE * mean * max(0.0, task.needed or 0.0) / WH_PER_KWH


def _hours(task: Task) -> tuple[Interval, ...]:
    if task.duration is None:
        return task.within(task.now, task.now + AHEAD)
    at_once = first(task.within(task.now, FOREVER), task.duration)
    allowed = task.within(task.now, _horizon(task))
    if length(allowed) < task.duration or not task.duration:
        return at_once
    if not task.prices:
        if task.deadline is None:
            return at_once
        return first(last(allowed, task.duration + SPARE), task.duration)
    grid = ticks(task.now, allowed, PriceCurve(task.prices))
    start = start_cost(task) / task.power * WH_PER_KWH * _SECONDS_PER_HOUR * MICRO
    return _runs(grid, task, round(start)) or at_once


def _horizon(task: Task) -> datetime:
    """Return until when the car may charge and be in time.

    Without a deadline that is until the last price, and by whole days longer if that is not enough.
    It does not move on with the time: the car would be put off from day to day.
    """
    furthest = task.now + AHEAD
    if task.deadline is not None:
        return min(furthest, task.deadline - MARGIN)
    if task.duration is None or not task.prices:
        return furthest
    end = task.prices[-1].end
    while end < furthest:
        if length(task.within(task.now, end)) >= task.duration:
            return end
        end += _DAY
    return furthest


def _runs(grid: Sequence[Tick], task: Task, start: int) -> tuple[Interval, ...]:
    """Return the runs of least cost, none if no sequence delivers what is needed."""
    seconds = int((task.duration or timedelta()).total_seconds())
    minimum = min(seconds, int(MINIMUM_RUN.total_seconds()))
    run = OFF
    if task.charging_since and grid and grid[0].start == task.now:
        owed = MINIMUM_RUN - (task.now - task.charging_since)
        run = min(max(0, ceil(owed.total_seconds())), seconds, _joined(grid))
    wanted = Wanted(seconds=seconds, run=run, minimum=minimum, start=start)
    found = least_cost(grid, wanted)
    if found is None:
        return ()
    return merged(
        Interval(
            tick.start,
            tick.end if used == tick.seconds else tick.start + timedelta(seconds=used),
        )
        for tick, used in zip(grid, found.used, strict=True)
        if used
    )


def _joined(grid: Sequence[Tick]) -> int:
    """Return for how many seconds the car may charge on from now."""
    seconds = grid[0].seconds
    for tick in grid[1:]:
        if not tick.joined:
            break
        seconds += tick.seconds
    return seconds


def _cost(
    hours: Sequence[Interval], task: Task, curve: PriceCurve | None
) -> float | None:
    """Return what charging in hours costs, None without prices."""
    if curve is None:
        return None
    return sum(
        curve.of(one).per_kwh * task.energy(one.end - one.start) / WH_PER_KWH
        for one in hours
        if one.start < one.end
    )
