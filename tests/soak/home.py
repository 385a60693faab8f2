"""A Home Assistant that is stopped, killed and started again, and what it tells people."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
import math
from pathlib import Path
import shutil
import time
from typing import Any, Final

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, DOMAIN
from homeassistant import loader
from homeassistant.components.schedule.const import DOMAIN as SCHEDULES
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_PORT,
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
    EVENT_STATE_CHANGED,
    UnitOfEnergy,
)
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, frame
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter
from simulator.home_assistant.folder import make_folder
from simulator.home_assistant.ports import free_port
from tests.conftest import charger_data
from tests.helpers.screen import Screen

from .settings import Settings, settings_of, week

KILOBYTE: Final = 1 << 10
ODD_MOMENT: Final = 0.0137
"""Seconds. Time passes only while nothing is under way, so that nothing is cut in two after it."""


class Home:
    """The home of all chargers.

    Attributes:
        hass: The present Home Assistant; None while there is none, or it starts.
        told: What the session events have told people, by charger, in order.
        shown: The lifetime energy that is shown, in kWh, by charger.
        dips: Where it has gone back, by charger.
        complaints: What went wrong inside, and would only be found in a log.
        sun: W that are left of the sun without the cars; None if its sensor is silent.
    """

    def __init__(self, folder: Path, port: int, identities: list[str]) -> None:
        """Prepare; nothing runs yet."""
        make_folder(folder, free_port(), "")
        self._folder = folder
        self._entry_of: Mapping[str, Any] = {
            "domain": DOMAIN,
            "title": "Wallbox OCPP",
            "entry_id": "soak",
            "data": {CONF_PORT: port},
        }
        self._settings: dict[str, Settings] = {
            identity: {**charger_data(identity)["data"], **settings_of(number)}
            for number, identity in enumerate(identities)
        }
        self._life = AsyncExitStack()
        self._requests: set[asyncio.Task[None]] = set()
        self._last: dict[str, tuple[Any, ...]] = {}
        self.url = f"ws://127.0.0.1:{port}"
        self.hass: HomeAssistant | None = None
        self._lives = False
        self.told: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.shown: dict[str, float] = {}
        self.complaints: list[str] = []
        self._sun: float | None = 0.0
        self._dark_since = -math.inf
        self.dips: defaultdict[str, list[str]] = defaultdict(list)

    async def start(self) -> None:
        """Start it, with what is on disk."""
        self._lives = True
        hass = await self._life.enter_async_context(
            async_test_home_assistant(config_dir=str(self._folder))
        )
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        frame.async_setup(hass)
        registry = er.async_get(hass)
        hass.bus.async_listen(EVENT_STATE_CHANGED, partial(self._changed, registry))
        assert await async_setup_component(
            hass, SCHEDULES, {SCHEDULES: {"hours": week()}}
        )
        subentries = [
            charger_data(identity)
            | {"subentry_id": _subentry_id(identity), "data": settings}
            for identity, settings in self._settings.items()
        ]
        entry = MockConfigEntry(**self._entry_of, subentries_data=subentries)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
        await hass.async_block_till_done()
        # Nobody asks for anything before it is there.
        self.hass = hass

    async def stop(self) -> None:
        """Stop it in good order."""
        assert self.hass
        self._cancel_requests()
        for state, event in (
            (CoreState.stopping, EVENT_HOMEASSISTANT_STOP),
            (CoreState.final_write, EVENT_HOMEASSISTANT_FINAL_WRITE),
        ):
            self.hass.set_state(state)
            self.hass.bus.async_fire(event)
            await self.hass.async_block_till_done()
        await self._end()

    async def kill(self) -> None:
        """End it as a power cut would: what is not on disk now is lost. Nobody may reach it."""
        await asyncio.sleep(ODD_MOMENT)
        self._cancel_requests()
        await self._end()
        # What it has read in its last minute is lost with it.
        self.shown.clear()

    @property
    def sun(self) -> float | None:
        """W that are left of the sun without the cars; None if the sensor is silent."""
        return self._sun

    @sun.setter
    def sun(self, sun: float | None) -> None:
        if self._sun and not sun:
            self._dark_since = time.time()
        self._sun = sun

    @property
    def dark_for(self) -> float:
        """Seconds for which there has been no sun, as far as anybody can know."""
        return 0.0 if self._sun else time.time() - self._dark_since

    def settings(self, identity: str) -> Settings:
        """Return the settings of a charger, also while there is no Home Assistant."""
        if self.hass:
            subentry = self._entry.subentries[_subentry_id(identity)]
            self._settings[identity] = dict(subentry.data)
        return self._settings[identity]

    def change(self, identity: str, settings: Settings) -> None:
        """Change settings of a charger, as its owner does in a form."""
        assert self.hass
        data = {**self.settings(identity), **settings}
        subentry = self._entry.subentries[_subentry_id(identity)]
        self.hass.config_entries.async_update_subentry(self._entry, subentry, data=data)

    @property
    def _entry(self) -> ConfigEntry:
        assert self.hass
        entry = self.hass.config_entries.async_get_entry(self._entry_of["entry_id"])
        assert entry
        return entry

    @property
    def stored(self) -> float:
        """The size of the largest file of what is known of a charger, without its archive, in kB."""
        files = (
            self._folder / STORAGE_DIR / f"{DOMAIN}.{_subentry_id(identity)}"
            for identity in self._settings
        )
        return max(file.stat().st_size for file in files if file.exists()) / KILOBYTE

    def may_charge_less(self, identity: str) -> bool:
        """Return whether the owner of a charger wants less than any car that charges at any time."""
        if self.settings(identity)[CONF_FAILSAFE] != "off":
            return True
        screen = self.screen(identity)
        target = float(screen.entity("number", "energy_target").state)
        # Off may hide another mode, which comes back with on.
        return bool(target) or screen.entity("select", "mode").state != "now"

    def charges_with_sun(self, identity: str) -> bool:
        """Return whether a car charges with the sun only."""
        return self.screen(identity).entity("select", "mode").state == "solar"

    async def act(self, action: str, identity: str, **data: Any) -> None:
        """Take an action of a charger."""
        await self._act(action, identity, data, response=False)

    async def plan(self, identity: str) -> Mapping[str, Any]:
        """Return the plan of a charger as people see it."""
        response: Any = await self._act("get_plan", identity, {}, response=True)
        return dict(response)

    def screen(self, identity: str) -> Screen:
        """Return what a person sees of a charger."""
        assert self.hass
        return Screen(self.hass, identity)

    def request(self, work: Awaitable[object]) -> None:
        """Have an owner ask for something, and not wait for what comes of it."""

        async def request() -> None:
            # The charger may not be there, or leave, which the owner is told.
            with suppress(HomeAssistantError):
                await work

        task = asyncio.create_task(request())
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    def unattended(self, identity: str) -> float:
        """Return the unattended energy that is shown, in Wh."""
        state = self.screen(identity).entity("sensor", "unattended_energy")
        unit = state.attributes["unit_of_measurement"]
        return EnergyConverter.convert(float(state.state), unit, UnitOfEnergy.WATT_HOUR)

    async def sessions(self, identity: str) -> list[dict[str, Any]]:
        """Return all sessions of a charger, from the archive, too."""
        response: Any = await self._act("get_sessions", identity, {}, response=True)
        return list(response["sessions"])

    async def _act(
        self, action: str, identity: str, data: Mapping[str, Any], *, response: bool
    ) -> Any:
        assert self.hass
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, identity), self._entry_of["entry_id"]
        )
        assert device
        return await self.hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": device.id, **data},
            blocking=True,
            return_response=response,
        )

    def _cancel_requests(self) -> None:
        for task in self._requests:
            task.cancel()

    async def _end(self) -> None:
        """Let nothing more come of it but what is on disk now."""
        storage = self._folder / STORAGE_DIR
        kept = storage.with_suffix(".kept")
        for identity in self._settings:
            # Home Assistant keeps them by itself.
            self.settings(identity)
        shutil.copytree(storage, kept)
        hass, self.hass = self.hass, None
        self._lives = False
        assert hass
        # Its process would be gone; here, its timers have to be.
        for entry in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)
        for platform in async_get_platforms(hass, SCHEDULES):
            await platform.async_reset()
        await hass.async_stop(force=True)
        await self._life.aclose()
        shutil.rmtree(storage)
        kept.rename(storage)

    def complained(self, complaint: str) -> None:
        """Note an error that was logged, unless nobody lives who would log it."""
        if self._lives:
            self.complaints.append(complaint)

    @callback
    def _changed(
        self, registry: er.EntityRegistry, event: Event[EventStateChangedData]
    ) -> None:
        state = event.data["new_state"]
        if state is None or (entity := registry.async_get(state.entity_id)) is None:
            return
        identity, _, key = entity.unique_id.partition("_")
        if key == "energy":
            with suppress(ValueError):
                self._show(identity, float(state.state))
        elif key == "session" and state.attributes.get("event_type"):
            news = (state.state, *state.attributes.values())
            if self._last.get(identity) != news:
                self._last[identity] = news
                self.told[identity].append(state.attributes)

    def _show(self, identity: str, energy: float) -> None:
        before = self.shown.get(identity, energy)
        if energy < before:
            self.dips[identity].append(
                f"{dt_util.utcnow()}: the meter went from {before} back to {energy}"
            )
        self.shown[identity] = energy


def _subentry_id(identity: str) -> str:
    return f"subentry{identity}"
