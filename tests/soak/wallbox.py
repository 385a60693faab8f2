"""The virtual Wallboxes: what each is like, what happens to it, and what really happened in it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
import json
from typing import Any, Final, override

from simulator.virtual_time import until
from simulator.virtual_wallbox import (
    COPPER_SB,
    FIRMWARES,
    QUIRKS,
    AfterPowerCycle,
    Personality,
    VirtualWallbox,
    with_quirks,
)
from simulator.virtual_wallbox.line import CALL
from tests.property.machine.history import Charge, History

FRAMES_SHOWN: Final = 400
"""How many of a charger's last frames a failure shows."""

USUAL: Final = FIRMWARES["6.7.38"]

PERSONALITIES: Final[Mapping[str, Personality]] = {
    **FIRMWARES,
    "copper-sb": COPPER_SB,
    **{name: with_quirks(USUAL, name) for name in QUIRKS},
    **{
        after.value: replace(USUAL, after_power_cycle=after)
        for after in (AfterPowerCycle.RESUMES, AfterPowerCycle.FORGETS)
    },
}
"""All that there are: by firmware, by quirk, and by what a power cut leaves of a session."""


@dataclass(slots=True, kw_only=True)
class Alone:
    """A time without a connection.

    Attributes:
        register: The lifetime meter when it began, Wh.
        paused: Charging was switched off, all the time.
        maybe_paused: It was, at some time.
        most: The highest power in it, W.
        energy: What flowed in it, Wh.
    """

    register: float
    paused: bool
    maybe_paused: bool
    most: float = 0.0
    energy: float = 0.0


class Wallbox(VirtualWallbox):
    """A virtual Wallbox whose history is known.

    Attributes:
        name: What it is like.
        history: Its sessions of today.
        past: Those of the days before.
        alone: Its times without a connection.
        paused: Its owner has switched charging off.
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
        self._forgets = False
        self._alone: Alone | None = None
        self._breaks_after: tuple[str, int] | None = None

    @override
    def power_off(self) -> None:
        """Cut its power."""
        after = self.charger.personality.after_power_cycle
        self._forgets = after is AfterPowerCycle.FORGETS
        super().power_off()
        self._forgets = False

    def pause(self, *, paused: bool) -> None:
        """Note what its owner wants."""
        self.paused = paused
        if self._alone:
            self._alone.paused &= paused
            self._alone.maybe_paused |= paused

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

    def end_day(self) -> None:
        """Set aside what has been looked at."""
        self.past += [charge for charge in self.history.charges if charge.ended]
        self.wire.clear()
        self.alone.clear()
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
        self._note_link()
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

    def _note_link(self) -> None:
        charger, alone = self.charger, self._alone
        if alone is None and not charger.link_up:
            self._alone = alone = Alone(
                register=charger.energy_wh,
                paused=self.paused,
                maybe_paused=self.paused,
            )
        if alone:
            alone.most = max(alone.most, charger.connector.watts)
            alone.energy = charger.energy_wh - alone.register
        if alone and charger.link_up:
            self.alone.append(alone)
            self._alone = None
