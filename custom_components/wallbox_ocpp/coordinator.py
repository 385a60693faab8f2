"""Ties one charger's connection to its state, and tells the entities."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .access import Access
from .backfill import Backfill
from .chronicle import Chronicle
from .const import (
    CONF_GUARD,
    CONF_IDENTITY,
    CONF_LEASE,
    CONF_SHOW_ID_TAG,
    DEFAULT_LEASE,
    DOMAIN,
)
from .csms.logbook import Kind
from .csms.server import CentralSystem
from .csms.session import Request, Session, label
from .device import async_update_device, device_info
from .errands import Errands
from .errors import failed, invalid, translated_errors
from .issues import async_update_issues
from .keyring import Keyring
from .price import Price
from .steward import Steward
from .store import ChargerStore, Memory, NotOnDiskError, SessionArchive
from .wallbox import charger, sessions
from .wallbox.access import Lock
from .wallbox.account import FIGURES, WHO, Figures
from .wallbox.charging import Wish
from .wallbox.guard import Guard, GuardMode
from .wallbox.offline_fix import ProfileName, Protection
from .wallbox.outcome import Booted, CardPresented, Measured, SessionChanged
from .wallbox.state import ChargerState
from .watch import async_watch

_LOGGER = logging.getLogger(__name__)

MEASUREMENTS_EVERY: Final = 1.0
"""Seconds between two rounds of measurements to the entities."""

type WallboxConfigEntry = ConfigEntry[WallboxRuntimeData]


@dataclass(kw_only=True)
class WallboxRuntimeData:
    """The central system and the chargers that belong to it."""

    central_system: CentralSystem
    coordinators: dict[str, ChargerCoordinator] = field(default_factory=dict)
    """By subentry id."""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while chargers are added or removed; Home Assistant tells of each change at once."""
    new_charger_callbacks: list[Callable[[ChargerCoordinator], None]] = field(
        default_factory=list
    )
    """Called for each charger that is added while the integration runs, one per platform."""


class ChargerCoordinator(DataUpdateCoordinator[ChargerState]):
    """One charger: its connection, its state, and what its owner asks of it."""

    config_entry: WallboxConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: WallboxConfigEntry,
        subentry: ConfigSubentry,
        store: ChargerStore,
        archive: SessionArchive,
        memory: Memory,
    ) -> None:
        """Take up where the memory ends."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.subentry = subentry
        self.data = memory.state()
        self.access = Access(self)
        self._store = store
        self.originals = memory.originals
        self._session: Session | None = None
        self._steward = Steward(self)
        self.errands = Errands(self, self._steward, self._connected)
        self.keyring = Keyring(self, self._steward)
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self.chronicle = Chronicle(self, archive)
        self._backfill = Backfill(self)
        self._price = Price(self)
        self._measurements = Debouncer(
            hass,
            _LOGGER,
            cooldown=MEASUREMENTS_EVERY,
            immediate=True,
            function=self.async_update_listeners,
        )

    @property
    def identity(self) -> str:
        """The charge point identity typed into the Wallbox app."""
        return str(self.subentry.data[CONF_IDENTITY])

    @property
    def profile(self) -> ProfileName:
        """The desired configuration."""
        return self.data.lock.profile

    @property
    def shows_id_tags(self) -> bool:
        """Whether the owner wants to see the numbers of cards."""
        return bool(self.subentry.data.get(CONF_SHOW_ID_TAG))

    @property
    def guard(self) -> Guard:
        """What the charger may do while nobody watches."""
        data = self.subentry.data
        return Guard(
            mode=GuardMode(data.get(CONF_GUARD, GuardMode.OFF)),
            lease=timedelta(minutes=data.get(CONF_LEASE, DEFAULT_LEASE)),
        )

    @property
    def figures(self) -> Figures:
        """What the owner wants to see of a session."""
        return FIGURES | WHO if self.shows_id_tags else FIGURES

    @property
    def device_info(self) -> DeviceInfo:
        """The charger as a device."""
        return device_info(self.identity, self.subentry.title, self.data)

    @callback
    def async_admit(self, central_system: CentralSystem) -> None:
        """Let the charger in from now on, until `async_shutdown`."""
        self._price.async_follow()
        self._backfill.async_reconsider()
        self._unsubscribe = [
            async_at_started(self.hass, self.chronicle.async_announce),
            async_watch(self),
            central_system.register(
                self.identity, self._async_serve, lambda: self.keyring.credentials
            ),
            self.keyring.async_watch(central_system),
        ]

    @override
    async def async_shutdown(self) -> None:
        """Refuse the charger from now on, and leave nothing unwritten."""
        if self._shutdown_requested:
            return
        await super().async_shutdown()
        while self._unsubscribe:
            self._unsubscribe.pop()()
        self._price.async_shutdown()
        self._backfill.async_shutdown()
        self._steward.async_shutdown()
        self._measurements.async_shutdown()
        await self.async_save()

    @callback
    def async_reconfigure(self) -> None:
        """Follow a change of the charger's settings, which Home Assistant changes in place."""
        self._price.async_follow()
        self.access.async_follow_settings()
        self._store.async_save_soon(self._memory)
        self._tell()
        self._steward.async_reconsider()

    async def async_forget(self) -> None:
        """Delete the memory of a charger that has been removed."""
        logbooks = self.config_entry.runtime_data.central_system.logbooks
        logbooks.pop(self.identity, None)
        await self._store.async_remove()
        await self.chronicle.async_forget()

    # What the owner asks.

    async def async_set_wish(self, wish: Wish, *, start: bool = False) -> None:
        """Do as the owner wishes, now or when the charger is back.

        With `start`, a session begins now if a car waits for one.
        """
        self._note(wish=wish.to_dict(), start=start)
        self.async_change(wish=wish)
        await self.async_save()
        if (session := self._session) is None:
            return
        with translated_errors():
            if not await self._steward.async_fulfil(session):
                raise failed("limit_refused")
        if start:
            await self.async_start()

    async def async_set_lock(self, lock: Lock) -> None:
        """Let in whom the owner wants in, now or when the charger is back."""
        self._note(lock=lock.to_dict())
        self.async_change(lock=lock)
        await self.async_save()
        self._steward.async_reconsider()

    async def async_start(self) -> None:
        """Start the session of a car that waits, if one does."""
        with translated_errors():
            if not await self._steward.async_start(self._connected()):
                raise failed("start_refused")

    async def async_reboot(self) -> None:
        """Reboot the charger, and watch for its return."""
        self._note(reboot=True)
        with translated_errors():
            if not await self._steward.async_reboot(self._connected()):
                raise failed("reboot_refused")

    async def async_apply_fix(self) -> Protection:
        """Apply the offline fix now, and return what came of it."""
        session = self._connected()
        if not self.data.is_wallbox:
            raise invalid("not_a_wallbox")
        self._note(fix_enabled=True)
        self.async_change(fix_enabled=True)
        await self.async_save()
        with translated_errors():
            await self._steward.async_fix(session)
        return self.data.protection

    async def async_acknowledge(self, **changes: Any) -> None:
        """Note that the owner has seen something."""
        self.async_change(**changes)
        await self.async_save()

    async def async_restore(self) -> dict[str, str]:
        """Put the original configuration back; return the charger's answer to each key."""
        session = self._connected()
        if not self.data.may_change_authorisation:
            raise invalid("unplug_first")
        self._note(fix_enabled=False)
        self.async_change(fix_enabled=False)
        await self.async_save()
        with translated_errors():
            return await self._steward.async_restore(session)

    def _note(self, **asked: Any) -> None:
        """Keep what the owner asks beside what is said on the wire, for a replay."""
        logbooks = self.config_entry.runtime_data.central_system.logbooks
        logbooks[self.identity].recorder.note(Kind.ASKED, json_dumps(asked))

    # What the charger says: one direction, from the socket to the entities.

    async def _async_serve(self, session: Session) -> None:
        self._session = session
        now, address = dt_util.utcnow(), session.entrance.address
        self._set(charger.connected(self.data, now, address))
        self.keyring.async_came(session)
        _LOGGER.info("Charger %s is connected", label(self.identity))
        self._steward.async_connected(session)
        try:
            async for request in session.requests():
                if not await self._async_handle(session, request):
                    return
        finally:
            if self._session is session:
                self._session = None
                self._steward.async_disconnected()
                now, ending = dt_util.utcnow(), session.ending
                self._set(charger.disconnected(self.data, now, ending))
                _LOGGER.info("Charger %s is no longer connected", label(self.identity))

    async def _async_handle(self, session: Session, request: Request) -> bool:
        """Take in a message; False if it could not be kept and the charger must say it again."""
        before = self.data
        outcome = charger.apply(before, request.message, dt_util.utcnow())
        self.data = outcome.state
        if any(
            isinstance(happening, SessionChanged) for happening in outcome.happenings
        ):
            if not await self.async_save() or self.hass.is_stopping:
                return False
        elif outcome.state is not before:
            self._store.async_save_soon(self._memory)
        if outcome.state.timeline is not before.timeline:
            self._backfill.async_reconsider()
        await session.answer(request, outcome.answer)
        if outcome.happenings == (Measured(),):
            self._measurements.async_schedule_call()
        elif outcome.happenings:
            self._tell()
        for happening in outcome.happenings:
            if isinstance(happening, Booted):
                async_update_device(
                    self.hass, self.config_entry.entry_id, self.device_info
                )
            elif isinstance(happening, SessionChanged):
                await self.chronicle.async_announce()
            elif isinstance(happening, CardPresented):
                self.access.async_tell(happening)
            self._steward.async_happened(session, happening)
        return True

    # For the steward.

    @callback
    def async_change(self, **changes: Any) -> None:
        """Change fields of the state, and tell the entities."""
        self._set(replace(self.data, **changes))

    @callback
    def async_note(self, **changes: Any) -> None:
        """Change fields of the state that no entity shows, and write them soon."""
        self.data = replace(self.data, **changes)
        self._store.async_save_soon(self._memory)

    async def async_remember(self, found: Mapping[str, str]) -> None:
        """Keep values as they were before we changed them for the first time."""
        new = {key: value for key, value in found.items() if key not in self.originals}
        if new:
            self.originals = {**self.originals, **new}
            await self.async_save()

    async def async_overdue(self) -> None:
        """Note that the charger has not come back from a reboot."""
        self.async_change(overdue=not self.data.connected, rebooting=False)

    async def async_abandon_session(self) -> None:
        """End the session of a charger that has no car and never said what became of it."""
        if self.data.transaction is None:
            self.data = replace(
                self.data, ledger=sessions.abandon(self.data.ledger, dt_util.utcnow())
            )
            await self.async_save()
            self._tell()
            await self.chronicle.async_announce()

    def _connected(self) -> Session:
        if self._session is None:
            raise failed("charger_offline")
        return self._session

    def _set(self, state: ChargerState) -> None:
        self.data = state
        self._tell()

    def _tell(self) -> None:
        if self._shutdown_requested:
            return
        self.async_update_listeners()
        async_update_issues(
            self.hass, self.subentry.subentry_id, self.subentry.title, self.data
        )

    def _memory(self) -> Memory:
        state = self.data
        gap = charger.gap_from(state, dt_util.utcnow())
        return Memory.of(
            replace(state, gap=gap, last_abilities=state.abilities), self.originals
        )

    async def async_save(self) -> bool:
        """Write to disk; False if that failed, which Home Assistant has logged."""
        try:
            await self._store.async_save(self._memory())
        except NotOnDiskError:
            return False
        return True
