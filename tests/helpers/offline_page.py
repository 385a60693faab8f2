"""What docs/offline-fix.md says that a car gets without a connection, and what its words stand for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
import itertools
from pathlib import Path
import re
from typing import Final, NamedTuple

from awesomeversion import AwesomeVersion

from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from simulator.virtual_wallbox import (
    AfterPowerCycle,
    Car,
    Charger,
    OfflineStart,
    Personality,
)

PAGE: Final = (Path(__file__).parents[2] / "docs" / "offline-fix.md").read_text()
MINUTE: Final = 60


class Gets(StrEnum):
    """What a car gets offline."""

    CURRENT = "what its owner allows"
    STOPPED = "what its owner allows, and then no more"
    LOWERED = "what its owner allows, and then a few amps"
    FEW = "a few amps"
    PLANNED = "what its owner allows, in the planned hours"
    TOO_MUCH = "more than its owner allows"
    NOTHING = "nothing"


CELLS: Final = {
    "charges": {Gets.CURRENT},
    "charges as planned": {Gets.PLANNED},
    "charges for a while": {Gets.STOPPED},
    "nothing": {Gets.NOTHING},
    "may charge": {Gets.CURRENT, Gets.NOTHING},
    "may charge as planned": {Gets.PLANNED, Gets.NOTHING},
    "may charge for a while": {Gets.STOPPED, Gets.NOTHING},
    "charges, later with 6 A": {Gets.LOWERED},
    "may charge, later with 6 A": {Gets.LOWERED, Gets.FEW, Gets.NOTHING},
    "should charge with 6 A": {Gets.FEW, Gets.NOTHING},
    "may charge at full power": {Gets.TOO_MUCH, Gets.NOTHING},
    "should charge": {Gets.CURRENT, Gets.NOTHING},
    "should get nothing": {Gets.CURRENT, Gets.NOTHING},
}
"""All that each word of the table stands for, and nothing else."""


class SetUp(NamedTuple):
    """How a charger is set up."""

    profile: str
    failsafe: FailSafeMode
    planned: bool = False


COLUMNS: Final = {
    "Offline protection": SetUp("charge_hq", FailSafeMode.OFF),
    "Strict": SetUp("strict", FailSafeMode.OFF),
    "Locked": SetUp("locked", FailSafeMode.OFF),
    "At most 6 A": SetUp("charge_hq", FailSafeMode.LIMIT),
    "Pause": SetUp("charge_hq", FailSafeMode.LEASE),
    "Start no other car": SetUp("charge_hq", FailSafeMode.NO_START),
    "Planned": SetUp("charge_hq", FailSafeMode.OFF, planned=True),
}

type Happening = Callable[[Charger], None]


class Moment(StrEnum):
    """How things stand when a charger is left alone."""

    FREE = "nobody is plugged in, charging is on"
    FREE_OFF = "nobody is plugged in, charging is off"
    CHARGING = "a car charges"
    WAITING = "a car waits for its planned hour"
    PAUSED = "a car is paused"


def stays(_: Charger) -> None:
    """Leave the cable as it is."""


def comes(charger: Charger) -> None:
    """Plug a car in, or the one that was there again."""
    charger.unplug()
    charger.advance(charger.now + MINUTE)
    charger.plug(Car())


ROWS: Final[Mapping[str, Sequence[tuple[Moment, Happening]]]] = {
    "A car was charging": [(Moment.CHARGING, stays)],
    "A car was waiting for its planned hour": [(Moment.WAITING, stays)],
    "A car was paused": [(Moment.PAUSED, stays)],
    "A car is plugged in, or again": [(Moment.FREE, comes), (Moment.CHARGING, comes)],
    "The same, with *Charging allowed* off": [
        (Moment.FREE_OFF, comes),
        (Moment.PAUSED, comes),
    ],
    "Whatever was or comes": [
        *((moment, comes) for moment in Moment),
        (Moment.CHARGING, stays),
        (Moment.PAUSED, stays),
    ],
}
"""When a charger is left alone, and what happens then with the cable, by row of the table."""


def line_is_lost(_: Charger) -> None:
    """Lose the connection and nothing more."""


def power_is_lost(charger: Charger) -> None:
    """Lose power, too, and start without a connection."""
    charger.power_off()
    charger.advance(charger.now + MINUTE)
    charger.power_on()
    charger.advance(charger.now + charger.personality.boot_seconds + MINUTE)


class Outage(NamedTuple):
    """How a charger comes to be alone, and what nobody knows of it."""

    happens: Happening
    unknown: Mapping[str, Sequence[object]]

    @property
    def worlds(self) -> Iterator[dict[str, object]]:
        """Return each way that things may be."""
        for values in itertools.product(*self.unknown.values()):
            yield dict(zip(self.unknown, values, strict=True))


STARTS: Final = {
    "offline_start": [*OfflineStart],
    "mode_flip_locks": [False, True],
}

OVER_A_POWER_CUT: Final = {
    "offline_start": [*OfflineStart],
    "after_power_cycle": [*AfterPowerCycle],
    "free_start_at_boot": [False, True],
}

ON_A_LINE: Final = "The connection is lost, or Home Assistant stops"
OUTAGES: Final = {
    ON_A_LINE: Outage(line_is_lost, STARTS),
    "The charger loses its power, too, and keeps its limits": Outage(
        power_is_lost, {**OVER_A_POWER_CUT, "keeps_profiles": [True]}
    ),
    "The charger loses its power, too, and forgets its limits": Outage(
        power_is_lost, {**OVER_A_POWER_CUT, "keeps_profiles": [False]}
    ),
}

HARMLESS: Final = {
    "tells its whole history once it is back": "status-history",
    "starts anew before it answers that it will": "boot-before-reset-conf",
}
"""Quirks with which the fix holds, in the page's words."""
OF_ONE_ALONE: Final = {
    "throws the limit for new sessions away when one begins": "default-lost-at-start",
    "ignores the limit for new sessions in one that begins without a connection": (
        "default-ignored-offline"
    ),
    "forgets its limits with the connection": "profiles-lost-offline",
    "accepts limits and ignores them": "limits-ignored",
}
"""Quirks that show when a charger is alone, whatever Home Assistant has told it."""
UNFIXABLE: Final = {
    "answers nothing that it is asked": "never-answers",
    "knows limits in watts only": "watts-only",
}
"""Quirks with which the fix cannot be applied."""
AS_ABOVE: Final = "as above"
NOT_THERE: Final = "–"
"""What a table says where nothing waits, because nothing is planned."""


class Cell(NamedTuple):
    """A cell of the page's table."""

    outage: str
    row: str
    column: str


def rows_of(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the page."""
    section = re.split(r"\n##+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]


def table() -> dict[Cell, str]:
    """Return the words of the page's table."""
    (_, *columns), *rows = rows_of("What a car gets without a connection")
    words: dict[Cell, str] = {}
    outage = ""
    for name, *cells in rows:
        if heading := re.fullmatch(r"\*\*(.+)\*\*", name):
            outage = heading[1]
        for column, cell in zip(columns, cells, strict=True):
            if not heading and cell != NOT_THERE:
                words[Cell(outage, name, column)] = cell
    return words


def quirks() -> dict[str, dict[str, str]]:
    """Return the words of the page's table of quirks: by quirk, then by row of the other table."""
    (_, *names), *rows = rows_of("Chargers with quirks")
    return {quirk: dict(zip(names, cells, strict=True)) for quirk, *cells in rows}


TABLE: Final = table()
WITH_QUIRKS: Final = quirks()


def promised(cell: Cell, box: Personality) -> set[Gets]:
    """Return what the page promises, with what it says of firmware below 6."""
    words, (_, mode, planned) = TABLE[cell], COLUMNS[cell.column]
    as_said = mode is FailSafeMode.OFF and not planned
    if AwesomeVersion(box.firmware) >= "6" or as_said:
        return CELLS[words]
    words = words.removesuffix(" for a while").removesuffix(", later with 6 A")
    if cell.row != "A car is plugged in, or again":
        return CELLS[words]
    # The limit that was lifted for a car, or its plan, is there for the next one.
    return CELLS[words] | ({Gets.PLANNED} if planned else CELLS["should charge"])


def holds_with(quirk: str, got: set[Gets], cell: Cell, box: Personality) -> bool:
    """Return whether a car gets what the page says of a quirk."""
    words = WITH_QUIRKS[quirk]
    words |= dict.fromkeys(
        ("A car was charging", "A car was waiting for its planned hour"),
        words["A car was charging, or waiting for its planned hour"],
    )
    no_limit = CELLS["may charge at full power"]
    # Over a power cut, another session may begin.
    new = words["A car is plugged in, or again"]
    if words.get(cell.row) == AS_ABOVE:
        as_above = promised(cell, box)
        more = cell.outage != ON_A_LINE and new != AS_ABOVE
        if more:
            # It is not the limit for new sessions that holds then.
            return got | {Gets.FEW} == as_above | no_limit | {Gets.FEW}
        return got == as_above
    assert words.get(cell.row, new) == "may charge at full power"
    return Gets.TOO_MUCH in got and got <= no_limit
