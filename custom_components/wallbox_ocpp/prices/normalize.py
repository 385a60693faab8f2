"""Rows with times and prices, under whatever names, become prices in order.

A row is a mapping. Its times may be `datetime` or text, with or without a time zone, with a
"T" or a space; its end may be missing; its price may be `None`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from math import isfinite
from typing import Any, Final

from ..wallbox.model.prices import Price

type Row = Mapping[Any, Any]

STARTS: Final = (
    *("start", "start_time", "startsAt", "starts_at", "valid_from", "from"),
    *("time", "hour", "datetime", "timestamp"),
)
ENDS: Final = ("end", "end_time", "endsAt", "ends_at", "valid_to", "till", "to")
VALUES: Final[dict[str, float | None]] = {
    "price": None,
    "value": None,
    "total": None,
    "value_inc_vat": None,
    "value_incl_vat": None,
    "per_kwh": 1.0,
    "price_per_kwh": 1.0,
    "price_ct_per_kwh": 0.01,
    "price_eur_per_mwh": 0.001,
    "electricity_price": None,
}
"""The names of a price, and what 1 of it costs per kWh; None if that is said elsewhere."""

TINY: Final = "electricity_price"
TINY_UNIT: Final = 1e-7
TINY_FROM: Final = 1000
"""Zonneplan writes prices as whole 1e-7 EUR; nobody pays 1000 EUR for a kWh."""

MOST_ROWS: Final = 2500
"""A week of prices of five minutes has 2016."""

YEARS: Final = range(2000, 3000)
"""Of the times that are no mistake, and can be reckoned with."""

USUAL: Final = 0.75
"""The share of equal steps from which a longer one is a hole."""

ONLY_ONE: Final = timedelta(hours=1)
"""How long a price is taken to hold that has no end and none after it."""

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row whose times are understood; it has no value if that is missing."""

    start: datetime
    end: datetime | None
    value: float | None


def read(rows: Iterable[Row], zone: tzinfo, scale: float) -> tuple[Price, ...]:
    """Return the prices of the rows: sorted, without overlaps, with holes where none is known.

    Of two rows for the same time, the later one in the list counts.

    Args:
        rows: No more than 2500 of them are read.
        zone: That of times without one.
        scale: The price of a kWh at 1, where the name of a price does not say.
    """
    entries = {
        entry.start: entry
        for entry in _entries(islice(rows, MOST_ROWS), zone, scale)
        if entry.start.year in YEARS
    }
    ordered = _ended([entries[start] for start in sorted(entries)])
    return tuple(
        Price(entry.start, entry.end, entry.value)
        for entry in ordered
        if entry.end is not None and entry.value is not None
    )


def is_row(value: object) -> bool:
    """Return whether a value has a time and a price, by the names of its parts."""
    return (
        isinstance(value, Mapping)
        and any(key in value for key in STARTS)
        and any(key in value for key in VALUES)
    )


def _entries(rows: Iterable[Row], zone: tzinfo, scale: float) -> Iterator[_Entry]:
    before: datetime | None = None
    for row in rows:
        start = _moment(_first(row, STARTS), zone, before)
        if start is None:
            continue
        end = _moment(_first(row, ENDS), zone, start)
        yield _Entry(start, end, _value(row, scale))
        before = start


def _ended(entries: list[_Entry]) -> list[_Entry]:
    """Return the entries with the ends that they lack, and none beyond the next start."""
    if not entries:
        return []
    starts = [entry.start for entry in entries]
    steps = Counter(after - before for before, after in pairwise(starts))
    step, times = steps.most_common(1)[0] if steps else (ONLY_ONE, 0)
    longest = step if times > USUAL * steps.total() else timedelta.max
    last = entries[-1].start + step
    result = []
    for entry, following in zip(entries, [*starts[1:], last], strict=True):
        if entry.end is None or entry.end <= entry.start:
            end = entry.start + min(following - entry.start, longest)
        elif entry is entries[-1]:
            end = entry.end
        else:
            end = min(entry.end, following)
        result.append(replace(entry, end=end))
    return result


def _first(row: Row, names: Iterable[str]) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _value(row: Row, scale: float) -> float | None:
    """Return the price of a kWh in a row; None if there is none."""
    for name, own in VALUES.items():
        number = _number(row.get(name))
        if number is None:
            continue
        if name == TINY and abs(number) >= TINY_FROM:
            return number * TINY_UNIT
        return number * (scale if own is None else own)
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if isfinite(number) else None


def _moment(value: object, zone: tzinfo, before: datetime | None) -> datetime | None:
    """Return a time in UTC to the minute; None if it is none.

    Args:
        zone: That of a time without one.
        before: The time before it. When the clocks go back, a time without zone that does
            not come after it is that of the second hour.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        if value.tzinfo is not None:
            return _to_minute(value.astimezone(UTC))
        first = _to_minute(value.replace(tzinfo=zone, fold=0).astimezone(UTC))
        if before is None or first > before:
            return first
        return _to_minute(value.replace(tzinfo=zone, fold=1).astimezone(UTC))
    except OverflowError:
        return None


def _to_minute(moment: datetime) -> datetime:
    """Return the nearest full minute: Amber's starts are a second late, other ends one early."""
    return (moment + MINUTE / 2).replace(second=0, microsecond=0)
