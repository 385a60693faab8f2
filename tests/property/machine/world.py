"""A charger, a home, and what lies between them."""

import asyncio
from datetime import datetime
from typing import Final

from simulator.virtual_wallbox import AfterPowerCycle, Car, Charger, Personality

from .history import History
from .home import End, Home
from .link import Accident, Link

_QUIET: Final = 15
"""Turns of the loop without a frame after which none will come: more than the longest way from an
answer to the next request, by the disk."""
_PATIENCE: Final = 20_000
"""Turns of the loop in which anything must come to rest."""
_BACK: Final = 30.0
"""Seconds in which a charger comes back, if it can."""
_TRIES: Final = 20
"""How often a charger is given that time to get rid of its messages."""
_GIVEN_UP: Final = 700.0
"""Seconds, more than ten minutes, after which a charger without a car is not waited for any more."""


class World:
    """A charger, a home, and what lies between them.

    Attributes:
        network: Charger and home can reach each other.
    """

    def __init__(self, home: Home, personality: Personality, now: datetime) -> None:
        """Begin with a charger that has just booted, and a home that is not there yet."""
        home.begin(now)
        self.home = home
        self.charger = Charger(personality, epoch=now, follows_server_clock=False)
        self.link = Link(home.url, self.charger)
        self.history = History(self.charger)
        self.network = True

    async def settle(self) -> None:
        """Let everything happen that follows from what has happened."""
        quiet = 0
        for _ in range(_PATIENCE):
            frames = len(self.link.record)
            await self._turn()
            busy = self.link.unanswered or self.home.disk.busy
            quiet = 0 if busy or len(self.link.record) > frames else quiet + 1
            if quiet == _QUIET:
                self.home.rest()
                return
        raise AssertionError(f"never answered: {self.link.unanswered}")

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        charger = self.charger
        until = charger.now + seconds
        while charger.now < until:
            due = charger.next_due
            then = until if due is None else min(max(due, charger.now), until)
            self.home.clock.let_pass(then - charger.now)
            charger.advance(then)
            await self.settle()

    def expect(self, action: str, accident: Accident | None) -> None:
        """Let something happen to the next message of an action."""
        if accident:
            self.link.accidents[action] = accident

    def plug(self, car: Car) -> None:
        """Put the cable into a car."""
        self.charger.plug(car)

    def unplug(self) -> None:
        """Pull the cable out."""
        self.charger.unplug()
        self.history.look()

    def read_meter(self) -> None:
        """Have the charger send its readings out of turn."""
        self.charger.reports.triggered_values()
        self.charger.settle()

    def power_off(self) -> None:
        """Cut the charger's power."""
        forgets = self.charger.personality.after_power_cycle is AfterPowerCycle.FORGETS
        self.charger.power_off()
        self.history.look(forgotten=forgets)

    def cut_network(self, *, half: bool) -> None:
        """Take the network away; Home Assistant may not notice."""
        self.network = False
        self.link.drop(half=half)

    async def come(self, *, starting: float = 0.0) -> None:
        """Start Home Assistant; automations listen after some seconds."""
        await self.home.come(starting=starting > 0)
        await self.wait(starting or 1.0)
        self.home.started()
        await self.settle()

    async def go(self, end: End) -> None:
        """End Home Assistant."""
        if end is End.KILLED:
            self.link.drop()
        await self.home.go(end)
        # Nothing ends and comes back within the same moment.
        await self.wait(1.0)

    async def mend(self) -> None:
        """Let all that was away come back, the car leave, and everything be told."""
        self.link.accidents.clear()
        self.home.disk.behave()
        self.network = True
        self.charger.power_on()
        if not self.home.up:
            await self.come()
        await self.wait(_BACK)
        while not self.charger.running:
            await self.wait(_BACK)
        self.link.release(reverse=False)
        self.unplug()
        await self.settle()
        for _ in range(_TRIES):
            if not self._untold:
                break
            await self.wait(_BACK)
        assert not self._untold, "a message of the charger is never taken"
        if any(charge.forgotten for charge in self.history.charges):
            await self.wait(_GIVEN_UP)

    def contradictions(self) -> list[str]:
        """Return where people were told otherwise than it was."""
        home, history = self.home, self.history
        return [
            *history.contradictions(home.told),
            *history.contradiction_of_meter(home.shown),
            *(f"the meter went back {dip}" for dip in home.dips),
            *home.complaints,
            *self.charger.violations,
        ]

    async def end(self) -> None:
        """Leave nothing behind."""
        if self.home.up:
            self.home.disk.behave()
            await self.home.go(End.KILLED)
        await self.home.clock.hurry(self.link.close())

    @property
    def _untold(self) -> bool:
        line = self.charger.line
        return line.waits("StartTransaction") or line.waits("StopTransaction")

    async def _turn(self) -> None:
        if self.home.up and not self.home.disk.alive:
            self.link.drop()
            await self.home.clear_away()
        self.history.look()
        self.link.flush()
        if self.charger.wants_link:
            if self.network and self.home.up:
                await self.link.open()
            else:
                self.charger.connect_failed()
        await asyncio.sleep(0)
