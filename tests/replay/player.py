"""Plays a recording to the integration in a Home Assistant in this process."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
import json
from typing import Final
from unittest.mock import patch

from aiohttp import ClientSession
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_IDENTITY,
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from custom_components.wallbox_ocpp.csms.logbook import Kind
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from .answers import Answers, Payload
from .charger import Charger
from .clock import Clock
from .recording import Entry, Recording
from .witness import Sight, Witness

IDENTITY: Final = "replayed"
NEVER: Final = 1e9
TIMING: Final = Timing(call_gap=0, ping=NEVER, dead=NEVER)
"""Pauses are those on record, and pings would come late when time leaps."""
MOMENT: Final = 0.01
"""Seconds for Home Assistant to take in a record."""
LAST_MOMENT: Final = 0.5
"""Seconds for it to finish what it is about in the end."""
AFTERWARDS: Final = timedelta(minutes=2)
"""Time that is let pass after the last record."""


@dataclass(slots=True)
class Outcome:
    """What came of a replay."""

    seen: list[Sight]
    verdict: str
    repairs: list[str]
    """Those that are open in the end."""
    not_asked: list[tuple[datetime, str]] = field(default_factory=list)
    """What Home Assistant had asked when it was recorded, and did not ask now."""
    guessed: list[str] = field(default_factory=list)
    """What it asked now, and what is on record has no answer to."""


async def replay(hass: HomeAssistant, recording: Recording, port: int) -> Outcome:
    """Set the integration up on a free port, play a recording to it, and take it down."""
    entry = _entry(port, recording.profile)
    entry.add_to_hass(hass)
    start = recording.entries[0].at - timedelta(seconds=1)
    central_system = partial(CentralSystem, timing=TIMING)
    answers = Answers(recording)
    with (
        Clock(start) as clock,
        patch("custom_components.wallbox_ocpp.CentralSystem", central_system),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        witness = Witness(hass, IDENTITY, clock.now)
        async with ClientSession() as client:
            url = f"ws://127.0.0.1:{port}/{IDENTITY}"
            charger = Charger(url, client, answers)
            player = _Player(hass, clock, charger, answers)
            with witness.watching():
                for record in recording.entries:
                    await player.play(record)
                clock.leap(clock.now() + AFTERWARDS)
                await asyncio.sleep(LAST_MOMENT)
                outcome = player.outcome(witness)
            await player.stop()
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
    return outcome


def _entry(port: int, profile: str) -> MockConfigEntry:
    charger = ConfigSubentryData(
        data={
            CONF_IDENTITY: IDENTITY,
            CONF_OFFLINE_PROFILE: profile,
            CONF_SHOW_ID_TAG: False,
        },
        subentry_type=SUBENTRY_CHARGER,
        title="Replayed",
        unique_id=IDENTITY,
    )
    return MockConfigEntry(
        domain=DOMAIN, data={CONF_PORT: port}, subentries_data=[charger]
    )


class _Player:
    """Plays one record after the other."""

    def __init__(
        self, hass: HomeAssistant, clock: Clock, charger: Charger, answers: Answers
    ) -> None:
        self._hass = hass
        self._clock = clock
        self._charger = charger
        self._answers = answers
        self._starts: dict[str, int] = {}
        """The numbers given now to transactions, by the message id that asked for them."""
        self._owner: set[asyncio.Task[None]] = set()
        self._not_asked: list[tuple[datetime, str]] = []

    async def play(self, entry: Entry) -> None:
        """Do what is on record, at its time."""
        self._clock.leap(entry.at)
        match entry.what:
            case Kind.OPENED:
                await self._charger.connect()
            case Kind.CLOSED:
                # One that was replaced has been closed by Home Assistant.
                if entry.ending != "replaced":
                    await self._charger.leave()
            case Kind.RECEIVED:
                await self._say(entry)
            case Kind.SENT:
                await self._expect(entry)
        # Not until all is done: the owner may wait for an answer that is due later.
        await asyncio.sleep(MOMENT)

    async def stop(self) -> None:
        """Leave nothing behind."""
        await self._charger.stop()
        await asyncio.gather(*self._owner)

    def outcome(self, witness: Witness) -> Outcome:
        """Return what has been seen."""
        return Outcome(
            seen=witness.seen,
            verdict=self._state("sensor", "offline_protection"),
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
        """See that Home Assistant says what it had said."""
        if call := entry.call:
            _, action, payload = call
            self._act_for_owner(action, payload)
            if not await self._charger.was_asked(action, payload):
                self._not_asked.append((entry.at, action))
        elif (answer := entry.answer) and answer[0] in self._starts:
            unique_id, (_, _, result, *_) = answer
            now = self._starts.pop(unique_id)
            self._charger.renumber(result.get("transactionId", now), now)

    def _act_for_owner(self, action: str, payload: Payload) -> None:
        """Do what the owner must have done for the charger to be asked this."""
        match action, payload:
            case "Reset", {"type": "Soft"}:
                self._do("button", "press", "reboot")
            case (
                "SetChargingProfile",
                {
                    "csChargingProfiles": {
                        "chargingProfilePurpose": "TxDefaultProfile",
                        "chargingSchedule": {
                            "chargingSchedulePeriod": [{"limit": limit}]
                        },
                    }
                },
            ):
                on = self._state("switch", "charging") == "on"
                if on is not (limit > 0):
                    service = "turn_off" if on else "turn_on"
                    self._do("switch", service, "charging")
            case _:
                pass

    def _do(self, platform: str, service: str, key: str) -> None:
        async def do() -> None:
            try:
                await self._hass.services.async_call(
                    platform,
                    service,
                    {"entity_id": self._entity_id(platform, key)},
                    blocking=True,
                )
            except HomeAssistantError:
                # The owner was told then, too.
                return

        task = asyncio.create_task(do())
        self._owner.add(task)
        task.add_done_callback(self._owner.discard)

    def _entity_id(self, platform: str, key: str) -> str:
        entity_id = er.async_get(self._hass).async_get_entity_id(
            platform, DOMAIN, f"{IDENTITY}_{key}"
        )
        assert entity_id
        return entity_id

    def _state(self, platform: str, key: str) -> str:
        state = self._hass.states.get(self._entity_id(platform, key))
        assert state
        return state.state
