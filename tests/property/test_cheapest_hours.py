"""Whatever the prices are: the hours planned cost the least of all, and a plan does not flap."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import assume, given, settings, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.prices import Interval, Price
from custom_components.wallbox_ocpp.wallbox.policy.cheapest_hours import (
    MINIMUM_RUN,
    PlannedHours,
    Task,
    cheapest,
    planned,
    start_cost,
)
from custom_components.wallbox_ocpp.wallbox.policy.hysteresis import keeps
from custom_components.wallbox_ocpp.wallbox.policy.intervals import (
    clipped,
    common,
    length,
)
from custom_components.wallbox_ocpp.wallbox.policy.least_cost import (
    OFF,
    Found,
    Wanted,
    least_cost,
)
from custom_components.wallbox_ocpp.wallbox.policy.price_curve import down
from custom_components.wallbox_ocpp.wallbox.policy.ticks import CELL, Tick

MIDNIGHT = datetime(2026, 11, 27, tzinfo=UTC)
LONG_AGO = MIDNIGHT - timedelta(hours=9)
QUARTER = timedelta(minutes=15)
POWER = 8000.0
COST, START = 1 << 44, 1 << 32


@st.composite
def grids(draw: st.DrawFn) -> tuple[Tick, ...]:
    """Return up to nine ticks, the first of any length, with gaps."""
    moment, found = MIDNIGHT, list[Tick]()
    for number in range(draw(st.integers(1, 9))):
        gap = number > 0 and draw(st.integers(0, 4)) == 0
        moment += QUARTER * gap
        seconds = draw(
            st.integers(1, 900) if number == 0 else st.sampled_from([300, 600, 900])
        )
        end = moment + timedelta(seconds=seconds)
        found.append(
            Tick(
                start=moment,
                end=end,
                price=draw(st.integers(-3, 9)),
                joined=number > 0 and not gap,
            )
        )
        moment = end
    return tuple(found)


def value_of(
    on: tuple[bool, ...], grid: tuple[Tick, ...], wanted: Wanted
) -> int | None:
    """Return what a sequence costs, None if it does not do what is wanted: as a car would do it."""
    left, owed, value = wanted.seconds, wanted.run, 0
    for index, (charge, tick) in enumerate(zip(on, grid, strict=True)):
        if left == 0:
            return value if owed <= 0 and not any(on[index:]) else None
        if not tick.joined and index > 0:
            if owed > 0:
                return None
            owed = OFF
        if not charge:
            if owed > 0:
                return None
            owed = OFF
            continue
        if owed == OFF:
            value += wanted.start * COST + START
            owed = wanted.minimum
        used = min(left, tick.seconds)
        value += (tick.price * COST + index) * used
        owed, left = max(0, owed - used), left - used
    return value if left == 0 and owed <= 0 else None


@settings(max_examples=30 * settings().max_examples, deadline=None)
@given(
    grid=grids(),
    seconds=st.integers(1, 5400),
    minimum=st.sampled_from([0, 600, 900, 1800]),
    start=st.sampled_from([0, 500, 2000]),
    run=st.sampled_from([OFF, OFF, 0, 400]),
)
def test_it_costs_what_the_best_of_all_sequences_costs(
    grid: tuple[Tick, ...], seconds: int, minimum: int, start: int, run: int
) -> None:
    wanted = Wanted(
        seconds=seconds,
        run=min(run, seconds),
        minimum=min(minimum, seconds),
        start=start,
    )
    values = [
        value
        for on in product([False, True], repeat=len(grid))
        if (value := value_of(on, grid, wanted)) is not None
    ]
    found = least_cost(grid, wanted)
    assert (found and found.value) == min(values, default=None)
    if isinstance(found, Found):
        assert sum(found.used) == seconds
        assert value_of(tuple(map(bool, found.used)), grid, wanted) == found.value


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Return a task of a night, with prices for a part of it."""
    count = draw(st.integers(0, 40))
    values = draw(st.lists(st.integers(-5, 40), min_size=count, max_size=count))
    prices = tuple(
        Price(MIDNIGHT + n * QUARTER, MIDNIGHT + (n + 1) * QUARTER, value / 100)
        for n, value in enumerate(values)
    )
    borders = sorted(draw(st.sets(st.integers(0, 600), max_size=6)))
    allowed = tuple(
        Interval(MIDNIGHT + timedelta(minutes=start), MIDNIGHT + timedelta(minutes=end))
        for start, end in zip(borders[::2], borders[1::2], strict=False)
    )
    deadline = draw(st.one_of(st.none(), st.integers(-30, 600)))
    return Task(
        needed=float(draw(st.integers(0, 40_000))),
        power=POWER,
        now=MIDNIGHT + timedelta(seconds=draw(st.integers(0, 3600))),
        deadline=None if deadline is None else MIDNIGHT + timedelta(minutes=deadline),
        charging_since=draw(st.sampled_from([None, LONG_AGO])),
        prices=prices,
        allowed=draw(st.sampled_from([None, allowed])),
    )


@settings(max_examples=12 * settings().max_examples, deadline=None)
@given(tasks())
def test_it_delivers_what_can_be_within_what_is_allowed(task: Task) -> None:
    plan = cheapest(task)
    end = task.deadline or datetime.max.replace(tzinfo=UTC)
    possible = task.energy(length(task.within(task.now, end)))
    needed = task.needed or 0.0
    second = POWER / 3600
    assert plan.missing == pytest.approx(max(0.0, needed - possible), abs=second)
    assert (
        common(plan.hours, task.within(task.now, datetime.max.replace(tzinfo=UTC)))
        == plan.hours
    )
    assert task.energy(length(plan.hours)) <= needed + second
    assert (plan.cost is None) == (not task.prices)


def after(task: Task, hours: Sequence[Interval], moment: datetime) -> Task:
    """Return what is left of a task when the car has charged in hours up to a moment."""
    charged = length(clipped(hours, task.now, moment))
    charging = any(one.start < moment < one.end for one in hours)
    return replace(
        task,
        now=moment,
        needed=max(0.0, (task.needed or 0.0) - task.energy(charged)),
        charging_since=LONG_AGO if charging else None,
    )


def is_best(plan: PlannedHours, task: Task) -> bool:
    """Return whether a plan is the best of all, and not one at once because none was possible in whole cells."""
    least = min(task.duration or timedelta(), MINIMUM_RUN)
    goes_on = task.now if task.charging_since else None
    return all(
        (one is plan.hours[-1] or down(one.end, CELL) == one.end)
        and (one.start == goes_on or one.end - one.start >= least)
        for one in plan.hours
    )


@settings(max_examples=6 * settings().max_examples, deadline=None)
@given(tasks())
def test_a_plan_that_goes_well_is_not_changed(task: Task) -> None:
    plan = cheapest(task)
    assume(is_best(plan, task))
    assert keeps(plan.hours, cheapest(task), task)
    moment = down(task.now, QUARTER)
    for _ in range(8):
        moment += QUARTER
        task = after(task, plan.hours, moment)
        assert keeps(plan.hours, cheapest(task), task)


@settings(max_examples=4 * settings().max_examples, deadline=None)
@given(tasks(), st.lists(st.integers(1, 2400), min_size=8, max_size=8))
def test_only_a_better_plan_takes_the_place_of_another(
    task: Task, steps: list[int]
) -> None:
    hours = cheapest(task).hours
    for seconds in steps:
        task = after(task, hours, task.now + timedelta(seconds=seconds))
        new, old = cheapest(task), planned(hours, task)
        if keeps(hours, new, task):
            continue
        assert (
            new.missing < old.missing
            or new.late < old.late
            or value(new, task) < value(old, task)
        )
        hours = new.hours


def value(plan: PlannedHours, task: Task) -> float:
    """Return what a plan costs, with its starts."""
    return (plan.cost or 0.0) + plan.starts * start_cost(task)
