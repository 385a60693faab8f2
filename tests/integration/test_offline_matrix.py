"""What a car gets offline is what docs/offline-fix.md promises, cell by cell.

Real Home Assistant brings each charger to where it is left alone. From there on copies of it live
on: one for each thing that nobody knows of real chargers (docs/chargers.md §7.3, §9).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from enum import StrEnum
import itertools
from pathlib import Path
import re
from typing import Final, NamedTuple

from awesomeversion import AwesomeVersion
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, CONF_OFFLINE_PROFILE
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import (
    COPPER_SB,
    FIRMWARES,
    QUIRKS,
    AfterPowerCycle,
    Car,
    Charger,
    OfflineStart,
    Personality,
    VirtualWallbox,
    with_quirks,
)
from tests.conftest import Screen, StartCharger, protected
from tests.helpers.actions import Act
from tests.helpers.alone import otherwise
from tests.helpers.plans import slot

PAGE: Final = (Path(__file__).parents[2] / "docs" / "offline-fix.md").read_text()
LIMIT: Final = 10
"""Amps that the owner allows; the car would take 16."""
MINUTE: Final = 60
LEASE: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
AT_ONCE: Final = [LIMIT, 0, LIMIT, 0]
LATER: Final = [0, LIMIT, 0, LIMIT]
"""Amps of each hour of a plan."""


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

SIX: Final = FIRMWARES["6.7.38"]
FIXABLE: Final = {
    f"{box.model} {firmware}": box
    for firmware, box in FIRMWARES.items()
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
} | {
    # How soon it may be asked something has nothing to do with being alone.
    f"{COPPER_SB.model} {COPPER_SB.firmware}": replace(COPPER_SB, call_gap=0)
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
FREE_OFFLINE: Final = "AuthEnabledOffline"

KINDS: Final = FIXABLE | {
    f"{SIX.model} {SIX.firmware}, with quirks": with_quirks(SIX, *HARMLESS.values())
}
"""Chargers with which the fix holds."""


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


def outcome_of(
    charger: Charger,
    outage: Outage,
    happens: Happening,
    mode: FailSafeMode,
    plan: Sequence[float] = (),
) -> Gets:
    """Return what a car gets of a charger that is alone, which may have a plan of hours."""
    begin = charger.now
    charger.disconnected()
    charger.advance(charger.now + MINUTE)
    outage.happens(charger)
    since = charger.now
    happens(charger)
    if plan:
        drawn = []
        for hour in range(len(plan)):
            charger.advance(begin + (hour + 0.5) * HOUR)
            drawn.append(charger.current_drawn)
        if drawn == plan and charger.drew_current_since(since) == LIMIT:
            return Gets.PLANNED
    lease = LEASE if mode in (FailSafeMode.LIMIT, FailSafeMode.LEASE) else 0
    charger.advance(charger.now + lease + 5 * MINUTE)
    most, now = charger.drew_current_since(since), charger.current_drawn
    if most > LIMIT:
        return Gets.TOO_MUCH
    if now == LIMIT:
        return Gets.CURRENT
    if now:
        return Gets.LOWERED if most == LIMIT else Gets.FEW
    return Gets.STOPPED if most else Gets.NOTHING


class Life:
    """A charger that is brought to each moment, and looked at when it is left alone there."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        screen: Screen,
        box: VirtualWallbox,
    ) -> None:
        self.left: dict[Moment, Charger] = {}
        """It, as it was left alone at each moment."""
        self.plans: dict[Moment, Sequence[float]] = {}
        """The amps of each hour that were planned then."""
        self._hass = hass
        self._entry = entry
        self._screen = screen
        self._box = box

    async def lead_planned(self, device_id: str) -> None:
        """Lead it from moment to moment, with two planned hours each time."""
        box, screen = self._box, self._screen
        await box.wait_until(lambda: protected(screen))
        await screen.set("current_limit", LIMIT)
        for moment in Moment:
            if moment is Moment.CHARGING:
                box.plug(Car())
            allowed = moment not in (Moment.FREE_OFF, Moment.PAUSED)
            self.plans[moment] = LATER if moment is Moment.WAITING else AT_ONCE
            begins = [hour for hour, amps in enumerate(self.plans[moment]) if amps]
            slots = [slot(hour, hour + 1) for hour in begins]
            await Act(self._hass, device_id)("set_plan", slots=slots)
            # By then, it has been found out who takes no plan at all.
            await box.sleep(5 * MINUTE)
            if not allowed:
                await screen.switch("charging", on=False)
                await box.sleep(MINUTE)
            await self._leave(moment)

    async def lead(self, *, locked: bool) -> None:
        """Lead it from moment to moment."""
        box, screen = self._box, self._screen
        await box.wait_until(lambda: protected(screen))
        await screen.set("current_limit", LIMIT)
        await self._leave(Moment.FREE)
        await screen.switch("charging", on=False)
        await self._leave(Moment.FREE_OFF)
        await screen.switch("charging", on=True)
        if locked:
            await screen.press("allow_once")
        box.plug(Car())
        await box.wait_until(lambda: screen.sensor("status") == "charging")
        await box.wait_until(lambda: box.charger.current_drawn == LIMIT)
        await self._leave(Moment.CHARGING)
        await screen.switch("charging", on=False)
        await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
        await self._leave(Moment.PAUSED)

    async def _leave(self, moment: Moment) -> None:
        """Look at it as it is, and once Home Assistant has stopped; then come back."""
        box, entries = self._box, self._hass.config_entries
        self.left[moment] = deepcopy(box.charger)
        await entries.async_unload(self._entry.entry_id)
        await box.wait_until(lambda: not box.connected)
        assert held_by(box.charger) == held_by(self.left[moment])
        await entries.async_setup(self._entry.entry_id)
        await box.wait_until(self._verified)

    def _verified(self) -> bool:
        """Whether the charger is back, and was found to be as it should be."""
        [charger] = self._entry.runtime_data.chargers.values()
        brought_to = charger.state.provisioning.brought_to
        return brought_to is not None and protected(self._screen)


def held_by(charger: Charger) -> tuple[object, ...]:
    """Return all that what a charger does alone depends on."""
    session = charger.transaction and charger.transaction.id
    return charger.profiles, dict(charger.effective_keys), charger.status, session


def gets(cell: Cell, life: Life, **trait: object) -> set[Gets]:
    """Return all that a car may get in a cell of the table."""
    outage, mode = OUTAGES[cell.outage], COLUMNS[cell.column].failsafe
    # To word readings that nobody gets takes as much time as all else.
    trait = {"sends_meter_values": False, **trait}
    return {
        outcome_of(
            otherwise(life.left[moment], **world, **trait),
            outage,
            happens,
            mode,
            life.plans.get(moment, ()),
        )
        for moment, happens in ROWS[cell.row]
        if moment in life.left
        for world in outage.worlds
    }


def test_each_column_of_the_table_is_tried() -> None:
    assert {cell.column for cell in TABLE} == {*COLUMNS}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_car_gets_what_the_readme_promises(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    device_id: str,
    column: str,
    kind: str,
) -> None:
    profile, mode, planned = COLUMNS[column]
    subentry = next(iter(integration.subentries.values()))
    chosen = {CONF_OFFLINE_PROFILE: profile, CONF_FAILSAFE: mode}
    data = {**subentry.data, **chosen}
    hass.config_entries.async_update_subentry(integration, subentry, data=data)
    box = await start_charger(KINDS[kind])
    life = Life(hass, integration, screen, box)
    if planned:
        await life.lead_planned(device_id)
    else:
        await life.lead(locked=profile == "locked")
    await box.stop()
    for cell in TABLE:
        if cell.column == column:
            assert gets(cell, life) == promised(cell, KINDS[kind]), cell
            if "may charge at full power" in TABLE[cell]:
                # No quirk makes that worse.
                continue
            for quirk, name in OF_ONE_ALONE.items():
                got = gets(cell, life, **QUIRKS[name].traits)
                assert holds_with(quirk, got, cell, KINDS[kind]), (cell, quirk, got)


@pytest.mark.parametrize("quirk", UNFIXABLE)
@pytest.mark.parametrize("happens", [stays, comes])
async def test_a_charger_that_cannot_be_fixed_does_as_it_always_did(
    start_charger: StartCharger,
    screen: Screen,
    quirk: str,
    happens: Happening,
) -> None:
    assert {*WITH_QUIRKS[quirk].values()} == {"may charge at full power"}
    box = await start_charger(with_quirks(SIX, UNFIXABLE[quirk]))
    as_it_came = {key: box.charger.keys[key] for key in ("AuthEnabled", FREE_OFFLINE)}
    box.plug(Car())
    await box.sleep(10 * MINUTE)
    assert not protected(screen)
    assert not box.charger.profiles
    assert {key: box.charger.keys[key] for key in as_it_came} == as_it_came
    outage = OUTAGES[ON_A_LINE]
    assert Gets.TOO_MUCH in {
        outcome_of(otherwise(box.charger, **world), outage, happens, FailSafeMode.OFF)
        for world in outage.worlds
    }


def test_every_quirk_is_on_the_page() -> None:
    played = HARMLESS | OF_ONE_ALONE | UNFIXABLE
    assert [*WITH_QUIRKS] == [*played]
    assert {*played.values()} == {*QUIRKS}
    for quirk in HARMLESS:
        assert {*WITH_QUIRKS[quirk].values()} == {AS_ABOVE}
