"""The cards in a charger: those that are valid work without us, and no others.

Only the steward uses this.
"""

from typing import TYPE_CHECKING

from ocpp.v16 import call

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .csms.calls import NoAnswerError, RefusedError
from .csms.requests import UNSUPPORTED, read_list_version, read_status
from .csms.session import Session
from .wallbox.local_list import (
    Entries,
    LocalList,
    most_per_message,
    supports_list,
    updates,
    valid_entries,
)
from .wallbox.offline_fix import ACCEPTED

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator


class Listing:
    """Keeps the local authorisation list of one charger in step with its owner's cards."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin without having asked which list the charger has."""
        self._coordinator = coordinator
        self._asked = False
        """The charger has named the version of its list since it last started."""
        self._refused: Entries | None = None
        """What it would not take or did not answer to; it is let be with that for a while."""

    @callback
    def async_forget(self) -> None:
        """Take it that the charger may have another list."""
        self._asked = False
        self._refused = None

    @callback
    def async_try_again(self) -> None:
        """Send again what the charger would not take."""
        self._refused = None

    # Both raise NotConnectedError if the charger leaves.

    async def async_keep(self, session: Session) -> None:
        """Bring the list in step, if the charger is locked and has one."""
        state = self._coordinator.data
        if state.locked and supports_list(state.configuration):
            wanted = valid_entries(state.cards, dt_util.utcnow())
            await self._async_bring(session, wanted)

    async def async_clear(self, session: Session) -> None:
        """Take our cards out of a charger that is about to leave us."""
        if self._coordinator.data.local_list.entries:
            await self._async_bring(session, {})

    async def _async_bring(self, session: Session, wanted: Entries) -> None:
        if wanted == self._refused:
            return
        if not self._asked:
            await self._async_ask(session)
        by_differences = self._held.entries is not None
        if await self._async_update(session, wanted):
            return
        # What it has not taken as differences it may take as a whole.
        if not by_differences or not await self._async_update(session, wanted):
            self._refused = wanted

    async def _async_ask(self, session: Session) -> None:
        """Ask for the version of the list: another one than ours is somebody else's."""
        try:
            answer = await session.call(call.GetLocalListVersion())
        except RefusedError, NoAnswerError:
            version = UNSUPPORTED
        else:
            version = read_list_version(answer)
        self._asked = True
        if version != self._held.version:
            self._hold(LocalList(version=version, entries=None))

    async def _async_update(self, session: Session, wanted: Entries) -> bool:
        """Send what is missing; False if the charger does not take it."""
        most = most_per_message(self._coordinator.data.configuration)
        for update in updates(self._held, wanted, dt_util.utcnow(), most):
            try:
                status = read_status(await session.call(update.request))
            except RefusedError, NoAnswerError:
                status = ""
            if status != ACCEPTED:
                self._hold(LocalList(version=self._held.version, entries=None))
                return False
            self._hold(update.after)
        return True

    @property
    def _held(self) -> LocalList:
        return self._coordinator.data.local_list

    def _hold(self, held: LocalList) -> None:
        self._coordinator.async_change(local_list=held)
