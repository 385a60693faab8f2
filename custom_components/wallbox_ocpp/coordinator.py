"""Ties one charger's connection to its state, and tells the entities."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .backfill import Backfill
from .const import CONF_IDENTITY, CONF_OFFLINE_PROFILE, CONF_SHOW_ID_TAG, DOMAIN
from .csms.server import CentralSystem
from .csms.session import Request, Session, label
from .errands import Errands
from .errors import failed, invalid, translated_errors
from .issues import async_update_issues
from .price import async_follow_price
from .steward import Steward
from .store import ChargerStore, Memory, NotOnDiskError, SessionArchive
from .wallbox import charger, sessions
from .wallbox.account import FIGURES, WHO, Figures
from .wallbox.charging import Wish
from .wallbox.charging_session import ChargingSession
from .wallbox.firmware import family
from .wallbox.offline_fix import ProfileName, Protection
from .wallbox.outcome import Booted, Measured, SessionChanged
from .wallbox.state import ChargerState
from .wallbox.tariff import Tariff
from .watch import async_watch

_LOGGER = logging.getLogger(__name__)

MEASUREMENTS_EVERY: Final = 1.0
"""Seconds between two rounds of measurements to the entities."""

type WallboxConfigEntry = ConfigEntry[WallboxRuntimeData]
type SessionListener = Callable[[str, ChargingSession], None]


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
        self._store = store
        self._archive = archive
        self.originals = memory.originals
        self._session: Session | None = None
        self._steward = Steward(self)
        self.errands = Errands(self, self._steward, self._connected)
        self._session_listeners: list[SessionListener] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._unfollow_price: CALLBACK_TYPE | None = None
        self._backfill = Backfill(self)
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
        return ProfileName(
            self.subentry.data.get(CONF_OFFLINE_PROFILE, ProfileName.CHARGE_HQ)
        )

    @property
    def figures(self) -> Figures:
        """What the owner wants to see of a session."""
        return FIGURES | WHO if self.subentry.data.get(CONF_SHOW_ID_TAG) else FIGURES

    @property
    def device_info(self) -> DeviceInfo:
        """The charger as a device."""
        known = self.data.identification
        return DeviceInfo(
            identifiers={(DOMAIN, self.identity)},
            manufacturer="Wallbox" if self.data.is_wallbox else known.vendor,
            model=family(known.model) or known.model,
            model_id=known.model,
            name=self.subentry.title,
            serial_number=known.serial_number,
            sw_version=known.firmware,
        )

    @callback
    def async_admit(self, central_system: CentralSystem) -> None:
        """Let the charger in from now on, until `async_shutdown`."""
        self._async_follow_price()
        self._backfill.async_reconsider()
        self._unsubscribe = [
            async_at_started(self.hass, self._async_announce),
            async_watch(self),
            central_system.register(self.identity, self._async_serve),
        ]

    @override
    async def async_shutdown(self) -> None:
        """Refuse the charger from now on, and leave nothing unwritten."""
        if self._shutdown_requested:
            return
        await super().async_shutdown()
        while self._unsubscribe:
            self._unsubscribe.pop()()
        if self._unfollow_price:
            self._unfollow_price()
        self._backfill.async_shutdown()
        self._steward.async_shutdown()
        self._measurements.async_shutdown()
        await self._async_save()

    @callback
    def async_reconfigure(self) -> None:
        """Follow a change of the charger's settings, which Home Assistant changes in place."""
        self._async_follow_price()
        self._steward.async_reconsider()

    async def async_forget(self) -> None:
        """Delete the memory of a charger that has been removed."""
        await self._store.async_remove()
        await self._archive.async_remove()

    async def async_sessions(
        self, start: datetime, end: datetime
    ) -> list[ChargingSession]:
        """Return the ended sessions that overlap a time, oldest first."""
        recent = self.data.ledger.sessions
        return await self._archive.async_between(recent, start, end)

    @callback
    def async_on_session(self, listener: SessionListener) -> CALLBACK_TYPE:
        """Be told of each session that starts or ends, exactly once."""
        self._session_listeners.append(listener)
        return lambda: self._session_listeners.remove(listener)

    # What the owner asks.

    async def async_set_wish(self, wish: Wish) -> None:
        """Do as the owner wishes, now or when the charger is back."""
        self.async_change(wish=wish)
        await self._async_save()
        if (session := self._session) is None:
            return
        with translated_errors():
            if not await self._steward.async_fulfil(session):
                raise failed("limit_refused")

    async def async_reboot(self) -> None:
        """Reboot the charger, and watch for its return."""
        with translated_errors():
            if not await self._steward.async_reboot(self._connected()):
                raise failed("reboot_refused")

    async def async_apply_fix(self) -> Protection:
        """Apply the offline fix now, and return what came of it."""
        session = self._connected()
        if not self.data.is_wallbox:
            raise invalid("not_a_wallbox")
        self.async_change(fix_enabled=True)
        await self._async_save()
        with translated_errors():
            await self._steward.async_fix(session)
        return self.data.protection

    async def async_acknowledge(self, **changes: Any) -> None:
        """Note that the owner has seen something."""
        self.async_change(**changes)
        await self._async_save()

    async def async_restore(self) -> dict[str, str]:
        """Put the original configuration back; return the charger's answer to each key."""
        session = self._connected()
        if not self.data.may_change_authorisation:
            raise invalid("unplug_first")
        self.async_change(fix_enabled=False)
        await self._async_save()
        with translated_errors():
            return await self._steward.async_restore(session)

    # What the charger says: one direction, from the socket to the entities.

    async def _async_serve(self, session: Session) -> None:
        self._session = session
        self._set(charger.connected(self.data, dt_util.utcnow(), session.address))
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
            if not await self._async_save() or self.hass.is_stopping:
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
                self._update_device()
            elif isinstance(happening, SessionChanged):
                await self._async_announce()
            self._steward.async_happened(session, happening)
        return True

    async def _async_announce(self, _: HomeAssistant | None = None) -> None:
        """Tell of every session that nobody has been told of yet.

        Automations only listen once Home Assistant has started, and a charger may be back with
        its queue before that.
        """
        if self.hass.state is not CoreState.running:
            return
        untold = [
            session
            for session in self.data.ledger.sessions
            if not session.start_announced
            or (session.ended and not session.end_announced)
        ]
        for session in untold:
            for listener in self._session_listeners:
                if not session.start_announced and session.started:
                    listener("started", session)
                if session.ended and not session.end_announced:
                    listener("ended", session)
            self.data = replace(
                self.data, ledger=sessions.announced(self.data.ledger, session)
            )
        if untold:
            await self._async_save()
            await self._async_retire()

    async def _async_retire(self) -> None:
        """Move the oldest sessions from the ledger to the archive, which holds them first."""
        old = sessions.retired(self.data.ledger)
        if not old:
            return
        try:
            await self._archive.async_add(old)
        except NotOnDiskError:
            return
        self.data = replace(self.data, ledger=sessions.without(self.data.ledger, old))
        await self._async_save()

    # For the steward.

    @callback
    def async_change(self, **changes: Any) -> None:
        """Change fields of the state, and tell the entities."""
        self._set(replace(self.data, **changes))

    async def async_remember(self, found: Mapping[str, str]) -> None:
        """Keep values as they were before we changed them for the first time."""
        new = {key: value for key, value in found.items() if key not in self.originals}
        if new:
            self.originals = {**self.originals, **new}
            await self._async_save()

    async def async_overdue(self) -> None:
        """Note that the charger has not come back from a reboot."""
        self.async_change(overdue=not self.data.connected, rebooting=False)

    async def async_abandon_session(self) -> None:
        """End the session of a charger that has no car and never said what became of it."""
        if self.data.transaction is None:
            self.data = replace(
                self.data, ledger=sessions.abandon(self.data.ledger, dt_util.utcnow())
            )
            await self._async_save()
            self._tell()
            await self._async_announce()

    @callback
    def _async_follow_price(self) -> None:
        if self._unfollow_price:
            self._unfollow_price()
        self._unfollow_price = async_follow_price(
            self.hass, self.subentry.data, self._async_price
        )

    @callback
    def _async_price(self, price: float | None) -> None:
        before = self.data.tariff
        tariff = Tariff() if price is None else before.changed(dt_util.utcnow(), price)
        if tariff != before:
            self.data = replace(self.data, tariff=tariff)
            self._store.async_save_soon(self._memory)

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

    def _update_device(self) -> None:
        registry = dr.async_get(self.hass)
        if device := registry.async_get_device_by_identifier(
            (DOMAIN, self.identity), self.config_entry.entry_id
        ):
            info = self.device_info
            registry.async_update_device(
                device.id,
                manufacturer=info["manufacturer"],
                model=info["model"],
                model_id=info["model_id"],
                serial_number=info["serial_number"],
                sw_version=info["sw_version"],
            )

    def _memory(self) -> Memory:
        gap = charger.gap_from(self.data, dt_util.utcnow())
        return Memory.of(replace(self.data, gap=gap), self.originals)

    async def _async_save(self) -> bool:
        """Write to disk; False if that failed, which Home Assistant has logged."""
        try:
            await self._store.async_save(self._memory())
        except NotOnDiskError:
            return False
        return True
