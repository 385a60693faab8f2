"""Ready by: a local time of day as the next moments at which it comes."""

from datetime import UTC, datetime, time, timedelta, tzinfo


def next_deadlines(
    at: time, now: datetime, zone: tzinfo, number: int
) -> tuple[datetime, ...]:
    """Return when a local time of day comes next after now, in UTC, so many times.

    In spring, a time that the change of clocks leaves out is later by what was left out; in
    autumn, a time that comes twice is the first one. datetime does both with fold 0.
    """
    today = now.astimezone(zone).date()
    # Today's may be over.
    days = (today + timedelta(days=ahead) for ahead in range(number + 2))
    moments = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return tuple(moment for moment in moments if moment > now)[:number]
