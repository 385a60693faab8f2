"""Rows become prices: sorted, without overlaps, over holes and changes of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from custom_components.wallbox_ocpp.prices.attributes import rows_of
from custom_components.wallbox_ocpp.prices.normalize import MOST_ROWS, read

BERLIN: Final = ZoneInfo("Europe/Berlin")
MADRID: Final = ZoneInfo("Europe/Madrid")
MIDNIGHT: Final = datetime(2026, 11, 27, tzinfo=UTC)
SPRING: Final = datetime(2027, 3, 28)
AUTUMN: Final = datetime(2026, 10, 25)
HOUR: Final = timedelta(hours=1)


def minutes(*rows: tuple[Any, ...]) -> list[tuple[float, float, float]]:
    """Return minutes of start and end since midnight, and the price."""
    read_rows = [
        {"start": MIDNIGHT + timedelta(minutes=row[0]), "price": row[1]}
        | ({"end": MIDNIGHT + timedelta(minutes=row[2])} if row[2:] else {})
        for row in rows
    ]
    return [
        (
            (price.start - MIDNIGHT) / timedelta(minutes=1),
            (price.end - MIDNIGHT) / timedelta(minutes=1),
            price.per_kwh,
        )
        for price in read(read_rows, UTC, 1)
    ]


NAN: Final = float("nan")
INFINITE: Final = float("inf")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(0, 1)], [(0, 60, 1)]),
        ([(0, 1), (15, 2)], [(0, 15, 1), (15, 30, 2)]),
        ([(0, 1), (30, 2)], [(0, 30, 1), (30, 60, 2)]),
        # Not sorted; the later of two for one time; a price of nothing, and less.
        ([(60, 2), (0, 1)], [(0, 60, 1), (60, 120, 2)]),
        ([(0, 1), (60, 2), (0, 3)], [(0, 60, 3), (60, 120, 2)]),
        ([(0, 0), (60, -0.5)], [(0, 60, 0), (60, 120, -0.5)]),
        # Without a value there is a hole.
        ([(0, 1), (60, None), (120, 3)], [(0, 60, 1), (120, 180, 3)]),
        ([(0, 1), (60, NAN), (120, INFINITE)], [(0, 60, 1)]),
        ([(0, 1), (60, "unknown"), (120, True)], [(0, 60, 1)]),
        # A row that is missing is a hole, if the others are regular.
        (
            [(0, 1), (60, 2), (120, 3), (180, 4), (240, 5), (360, 6)],
            [
                (0, 60, 1),
                (60, 120, 2),
                (120, 180, 3),
                (180, 240, 4),
                (240, 300, 5),
                (360, 420, 6),
            ],
        ),
        # A tariff of day and night says when it changes only.
        (
            [(0, 1), (480, 2), (1440, 1), (1920, 2)],
            [(0, 480, 1), (480, 1440, 2), (1440, 1920, 1), (1920, 2400, 2)],
        ),
        # Ends: too late, too early, before the start.
        ([(0, 1, 60), (15, 2, 30)], [(0, 15, 1), (15, 30, 2)]),
        ([(0, 1, 15), (30, 2, 45)], [(0, 15, 1), (30, 45, 2)]),
        ([(60, 1, 0), (120, 2, 180)], [(60, 120, 1), (120, 180, 2)]),
        ([(0, 1, 5), (5, 2, 30), (30, 3, 60)], [(0, 5, 1), (5, 30, 2), (30, 60, 3)]),
    ],
)
def test_rows_become_prices(
    rows: list[tuple[Any, ...]], expected: list[tuple[float, float, float]]
) -> None:
    assert minutes(*rows) == expected


@pytest.mark.parametrize(
    "start",
    [
        "2026-11-27T02:00:00+01:00",
        "2026-11-27 02:00:00+01:00",
        "2026-11-27T01:00:00.000000Z",
        "2026-11-27T01:00:01+00:00",
        "2026-11-27T00:59:59.999+00:00",
        "2026-11-27 02:00",
        " 2026-11-27T02:00:00 ",
        datetime(2026, 11, 27, 2),
        datetime(2026, 11, 27, 2, tzinfo=BERLIN),
    ],
)
def test_times_are_understood(start: object) -> None:
    [price] = read([{"start": start, "price": 1}], BERLIN, 1)
    assert price.start == MIDNIGHT + HOUR


@pytest.mark.parametrize(
    "start", [3, 1_800_000_000, None, "", "soon", "03", True, [], "9999-12-31T23:59:59"]
)
def test_what_is_no_time_is_left_out(start: object) -> None:
    rows = [{"start": start, "price": 1}, {"start": MIDNIGHT, "price": 2}]
    assert [price.per_kwh for price in read(rows, BERLIN, 1)][:1] == [2]


@pytest.mark.parametrize(("day", "quarters"), [(SPRING, 92), (AUTUMN, 100)])
@pytest.mark.parametrize("aware", [True, False])
def test_days_have_92_or_100_quarters(
    day: datetime, quarters: int, *, aware: bool
) -> None:
    begin = day.replace(tzinfo=BERLIN).astimezone(UTC)
    starts = [begin + n * HOUR / 4 for n in range(quarters)]
    rows = [
        {
            "time": start.astimezone(BERLIN)
            if aware
            else start.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M"),
            "price": number,
        }
        for number, start in enumerate(starts)
    ]
    prices = read(rows, BERLIN, 1)
    assert [price.start for price in prices] == starts
    assert [price.per_kwh for price in prices] == list(range(quarters))
    assert all(before.end == after.start for before, after in pairwise(prices))
    assert prices[-1].end == (day + timedelta(days=1)).replace(
        tzinfo=BERLIN
    ).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hours", "missing"),
    [(SPRING, 23, "price_02h"), (AUTUMN, 25, None), (datetime(2026, 11, 27), 24, None)],
)
def test_pvpc_has_hours_of_the_clock(
    day: datetime, hours: int, missing: str | None
) -> None:
    begin = day.replace(tzinfo=MADRID).astimezone(UTC)
    attributes: dict[str, float] = {}
    for number in range(hours):
        name = f"price_{(begin + number * HOUR).astimezone(MADRID).hour:02d}h"
        attributes[f"{name}_d" if name in attributes else name] = number
    assert missing not in attributes
    prices = read(rows_of(attributes, begin + 9 * HOUR, MADRID), MADRID, 1)
    assert [(price.start, price.per_kwh) for price in prices] == [
        (begin + number * HOUR, number) for number in range(hours)
    ]


def test_a_list_without_end_is_not_read_to_the_end() -> None:
    rows = ({"start": MIDNIGHT + n * HOUR, "price": n} for n in range(10**6))
    assert len(read(rows, UTC, 1)) == MOST_ROWS


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"prices": None, "forecast": "sunny", "data": 3, "rates": [1, 2, None]},
        {"forecast": [{"datetime": "2026-11-27T02:00:00Z", "temperature": 3}]},
        {"raw_today": [{"hour": 3, "price": 1}]},
        {"price_99h": 1, "price_02h": "unknown", "price_h": 2},
        {"min": 1, "max": 2, "friendly_name": "price_02h"},
    ],
)
def test_attributes_without_forecast_have_none(attributes: dict[str, Any]) -> None:
    assert read(rows_of(attributes, MIDNIGHT, BERLIN), BERLIN, 1) == ()
