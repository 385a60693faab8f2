"""Home Assistant as it comes and goes, and what it tells people."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.const import (
    CONF_PORT,
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState, Event, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.event_type import EventType
from tests.conftest import IDENTITY
from tests.helpers.screen import Screen

from .clock import Clock
from .complaints import complaints_to
from .disk import Disk

_DAY: Final = timedelta(days=1).total_seconds()
_PATIENCE: Final = Timing(call_gap=0, ping=_DAY, dead=2 * _DAY, goodbye=0.01)
"""The central system's, as in life, but without pings: our charger answers none while it waits."""
_QUOTAS: Final = Quotas(handshakes=10**9, admissions=10**9, burst=10**9)
"""None on what comes within a time, which here does not pass while anything is on its way."""


class End(StrEnum):
    """How Home Assistant goes."""

    UNLOADED = "unloaded"
    """Only the integration does, as for a reload."""
    STOPPED = "stopped"
    """It is stopped in good order."""
    KILLED = "killed"
    """Its process is killed."""


class Home:
    """The home of one charger.

    Attributes:
        up: Home Assistant is there.
        told: What the session event has told people, in order. What was told in the very moment
            in which the process is killed, and is not on disk, counts as lost with it.
        shown: The lifetime energy that is shown, in kWh.
        dips: How it has gone back: from, to.
        complaints: What went wrong inside the integration.
    """

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, clock: Clock, disk: Disk
    ) -> None:
        """Take over a Home Assistant into which the integration is not loaded."""
        self.clock = clock
        self.disk = disk
        self.url = f"ws://127.0.0.1:{entry.data[CONF_PORT]}/{IDENTITY}"
        self.up = False
        self._hass = hass
        self._entry = entry
        self._screen = Screen(hass, IDENTITY)
        self._requests: set[asyncio.Task[None]] = set()
        self._last_told = ""
        disk.on_landed(self.rest)
        self.begin(clock.utcnow())

    @classmethod
    @asynccontextmanager
    async def ready(
        cls, hass: HomeAssistant, entry: MockConfigEntry
    ) -> AsyncGenerator[Self]:
        """Have one whose time and disk are ours."""
        with (
            Clock.ruling(hass.loop) as clock,
            Disk.under(hass) as disk,
            patch(
                "custom_components.wallbox_ocpp.CentralSystem",
                partial(CentralSystem, timing=_PATIENCE, quotas=_QUOTAS),
            ),
        ):
            home = cls(hass, entry, clock, disk)
            # The entities have to be known before anybody can listen to them.
            await home.come()
            await home.go(End.UNLOADED)
            stop_listening = hass.bus.async_listen("state_changed", home._changed)
            with complaints_to(home._complained):
                yield home
            stop_listening()

    def begin(self, now: datetime) -> None:
        """Begin a life, without a memory of those before."""
        assert not self.up
        self.clock.begin(now)
        for file in Path(self._hass.config.path(STORAGE_DIR)).glob(f"{DOMAIN}*"):
            file.unlink()
        self.told: list[Mapping[str, Any]] = []
        self.shown: float | None = None
        self.dips: list[tuple[float, float]] = []
        self.complaints: list[str] = []
        self._told_for_good = 0

    async def come(self, *, starting: bool = False) -> None:
        """Start Home Assistant, or have it starting, when automations do not listen yet."""
        self.disk.revive()
        if starting:
            self._hass.set_state(CoreState.starting)
        assert await self._hass.config_entries.async_setup(self._entry.entry_id)
        self.up = True

    def started(self) -> None:
        """Let automations listen."""
        if self._hass.state is CoreState.starting:
            self._hass.set_state(CoreState.running)
            self._hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)

    async def go(self, end: End) -> None:
        """End Home Assistant."""
        match end:
            case End.KILLED:
                self.disk.kill()
            case End.STOPPED:
                await self._stop(CoreState.stopping, EVENT_HOMEASSISTANT_STOP)
                await self._stop(CoreState.final_write, EVENT_HOMEASSISTANT_FINAL_WRITE)
                self.disk.bury()
            case End.UNLOADED:
                pass
        await self.clear_away()

    async def clear_away(self) -> None:
        """Take away what is left of it."""
        unloading = self._hass.config_entries.async_unload(self._entry.entry_id)
        assert await self.clock.hurry(unloading)
        await self.clock.hurry(asyncio.gather(*self._requests))
        self.disk.bury()
        self._hass.set_state(CoreState.running)
        self.up = False
        if self.disk.in_vain:
            del self.told[self._told_for_good :]
            # The readings of its last minute are lost with it.
            self.shown = None

    def rest(self) -> None:
        """Note that everything has happened that follows from what has happened."""
        if not self.disk.in_vain:
            self._told_for_good = len(self.told)

    def switch(self, key: str, *, on: bool) -> None:
        """Have the owner turn a switch, and not wait for what comes of it."""
        self._request(self._screen.switch(key, on=on))

    def press(self, key: str) -> None:
        """Have the owner press a button, and not wait for what comes of it."""
        self._request(self._screen.press(key))

    def _request(self, work: Any) -> None:
        async def request() -> None:
            # The charger may not be there, or leave, which the owner is told.
            with suppress(HomeAssistantError):
                await work

        task = asyncio.create_task(request())
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    async def _stop(self, state: CoreState, event: EventType[Any]) -> None:
        self._hass.set_state(state)
        self._hass.bus.async_fire(event)
        await self.clock.hurry(self._hass.async_block_till_done())

    @callback
    def _changed(self, event: Event[Any]) -> None:
        state: State | None = event.data["new_state"]
        if state is None:
            return
        if state.entity_id == self._screen.entity_id("event", "session"):
            # An event entity that comes back shows its last event again.
            if state.attributes.get("event_type") and state.state > self._last_told:
                self._last_told = state.state
                # Automations only listen while Home Assistant runs.
                if self.disk.alive and self._hass.state is CoreState.running:
                    self.told.append(state.attributes)
        elif state.entity_id == self._screen.entity_id("sensor", "energy"):
            if self.disk.alive:
                with suppress(ValueError):
                    self._show(float(state.state))

    def _show(self, energy: float) -> None:
        if self.shown is not None and energy < self.shown:
            self.dips.append((self.shown, energy))
        self.shown = energy

    def _complained(self, complaint: str) -> None:
        if self.disk.alive:
            self.complaints.append(complaint)
