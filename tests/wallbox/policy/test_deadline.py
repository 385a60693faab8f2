"""Ready by, in a table."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from custom_components.wallbox_ocpp.wallbox.policy.deadline import next_deadlines

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("ready_by", "now", "deadline"),
    [
        ("07:00", "2026-11-27T00:00Z", "2026-11-27T06:00Z"),
        ("07:00", "2026-11-27T05:59:59Z", "2026-11-27T06:00Z"),
        ("07:00", "2026-11-27T06:00Z", "2026-11-28T06:00Z"),
        ("07:00", "2026-11-27T22:00Z", "2026-11-28T06:00Z"),
        # It is the 28th already in Berlin.
        ("00:15", "2026-11-27T23:05Z", "2026-11-27T23:15Z"),
        ("00:00", "2026-11-27T22:59Z", "2026-11-27T23:00Z"),
        # In spring the clock goes from 02:00 to 03:00.
        ("07:00", "2027-03-27T23:00Z", "2027-03-28T05:00Z"),
        ("02:30", "2027-03-27T23:00Z", "2027-03-28T01:30Z"),
        ("02:30", "2027-03-28T01:30Z", "2027-03-29T00:30Z"),
        # In autumn 02:00 to 03:00 comes twice; the first one counts.
        ("02:30", "2026-10-24T23:00Z", "2026-10-25T00:30Z"),
        ("02:30", "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
        ("07:00", "2026-10-24T23:00Z", "2026-10-25T06:00Z"),
    ],
)
def test_the_next_time(ready_by: str, now: str, deadline: str) -> None:
    found = next_deadlines(
        time.fromisoformat(ready_by), datetime.fromisoformat(now), BERLIN, 3
    )
    assert found[0] == datetime.fromisoformat(deadline)
    assert len(found) == len({moment.date() for moment in found}) == 3
