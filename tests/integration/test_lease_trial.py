"""Whether a charger keeps a lease is tried once with each firmware, and nobody is told what was not seen."""

from dataclasses import replace
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox, with_quirks
from tests.conftest import Screen, StartCharger, issue_keys, protected
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.plans import FOLLOWS, HOUR, slot
from tests.helpers.sunny_home import GRID, choose, settle

from .test_failsafe_limit import IGNORES, KEEPS, MINUTE, charging, chosen, fail_safe

LIMIT, PAUSE = FailSafeMode.LIMIT, FailSafeMode.LEASE
TRIED: Final = 5 * MINUTE
LAST_LOW: Final = 45
"""Seconds at most that a car gets less, for the trial."""


async def amps_seen(box: VirtualWallbox, seconds: float) -> list[float]:
    """Return what a car draws in each second."""
    amps = []
    for _ in range(int(seconds)):
        await box.sleep(1)
        amps.append(box.charger.current_drawn)
    return amps


@pytest.mark.parametrize(("mode", "lowest"), [(LIMIT, 8), (PAUSE, 0)])
async def test_a_car_gets_less_for_a_moment_once_and_never_again(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    mode: FailSafeMode,
    lowest: float,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger()
    await charging(box, screen)
    amps = await amps_seen(box, TRIED)
    assert set(amps) == {16, lowest}
    assert 5 <= amps.count(lowest) <= LAST_LOW
    assert fail_safe(screen) == "kept"
    assert "lease_refused" not in issue_keys(issue_registry)
    # Not in the next session, nor after a restart.
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await charging(box, screen)
    assert set(await amps_seen(box, TRIED)) == {16}
    await hass.config_entries.async_reload(integration.entry_id)
    await box.wait_until(lambda: protected(screen))
    assert set(await amps_seen(box, TRIED)) == {16}
    assert fail_safe(screen) == "kept"


async def test_it_is_tried_also_if_sensors_of_the_home_report_all_the_time(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    chosen(hass, integration, LIMIT)
    settle(hass, integration, grid=GRID)
    await hass.async_block_till_done()
    box = await start_charger()
    await charging(box, screen)
    for second in range(int(TRIED)):
        hass.states.async_set(GRID, str(second % 7), {"unit_of_measurement": "W"})
        await box.sleep(1)
    assert fail_safe(screen) == "kept"


async def test_it_is_tried_again_with_other_firmware(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    chosen(hass, integration, LIMIT)
    box = await start_charger(IGNORES)
    await charging(box, screen)
    await box.sleep(TRIED)
    assert fail_safe(screen) == "not_kept"
    await box.stop()
    box = await start_charger(replace(KEEPS, firmware="6.8.1"))
    await charging(box, screen)
    assert fail_safe(screen) == "untried"
    assert "lease_refused" not in issue_keys(issue_registry)
    await box.sleep(TRIED)
    assert fail_safe(screen) == "kept"


async def test_its_owner_can_have_it_tried_again(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    chosen(hass, integration, PAUSE)
    box = await start_charger(IGNORES)
    await charging(box, screen)
    await box.sleep(TRIED)
    assert "lease_refused" in issue_keys(issue_registry)
    chosen(hass, integration, FailSafeMode.OFF)
    await box.sleep(MINUTE)
    assert fail_safe(screen) is None
    assert "lease_refused" not in issue_keys(issue_registry)
    chosen(hass, integration, PAUSE)
    await box.wait_until(lambda: fail_safe(screen) == "untried")
    await box.sleep(TRIED)
    assert fail_safe(screen) == "not_kept"
    assert "lease_refused" in issue_keys(issue_registry)


async def test_one_that_counts_from_the_arrival_does_not_keep_it_in_time(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    chosen(hass, integration, LIMIT)
    box = await start_charger(with_quirks(KEEPS, "schedule-relative-from-reception"))
    await charging(box, screen)
    await box.sleep(TRIED)
    assert fail_safe(screen) == "not_kept"


@pytest.mark.parametrize(("mode", "lowest"), [(LIMIT, 8), (PAUSE, 0)])
@pytest.mark.parametrize("what", ["a target", "a plan", "a plan that is changed"])
async def test_it_is_tried_under_a_plan_and_with_a_target(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    mode: FailSafeMode,
    lowest: float,
    what: str,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger(FOLLOWS)
    await box.wait_until(lambda: protected(screen))
    if what == "a target":
        await screen.set("energy_target", 20)
    else:
        await act("set_plan", slots=[slot(-1, 4), slot(5, 6)])
    await charging(box, screen)
    amps = await amps_seen(box, 80)
    if what == "a plan that is changed":
        await act("set_plan", slots=[slot(-1, 3), slot(5, 6)])
    amps += await amps_seen(box, TRIED)
    assert set(amps) == {16, lowest}
    assert 5 <= amps.count(lowest) <= 2 * LAST_LOW
    assert fail_safe(screen) == "kept"
    assert "lease_refused" not in issue_keys(issue_registry)
    assert box.charger.current_drawn == 16
    assert [alone(box, HOUR * hours).current_drawn for hours in (0.05, 1)] == [
        16,
        lowest,
    ]
    # Without it, it is kept as well.
    if what == "a target":
        await screen.set("energy_target", 0)
    else:
        await choose(hass, screen, "now")
    assert set(await amps_seen(box, TRIED)) == {16}
    assert [alone(box, HOUR * hours).current_drawn for hours in (0.05, 1)] == [
        16,
        lowest,
    ]


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_under_a_plan_only_what_is_kept_can_be_seen(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    mode: FailSafeMode,
) -> None:
    """One that follows durations, and no plan, is tried once there is none."""
    chosen(hass, integration, mode)
    box = await start_charger(with_quirks(FOLLOWS, "schedule-first-only"))
    await box.wait_until(lambda: protected(screen))
    await act("set_plan", slots=[slot(-1, 4)])
    await charging(box, screen)
    await box.sleep(TRIED)
    assert fail_safe(screen) != "not_kept"
    assert "lease_refused" not in issue_keys(issue_registry)
    await choose(hass, screen, "now")
    await box.sleep(2 * TRIED)
    assert fail_safe(screen) == "kept"


@pytest.mark.parametrize("quirk", ["a car with little", "room for one limit", "a plan"])
async def test_what_shows_nothing_is_not_judged(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    quirk: str,
) -> None:
    chosen(hass, integration, LIMIT)
    kind = FIRMWARES["5.15.7"] if quirk == "room for one limit" else IGNORES
    box = await start_charger(kind)
    await box.wait_until(lambda: protected(screen))
    await screen.set("current_limit", 16)
    box.plug(Car(max_amps=9 if quirk == "a car with little" else 16))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    if quirk == "a plan":
        await act("set_plan", slots=[slot(-1, 4)])
    assert len({*await amps_seen(box, TRIED)}) == 1
    assert fail_safe(screen) == "untried"
    told = "lease_refused" in issue_keys(issue_registry)
    # One with room for one limit cannot have a lease.
    assert told is (quirk == "room for one limit")


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_a_car_that_is_full_meanwhile_proves_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    mode: FailSafeMode,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger(IGNORES)
    await charging(box, screen)
    given = len(box.received("SetChargingProfile"))
    await box.wait_until(lambda: len(box.received("SetChargingProfile")) > given)
    assert fail_safe(screen) == "untried"
    box.charger.car_full()
    await box.sleep(TRIED)
    assert fail_safe(screen) == "untried"
    assert "lease_refused" not in issue_keys(issue_registry)


async def test_a_plan_that_waits_does_not_count_against_a_charger(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The car is paused because of its plan, and not because of the lease."""
    chosen(hass, integration, PAUSE)
    box = await start_charger()
    await charging(box, screen)
    await act("set_plan", slots=[slot(2, 3)])
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    await box.sleep(TRIED)
    assert "lease_refused" not in issue_keys(issue_registry)
