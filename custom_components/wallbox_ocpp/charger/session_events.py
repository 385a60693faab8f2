"""Session events of one charger: each start and end is announced once; old sessions are archived."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback

from ..coordinator import ChargerCoordinator
from ..errors import failed
from ..storage.archive import SessionArchive
from ..storage.file import NotOnDiskError
from ..wallbox.model import sessions
from ..wallbox.model.charging_session import ChargingSession

type SessionListener = Callable[[str, ChargingSession], None]


class SessionEvents:
    """Announces the sessions in the ledger, and moves old ones to the archive."""

    def __init__(
        self, coordinator: ChargerCoordinator, archive: SessionArchive
    ) -> None:
        """Create it, without listeners."""
        self._coordinator = coordinator
        self._archive = archive
        self._listeners: list[SessionListener] = []

    @callback
    def async_listen(self, listener: SessionListener) -> CALLBACK_TYPE:
        """Call the listener exactly once for each session that starts or ends."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_announce(self, _: HomeAssistant | None = None) -> None:
        """Announce every session that has not been announced.

        Not before Home Assistant has started: only then do automations run, and a charger may
        reconnect with its queue earlier.
        """
        coordinator = self._coordinator
        if coordinator.hass.state is not CoreState.running:
            return
        untold = [
            session
            for session in coordinator.data.ledger.sessions
            if not session.start_announced
            or (session.ended and not session.end_announced)
        ]
        for session in untold:
            for listener in self._listeners:
                if not session.start_announced and session.started:
                    listener("started", session)
                if session.ended and not session.end_announced:
                    listener("ended", session)
            state = coordinator.data
            ledger = sessions.announced(state.ledger, session)
            coordinator.async_set(replace(state, ledger=ledger))
        if untold:
            await coordinator.async_save()
            await self._async_retire()

    async def async_keep(self) -> None:
        """Save after a session has changed, and announce it."""
        await self._coordinator.async_save()
        await self.async_announce()

    async def async_between(
        self, start: datetime, end: datetime
    ) -> list[ChargingSession]:
        """Return the ended sessions that overlap a time, oldest first."""
        recent = self._coordinator.data.ledger.sessions
        try:
            return await self._archive.async_between(recent, start, end)
        except NotOnDiskError as error:
            raise failed("history_unreadable") from error

    async def async_ended_between(
        self, start: datetime, end: datetime
    ) -> list[ChargingSession]:
        """Return the sessions that ended in a time, oldest first; one may have begun before."""
        return [
            session
            for session in await self.async_between(start, end)
            if session.ended and start <= session.ended < end
        ]

    async def async_years(self) -> list[int]:
        """Return the years (in UTC) in which sessions ended, in order."""
        recent = self._coordinator.data.ledger.sessions
        try:
            retired = await self._archive.async_years()
        except NotOnDiskError as error:
            raise failed("history_unreadable") from error
        return sorted({*retired, *(one.ended.year for one in recent if one.ended)})

    async def async_forget(self) -> None:
        """Delete the history of a charger that has been removed."""
        await self._archive.async_remove()

    async def _async_retire(self) -> None:
        """Move the oldest sessions from the ledger to the archive; they are written there first."""
        coordinator = self._coordinator
        if not (old := sessions.retired(coordinator.data.ledger)):
            return
        try:
            await self._archive.async_add(old)
        except NotOnDiskError:
            return
        state = coordinator.data
        ledger = sessions.without(state.ledger, old)
        coordinator.async_set(replace(state, ledger=ledger))
        await coordinator.async_save()
