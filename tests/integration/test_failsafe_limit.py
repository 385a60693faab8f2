"""What a car gets of a charger that is alone, by what its owner has chosen for that."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_LEASE,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox, with_quirks
from tests.conftest import Screen, StartCharger, issue_keys, protected
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.plans import FOLLOWS, slot
from tests.helpers.taciturn import taciturn

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
LEASE: Final = 15
"""Minutes."""
BEFORE: Final = 4 * MINUTE
"""When no lease can have ended: it is renewed five minutes before."""
AFTER: Final = (LEASE + 1) * MINUTE

OFF, LIMIT, PAUSE, NO_START = (
    FailSafeMode.OFF,
    FailSafeMode.LIMIT,
    FailSafeMode.LEASE,
    FailSafeMode.NO_START,
)
KEEPS: Final = taciturn(FIRMWARES["6.7.38"])
KEEPING: Final = {
    "it counts from the start of the transaction": KEEPS,
    "6.11.16, which is asked for its boot": taciturn(FIRMWARES["6.11.16"]),
    "like MicroOcpp": with_quirks(KEEPS, "like-microocpp"),
    "like WARP": with_quirks(KEEPS, "like-warp"),
    "like open-ocpp": with_quirks(KEEPS, "like-open-ocpp"),
}
"""Chargers that end a limit when its lease is over."""
LIMITS_ONLY: Final = with_quirks(FIRMWARES["6.7.38"], "schedule-duration-ignored")
"""It ignores durations, and follows later limits."""
IGNORES: Final = with_quirks(LIMITS_ONLY, "schedule-first-only")
"""It ignores these, too."""


def chosen(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    mode: FailSafeMode | None,
    **others: int,
) -> None:
    """Choose in the settings what a car gets while Home Assistant is away."""
    subentry = next(iter(entry.subentries.values()))
    data: Mapping[str, Any] = {
        **subentry.data,
        CONF_FAILSAFE: (mode or OFF).value,
        CONF_LEASE: LEASE,
        CONF_FAILSAFE_CURRENT: 8,
        **others,
    }
    hass.config_entries.async_update_subentry(entry, subentry, data=data)


async def charging(box: VirtualWallbox, screen: Screen, limit: int = 16) -> None:
    """Let a car come and charge."""
    await box.wait_until(lambda: protected(screen))
    await screen.set("current_limit", limit)
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn == limit)
    await box.wait_until(lambda: screen.sensor("status") == "charging")


def drawn(box: VirtualWallbox, *moments: float) -> list[float]:
    """Return what the car draws at moments after the charger was left alone."""
    return [alone(box, seconds).current_drawn for seconds in moments]


def newcomer(box: VirtualWallbox) -> float:
    """Return the most that a car draws that comes, or comes again, without anybody there."""
    charger = alone(box, MINUTE)
    charger.unplug()
    charger.advance(charger.now + MINUTE)
    since = charger.now
    charger.plug(Car())
    charger.advance(charger.now + 8 * HOUR)
    return charger.drew_current_since(since)


@pytest.mark.parametrize(
    ("mode", "later", "next_car"),
    [(OFF, 16, 16), (LIMIT, 8, 8), (PAUSE, 0, 0), (NO_START, 16, 0)],
)
@pytest.mark.parametrize("kind", KEEPING)
async def test_each_choice_gives_what_it_says(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    mode: FailSafeMode,
    later: float,
    next_car: float,
    kind: str,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger(KEEPING[kind])
    await box.wait_until(lambda: protected(screen))
    assert newcomer(box) == next_car
    await charging(box, screen)
    assert drawn(box, MINUTE, BEFORE, AFTER, 8 * HOUR) == [16, 16, later, later]
    if kind != "like WARP":
        # It begins nothing by itself.
        assert newcomer(box) == next_car
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, AFTER, 8 * HOUR) == [16, later, later]


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_a_charger_that_ignores_durations_goes_on_and_its_owner_is_told(
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
    assert drawn(box, AFTER) == [16]
    assert fail_safe(screen) == "untried"
    assert "lease_refused" not in issue_keys(issue_registry)
    await box.sleep(3 * MINUTE)
    assert fail_safe(screen) == "not_kept"
    assert "lease_refused" in issue_keys(issue_registry)
    assert box.charger.current_drawn == 16


@pytest.mark.parametrize(("mode", "later"), [(LIMIT, 8), (PAUSE, 0)])
async def test_one_that_ignores_durations_gets_a_later_limit_instead(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    mode: FailSafeMode,
    later: float,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger(LIMITS_ONLY)
    await charging(box, screen)
    assert drawn(box, AFTER) == [16]
    await box.sleep(5 * MINUTE)
    assert fail_safe(screen) == "kept"
    assert "lease_refused" not in issue_keys(issue_registry)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, AFTER, 8 * HOUR) == [16, later, later]
    assert newcomer(box) == later
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, AFTER) == [16, later]
    await screen.set("current_limit", 12)
    await box.wait_until(lambda: box.charger.current_drawn == 12)
    assert drawn(box, BEFORE, AFTER) == [12, later]
    # The next session begins as it was found to be right.
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await charging(box, screen)
    assert drawn(box, BEFORE, AFTER) == [16, later]


def fail_safe(screen: Screen) -> object:
    """Return how the fail-safe stands."""
    return screen.entity("sensor", "offline_protection").attributes["fail_safe"]


@pytest.mark.parametrize("mode", FailSafeMode)
@pytest.mark.parametrize("offline_profile", ["charge_hq", "locked"])
async def test_whatever_is_chosen_nothing_starts_that_its_owner_has_turned_off(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    mode: FailSafeMode,
    offline_profile: str,
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger()
    await box.wait_until(lambda: protected(screen))
    if offline_profile == "locked":
        # It waits for a card.
        assert newcomer(box) == 0
        await screen.press("allow_once")
    await charging(box, screen)
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: box.charger.current_drawn == 0)
    assert drawn(box, AFTER, 8 * HOUR) == [0, 0]
    assert newcomer(box) == 0
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert newcomer(box) == 0


async def test_a_current_limit_that_is_lower_rules(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    chosen(hass, integration, LIMIT, guard_current=10)
    box = await start_charger()
    await charging(box, screen, limit=7)
    assert drawn(box, MINUTE, AFTER) == [7, 7]
    assert newcomer(box) == 7
    await screen.set("current_limit", 12)
    await box.wait_until(lambda: box.charger.current_drawn == 12)
    assert drawn(box, MINUTE, AFTER) == [12, 10]
    assert newcomer(box) == 10


@pytest.mark.parametrize("kind", ["it follows all", "6.x"])
@pytest.mark.parametrize(
    ("mode", "gets"),
    [(OFF, [0, 16, 16, 0]), (LIMIT, [0, 8, 8, 0]), (PAUSE, [0, 0, 0, 0])],
)
async def test_a_plan_goes_on_with_no_more_than_that_and_at_no_other_time(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    kind: str,
    mode: FailSafeMode,
    gets: list[float],
) -> None:
    chosen(hass, integration, mode)
    box = await start_charger(FOLLOWS if kind == "it follows all" else KEEPS)
    await charging(box, screen)
    await act("set_plan", slots=[slot(2, 3), slot(4, 5)])
    await box.wait_until(lambda: box.charger.current_drawn == 0)
    await box.sleep(10 * MINUTE)
    assert drawn(box, HOUR, 2.5 * HOUR, 4.5 * HOUR, 9 * HOUR) == gets
    # One that is plugged in meanwhile waits, as with every plan.
    assert newcomer(box) == 0
    await box.sleep(2 * HOUR)
    assert box.charger.current_drawn == 16
    assert screen.sensor("plan") == "charging"
    [soon, later] = drawn(box, BEFORE, AFTER)
    assert (soon, later) == (16, gets[1])


@pytest.mark.parametrize(("mode", "gets"), [(LIMIT, [16, 8, 0]), (PAUSE, [16, 0, 0])])
async def test_under_a_plan_one_that_ignores_durations_keeps_it_all_the_same(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    mode: FailSafeMode,
    gets: list[float],
) -> None:
    """Its end stands in the plan itself, too."""
    chosen(hass, integration, mode)
    box = await start_charger(with_quirks(FOLLOWS, "schedule-duration-ignored"))
    await charging(box, screen)
    await act("set_plan", slots=[slot(-1, 4)])
    await box.sleep(20 * MINUTE)
    assert drawn(box, BEFORE, HOUR, 5 * HOUR) == gets
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, HOUR, 5 * HOUR) == gets


async def test_a_target_is_not_exceeded_by_what_goes_on(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    chosen(hass, integration, LIMIT)
    box = await start_charger(FOLLOWS)
    await charging(box, screen)
    await screen.set("energy_target", 11)
    await box.sleep(5 * MINUTE)
    charger = alone(box)
    car = charger.car
    charger.advance(charger.now + 12 * HOUR)
    assert charger.current_drawn == 0
    assert car
    assert 0 < car.received_wh <= 11_000
    assert newcomer(box) == 0


@pytest.mark.parametrize(("mode", "writes"), [(LIMIT, 0), (PAUSE, 6)])
async def test_a_car_that_wants_nothing_costs_few_renewals_and_may_begin_again(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    mode: FailSafeMode,
    writes: int,
) -> None:
    """With 0 A, it could not show that it wants to charge again."""
    chosen(hass, integration, mode)
    box = await start_charger(FOLLOWS)
    await charging(box, screen)
    await box.sleep(5 * MINUTE)
    car = box.charger.car
    assert car
    car.paused = True
    await box.wait_until(lambda: screen.sensor("status") == "suspended_ev")
    before = len(box.received("SetChargingProfile"))
    await box.sleep(4 * HOUR)
    assert len(box.received("SetChargingProfile")) - before <= 4 * writes
    car.paused = False
    await box.wait_until(lambda: box.charger.current_drawn == 16, MINUTE)
    before = len(box.received("SetChargingProfile"))
    await box.sleep(2 * HOUR)
    assert box.charger.current_drawn == 16
    assert len(box.received("SetChargingProfile")) - before <= 2 * 6


async def test_it_is_shown_while_it_is_in_force(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    chosen(hass, integration, LIMIT)
    box = await start_charger()
    await charging(box, screen)
    await box.sleep(10 * MINUTE)
    assert fail_safe(screen) == "kept"
    box.cut_network()
    await box.wait_until(lambda: not box.connected)
    await box.sleep(2 * MINUTE)
    assert fail_safe(screen) == "kept"
    await box.sleep(15 * MINUTE)
    assert box.charger.current_drawn == 8
    assert fail_safe(screen) == "in_force"
    assert screen.sensor("why_not_charging") == "no_connection"
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn == 16)
    await box.wait_until(lambda: fail_safe(screen) == "kept")


async def test_settings_of_the_first_version_mean_what_they_meant(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger()
    await charging(box, screen)
    subentry = next(iter(integration.subentries.values()))
    for old, later, next_car in (
        ({"guard": "lease", "lease": LEASE}, 0, 0),
        ({"guard": "no_start", "lease": LEASE}, 16, 0),
        ({"guard": "off", "lease": LEASE}, 16, 16),
        ({}, 16, 16),
    ):
        data = {
            key: value
            for key, value in subentry.data.items()
            if not key.startswith(("guard", "lease"))
        }
        hass.config_entries.async_update_subentry(
            integration, subentry, data={**data, **old}
        )
        await box.sleep(5 * MINUTE)
        assert box.charger.current_drawn == 16
        assert drawn(box, AFTER) == [later], old
        assert newcomer(box) == next_car, old
