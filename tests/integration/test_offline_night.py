"""What a car gets in each hour of a planned night without Home Assistant, as docs/offline-fix.md says.

Real Home Assistant plans with each charger, and leaves it alone while the plan waits, and while the
car charges. From there on a copy of it lives on.
"""

from collections.abc import Callable, Mapping
from typing import Final

from awesomeversion import AwesomeVersion
import pytest

from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from simulator.virtual_wallbox import (
    FIRMWARES,
    Car,
    Charger,
    Personality,
    VirtualWallbox,
)
from simulator.virtual_wallbox.quirks import with_quirks
from simulator.virtual_wallbox.schedule_quirks import SCHEDULE_QUIRKS
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import copied
from tests.helpers.offline_page import rows_of
from tests.helpers.plans import FOLLOWS, HOUR, MINUTE, ONE_PROFILE, slot
from tests.helpers.screen import Screen
from tests.helpers.taciturn import taciturn

NIGHT: Final = 8
"""Hours; the plan allows the second and the third with 16 A, and the sixth with 10 A."""
LIMIT: Final = 16
CAR: Final = Car(max_amps=32)

PLAYED: Final[Mapping[str, Personality]] = {
    f"{box.model} {firmware}": taciturn(box)
    for firmware, box in FIRMWARES.items()
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
} | {
    **{trait: with_quirks(FOLLOWS, trait) for trait in SCHEDULE_QUIRKS},
    "schedule-one-profile": ONE_PROFILE,
}

USUAL: Final = "follows a plan"
UNUSUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "has room for one limit only, as firmware 5": (
        "PLP1-0-2-3 5.15.7",
        "PLP1-0-2-3 5.17.87",
        "schedule-one-profile",
    ),
    "goes on with its session after a power cut": ("like-open-ocpp",),
    "loses its clock or its limits in a power cut": (
        "like-microocpp",
        "schedule-all-lost-at-power-off",
    ),
    "keeps one limit of a plan only, or ignores it": (
        "schedule-first-only",
        "schedule-last-at-once",
        "schedule-not-followed",
        "schedule-one-period",
    ),
    "ignores the limits of a session without a connection": (
        "schedule-session-ignored-offline",
    ),
    "follows no limit, because its clock stands at 1970": ("clock-1970-no-limits",),
}
"""What is played by which personality, in the page's words; all others are as usual."""


def left_alone(_: Charger) -> None:
    """Lose the connection and nothing more."""


def replugged(charger: Charger) -> None:
    """Unplug the car, and plug it in again."""
    charger.unplug()
    charger.advance(charger.now + MINUTE)
    charger.plug(CAR)


def power_lost(charger: Charger) -> None:
    """Lose power, too, and start without a connection."""
    charger.power_off()
    charger.advance(charger.now + MINUTE)
    charger.power_on()


def hours(
    box: VirtualWallbox, happens: Callable[[Charger], None], first: int
) -> list[str]:
    """Return the amps of a charger that is alone in the middle of each hour from a first one on."""
    # To word readings that nobody gets takes as much time as all else.
    charger = copied(box.charger)
    charger.disconnected()
    begin = charger.now
    charger.advance(begin + MINUTE)
    happens(charger)
    drawn: list[str] = []
    for hour in range(NIGHT - first):
        charger.advance(begin + (hour + 0.5) * HOUR)
        amps = charger.current_drawn
        drawn.append(f"{amps:g} A" if amps else "–")
    return drawn


HAPPENINGS: Final = {
    "and the connection is lost": left_alone,
    "it is plugged in again": replugged,
    "the power fails": power_lost,
}
WAITS: Final = "The car waits for its hour"
CHARGES: Final = "It charges"
COLUMNS: Final = [
    *(f"{WAITS}, {happening}" for happening in HAPPENINGS),
    *(f"{CHARGES}, {happening}" for happening in HAPPENINGS),
]


def nights() -> dict[str, list[str]]:
    """Return what a car gets in each hour, by the word for it."""
    (_, *_), *rows = rows_of("A planned night without a connection")
    return {word: cells for word, *cells in rows}


def chargers() -> dict[str, dict[str, str]]:
    """Return the words of the page's table of chargers."""
    (_, *columns), *rows = rows_of("Which charger does what in it")
    assert columns == COLUMNS
    return {kind: dict(zip(columns, cells, strict=True)) for kind, *cells in rows}


HOURS: Final = nights()
CHARGERS: Final = chargers()


def kind_of(name: str) -> str:
    """Return the page's words for a personality."""
    return next((words for words, names in UNUSUAL.items() if name in names), USUAL)


@pytest.mark.parametrize("name", PLAYED)
async def test_a_car_gets_in_each_hour_what_the_page_says(
    act: Act, start_protected: StartCharger, screen: Screen, name: str
) -> None:
    box = await start_protected(PLAYED[name])
    await screen.set("current_limit", LIMIT)
    box.plug(CAR)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    got: dict[str, list[str]] = {}
    for first, when in ((0, WAITS), (1, CHARGES)):
        slots = [slot(1 - first, 3 - first), slot(5 - first, 6 - first, limit=10)]
        await act("set_plan", slots=slots)
        # By then, it has been found out who takes no plan at all.
        await box.sleep(5 * MINUTE)
        for words, happens in HAPPENINGS.items():
            got[f"{when}, {words}"] = hours(box, happens, first)
    said = CHARGERS[kind_of(name)]
    assert got == {
        column: HOURS[word][NIGHT - len(got[column]) :] for column, word in said.items()
    }


def test_every_kind_of_charger_is_on_the_page() -> None:
    assert [*CHARGERS] == [USUAL, *UNUSUAL]
    assert {name for names in UNUSUAL.values() for name in names} <= {*PLAYED}
