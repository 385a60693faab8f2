"""Keeps the energy and the cost of the current month of one charger."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..wallbox.model.month import Month
from .session_events import SessionEvents

MOVED: Final = timedelta(hours=26)
"""By how much the beginning of a month can differ between two time zones."""


@callback
def async_watch_month(
    coordinator: ChargerCoordinator, session_events: SessionEvents
) -> CALLBACK_TYPE:
    """Add up the archived sessions of a month, once: when it begins, or was never added up.

    Sessions that are archived later add themselves. Stops when the returned function is called.
    """

    @callback
    def look(_: datetime | None = None) -> None:
        now = dt_util.now()
        since = dt_util.as_utc(dt_util.start_of_local_day(now).replace(day=1))
        month = coordinator.data.ledger.month
        if month is None or not _goes_on(month, since, now):
            coordinator.async_run(_async_add_up(coordinator, session_events, since))

    look()
    return async_track_time_change(coordinator.hass, look, hour=0, minute=0, second=0)


def _goes_on(month: Month, since: datetime, now: datetime) -> bool:
    """Return whether a month is still the present one, which began at a moment by the local clock.

    In another time zone it keeps the beginning that it had: the recorder would count all of it once
    more. That may even be the first of a month on the last of the one before. But one of the future
    is of a wrong clock.
    """
    return since - MOVED <= month.since <= now


async def _async_add_up(
    coordinator: ChargerCoordinator, session_events: SessionEvents, since: datetime
) -> None:
    try:
        known = await session_events.async_between(since, dt_util.utcnow())
    except HomeAssistantError:
        # Not known until it works at another midnight; the repair about the file says why.
        known = None
    state = coordinator.data
    recent = {session.key for session in state.ledger.sessions}
    archived = (item for item in known or () if item.key not in recent)
    month = None if known is None else Month(since=since).plus(archived)
    ledger = replace(state.ledger, month=month)
    coordinator.async_set(replace(state, ledger=ledger))
