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


class ThisMonth:
    """Adds up the archived sessions of a month, once: when it begins, or was never added up.

    Sessions that are archived later add themselves.
    """

    def __init__(
        self, coordinator: ChargerCoordinator, session_events: SessionEvents
    ) -> None:
        """Begin with what was stored."""
        self._coordinator = coordinator
        self._session_events = session_events

    @callback
    def async_watch(self) -> CALLBACK_TYPE:
        """Follow the calendar of the home until the returned function is called."""
        self._look()
        return async_track_time_change(
            self._coordinator.hass, self._look, hour=0, minute=0, second=0
        )

    @callback
    def _look(self, _: datetime | None = None) -> None:
        """Add up the month that it is now, if that has not been done."""
        coordinator = self._coordinator
        since = dt_util.as_utc(dt_util.start_of_local_day().replace(day=1))
        month = coordinator.data.ledger.month
        if month and month.since == since:
            return
        coordinator.async_run(self._async_add_up(since))

    async def _async_add_up(self, since: datetime) -> None:
        coordinator = self._coordinator
        try:
            known = await self._session_events.async_between(since, dt_util.utcnow())
        except HomeAssistantError:
            # Not known until it works at another midnight; the repair about the file says why.
            known = None
        state = coordinator.data
        recent = {session.key for session in state.ledger.sessions}
        archived = (item for item in known or () if item.key not in recent)
        month = None if known is None else Month(since=since).plus(archived)
        ledger = replace(state.ledger, month=month)
        coordinator.async_set(replace(state, ledger=ledger))
