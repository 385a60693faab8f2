"""The weekly blocks of a schedule helper as hours of the days to come, in tables."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.wallbox_ocpp.wallbox.model.prices import Price
from custom_components.wallbox_ocpp.wallbox.policy.allowed_hours import allowed_hours
from tests.wallbox.policy.hours import at, told

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
SPRING = datetime(2027, 3, 28, tzinfo=UTC)
"""At 01:00 UTC, 02:00 becomes 03:00 in Berlin."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""At 01:00 UTC, 03:00 becomes 02:00 in Berlin."""
DAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

type Week = Mapping[str, Sequence[Mapping[str, Any]]]


def block(start: str, end: str, **data: object) -> Mapping[str, Any]:
    """Return a block as Home Assistant's schedule has it: 24:00 is time.max."""
    until = time.max if end == "24:00" else time.fromisoformat(end)
    return {"from": time.fromisoformat(start), "to": until} | (
        {"data": data} if data else {}
    )


def each_day(*blocks: Mapping[str, Any]) -> Week:
    return {day: [] for day in DAYS} | {day: list(blocks) for day in DAYS}


def only(**days: Sequence[Mapping[str, Any]]) -> Week:
    return {day: [] for day in DAYS} | days


@pytest.mark.parametrize(
    ("schedule", "day", "zone", "now", "hours"),
    [
        pytest.param(only(), FRIDAY, UTC, "00:00", "", id="nothing"),
        pytest.param({}, FRIDAY, UTC, "00:00", "", id="no days"),
        pytest.param(
            only(friday=[block("01:00", "02:30")]),
            FRIDAY,
            UTC,
            "00:00",
            "01:00-02:30",
            id="a block",
        ),
        pytest.param(
            only(friday=[block("01:00", "02:30")]),
            FRIDAY,
            UTC,
            "02:00",
            "02:00-02:30",
            id="begun",
        ),
        pytest.param(
            only(friday=[block("22:00", "24:00")], saturday=[block("00:00", "06:00")]),
            FRIDAY,
            UTC,
            "00:00",
            "22:00-30:00",
            id="over midnight is one",
        ),
        pytest.param(
            only(friday=[block("22:00", "24:00")]),
            FRIDAY,
            BERLIN,
            "00:00",
            "21:00-23:00",
            id="local time",
        ),
        pytest.param(
            only(thursday=[block("23:00", "24:00")], friday=[block("00:00", "02:00")]),
            FRIDAY,
            ZoneInfo("America/New_York"),
            "00:00",
            "04:00-07:00",
            id="behind UTC, the day before is still on",
        ),
        pytest.param(
            each_day(block("00:00", "24:00")),
            FRIDAY,
            BERLIN,
            "00:00",
            "00:00-48:00",
            id="always",
        ),
        pytest.param(
            only(friday=[block("03:00", "04:00"), block("01:00", "02:00")]),
            FRIDAY,
            UTC,
            "00:00",
            "01:00-02:00 03:00-04:00",
            id="in order",
        ),
        pytest.param(
            only(sunday=[block("01:00", "04:00")]),
            SPRING,
            BERLIN,
            "00:00",
            "00:00-02:00",
            id="spring: an hour less",
        ),
        pytest.param(
            only(sunday=[block("02:15", "02:45")]),
            SPRING,
            BERLIN,
            "00:00",
            "",
            id="spring: does not come",
        ),
        pytest.param(
            only(sunday=[block("02:30", "03:30")]),
            SPRING,
            BERLIN,
            "00:00",
            "01:00-01:30",
            id="spring: the rest",
        ),
        pytest.param(
            only(sunday=[block("01:00", "04:00")]),
            AUTUMN,
            BERLIN,
            "-1:00",
            "-1:00-03:00",
            id="autumn: an hour more",
        ),
        pytest.param(
            only(sunday=[block("02:15", "02:45")]),
            AUTUMN,
            BERLIN,
            "00:00",
            "00:15-00:45 01:15-01:45",
            id="autumn: twice",
        ),
        pytest.param(
            only(sunday=[block("06:00", "07:00")]),
            AUTUMN,
            BERLIN,
            "00:00",
            "05:00-06:00",
            id="autumn: later",
        ),
        pytest.param(
            only(sunday=[block("01:00", "02:30")]),
            datetime(2027, 4, 3, tzinfo=UTC),
            LORD_HOWE,
            "12:00",
            "14:00-16:00",
            id="clocks that go back by half an hour",
        ),
    ],
)
def test_hours(
    schedule: Week, day: datetime, zone: tzinfo, now: str, hours: str
) -> None:
    found = allowed_hours(schedule, at(now, day), zone, timedelta(hours=48))
    assert told(found.intervals, day) == hours
    assert found.prices == ()


@pytest.mark.parametrize(
    ("data", "per_kwh"),
    [
        ({"price": 0.21}, 0.21),
        ({"price": 0}, 0.0),
        ({"price": -0.05}, -0.05),
        ({"price": "0.21"}, 0.21),
        ({"price": "cheap"}, None),
        ({"price": None}, None),
        ({"price": True}, None),
        ({"price": "nan"}, None),
        ({"price": [1]}, None),
        ({"colour": "blue"}, None),
    ],
)
def test_a_block_may_carry_a_price(
    data: dict[str, object], per_kwh: float | None
) -> None:
    schedule = only(
        friday=[block("01:00", "02:00", **data), block("02:00", "03:00", price=0.3)]
    )
    found = allowed_hours(schedule, FRIDAY, UTC, timedelta(hours=24))
    assert told(found.intervals) == "01:00-03:00"
    expected = [] if per_kwh is None else [Price(at("1:00"), at("2:00"), per_kwh)]
    assert [*found.prices] == [*expected, Price(at("2:00"), at("3:00"), 0.3)]


def test_what_comes_twice_has_its_price_twice() -> None:
    schedule = only(sunday=[block("02:00", "03:00", price=0.1)])
    found = allowed_hours(schedule, AUTUMN, BERLIN, timedelta(hours=24))
    assert told(found.intervals, AUTUMN) == "00:00-02:00"
    assert told(found.prices, AUTUMN) == "00:00-01:00 01:00-02:00"
    assert {price.per_kwh for price in found.prices} == {0.1}
