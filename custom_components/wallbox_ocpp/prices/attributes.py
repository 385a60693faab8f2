"""The rows with prices that an entity has in its attributes."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
import re
from typing import Any, Final

from .normalize import Row, is_row

NAMES: Final = (
    ("raw_today", "raw_tomorrow"),
    ("prices_today", "prices_tomorrow"),
    ("today_interval_prices", "tomorrow_interval_prices"),
    ("today_hours", "tomorrow_hours"),
    ("prices",),
    ("rates",),
    ("data",),
    ("forecasts",),
    ("forecast",),
)
"""The attributes of integrations that are known, those for today first.

Nord Pool and Energi Data Service (HACS); ENTSO-e; GE-Spot; OMIE (HACS); Frank Energie,
Strømligning and templates; Octopus; EPEX Spot; Amber; Zonneplan ONE.
"""

TODAY: Final = "today"
TOMORROW: Final = "tomorrow"

PVPC_HOUR: Final = re.compile(r"price_(next_day_)?(\d\d)h(_d)?")
"""The prices of Spain's PVPC: of a clock's hours, `_d` for the second when clocks go back."""

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


def rows_of(attributes: Mapping[str, Any], now: datetime, zone: tzinfo) -> list[Row]:
    """Return the rows with prices; none if there are none, whatever else there is."""
    for names in (*NAMES, *_other_names(attributes)):
        if rows := [row for name in names for row in rows_in(attributes.get(name))]:
            return rows
    return list(_pvpc(attributes, now.astimezone(zone).date(), zone))


def rows_in(value: object) -> list[Row]:
    """Return the rows in a list, or in a mapping from times to prices."""
    if isinstance(value, Mapping):
        return [
            {"start": start, "price": price}
            for start, price in value.items()
            if isinstance(start, str | datetime)
            and isinstance(price, int | float | None)
        ]
    if isinstance(value, list | tuple):
        return [row for row in value if is_row(row)]
    return []


def _other_names(attributes: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the names of other lists, those for today with those for tomorrow."""
    for name, value in attributes.items():
        if isinstance(value, list | tuple) and TOMORROW not in name:
            yield (name, name.replace(TODAY, TOMORROW)) if TODAY in name else (name,)


def _pvpc(attributes: Mapping[str, Any], today: date, zone: tzinfo) -> Iterator[Row]:
    """Yield the rows of PVPC, which have a clock's hour and no date."""
    for name, price in attributes.items():
        if found := PVPC_HOUR.fullmatch(name):
            next_day, hour, second = found.groups()
            if int(hour) >= DAY // HOUR:
                continue
            day = today + DAY if next_day else today
            start = datetime.combine(day, time(int(hour), fold=bool(second)), zone)
            utc = start.astimezone(UTC)
            yield {"start": utc, "end": utc + HOUR, "price": price}
