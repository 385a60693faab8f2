"""What happens: day after day, to each charger by chance, and to Home Assistant."""

import asyncio
from collections.abc import Callable, Mapping
import gc
from pathlib import Path
from random import Random
from typing import Final

from simulator.virtual_time import until
from simulator.virtual_wallbox import NetworkCut

from . import calm
from .happenings import ANYWHERE, WITH_HOME, Happening, a_car, settle_down
from .home import Home
from .owner import REPORTED_EVERY, show_grid, show_prices
from .report import Report, SoakError
from .verdict import (
    contradictions,
    of_the_next_car,
    of_the_wear,
    of_the_year,
    of_unattended,
)
from .wallbox import PERSONALITIES, Wallbox
from .watch import SUN_KEPT, Watch

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
CONNECTED: Final = 10 * MINUTE
"""How long things happen to chargers that can reach Home Assistant, each day."""
ALONE: Final = (2 * MINUTE, 20 * MINUTE)
"""How long they cannot, in which most of it goes on."""
QUIET: Final = (8 * MINUTE, 20 * MINUTE)
"""The same if nothing happens meanwhile: longer than a lease."""
QUIET_DAYS: Final = 0.5
"""On which part of the days that is so."""
KNOWN: Final = 6 * MINUTE
"""For how long it is connected before: it may have to boot, and is to know for long what was asked for."""
PAUSE: Final = (1.0, 90.0)
"""Seconds between two things that happen to a charger."""
AWAKE: Final = 3
"""How many chargers have an eventful day; the others are left as they were in the night."""
CALM: Final = 16 * MINUTE
"""How long nothing happens then: a charger boots, and has what was asked for, also if limits were changed so
often that the next one has to wait."""
CALM_DAYS: Final = 0.6
"""On which part of the days."""
BRIGHT: Final = 25_000.0
"""W of sun, for several cars."""
DUSK: Final = SUN_KEPT + 3 * MINUTE
"""How long the sun is away then, if a car is to charge with it."""
SHORT: Final = 2
"""Days of a run in which everything has to happen at once."""
TO_COME_BACK: Final = 20 * MINUTE
"""In which a charger boots, comes back, and has told all."""
TO_GIVE_UP: Final = 11 * MINUTE
"""After which a session is given up that its charger has forgotten."""
FIRST_MEMORY: Final = 0.1
"""Which part of the days has passed when memory and tasks are counted for the first time."""
LOOKS_AT_MEMORY: Final = 40
"""How often memory and tasks are counted in a long run."""
PAGE: Final = 4096
MEGABYTE: Final = 1 << 20


class Year:
    """A run."""

    def __init__(self, folder: Path, port: int, seed: int, chargers: int) -> None:
        """Prepare it."""
        self.seed = seed
        self.day = 0
        # Of few chargers, each seed has others.
        names = Random(seed).sample(list(PERSONALITIES), len(PERSONALITIES))
        identities = [f"{700_001 + number}" for number in range(chargers)]
        self.home = Home(folder, port, identities)
        self.boxes = [
            Wallbox(self.home.url, identity, names[number % len(names)])
            for number, identity in enumerate(identities)
        ]
        self.watches: dict[str, Watch] = {}
        for box in self.boxes:
            watch = self.watches[box.identity] = Watch(self.home, box)
            box.watched = watch.look
        self.report = Report(chargers)
        self._dice = Random(seed)
        self._dawn = 0.0
        self._days = 0
        self._awake = self.boxes
        self._unattended: dict[str, float] = {}
        self._begun: dict[str, float] = {
            box.identity: box.charger.energy_wh for box in self.boxes
        }

    async def live(self, days: int, tell: Callable[[str], None]) -> Report:
        """Let so many days pass.

        Raises:
            SoakError: People were told otherwise than it was.
        """
        await self._start()
        for box in self.boxes:
            box.unsure = self.home.may_charge_less(box.identity)
            await box.start()
        meter = asyncio.create_task(self._measure())
        try:
            self._days = days
            for self.day in range(1, days + 1):
                await self._day()
                self._note_memory(days)
                if self.day == days:
                    await self._look_back()
                else:
                    await self._night()
                if self.day % 10 == 0 or self.day == days:
                    tell(self._progress())
        finally:
            meter.cancel()
            for box in self.boxes:
                await box.stop()
            if self.home.hass:
                await self.home.stop()
        return self.report

    async def _start(self) -> None:
        await self.home.start()
        assert self.home.hass
        show_prices(self.home.hass, self._dice)

    async def _measure(self) -> None:
        """Let the meter of the home measure."""
        while True:
            await asyncio.sleep(REPORTED_EVERY)
            show_grid(self.home, self.boxes)

    # A day.

    async def _day(self) -> None:
        self._dawn = asyncio.get_running_loop().time()
        awake = len(self.boxes)
        if 1 < self.day < self._days:
            awake = min(AWAKE, awake)
        self._awake = sorted(
            self._dice.sample(self.boxes, awake), key=lambda box: box.identity
        )
        async with asyncio.TaskGroup() as group:
            for box in self._awake:
                group.create_task(self._life(box, Random(self._dice.random())))
            group.create_task(self._fate(Random(self._dice.random())))
        if self._has_time and self._dice.random() < CALM_DAYS:
            await self._be_calm()
        await self._mend()
        await self._judge()

    async def _life(self, box: Wallbox, dice: Random) -> None:
        """Let things happen to a charger."""
        await asyncio.sleep(dice.uniform(0, MINUTE))
        self._connect(box)
        await self._happenings(box, dice, CONNECTED, {**WITH_HOME, **ANYWHERE})
        quiet = self._has_time and dice.random() < QUIET_DAYS
        if quiet:
            self._connect(box)
            settle_down(self.home, box, dice)
            await asyncio.sleep(KNOWN)
        box.cut_network(dice.choice(tuple(NetworkCut)))
        if quiet:
            if dice.random() < 0.5:
                box.unplug()
                box.plug(a_car(dice))
            await asyncio.sleep(dice.uniform(*QUIET))
        else:
            await self._happenings(box, dice, dice.uniform(*ALONE), ANYWHERE)
        self._connect(box)

    async def _happenings(
        self, box: Wallbox, dice: Random, seconds: float, what: Mapping[Happening, int]
    ) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            [happening] = dice.choices(list(what), list(what.values()))
            happening(self.home, box, dice)
            await asyncio.sleep(dice.uniform(*PAUSE))

    async def _fate(self, dice: Random) -> None:
        """Let Home Assistant end, on some days, and come back."""
        await asyncio.sleep(dice.uniform(MINUTE, CONNECTED + ALONE[1]))
        match dice.choice(("stays", "restarts", "is killed", "is killed twice")):
            case "restarts":
                await self._end(dice, killed=False)
            case "is killed":
                await self._end(dice, killed=True)
            case "is killed twice":
                await self._end(dice, killed=True)
                await asyncio.sleep(dice.uniform(1, 2 * MINUTE))
                await self._end(dice, killed=True)
            case _:
                pass

    async def _end(self, dice: Random, *, killed: bool) -> None:
        cut = [box for box in self.boxes if box.network_cut is None] if killed else []
        for box in cut:
            box.cut_network()
        await self._leave(killed=killed)
        await asyncio.sleep(dice.choice((0.0, dice.uniform(0, 5 * MINUTE))))
        await self._start()
        for box in cut:
            box.restore_network()

    async def _leave(self, *, killed: bool) -> None:
        if killed:
            await self.home.kill()
            self.report.kills += 1
        else:
            await self.home.stop()
            self.report.restarts += 1

    # The evening.

    async def _be_calm(self) -> None:
        """Let nothing happen for a while, and look whether cars get what they may."""
        for box in self._awake:
            settle_down(self.home, box, self._dice)
        self.home.sun = self._dice.choice((0.0, BRIGHT, BRIGHT))
        await asyncio.sleep(CALM)
        taken = sum(box.charger.power for box in self.boxes)
        sun = (self.home.sun or 0.0) - taken
        for box in self._awake:
            if found := await calm.contradictions(self.home, box, sun):
                raise self._error(box, found)
        if any(self.home.charges_with_sun(box.identity) for box in self._awake):
            self.home.sun = self._dice.choice((0.0, None))
            await asyncio.sleep(DUSK)

    async def _mend(self) -> None:
        """Let all come back and leave its car, and have told everything."""
        for box in self._awake:
            self._connect(box)
            box.left = box.charger.car is not None
            if box.left:
                # With the car, its plan goes.
                box.plan = []
            box.unplug()
        try:
            await until(
                lambda: all(box.connected and not box.untold for box in self._awake),
                within=TO_COME_BACK,
            )
        except TimeoutError:
            late = [box for box in self._awake if not box.connected or box.untold]
            raise self._error(
                late[0], [f"never came back: {box}" for box in late]
            ) from None
        await asyncio.sleep(TO_GIVE_UP)
        for box in self._awake:
            box.read()
        await asyncio.sleep(MINUTE)

    async def _judge(self) -> None:
        for box in self._awake:
            unattended = self.home.unattended(box.identity)
            told = unattended - self._unattended.get(box.identity, 0.0)
            self._unattended[box.identity] = unattended
            self.report.unattended += told
            watch = self.watches[box.identity]
            found = [
                *contradictions(self.home, box),
                *of_the_next_car(self.home, box),
                *of_unattended(box, told),
                *watch.found,
                *of_the_wear(box),
            ]
            if found:
                raise self._error(box, found)
            self.report.stored = max(self.report.stored, self.home.stored)
            self.report.sessions += len(box.history.charges)
            box.end_day(unsure=self.home.may_charge_less(box.identity))
            self.home.told.pop(box.identity, None)
        self.report.days = self.day

    async def _look_back(self) -> None:
        if grown := self.report.grown():
            raise SoakError(f"{self._where}: {grown}")
        for box in self.boxes:
            begun = self._begun[box.identity]
            if found := await of_the_year(self.home, box, begun):
                raise self._error(box, found)
            self.report.energy += box.charger.energy_wh - begun

    async def _night(self) -> None:
        """Let the rest of the day pass without power, network or Home Assistant.

        There a minute would take as long as one in which something happens.
        """
        for box in self._awake:
            if self._dice.random() < 0.3:
                box.plug(a_car(self._dice))
        await asyncio.sleep(2 * MINUTE)
        for box in self._awake:
            if box.charger.car:
                box.power_off()
            else:
                box.cut_network()
        killed = self._dice.random() < 0.5
        await asyncio.sleep(self._dice.uniform(0, 2 * MINUTE))
        await self._leave(killed=killed)
        passed = asyncio.get_running_loop().time() - self._dawn
        await asyncio.sleep(DAY - passed % DAY)
        await self._start()

    def _connect(self, box: Wallbox) -> None:
        box.restore_network()
        box.power_on()

    def _note_memory(self, days: int) -> None:
        # To look takes half as long as a day.
        apart = max(days // LOOKS_AT_MEMORY, 1)
        if self.day < days * FIRST_MEMORY or (self.day % apart and self.day < days):
            return
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.report.memory.append(pages * PAGE / MEGABYTE)
        self.report.tasks.append(len(asyncio.all_tasks()))

    @property
    def _has_time(self) -> bool:
        """Whether the run is long enough to leave chargers as they are for a while."""
        return self._days > SHORT

    @property
    def _where(self) -> str:
        return f"seed {self.seed}, day {self.day}"

    def _progress(self) -> str:
        report = self.report
        return (
            f"day {self.day}: {report.sessions} sessions, {report.restarts} restarts, {report.kills} kills, "
            f"{report.memory[-1] if report.memory else 0:.0f} MB, {report.tasks[-1] if report.tasks else 0} tasks"
        )

    def _error(self, box: Wallbox, found: list[str]) -> SoakError:
        lines = [
            f"{self._where}, charger {box.identity} ({box.name}):",
            *found,
            "Its last frames:",
            *box.frames(),
            "What was told:",
            *map(str, self.home.told[box.identity]),
        ]
        return SoakError("\n".join(lines))
