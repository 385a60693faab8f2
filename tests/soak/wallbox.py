"""The virtual Wallboxes: what each is like, what happens to it, and what really happened in it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import json
from typing import Any, Final, NamedTuple, override

from simulator.virtual_time import until
from simulator.virtual_wallbox import (
    COPPER_SB,
    FIRMWARES,
    QUIRKS,
    AfterPowerCycle,
    Car,
    Personality,
    VirtualWallbox,
    with_quirks,
)
from simulator.virtual_wallbox.line import CALL, RESULT
from simulator.virtual_wallbox.wire import Direction, WireFrame
from tests.helpers.taciturn import taciturn
from tests.property.machine.history import Charge, History

FRAMES_SHOWN: Final = 400
"""How many of a charger's last frames a failure shows."""

USUAL: Final = FIRMWARES["6.7.38"]

FOLLOWERS: Final[Mapping[str, Personality]] = {
    **{
        name: with_quirks(USUAL, "schedule-followed", name)
        for name in ("schedule-followed", "schedule-five-periods", "like-open-ocpp")
    },
    "read-rarely": taciturn(with_quirks(USUAL, "schedule-followed"), 900),
}
"""Chargers that keep to a plan without a connection."""

FORGETFUL: Final[Mapping[str, Personality]] = {
    **{
        name: with_quirks(USUAL, name)
        for name in ("profiles-lost-offline", "default-lost-at-start")
    },
    "lost-at-power-off": with_quirks(USUAL, "schedule-all-lost-at-power-off"),
}
"""Chargers that forget what they were told, and keep it while they can be told again."""

PERSONALITIES: Final[Mapping[str, Personality]] = {
    **FIRMWARES,
    "copper-sb": COPPER_SB,
    **{name: with_quirks(USUAL, name) for name in QUIRKS},
    **FOLLOWERS,
    **FORGETFUL,
    "schedule-first-only": with_quirks(USUAL, "schedule-first-only"),
    **{
        after.value: replace(USUAL, after_power_cycle=after)
        for after in (AfterPowerCycle.RESUMES, AfterPowerCycle.FORGETS)
    },
}
"""All that there are: by firmware, by quirk, and by what a power cut leaves of a session."""

FAITHFUL: Final = {*FIRMWARES, *FOLLOWERS, "copper-sb"}
"""Chargers that keep what they are told; of the others, nothing more can be asked than that the owner
is told."""

SAVED_AFTER: Final = 61.0
"""Seconds after which a reading is known on disk, and cannot be forgotten any more."""
WITH_REGISTER: Final = ("StartTransaction", "StopTransaction")
"""Messages that say what the meter shows, besides readings."""


class PlannedTime(NamedTuple):
    """A time in which a car may charge, in seconds since 1970."""

    begin: float
    end: float
    amps: int | None


@dataclass(slots=True, kw_only=True)
class Alone:
    """A time in which nobody could know what the meter shows.

    It begins with the loss of a connection, and ends with the first reading of after that was
    answered. Until then, another loss belongs to it: what flowed before and after cannot be told
    apart.

    Attributes:
        register: The lifetime meter when it began, Wh.
        paused: Charging was switched off, all the time.
        maybe_paused: It was, at some time.
        most: The highest power in it, W.
        energy: What flowed in it, Wh.
        back: When the connection was there again, by the charger's clock.
        read: When the meter was read, in charger seconds.
    """

    register: float
    paused: bool
    maybe_paused: bool
    most: float = 0.0
    energy: float = 0.0
    back: datetime | None = None
    read: float | None = None


class Wallbox(VirtualWallbox):
    """A virtual Wallbox whose history is known.

    Attributes:
        name: What it is like.
        history: Its sessions of today.
        past: Those of the days before.
        alone: The times in which nobody could know what its meter shows.
        paused: Its owner has switched charging off.
        unsure: Its owner has asked for less than that any car charges at any time.
        plan: The plan that its owner has set last.
        disturbed: It was without power, or asked to reboot, since somebody looked.
        left: A car has left it in the evening, while Home Assistant was there.
        watched: What is called whenever something has happened.
    """

    def __init__(self, url: str, identity: str, name: str) -> None:
        """Prepare it; it does not live yet."""
        personality = replace(PERSONALITIES[name], serial=identity)
        super().__init__(url, identity, personality, until=until)
        self.name = name
        self.history = History(self.charger)
        self.past: list[Charge] = []
        self.alone: list[Alone] = []
        self.paused = False
        self.unsure = False
        self.plan: list[PlannedTime] = []
        self.disturbed = False
        self.left = False
        self.watched: Callable[[], None] | None = None
        self._plugged_at = self.charger.energy_wh
        self._forgets = False
        self._alone: Alone | None = None
        self._looked = 0
        self._breaks_after: tuple[str, int] | None = None

    @override
    def power_off(self) -> None:
        """Cut its power."""
        self.disturbed = True
        after = self.charger.personality.after_power_cycle
        self._forgets = after is AfterPowerCycle.FORGETS
        super().power_off()
        self._forgets = False

    @override
    def plug(self, car: Car | None = None) -> None:
        """Put the cable into a car."""
        super().plug(car)
        self._plugged_at = self.charger.energy_wh

    @property
    def keeps_leases(self) -> bool:
        """Whether it ends a limit by itself: it has room for one of the transaction, and keeps what it is told."""
        room = self.charger.effective_keys["MaxChargingProfilesInstalled"]
        return self.name in FAITHFUL and room != "1"

    @property
    def got(self) -> float:
        """Wh that the present car has got."""
        return self.charger.energy_wh - self._plugged_at

    def wants(self, *, paused: bool, unsure: bool = False) -> None:
        """Note what its owner wants."""
        self.paused = paused
        self.unsure |= unsure
        if self._alone and self._alone.read is None:
            self._alone.paused &= paused
            self._alone.maybe_paused |= paused or self.unsure

    def break_after(self, action: str, turns: int) -> None:
        """Let the socket break some turns of the loop after the next message of an action.

        By then it has not left, has arrived, has been saved, or has been answered.
        """
        self._breaks_after = action, turns

    def repeat(self, action: str, number: int) -> None:
        """Let an earlier message arrive once more, under a new id."""
        sent = self.sent(action)
        if number <= len(sent):
            frame = sent[-number]
            self._say([2, f"again-{len(self.wire)}", action, dict(frame.payload)])

    def misread(self, register: str) -> None:
        """Let a reading arrive that is none."""
        sample = {"value": register, "measurand": "Energy.Active.Import.Register"}
        value = {
            "timestamp": self.charger.utc.isoformat(),
            "sampledValue": [sample | {"unit": "Wh"}],
        }
        payload: dict[str, Any] = {"connectorId": 1, "meterValue": [value]}
        if self.charger.transaction and self.charger.transaction.id:
            payload["transactionId"] = self.charger.transaction.id
        self._say([2, f"glitch-{len(self.wire)}", "MeterValues", payload])

    def read(self) -> None:
        """Have it send its readings."""
        self._act(self.charger.reports.triggered_values)

    @property
    def tells_meter(self) -> bool:
        """Whether its readings have the lifetime meter in them."""
        keys = self.charger.effective_keys
        return "Energy" in keys["MeterValuesSampledData"]

    @property
    def untold(self) -> bool:
        """Whether it still has to tell of a session."""
        line = self.charger.line
        return line.waits("StartTransaction") or line.waits("StopTransaction")

    @property
    def times_alone(self) -> list[Alone]:
        """Its times alone, with the present one."""
        return self.alone + ([self._alone] if self._alone else [])

    def end_day(self, *, unsure: bool) -> None:
        """Set aside what has been looked at; ``unsure``: charging is not simply on or off."""
        self.unsure = unsure
        self.past += [charge for charge in self.history.charges if charge.ended]
        self.wire.clear()
        self._looked = 0
        self.alone.clear()
        if self._alone and self._alone.read is None:
            # It goes on, and what has flowed in it so far has been looked at.
            register = self.charger.energy_wh
            self._alone = replace(self._alone, register=register, most=0.0, energy=0.0)
        elif self._alone:
            self._alone = None
        del self.charger.current_history[:-1]
        del self.charger.link.history[:-1]
        self.history.charges = [
            charge for charge in self.history.charges if charge.ended is None
        ]

    def frames(self) -> list[str]:
        """Return its last frames, a line each."""
        return [
            f"{frame.time:10.1f} {frame.direction:8} {frame.kind} {frame.action} {json.dumps(frame.payload)}"
            for frame in self.wire[-FRAMES_SHOWN:]
        ]

    def _say(self, frame: list[Any]) -> None:
        if self.connected:
            self._network.send(json.dumps(frame))

    @override
    def _turn(self) -> None:
        sent = len(self.wire)
        super()._turn()
        self.history.look(forgotten=self._forgets)
        self._note_link(self.wire[self._looked :])
        self._looked = len(self.wire)
        if self.watched:
            self.watched()
        if self._breaks_after:
            action, turns = self._breaks_after
            if any(
                frame.action == action and frame.kind == CALL
                for frame in self.wire[sent:]
            ):
                self._breaks_after = None
                self._break_in(turns)

    def _break_in(self, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._break_in, turns - 1)
        else:
            self._network.lose_socket()
            self._act(self.charger.disconnected)

    def _note_link(self, frames: Iterable[WireFrame]) -> None:
        charger, alone = self.charger, self._alone
        if alone and alone.read is not None and charger.now - alone.read > SAVED_AFTER:
            self.alone.append(alone)
            self._alone = alone = None
        if alone is None:
            if charger.link_up:
                return
            self._alone = alone = Alone(
                register=charger.energy_wh,
                paused=self.paused,
                maybe_paused=self.paused or self.unsure,
            )
        if not charger.link_up:
            if alone.back:
                alone.back = alone.read = None
                alone.paused &= self.paused
                alone.maybe_paused |= self.paused or self.unsure
        elif alone.back is None:
            # On the wire, a Wallbox leaves out fractions of a second.
            alone.back = charger.utc.replace(microsecond=0)
        if alone.read is None:
            alone.most = max(alone.most, charger.connector.watts)
            alone.energy = charger.energy_wh - alone.register
            if alone.back and any(self._reads(frame, alone.back) for frame in frames):
                alone.read = charger.now

    def _reads(self, frame: WireFrame, back: datetime) -> bool:
        """Return whether a frame is the answer to what the meter has shown since a time."""
        if frame.kind != RESULT or frame.direction is not Direction.RECEIVED:
            return False
        said = next(
            (
                call.payload
                for call in reversed(self.wire)
                if call.id == frame.id and call.kind == CALL
            ),
            None,
        )
        match frame.action, said:
            case "MeterValues", {"meterValue": [*values]} if self.tells_meter:
                stamps = [value["timestamp"] for value in values]
            case action, {"timestamp": stamp} if action in WITH_REGISTER:
                stamps = [stamp]
            case _:
                return False
        return any(datetime.fromisoformat(stamp) >= back for stamp in stamps)
