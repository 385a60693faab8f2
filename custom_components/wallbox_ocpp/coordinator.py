"""The coordinator of one charger: holds its state, saves it, and updates its entities."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import (
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_IDENTITY,
    CONF_LEASE,
    CONF_SHOW_ID_TAG,
    DEFAULT_FAILSAFE_CURRENT,
    DEFAULT_LEASE,
    DOMAIN,
)
from .storage.display_name import display_name
from .storage.file import NotOnDiskError
from .storage.store import ChargerStore, Name, StoredState
from .wallbox import consequences
from .wallbox.model.failsafe import FailSafe, FailSafeMode
from .wallbox.model.firmware import family
from .wallbox.model.offline_fix import ProfileName
from .wallbox.receive import messages
from .wallbox.state import ChargerState
from .wallbox.views.session_record import FIGURES, WHO, Figures, paid_in
from .wallbox.views.slices_read import Slices, changed

_LOGGER = logging.getLogger(__name__)

MEASUREMENTS_EVERY: Final = 0.9
"""The least seconds between two updates of the entities with measurements: with a whole one, every
other reading of a charger that measures each second would have to wait for a timer."""

OFTEN: Final = 5.0
"""Seconds: measurements that come sooner after the ones before are shown in steps, so that a charger
that measures each second does not fill the database. A Wallbox measures every ten."""

EXACT_WITHIN: Final = 30.0
"""Seconds from one time that all measurements are shown exactly to the next, if they come often."""


class ChargerCoordinator(DataUpdateCoordinator[ChargerState]):
    """Holds the state of one charger (`data`), and its settings."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        store: ChargerStore,
        stored: StoredState,
    ) -> None:
        """Start with the stored state."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.subentry = subentry
        self._display_name = subentry.title
        self.data = stored.state()
        self._store = store
        self._saved_originals = self.data.settings.originals
        self._ended = False
        """It saves for the last time, or has done so; after a reload, the file is another coordinator's."""
        self._change_listeners: list[Callable[[], None]] = []
        self.coarse = False
        """Whether measurements come often, and were shown exactly a moment ago: little differences can wait."""
        self.changed: Slices = set()
        """The slices of the state that have changed since the entities were updated the last time."""
        self._updated_with = self.data
        self._measured_at = -MEASUREMENTS_EVERY
        self._exact_at = -EXACT_WITHIN
        self._measured_timer: asyncio.TimerHandle | None = None
        self._exact_timer: asyncio.TimerHandle | None = None

    @property
    def identity(self) -> str:
        """The charge point identity typed into the Wallbox app."""
        return str(self.subentry.data[CONF_IDENTITY])

    @property
    def display_name(self) -> str:
        """The name of the charger for people: of a deleted one the last, as its device is gone too."""
        if self.subentry.subentry_id in self.config_entry.subentries:
            self._display_name = display_name(
                self.hass, self.config_entry, self.subentry
            )
        return self._display_name

    @property
    def profile(self) -> ProfileName:
        """The offline profile in the settings."""
        return self.data.access.lock.profile

    @property
    def shows_id_tags(self) -> bool:
        """Whether idTags are shown."""
        return bool(self.subentry.data.get(CONF_SHOW_ID_TAG))

    @property
    def failsafe(self) -> FailSafe:
        """The fail-safe in the settings."""
        data = self.subentry.data
        return FailSafe(
            mode=FailSafeMode(data.get(CONF_FAILSAFE, FailSafeMode.OFF)),
            lease=timedelta(minutes=data.get(CONF_LEASE, DEFAULT_LEASE)),
            current=data.get(CONF_FAILSAFE_CURRENT, DEFAULT_FAILSAFE_CURRENT),
        )

    @property
    def figures(self) -> Figures:
        """The figures of a session that are shown."""
        figures = FIGURES | paid_in(self.hass.config.currency)
        return figures | WHO if self.shows_id_tags else figures

    @property
    def device_info(self) -> DeviceInfo:
        """The device of the charger."""
        known = self.data.identity
        return DeviceInfo(
            identifiers={(DOMAIN, self.identity)},
            manufacturer="Wallbox" if known.is_wallbox else known.vendor,
            model=family(known.model) or known.model,
            model_id=known.model,
            name=self.subentry.title,
            serial_number=known.serial_number,
            sw_version=known.firmware,
        )

    @callback
    def async_change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings of the charger, which it then follows."""
        self.hass.config_entries.async_update_subentry(
            self.config_entry,
            self.subentry,
            data={**self.subentry.data, **changes},
        )

    @callback
    def async_run[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work in the background, until the config entry is unloaded."""
        return self.config_entry.async_create_background_task(
            self.hass, work, name=__name__
        )

    # Changing the state.

    @callback
    def async_set(self, state: ChargerState) -> None:
        """Set the state with all that follows, update the entities at once, and save within a minute."""
        state = consequences.of_change(state, dt_util.utcnow())
        if state is self.data:
            return
        self.data = state
        self.async_save_soon()
        self.async_update_entities()

    @callback
    def async_sense(self, state: ChargerState) -> None:
        """Set the state after a sensor of the home reported; entities learn only what follows from it."""
        before, state = self.data, consequences.of_change(state, dt_util.utcnow())
        if consequences.has_decided(before, state):
            self.async_set(state)
            return
        self.data = state
        if consequences.next_moment(state) != consequences.next_moment(before):
            self._tell_change()

    # Updating listeners.

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, which look at what has changed."""
        if not self.coarse:
            self._exact_at = self.hass.loop.time()
        self.changed = changed(self._updated_with, self.data)
        super().async_update_listeners()
        self._updated_with = self.data

    @callback
    def async_on_change(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call the listener at each change, before the entities are updated."""
        self._change_listeners.append(listener)
        return lambda: self._change_listeners.remove(listener)

    @callback
    def async_update_entities(self) -> None:
        """Update the entities at once."""
        if self._shutdown_requested:
            return
        self._tell_change()
        self._cancel_timers()
        self.async_update_listeners()

    def _tell_change(self) -> None:
        for listener in self._change_listeners:
            listener()

    @callback
    def async_update_measurements(self) -> None:
        """Update the entities, at most once in `MEASUREMENTS_EVERY`."""
        if self._shutdown_requested or self._measured_timer:
            return
        loop = self.hass.loop
        if (wait := self._measured_at + MEASUREMENTS_EVERY - loop.time()) > 0:
            self._measured_timer = loop.call_later(wait, self._measured)
        else:
            self._measured()

    @callback
    def _measured(self) -> None:
        loop = self.hass.loop
        now, exact_at = loop.time(), self._exact_at + EXACT_WITHIN
        self.coarse = now < self._measured_at + OFTEN and now < exact_at
        self._measured_at, self._measured_timer = now, None
        if self.coarse and self._exact_timer is None:
            self._exact_timer = loop.call_at(exact_at, self._measured_exactly)
        try:
            self.async_update_listeners()
        finally:
            self.coarse = False

    @callback
    def _measured_exactly(self) -> None:
        self._exact_timer = None
        self.async_update_listeners()

    def _cancel_timers(self) -> None:
        for timer in (self._measured_timer, self._exact_timer):
            if timer:
                timer.cancel()
        self._measured_timer = self._exact_timer = None

    # Saving.

    async def async_save(self) -> bool:
        """Save now; return False if that failed, which Home Assistant has logged, or after the end."""
        return not self._ended and await self._async_write()

    async def _async_write(self) -> bool:
        try:
            await self._store.async_save(self._stored_state())
        except NotOnDiskError:
            return False
        return True

    @callback
    def async_save_soon(self) -> None:
        """Save within a minute, or when Home Assistant stops."""
        if not self._ended:
            self._store.async_save_soon(self._stored_state)

    async def async_save_originals(self) -> None:
        """Save the original configuration, before it is changed for the first time."""
        if (originals := self.data.settings.originals) != self._saved_originals:
            await self.async_save()
            self._saved_originals = originals

    async def async_forget(self) -> None:
        """Delete the stored state of a charger that has been removed."""
        await self._store.async_remove()

    @override
    async def async_shutdown(self) -> None:
        """Stop, and save for the last time."""
        if self._shutdown_requested:
            return
        await super().async_shutdown()
        self._cancel_timers()
        # All chargers shut down at once, and each has a lot to write.
        await asyncio.sleep(0)
        # What still runs while this is written must not save after it.
        self._ended = True
        await self._async_write()

    def _stored_state(self) -> StoredState:
        state = self.data
        # If Home Assistant is killed, the offline period begins now.
        period = messages.offline_period(state, dt_util.utcnow())
        stored = StoredState.of(
            replace(state, metering=replace(state.metering, offline_period=period))
        )
        name = Name(identity=self.identity, title=self.display_name)
        return replace(stored, name=name)
