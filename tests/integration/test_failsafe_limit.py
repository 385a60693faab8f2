"""What a car gets of a charger that is alone, by what its owner has chosen for that."""

from contextlib import suppress
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, CONF_LEASE
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator.virtual_wallbox import FIRMWARES, with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.failsafe import (
    AFTER,
    BEFORE,
    HOUR,
    IGNORES,
    KEEPS,
    LEASE,
    LIMIT,
    LIMITS_ONLY,
    MINUTE,
    NO_START,
    OFF,
    PAUSE,
    FailSafes,
    drawn,
    newcomer,
)
from tests.helpers.owner import change_settings
from tests.helpers.plans import FOLLOWS, slot
from tests.helpers.screen import Screen
from tests.helpers.taciturn import taciturn

KEEPING: Final = {
    "it counts from the start of the transaction": KEEPS,
    "6.11.16, which is asked for its boot": taciturn(FIRMWARES["6.11.16"]),
    "like MicroOcpp": with_quirks(KEEPS, "like-microocpp"),
    "like WARP": with_quirks(KEEPS, "like-warp"),
    "like open-ocpp": with_quirks(KEEPS, "like-open-ocpp"),
}
"""Chargers that end a limit when its lease is over."""


@pytest.mark.parametrize(
    ("mode", "later", "next_car"),
    [(OFF, 16, 16), (LIMIT, 8, 8), (PAUSE, 0, 0), (NO_START, 16, 0)],
)
@pytest.mark.parametrize("kind", KEEPING)
async def test_each_choice_gives_what_it_says(
    failsafe: FailSafes, mode: FailSafeMode, later: float, next_car: float, kind: str
) -> None:
    box = await failsafe.protects(mode, KEEPING[kind])
    assert newcomer(box) == next_car
    await failsafe.plug_in(box)
    assert drawn(box, MINUTE, BEFORE, AFTER, 8 * HOUR) == [16, 16, later, later]
    assert alone(box, AFTER).transaction
    if kind != "like WARP":
        # It begins nothing by itself.
        assert newcomer(box) == next_car
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, AFTER, 8 * HOUR) == [16, later, later]


@pytest.mark.parametrize("mode", [LIMIT, PAUSE])
async def test_a_charger_that_ignores_durations_goes_on_and_its_owner_is_told(
    failsafe: FailSafes, mode: FailSafeMode
) -> None:
    box = await failsafe.charging(mode, IGNORES)
    assert drawn(box, AFTER) == [16]
    assert failsafe.shown() == "untried"
    assert not failsafe.reported()
    await box.sleep(5 * MINUTE)
    assert failsafe.shown() == "not_kept"
    assert failsafe.reported()
    assert box.charger.current_drawn == 16


@pytest.mark.parametrize(("mode", "later"), [(LIMIT, 8), (PAUSE, 0)])
async def test_one_that_ignores_durations_gets_a_later_limit_instead(
    failsafe: FailSafes, screen: Screen, mode: FailSafeMode, later: float
) -> None:
    box = await failsafe.charging(mode, LIMITS_ONLY)
    assert drawn(box, AFTER) == [16]
    await box.sleep(5 * MINUTE)
    assert failsafe.shown() == "kept"
    assert not failsafe.reported()
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
    await failsafe.plug_in(box)
    assert drawn(box, BEFORE, AFTER) == [16, later]


@pytest.mark.parametrize("mode", FailSafeMode)
@pytest.mark.parametrize("offline_profile", ["charge_hq", "locked"])
async def test_whatever_is_chosen_nothing_starts_that_its_owner_has_turned_off(
    failsafe: FailSafes, screen: Screen, mode: FailSafeMode, offline_profile: str
) -> None:
    box = await failsafe.protects(mode)
    if offline_profile == "locked":
        # It waits for a card.
        assert newcomer(box) == 0
        await screen.press("allow_once")
    await failsafe.plug_in(box)
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: box.charger.current_drawn == 0)
    assert drawn(box, AFTER, 8 * HOUR) == [0, 0]
    assert newcomer(box) == 0
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert newcomer(box) == 0


async def test_a_current_limit_that_is_lower_rules(
    failsafe: FailSafes, start_charger: StartCharger, screen: Screen
) -> None:
    failsafe.choose(LIMIT, guard_current=10)
    box = await start_charger()
    await failsafe.plug_in(box, 7)
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
    failsafe: FailSafes,
    act: Act,
    screen: Screen,
    kind: str,
    mode: FailSafeMode,
    gets: list[float],
) -> None:
    box = await failsafe.charging(mode, FOLLOWS if kind == "it follows all" else KEEPS)
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
    failsafe: FailSafes, act: Act, mode: FailSafeMode, gets: list[float]
) -> None:
    """Its end stands in the plan itself, too."""
    box = await failsafe.charging(
        mode, with_quirks(FOLLOWS, "schedule-duration-ignored")
    )
    await act("set_plan", slots=[slot(-1, 4)])
    await box.sleep(20 * MINUTE)
    assert drawn(box, BEFORE, HOUR, 5 * HOUR) == gets
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 16
    assert drawn(box, BEFORE, HOUR, 5 * HOUR) == gets


async def test_a_target_is_not_exceeded_by_what_goes_on(
    failsafe: FailSafes, screen: Screen
) -> None:
    box = await failsafe.charging(LIMIT, FOLLOWS)
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
    failsafe: FailSafes, screen: Screen, mode: FailSafeMode, writes: int
) -> None:
    """With 0 A, it could not show that it wants to charge again."""
    box = await failsafe.charging(mode, FOLLOWS)
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
    failsafe: FailSafes, screen: Screen
) -> None:
    box = await failsafe.charging(LIMIT)
    await box.sleep(10 * MINUTE)
    assert failsafe.shown() == "kept"
    box.cut_network()
    await box.wait_until(lambda: not box.connected)
    await box.sleep(2 * MINUTE)
    assert failsafe.shown() == "kept"
    await box.sleep(15 * MINUTE)
    assert box.charger.current_drawn == 8
    assert failsafe.shown() == "in_force"
    assert screen.sensor("why_not_charging") == "no_connection"
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn == 16)
    await box.wait_until(lambda: failsafe.shown() == "kept")


async def test_settings_of_the_first_version_mean_what_they_meant(
    failsafe: FailSafes,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
) -> None:
    box = await start_charger()
    await failsafe.plug_in(box)
    for old, later, next_car in (
        ({"guard": "lease", "lease": LEASE // MINUTE}, 0, 0),
        ({"guard": "no_start", "lease": LEASE // MINUTE}, 16, 0),
        ({"guard": "off", "lease": LEASE // MINUTE}, 16, 16),
        ({}, 16, 16),
    ):
        without = {CONF_FAILSAFE: None, CONF_LEASE: None}
        change_settings(hass, integration, **{**without, **old})
        await box.sleep(5 * MINUTE)
        assert box.charger.current_drawn == 16
        assert drawn(box, AFTER) == [later], old
        assert newcomer(box) == next_car, old


@pytest.mark.parametrize("limits", range(2, 8))
@pytest.mark.parametrize("quirk", ["schedule-five-periods", "schedule-no-answer"])
async def test_the_end_of_a_lease_counts_among_the_limits_that_a_charger_takes(
    failsafe: FailSafes, act: Act, limits: int, quirk: str
) -> None:
    box = await failsafe.charging(LIMIT, with_quirks(FOLLOWS, quirk))
    hours = [slot(n, n + 1, limit=(16, 7)[n % 2]) for n in range(limits - 1)]
    with suppress(HomeAssistantError):
        # One that does not answer is tried once more, and then with fewer.
        await act("set_plan", slots=hours)
    await box.sleep(10 * MINUTE)
    assert drawn(box, BEFORE, AFTER, 12 * HOUR) == [16, 8, 0]
    assert not failsafe.reported()
