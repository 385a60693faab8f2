"""The weekly blocks of a schedule helper as hours of the days to come, in tables."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.wallbox_ocpp.wallbox.model.prices import Price
from custom_components.wallbox_ocpp.wallbox.policy.allowed_hours import allowed_hours
from homeassistant.components.schedule.const import WEEKDAY_TO_CONF
from tests.wallbox.policy.hours import at, told

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
SPRING = datetime(2027, 3, 28, tzinfo=UTC)
"""At 01:00 UTC, 02:00 becomes 03:00 in Berlin."""
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""At 01:00 UTC, 03:00 becomes 02:00 in Berlin."""
DAYS = tuple(WEEKDAY_TO_CONF.values())

type Week = Mapping[str, Sequence[Mapping[str, Any]]]


def block(start: str, end: str, **data: object) -> Mapping[str, Any]:
    """Return a block as Home Assistant's schedule has it: 24:00 is time.max."""
    until = time.max if end == "24:00" else time.fromisoformat(end)
    return {"from": time.fromisoformat(start), "to": until} | (
        {"data": data} if data else {}
    )


def only(**days: Sequence[Mapping[str, Any]]) -> Week:
    return {day: [] for day in DAYS} | days


def week(text: str) -> Week:
    """Return blocks, as in "fri 22:00-24:00 sat 00:00-06:00"."""
    days: dict[str, list[Mapping[str, Any]]] = {day: [] for day in DAYS}
    for part in re.split(r" (?=[a-z])", text) if text else ():
        name, *blocks = part.split()
        (day,) = (day for day in DAYS if day.startswith(name))
        days[day] = [block(*hours.split("-")) for hours in blocks]
    return days


ALWAYS = " ".join(f"{day} 00:00-24:00" for day in DAYS)
NEW_YORK = ZoneInfo("America/New_York")
APRIL_3 = datetime(2027, 4, 3, tzinfo=UTC)

HOURS: Mapping[str, tuple[Any, ...]] = {
    "nothing": ("", UTC, FRIDAY, ""),
    "a block": ("fri 01:00-02:30", UTC, FRIDAY, "01:00-02:30"),
    "begun": ("fri 01:00-02:30", UTC, FRIDAY, "02:00-02:30", "02:00"),
    "over midnight": ("fri 22:00-24:00 sat 00:00-06:00", UTC, FRIDAY, "22:00-30:00"),
    "local time": ("fri 22:00-24:00", BERLIN, FRIDAY, "21:00-23:00"),
    # Behind UTC, the day before is still on.
    "west": ("thu 23:00-24:00 fri 00:00-02:00", NEW_YORK, FRIDAY, "04:00-07:00"),
    "always": (ALWAYS, BERLIN, FRIDAY, "00:00-48:00"),
    "order": ("fri 03:00-04:00 01:00-02:00", UTC, FRIDAY, "01:00-02:00 03:00-04:00"),
    "spring: an hour less": ("sun 01:00-04:00", BERLIN, SPRING, "00:00-02:00"),
    "spring: does not come": ("sun 02:15-02:45", BERLIN, SPRING, ""),
    "spring: the rest": ("sun 02:30-03:30", BERLIN, SPRING, "01:00-01:30"),
    "autumn: more": ("sun 01:00-04:00", BERLIN, AUTUMN, "-1:00-03:00", "-1:00"),
    "autumn: twice": ("sun 02:15-02:45", BERLIN, AUTUMN, "00:15-00:45 01:15-01:45"),
    "autumn: later": ("sun 06:00-07:00", BERLIN, AUTUMN, "05:00-06:00"),
    "half an hour": ("sun 01:00-02:30", LORD_HOWE, APRIL_3, "14:00-16:00", "12:00"),
}
"""The blocks of a week, where and on which day, the hours that come of them, and when if not at midnight."""


@pytest.mark.parametrize("name", HOURS)
def test_hours(name: str) -> None:
    blocks, zone, day, hours, *now = HOURS[name]
    begin = at(now[0] if now else "00:00", day)
    found = allowed_hours(week(blocks), begin, zone, timedelta(hours=48))
    assert told(found.intervals, day) == hours
    assert found.prices == ()


def test_a_schedule_without_days_has_no_hours() -> None:
    assert allowed_hours({}, FRIDAY, UTC, timedelta(hours=48)).intervals == ()


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
