"""Ready by: a local time of day as the next moment at which it comes."""

from datetime import UTC, datetime, time, timedelta, tzinfo


def next_deadline(at: time, now: datetime, zone: tzinfo) -> datetime:
    """Return when a local time of day comes next after now, in UTC.

    In spring, a time that the change of clocks leaves out is later by what was left out; in
    autumn, a time that comes twice is the first one. datetime does both with fold 0.
    """
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(3))
    moments = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(moment for moment in moments if moment > now)
