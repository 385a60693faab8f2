"""Hours and prices of a night, in few words."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from custom_components.wallbox_ocpp.wallbox.model.prices import Interval, Price

MIDNIGHT = datetime(2026, 11, 27, tzinfo=UTC)


def at(clock: str, day: datetime = MIDNIGHT) -> datetime:
    """Return a time of a day in UTC; 25:30 is of the next, -1:30 half an hour before it."""
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def between(text: str, day: datetime = MIDNIGHT) -> tuple[Interval, ...]:
    """Return intervals, as in "01:00-02:00 03:00-03:15"."""
    pairs = (one.rsplit("-", 1) for one in text.split())
    return tuple(Interval(at(start, day), at(end, day)) for start, end in pairs)


def told(intervals: Iterable[Interval], day: datetime = MIDNIGHT) -> str:
    """Return intervals as `between` takes them."""
    return " ".join(
        f"{_clock(one.start, day)}-{_clock(one.end, day)}" for one in intervals
    )


def _clock(moment: datetime, day: datetime) -> str:
    minutes, seconds = divmod(int((moment - day).total_seconds()), 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{clock}:{seconds:02}" if seconds else clock


def hourly(*per_kwh: float | None) -> Sequence[Price]:
    """Return prices of an hour each from midnight on; None is a hole."""
    hour = timedelta(hours=1)
    return tuple(
        Price(MIDNIGHT + n * hour, MIDNIGHT + (n + 1) * hour, price)
        for n, price in enumerate(per_kwh)
        if price is not None
    )
