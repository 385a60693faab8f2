"""What a car gets offline is what docs/offline-fix.md promises, cell by cell.

Real Home Assistant brings each charger to where it is left alone. From there on copies of it live
on: one for each thing that nobody knows of real chargers (docs/chargers.md §7.3, §9).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

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
    Car,
    Charger,
    VirtualWallbox,
    with_quirks,
)
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import Copies, copied, silent
from tests.helpers.offline_page import (
    AS_ABOVE,
    COLUMNS,
    HARMLESS,
    MINUTE,
    OF_ONE_ALONE,
    ON_A_LINE,
    OUTAGES,
    ROWS,
    TABLE,
    UNFIXABLE,
    WITH_QUIRKS,
    Cell,
    Gets,
    Happening,
    Moment,
    Outage,
    comes,
    holds_with,
    promised,
    stays,
)
from tests.helpers.owner import change_settings
from tests.helpers.plans import slot
from tests.helpers.screen import Screen, protected

LIMIT: Final = 10
"""Amps that the owner allows; the car would take 16."""
LEASE: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
AT_ONCE: Final = [LIMIT, 0, LIMIT, 0]
LATER: Final = [0, LIMIT, 0, LIMIT]
"""Amps of each hour of a plan."""
SIX: Final = FIRMWARES["6.7.38"]
FIXABLE: Final = {
    f"{box.model} {firmware}": box
    for firmware, box in FIRMWARES.items()
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
} | {
    # How soon it may be asked something has nothing to do with being alone.
    f"{COPPER_SB.model} {COPPER_SB.firmware}": replace(COPPER_SB, call_gap=0)
}

FREE_OFFLINE: Final = "AuthEnabledOffline"
KINDS: Final = FIXABLE | {
    f"{SIX.model} {SIX.firmware}, with quirks": with_quirks(SIX, *HARMLESS.values())
}
"""Chargers with which the fix holds."""
WITH_EACH_QUIRK: Final = FIRMWARES["5.15.7"], FIRMWARES["6.4.14"], SIX
"""They differ in what they are asked to hold: with these, each quirk is tried."""


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
        self.left: dict[Moment, Copies] = {}
        """It, as it was left alone at each moment."""
        self.plans: dict[Moment, Sequence[float]] = {}
        """The amps of each hour that were planned then."""
        self.personality = box.charger.personality
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
        left, held = Copies(box.charger), held_by(box.charger)
        await entries.async_unload(self._entry.entry_id)
        await box.wait_until(lambda: not box.connected)
        assert held_by(box.charger) == held
        self.left[moment] = left
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
    worlds = [silent(life.personality, **world, **trait) for world in outage.worlds]
    return {
        outcome_of(left.copy(traits), outage, happens, mode, life.plans.get(moment, ()))
        for moment, happens in ROWS[cell.row]
        if (left := life.left.get(moment))
        for traits in worlds
    }


def test_each_column_of_the_table_is_tried() -> None:
    assert {cell.column for cell in TABLE} == {*COLUMNS}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_car_gets_what_the_page_promises(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    device_id: str,
    column: str,
    kind: str,
) -> None:
    profile, mode, planned = COLUMNS[column]
    chosen = {CONF_OFFLINE_PROFILE: profile, CONF_FAILSAFE: mode}
    change_settings(hass, integration, **chosen)
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
            if (
                KINDS[kind] not in WITH_EACH_QUIRK
                # No quirk makes that worse.
                or "may charge at full power" in TABLE[cell]
            ):
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
        outcome_of(copied(box.charger, **world), outage, happens, FailSafeMode.OFF)
        for world in outage.worlds
    }


def test_every_quirk_is_on_the_page() -> None:
    played = HARMLESS | OF_ONE_ALONE | UNFIXABLE
    assert [*WITH_QUIRKS] == [*played]
    assert {*played.values()} == {*QUIRKS}
    for quirk in HARMLESS:
        assert {*WITH_QUIRKS[quirk].values()} == {AS_ABOVE}
