"""Home Assistant with a recorder and with this integration, as a user would set it up."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
import gc
from pathlib import Path
import sqlite3
import sys
from time import monotonic, process_time
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

from custom_components.wallbox_ocpp.const import (
    CONF_ACCESS_CONTROL,
    CONF_IDENTITY,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigSubentryData,
)
from homeassistant.const import CONF_PORT, EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from simulator.home_assistant.in_process import home_assistant
from simulator.home_assistant.ports import free_port

from .gauges import memory, watched_loop
from .worker import serve

CONFIGURATION: Final = """\
homeassistant:
  name: Home
  time_zone: UTC
logger:
  default: error
recorder:
"""
POLL: Final = 0.02
"""Seconds between two looks at what is waited for."""
WITHIN: Final = 120
"""Seconds for everything to be protected."""
LIMITS: Final = (6, 16, 10)
"""A of the slots of a plan, in turns."""
UNPACED: Final = Quotas(frames=1e9, burst=10**9)
"""For a client that sends as fast as it is answered, which no charger does."""


class Home:
    """What can be asked of it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without the integration."""
        self._hass = hass
        self._port = free_port()
        self._watch = ExitStack()
        self._noting = ExitStack()
        self._entry: ConfigEntry | None = None
        self._written: list[tuple[float, State]] = []
        """States that were written, with the seconds until then."""

    async def set_up(self, identities: list[str], *, paced: bool = True) -> int:
        """Add the integration and its chargers, and return its port."""
        entry = self._entry = ConfigEntry(
            version=1,
            minor_version=1,
            domain=DOMAIN,
            title="Wallbox OCPP",
            source="user",
            unique_id=None,
            options=None,
            discovery_keys=MappingProxyType({}),
            data={CONF_PORT: self._port},
            subentries_data=[
                ConfigSubentryData(
                    data={CONF_IDENTITY: identity, CONF_ACCESS_CONTROL: False},
                    subentry_type=SUBENTRY_CHARGER,
                    title=identity,
                    unique_id=identity,
                )
                for identity in identities
            ],
        )
        quotas = Quotas() if paced else UNPACED
        with patch(
            f"custom_components.{DOMAIN}.CentralSystem",
            partial(CentralSystem, quotas=quotas),
        ):
            await self._hass.config_entries.async_add(entry)
            await self._hass.async_block_till_done()
        if entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"set up: {entry.reason}")
        return self._port

    async def port(self) -> int:
        """Return the port of the integration that was set up when this Home Assistant started."""
        (entry,) = self._hass.config_entries.async_loaded_entries(DOMAIN)
        port: int = entry.data[CONF_PORT]
        return port

    async def reload(self) -> None:
        """Set the integration up once more, as when Home Assistant is restarted."""
        if self._entry:
            await self._hass.config_entries.async_reload(self._entry.entry_id)

    async def used(self) -> dict[str, Any]:
        """Return what has been used so far, once the recorder has written all down."""
        recorder = get_instance(self._hass)
        await recorder.async_block_till_done()
        cpu = process_time()
        database = Path(self._hass.config.path("home-assistant_v2.db"))
        return {"cpu": cpu} | await self._hass.async_add_executor_job(
            _recorded, database
        )

    async def tidy(self) -> None:
        """Let nothing that was set up before be tidied up while something is measured."""
        gc.collect()

    async def watch(self) -> None:
        """Begin to time the callbacks of the event loop."""
        self._longest = self._watch.enter_context(watched_loop())

    async def note(self) -> None:
        """Begin to note the states that are written."""
        self._written = []
        began = monotonic()

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            if state := event.data["new_state"]:
                self._written.append((monotonic() - began, state))

        self._noting.callback(self._hass.bus.async_listen(EVENT_STATE_CHANGED, note))

    async def blocked(self) -> dict[str, float]:
        """Return what has blocked it for longest since then, in seconds."""
        self._watch.close()
        return {
            "blocked": self._longest.cpu,
            "blocked_wall": self._longest.wall,
            "collection": self._longest.collection,
        }

    async def write_again(self) -> None:
        """Write the same states after the same times, for what Home Assistant takes by itself."""
        self._noting.close()
        began = monotonic()
        for after, state in self._written:
            await asyncio.sleep(began + after - monotonic())
            self._hass.states.async_set(
                state.entity_id, state.state, state.attributes, force_update=True
            )

    async def protected(self, identities: list[str]) -> float:
        """Return the time once all these chargers are shown as protected."""
        names = [f"sensor.{name}_offline_protection" for name in identities]
        async with asyncio.timeout(WITHIN):
            for name in names:
                while not self._hass.states.is_state(name, "protected"):
                    await asyncio.sleep(POLL)
        return monotonic()

    async def plan(self, identities: list[str], slots: int) -> float:
        """Give each charger a plan of so many slots, and return the seconds that took."""
        entities = er.async_get(self._hass)
        quarter, began = timedelta(minutes=15), monotonic()
        start = dt_util.utcnow()
        plan = [
            {
                "start": (start + 2 * number * quarter).isoformat(),
                "end": (start + (2 * number + 1) * quarter).isoformat(),
                "limit": LIMITS[number % len(LIMITS)],
            }
            for number in range(slots)
        ]
        for identity in identities:
            protection = entities.async_get(f"sensor.{identity}_offline_protection")
            data = {"device_id": protection and protection.device_id, "slots": plan}
            await self._hass.services.async_call(
                DOMAIN, "set_plan", data, blocking=True
            )
        return monotonic() - began

    async def memory(self) -> dict[str, int]:
        """Return the bytes that it uses, and that it holds."""
        await get_instance(self._hass).async_block_till_done()
        return memory()


def _recorded(database: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:

        def one(query: str) -> int:
            return int(connection.execute(query).fetchone()[0])

        pages = one("PRAGMA page_count") - one("PRAGMA freelist_count")
        return {
            "states": one("SELECT count(*) FROM states"),
            "bytes": pages * one("PRAGMA page_size"),
        }


async def main() -> None:
    """Run in the folder of the first argument until the parent has gone."""
    async with home_assistant(Path(sys.argv[1]), CONFIGURATION) as hass:
        home = Home(hass)
        await serve(
            {
                "set_up": home.set_up,
                "port": home.port,
                "reload": home.reload,
                "used": home.used,
                "tidy": home.tidy,
                "watch": home.watch,
                "note": home.note,
                "blocked": home.blocked,
                "write_again": home.write_again,
                "protected": home.protected,
                "memory": home.memory,
                "plan": home.plan,
            }
        )


if __name__ == "__main__":
    asyncio.run(main())
