"""Composes all that belongs to one charger, and serves its connection."""

import logging

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..access import Access
from ..backfill import Backfill
from ..chronicle import Chronicle
from ..coordinator import ChargerCoordinator
from ..csms.server import CentralSystem
from ..csms.session import Request, Session, label
from ..device import async_update_device
from ..errands import Errands
from ..issues import async_update_issues
from ..keyring import Keyring
from ..price import Price
from ..store import ChargerStore, Memory, SessionArchive
from ..wallbox import charger
from ..wallbox.model.events import (
    Booted,
    CardPresented,
    Happening,
    Measured,
    SessionChanged,
)
from ..wallbox.plan import notice
from ..wallbox.state import ChargerState, shows_the_same
from ..watch import async_watch
from .commands import Commands
from .reconciler import Reconciler

_LOGGER = logging.getLogger(__name__)


class Charger:
    """One charger: its connection, its state, and whoever works on it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        central_system: CentralSystem,
        memory: Memory,
    ) -> None:
        """Compose it, to take up where the memory ends."""
        self._central_system = central_system
        store = ChargerStore(hass, subentry.subentry_id)
        archive = SessionArchive(hass, subentry.subentry_id)
        self.coordinator = coordinator = ChargerCoordinator(
            hass, entry, subentry, store, memory
        )
        self.chronicle = Chronicle(coordinator, archive)
        self.reconciler = Reconciler(coordinator, self.chronicle.async_keep)
        self.errands = Errands(coordinator, self.reconciler)
        recorder = central_system.logbooks[coordinator.identity].recorder
        self.commands = Commands(coordinator, self.reconciler, recorder)
        self.access = Access(coordinator, self.commands)
        self.keyring = Keyring(coordinator, self.errands, self.commands)
        self._backfill = Backfill(coordinator)
        self._price = Price(coordinator)
        self._session: Session | None = None
        self._looked_at: ChargerState | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        entry.async_on_unload(self.async_shutdown)

    @property
    def identity(self) -> str:
        """The charge point identity typed into the Wallbox app."""
        return self.coordinator.identity

    @property
    def state(self) -> ChargerState:
        """What is known of it."""
        return self.coordinator.data

    @callback
    def async_admit(self) -> None:
        """Let the charger in from now on, until `async_shutdown`."""
        self._price.async_follow()
        self._backfill.async_reconsider()
        hass = self.coordinator.hass
        self._unsubscribe = [
            async_at_started(hass, self.chronicle.async_announce),
            async_watch(self.coordinator, self.errands),
            self._central_system.register(
                self.identity, self._async_serve, lambda: self.keyring.credentials
            ),
            self.keyring.async_watch(self._central_system),
            self.coordinator.async_on_change(self._look_for_issues),
        ]

    async def async_shutdown(self) -> None:
        """Refuse the charger from now on, and leave nothing unwritten."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        self._price.async_shutdown()
        self._backfill.async_shutdown()
        self.reconciler.async_shutdown()
        await self.coordinator.async_shutdown()

    @callback
    def async_reconfigure(self) -> None:
        """Follow a change of the charger's settings, which Home Assistant changes in place."""
        self._price.async_follow()
        self.access.async_follow_settings()
        self.coordinator.async_save_soon()
        self.reconciler.async_reconsider()
        self.coordinator.async_tell()

    async def async_forget(self) -> None:
        """Delete all that is kept of a charger that has been removed."""
        self._central_system.logbooks.pop(self.identity, None)
        await self.coordinator.async_forget()
        await self.chronicle.async_forget()

    @callback
    def _look_for_issues(self) -> None:
        coordinator, state = self.coordinator, self.state
        if self._looked_at and shows_the_same(self._looked_at, state):
            return
        self._looked_at = state
        subentry = coordinator.subentry
        async_update_issues(
            coordinator.hass, subentry.subentry_id, subentry.title, state
        )

    # What the charger says: one direction, from the socket to the entities.

    async def _async_serve(self, session: Session) -> None:
        coordinator = self.coordinator
        self._session = session
        now, address = dt_util.utcnow(), session.entrance.address
        coordinator.async_set(charger.connected(coordinator.data, now, address))
        self.keyring.async_came(session)
        _LOGGER.info("Charger %s is connected", label(self.identity))
        self.reconciler.async_connected(session)
        try:
            async for request in session.requests():
                if not await self._async_handle(session, request):
                    return
        finally:
            if self._session is session:
                self._session = None
                state = charger.disconnected(
                    coordinator.data, dt_util.utcnow(), session.ending
                )
                coordinator.async_set(state)
                self.reconciler.async_disconnected()
                _LOGGER.info("Charger %s is no longer connected", label(self.identity))

    async def _async_handle(self, session: Session, request: Request) -> bool:
        """Take in a message; False if it could not be kept and the charger must say it again."""
        coordinator = self.coordinator
        before = coordinator.data
        now = dt_util.utcnow()
        outcome = charger.apply(before, request.message, now)
        state = outcome.state
        for happening in outcome.happenings:
            state = notice.noticed(state, happening, now)
        coordinator.data = state
        if any(
            isinstance(happening, SessionChanged) for happening in outcome.happenings
        ):
            if not await coordinator.async_save() or coordinator.hass.is_stopping:
                return False
        elif state is not before:
            coordinator.async_save_soon()
        if state.timeline is not before.timeline:
            self._backfill.async_reconsider()
        await session.answer(request, outcome.answer)
        if outcome.happenings == (Measured(),):
            coordinator.async_tell_measurements()
        elif outcome.happenings:
            coordinator.async_tell()
        for happening in outcome.happenings:
            await self._async_follow(session, happening)
        return True

    async def _async_follow(self, session: Session, happening: Happening) -> None:
        match happening:
            case Booted():
                self.reconciler.async_booted(session)
                coordinator = self.coordinator
                async_update_device(
                    coordinator.hass,
                    coordinator.config_entry.entry_id,
                    coordinator.device_info,
                )
            case SessionChanged():
                await self.chronicle.async_announce()
            case CardPresented():
                self.access.async_tell(happening)
            case _:
                pass
