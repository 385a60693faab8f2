"""When a car charges, in tables. That it costs the least of all is a property test."""

from dataclasses import replace
from datetime import timedelta
from math import exp
from random import Random
from statistics import fmean

import pytest

from custom_components.wallbox_ocpp.wallbox.model.prices import Price
from custom_components.wallbox_ocpp.wallbox.policy.cheapest_hours import (
    Task,
    cheapest,
    planned,
)
from custom_components.wallbox_ocpp.wallbox.policy.hysteresis import keeps
from tests.wallbox.policy.hours import MIDNIGHT, at, between, hourly, told

KW = 8.0
TWO_HOURS = 16_000.0
LONG_AGO = at("-9:00")
NIGHT = hourly(0.30, 0.20, 0.25, 0.10, 0.12, 0.40, 0.50, 0.60)
DEAR_CHEAP_DEAR = hourly(0.30, 0.295, 0.31, 0.30, 0.295, 0.60, 0.60, 0.60)


def a_task(**changes: object) -> Task:
    """Return a task: two hours of charging by 08:00."""
    task = Task(
        needed=TWO_HOURS,
        power=KW * 1000,
        now=MIDNIGHT,
        deadline=at("08:00"),
        prices=tuple(NIGHT),
    )
    return replace(task, **changes)  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("task", "hours"),
    [
        pytest.param(a_task(), "03:00-05:00", id="the cheapest"),
        pytest.param(a_task(needed=0.0), "", id="nothing needed"),
        pytest.param(a_task(needed=-5.0), "", id="more than enough"),
        pytest.param(a_task(needed=667.0), "03:00-03:05:01", id="a little"),
        pytest.param(
            a_task(now=at("00:07"), needed=2 * TWO_HOURS),
            "01:00-05:00",
            id="now between quarters",
        ),
        pytest.param(
            a_task(prices=DEAR_CHEAP_DEAR), "00:00-02:00", id="a start saves too little"
        ),
        pytest.param(
            a_task(prices=hourly(*[0.2] * 8)), "00:00-02:00", id="all the same: early"
        ),
        pytest.param(
            a_task(prices=hourly(0.1, 0.2, -0.3, 0.1, -0.2, 0.2, 0.2, 0.2)),
            "02:00-03:00 04:00-05:00",
            id="below zero",
        ),
        pytest.param(
            a_task(allowed=between("00:30-01:30 06:00-07:30")),
            "00:30-01:30 06:00-07:00",
            id="only what is allowed",
        ),
        pytest.param(
            a_task(allowed=between("00:32-01:36 06:00-07:30")),
            "00:35-01:35 06:00-07:00",
            id="allowed from odd minutes, as it would be after other hours",
        ),
        pytest.param(
            a_task(now=at("00:32"), allowed=between("00:32-01:36 06:00-07:30")),
            "00:32-01:35 06:00-06:57",
            id="allowed from odd minutes, and from now",
        ),
        pytest.param(
            a_task(needed=8_000.0, deadline=at("04:00")),
            "01:00-01:15 03:00-03:45",
            id="ready a quarter of an hour before the deadline",
        ),
        # Too little time, or none.
        pytest.param(a_task(deadline=at("01:40")), "00:00-02:00", id="late"),
        pytest.param(
            a_task(deadline=at("02:10")), "00:00-02:00", id="less than the margin"
        ),
        pytest.param(a_task(deadline=at("-1:00")), "00:00-02:00", id="it has passed"),
        pytest.param(
            a_task(deadline=at("02:00"), allowed=between("01:00-02:00 05:00-09:00")),
            "01:00-02:00 05:00-06:00",
            id="late, in what is allowed",
        ),
        pytest.param(
            a_task(allowed=between("03:00-04:00")), "03:00-04:00", id="never enough"
        ),
        pytest.param(a_task(allowed=()), "", id="nothing allowed"),
        # No prices.
        pytest.param(
            a_task(prices=()), "04:45-06:45", id="no prices: an hour to spare"
        ),
        pytest.param(
            a_task(prices=(), deadline=at("03:00")),
            "00:00-02:00",
            id="no prices: less than an hour",
        ),
        pytest.param(
            a_task(prices=(), deadline=None), "00:00-02:00", id="no prices, no deadline"
        ),
        pytest.param(
            a_task(
                prices=(), deadline=None, allowed=between("01:00-02:00 04:00-09:00")
            ),
            "01:00-02:00 04:00-05:00",
            id="no prices, no deadline, allowed hours",
        ),
        # Prices that are not known.
        pytest.param(
            a_task(prices=hourly(0.3, 0.2, None, 0.1, 0.4, 0.4, 0.4, 0.4)),
            "01:00-02:00 03:00-04:00",
            id="a hole counts as the mean",
        ),
        pytest.param(
            a_task(
                now=at("24:00"), deadline=at("32:00"), prices=(*NIGHT, *hourly(0.3))
            ),
            "27:00-29:00",
            id="as the day before",
        ),
        pytest.param(
            a_task(deadline=None), "03:00-05:00", id="no deadline: what is known"
        ),
        pytest.param(
            a_task(deadline=None, needed=24_000.0, prices=hourly(0.3, 0.1)),
            "01:00-03:00 25:00-26:00",
            id="no deadline: a day more if that is not enough",
        ),
        # No target.
        pytest.param(a_task(needed=None), "00:00-48:00", id="no target: always"),
        pytest.param(
            a_task(needed=None, allowed=between("01:00-02:00 50:00-51:00")),
            "01:00-02:00",
            id="no target: allowed hours of two days",
        ),
        # Charging now: going on costs no start.
        pytest.param(
            a_task(
                charging_since=LONG_AGO,
                prices=hourly(0.3, 0.3, 0.297, 0.295, *[0.6] * 4),
            ),
            "00:00-02:00",
            id="goes on",
        ),
        pytest.param(
            a_task(charging_since=at("-1:55")),
            "00:00-00:15 03:00-04:45",
            id="goes on for its minimum, in whole quarters",
        ),
        pytest.param(
            a_task(charging_since=LONG_AGO),
            "03:00-05:00",
            id="stops for what is cheaper",
        ),
    ],
)
def test_hours(task: Task, hours: str) -> None:
    assert told(cheapest(task).hours) == hours


@pytest.mark.parametrize(
    ("task", "missing", "late", "cost", "at_once", "estimated", "starts"),
    [
        (a_task(), 0, 0, 1.76, 4.0, False, 1),
        (a_task(prices=()), 0, 0, None, None, False, 1),
        (a_task(needed=0.0), 0, 0, 0.0, 0.0, False, 0),
        # Late: half of it is there at the deadline, the rest an hour after it.
        (a_task(deadline=at("01:00")), 8000, 60, 4.0, 4.0, False, 1),
        (a_task(deadline=at("-1:00")), 16_000, 180, 4.0, 4.0, False, 1),
        # No more hours are allowed: that is not late, it is missing.
        (a_task(allowed=between("03:00-04:00")), 8000, 0, 0.8, 2.4, False, 1),
        (a_task(allowed=()), 16_000, 0, 0.0, 0.0, False, 0),
        # Only the price of the last hour is not known; the car might charge then.
        (a_task(prices=NIGHT[:7]), 0, 0, 1.76, 4.0, True, 1),
        (a_task(prices=NIGHT[:7], deadline=at("07:15")), 0, 0, 1.76, 4.0, False, 1),
        (a_task(prices=hourly(-0.2, -0.1, -0.3)), 0, 0, -4.0, -2.4, True, 1),
        (
            a_task(charging_since=LONG_AGO, deadline=at("01:00")),
            8000,
            60,
            4.0,
            4.0,
            False,
            0,
        ),
    ],
)
def test_what_comes_of_it(
    task: Task,
    missing: float,
    late: int,
    cost: float | None,
    at_once: float | None,
    estimated: bool,
    starts: int,
) -> None:
    plan = cheapest(task)
    assert plan.missing == pytest.approx(missing, abs=1)
    assert plan.late == timedelta(minutes=late)
    assert plan.cost == (None if cost is None else pytest.approx(cost))
    assert plan.cost_at_once == (None if at_once is None else pytest.approx(at_once))
    assert (plan.estimated, plan.starts) == (estimated, starts)
    assert plan.ends_at == (plan.hours[-1].end if plan.hours else None)


def test_a_change_of_clocks_is_nothing_to_a_plan() -> None:
    # On the last Sunday of October; the plan knows UTC only.
    shift = at("00:30") - MIDNIGHT - timedelta(days=33)
    prices = [
        replace(one, start=one.start + shift, end=one.end + shift) for one in NIGHT
    ]
    task = a_task(
        now=MIDNIGHT + shift, deadline=at("08:00") + shift, prices=tuple(prices)
    )
    assert told(cheapest(task).hours, MIDNIGHT + shift) == "03:00-05:00"


@pytest.mark.parametrize(
    ("hours", "now", "left"),
    [
        ("03:00-05:00", "00:00", "03:00-05:00"),
        ("03:00-05:00", "04:00", "04:00-05:00"),
        ("03:00-06:00", "00:00", "03:00-05:00"),
        ("03:00-05:00", "06:00", ""),
        ("", "00:00", ""),
    ],
)
def test_what_is_left_of_a_plan(hours: str, now: str, left: str) -> None:
    assert told(planned(between(hours), a_task(now=at(now))).hours) == left


def test_a_plan_ends_where_hours_are_no_longer_allowed() -> None:
    task = a_task(allowed=between("04:00-08:00"))
    left = planned(between("03:00-05:00"), task)
    assert told(left.hours) == "04:00-05:00"
    assert left.missing == pytest.approx(8000)


@pytest.mark.parametrize(
    ("old", "task", "kept"),
    [
        pytest.param("03:00-05:00", a_task(), True, id="the same"),
        pytest.param("00:00-02:00", a_task(), False, id="much cheaper"),
        pytest.param("03:15-05:15", a_task(), False, id="a tenth cheaper"),
        pytest.param(
            "00:00-02:00",
            a_task(prices=hourly(0.2, 0.2, 0.198, 0.198, 0.2, 0.2, 0.2, 0.2)),
            True,
            id="hardly cheaper",
        ),
        pytest.param("03:00-04:00", a_task(), False, id="it delivers less"),
        pytest.param("", a_task(), False, id="none yet"),
        pytest.param("", a_task(needed=0.0), True, id="none, and none needed"),
        pytest.param(
            "03:00-05:00", a_task(deadline=at("03:30")), False, id="an earlier deadline"
        ),
        pytest.param(
            "03:00-05:00",
            a_task(allowed=between("00:00-03:00")),
            False,
            id="no longer allowed",
        ),
        pytest.param(
            "00:30-02:30", a_task(deadline=at("-1:00")), False, id="later than late"
        ),
        pytest.param(
            "00:00-02:00", a_task(deadline=at("-1:00")), True, id="as late as it is"
        ),
        pytest.param("03:00-05:00", a_task(prices=()), True, id="prices are gone"),
        pytest.param(
            "-1:55-02:00",
            a_task(charging_since=LONG_AGO),
            True,
            id="a run of five minutes is not ended",
        ),
        pytest.param(
            "-1:40-02:00", a_task(charging_since=LONG_AGO), False, id="one of twenty is"
        ),
        pytest.param(
            "-1:00-00:10",
            a_task(charging_since=LONG_AGO, needed=1_300.0),
            True,
            id="a rest of ten minutes is charged",
        ),
        pytest.param(
            "00:00-48:00", a_task(needed=None), True, id="no target, the same hours"
        ),
        pytest.param(
            "00:00-48:00",
            a_task(needed=None, allowed=between("01:00-02:00")),
            True,
            id="no target, fewer hours: the same is left",
        ),
        pytest.param(
            "00:00-12:00", a_task(needed=None), False, id="no target, more hours"
        ),
    ],
)
def test_the_plan_before_stays(old: str, task: Task, kept: bool) -> None:
    assert keeps(between(old), cheapest(task), task) == kept


def a_night(number: int) -> tuple[Price, ...]:
    """Return made-up prices of two days: dear in the evening, cheap at night, and spiky."""
    chance, quarter = Random(number), timedelta(minutes=15)
    found = []
    for index in range(2 * 96):
        hour = index / 4 % 24
        evening = 0.12 * exp(-(((hour - 18.5) / 2.2) ** 2))
        night = 0.06 * exp(-(((hour - 3) / 2.5) ** 2))
        start = MIDNIGHT + index * quarter
        per_kwh = 0.22 + evening - night + chance.gauss(0, 0.02)
        found.append(Price(start, start + quarter, per_kwh))
    return tuple(found)


def test_what_twenty_nights_cost() -> None:
    """The figures of docs/smart-charging.md: 22 kWh, plugged in at 18:07, ready by 07:00."""
    plans = [
        cheapest(
            a_task(
                needed=22_000.0,
                power=11_000.0,
                now=at("18:07"),
                deadline=at("31:00"),
                prices=a_night(number),
            )
        )
        for number in range(20)
    ]
    assert round(fmean(plan.cost_at_once or 0.0 for plan in plans), 2) == 7.23
    assert round(fmean(plan.cost or 0.0 for plan in plans), 2) == 3.46
    assert fmean(plan.starts for plan in plans) == 2.1
