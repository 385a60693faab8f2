"""Plays a recording to the integration in a Home Assistant in this process."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import json
from types import MappingProxyType
from typing import Any, Final

from aiohttp import ClientSession

from custom_components.wallbox_ocpp.charger.charger import Charger as Wallbox
from custom_components.wallbox_ocpp.const import CONF_IDENTITY, DOMAIN, SUBENTRY_CHARGER
from custom_components.wallbox_ocpp.csms.frame_log import Kind
from custom_components.wallbox_ocpp.models import WallboxConfigEntry
from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import ChargingPlan
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigSubentryData
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from simulator.home_assistant.in_process import all_entities_enabled
from simulator.virtual_time import VirtualTimeLoop, WallClock

from .answers import Answers
from .charger import Charger
from .recording import Entry, Recording
from .witness import Sight, Witness

IDENTITY: Final = "replayed"
BEFORE: Final = timedelta(seconds=1)
"""Time in which Home Assistant gets ready for the first record."""
AFTERWARDS: Final = 120.0
"""Seconds that pass after the last record."""


@dataclass(slots=True)
class Outcome:
    """The outcome of a replay."""

    seen: list[Sight]
    verdict: str
    repairs: list[str]
    """Those that are open in the end."""
    not_asked: list[tuple[datetime, str]] = field(default_factory=list)
    """Recorded requests of Home Assistant that it did not send now."""
    guessed: list[str] = field(default_factory=list)
    """Requests that it sent now, and that have no recorded answer."""


async def replay(hass: HomeAssistant, recording: Recording, port: int) -> Outcome:
    """Set the integration up on a free port, play a recording to it, and take it down.

    The loop must have virtual time: then everything between two records happens at its own time.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    entry = _entry(port, recording.settings)
    clock, answers = WallClock(loop), Answers(recording)
    clock.set(recording.entries[0].at - BEFORE)
    with clock.on_the_wall(), all_entities_enabled():
        await hass.config_entries.async_add(entry)
        await hass.async_block_till_done()
        [wallbox] = entry.runtime_data.chargers.values()
        wallbox.coordinator.async_set(_as_in_the_end(wallbox.state, recording))
        witness = Witness(hass, IDENTITY, dt_util.utcnow)
        async with ClientSession() as client:
            url = f"ws://127.0.0.1:{port}/{IDENTITY}"
            player = _Player(wallbox, Charger(url, client, answers), answers, loop)
            with witness.watching():
                for record in recording.entries:
                    await player.play(record)
                await asyncio.sleep(AFTERWARDS)
                outcome = player.outcome(witness)
            await player.stop()
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
    return outcome


def _entry(port: int, settings: Mapping[str, Any]) -> WallboxConfigEntry:
    charger = ConfigSubentryData(
        data={**settings, CONF_IDENTITY: IDENTITY},
        subentry_type=SUBENTRY_CHARGER,
        title="Replayed",
        unique_id=IDENTITY,
    )
    return ConfigEntry(
        version=1,
        minor_version=1,
        domain=DOMAIN,
        title="Replay",
        data={CONF_PORT: port},
        options={},
        source=SOURCE_USER,
        unique_id=None,
        discovery_keys=MappingProxyType({}),
        subentries_data=[charger],
    )


def _as_in_the_end(state: ChargerState, recording: Recording) -> ChargerState:
    """Return the state with what the owner wanted at the end; commands in between are replayed."""
    asked = {name for entry in recording.entries for name in entry.asked}
    known = recording.state
    if "wish" not in asked:
        wish = Wish.from_dict(known["charging"]["wish"])
        state = replace(state, charging=replace(state.charging, wish=wish))
    if "lock" not in asked:
        state = state.locked_by(Lock.from_dict(known["access"]["lock"]))
    if "fix_enabled" not in asked:
        enabled = known["settings"]["fix_enabled"]
        settings = replace(state.settings, fix_enabled=enabled)
        state = replace(state, settings=settings)
    return state


class _Player:
    """Plays one record after the other."""

    def __init__(
        self,
        wallbox: Wallbox,
        charger: Charger,
        answers: Answers,
        loop: VirtualTimeLoop,
    ) -> None:
        self._wallbox = wallbox
        self._charger = charger
        self._answers = answers
        self._loop = loop
        self._starts: dict[str, int] = {}
        """The transaction ids given now, by the message id of StartTransaction."""
        self._owner: set[asyncio.Task[None]] = set()
        self._not_asked: list[tuple[datetime, str]] = []

    async def play(self, entry: Entry) -> None:
        """Replay a record, at its time."""
        await asyncio.sleep((entry.at - dt_util.utcnow()).total_seconds())
        match entry.what:
            case Kind.OPENED:
                await self._charger.connect()
            case Kind.CLOSED:
                # A connection that was replaced is closed by Home Assistant.
                if entry.ending != "replaced":
                    await self._charger.leave()
            case Kind.RECEIVED:
                await self._say(entry)
            case Kind.SENT:
                await self._expect(entry)
            case Kind.ASKED:
                self._ask(entry.asked)
        await self._loop.rest()

    async def stop(self) -> None:
        """Stop all parts."""
        await self._charger.stop()
        await asyncio.gather(*self._owner)

    def outcome(self, witness: Witness) -> Outcome:
        """Return the outcome."""
        return Outcome(
            seen=witness.seen,
            verdict=self._wallbox.state.verdict,
            repairs=witness.repairs,
            not_asked=self._not_asked,
            guessed=self._answers.guessed,
        )

    async def _say(self, entry: Entry) -> None:
        if call := entry.call:
            unique_id, action, payload = call
            answer = await self._charger.ask(action, payload)
            if action == "StartTransaction" and answer:
                self._starts[unique_id] = answer["transactionId"]
        elif (given := entry.answer) and (due := self._answers.due(given[0])):
            await self._charger.answer(due)
        else:
            text = json.dumps(entry.frame) if entry.frame else entry.masked
            await self._charger.say(text)

    async def _expect(self, entry: Entry) -> None:
        """Wait for the recorded message of Home Assistant."""
        if call := entry.call:
            _, action, payload = call
            if not await self._charger.was_asked(action, payload):
                self._not_asked.append((entry.at, action))
        elif (answer := entry.answer) and answer[0] in self._starts:
            unique_id, (_, _, result, *_) = answer
            now = self._starts.pop(unique_id)
            self._charger.renumber(result.get("transactionId", now), now)

    def _ask(self, asked: Mapping[str, Any]) -> None:
        """Repeat a command of the owner in the background."""

        async def ask() -> None:
            with suppress(HomeAssistantError):  # The owner was told then, too.
                match asked:
                    case {"wish": wish, "start": bool(start)}:
                        wanted = Wish.from_dict(wish)
                        await self._wallbox.commands.async_set_wish(wanted, start=start)
                    case {"plan": None}:
                        await self._wallbox.commands.async_clear_plan()
                    case {"plan": plan}:
                        await self._wallbox.commands.async_set_plan(
                            ChargingPlan.from_dict(plan)
                        )
                    case {"lock": lock}:
                        await self._wallbox.commands.async_set_lock(
                            Lock.from_dict(lock)
                        )
                    case {"reboot": True}:
                        await self._wallbox.commands.async_reboot()
                    case {"fix_enabled": True}:
                        await self._wallbox.commands.async_apply_fix()
                    case {"fix_enabled": False}:
                        await self._wallbox.commands.async_restore()
                    case _:
                        pass

        task = asyncio.create_task(ask())
        self._owner.add(task)
        task.add_done_callback(self._owner.discard)
