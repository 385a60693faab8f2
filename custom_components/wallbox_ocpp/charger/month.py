"""Keeps the energy and the cost of the current month of one charger."""

from dataclasses import replace
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..wallbox.model.month import Month
from .session_events import SessionEvents


@callback
def async_watch_month(
    coordinator: ChargerCoordinator, session_events: SessionEvents
) -> CALLBACK_TYPE:
    """Add up the archived sessions of a month, once: when it begins, or was never added up.

    Sessions that are archived later add themselves. Stops when the returned function is called.
    """

    @callback
    def look(_: datetime | None = None) -> None:
        since = dt_util.as_utc(dt_util.start_of_local_day().replace(day=1))
        month = coordinator.data.ledger.month
        if month is None or month.since != since:
            coordinator.async_run(_async_add_up(coordinator, session_events, since))

    look()
    return async_track_time_change(coordinator.hass, look, hour=0, minute=0, second=0)


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
