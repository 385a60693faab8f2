"""A plan in a charger: what shows that it is followed, and what may be written meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator.virtual_wallbox import Car, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.alone import alone
from tests.helpers.plans import FOLLOWS, HOUR, KEEPS_PLANS, KWH, MINUTE, PluggedIn, slot
from tests.helpers.screen import Screen
from tests.helpers.taciturn import taciturn

BY_CLOCK = replace(FOLLOWS, firmware="5.17.68")
"""Has room for two profiles, and gets absolute ones first."""
OTHER = replace(FOLLOWS, vendor="Alfen BV", key_values={"AuthEnabled": "false"})
"""Of another make; it begins a transaction by itself."""


def profiles(box: VirtualWallbox) -> Iterator[dict[str, Any]]:
    """Return the charging profiles that were sent."""
    for frame in box.received("SetChargingProfile"):
        yield frame.payload["csChargingProfiles"]


def lag(box: VirtualWallbox, hours: float) -> float:
    """Return how late an edge is in a charger that is alone: where the current next changes, in seconds."""
    charger = alone(box)
    drawn, begin = charger.current_drawn, charger.now
    charger.advance(begin + hours * HOUR - MINUTE)
    while charger.current_drawn == drawn and charger.now < begin + 5 * HOUR:
        charger.advance(charger.now + 1)
    return charger.now - begin - hours * HOUR


@pytest.mark.parametrize("name", ["5.x", "it follows all", "like open-ocpp"])
async def test_nothing_is_written_at_the_last_edge_of_a_plan(
    act: Act, plugged_in: PluggedIn, name: str
) -> None:
    box = await plugged_in(KEEPS_PLANS[name])
    await act("set_plan", slots=[slot(-1, 0.5)])
    await box.sleep(MINUTE)
    written = len(box.received("SetChargingProfile"))
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 0
    assert [*profiles(box)][written:] == []


@pytest.mark.parametrize("periods", [2, 3, 5])
async def test_many_hours_in_few_periods_are_proven_too(
    act: Act, plugged_in: PluggedIn, periods: int
) -> None:
    box = await plugged_in(replace(FOLLOWS, periods_taken=periods))
    hours = [slot(start, start + 0.5) for start in range(6)]
    await act("set_plan", slots=hours)
    for _ in range(4):
        await box.sleep(0.25 * HOUR)
        assert box.charger.current_drawn == 16
        await box.sleep(0.5 * HOUR)
        assert box.charger.current_drawn == 0
        await box.sleep(0.25 * HOUR)
    assert (await act("get_plan"))["followed"] == "seen"
    # The charger holds as much of the rest as it takes.
    assert alone(box, 0.25 * HOUR).current_drawn == 16
    assert alone(box, 9 * HOUR).current_drawn == 0


@pytest.mark.parametrize(("interval", "amps"), [(HOUR // 4, 16), (MINUTE, 32)])
async def test_what_has_flowed_before_an_edge_does_not_make_a_plan_doubted(
    act: Act, plugged_in: PluggedIn, interval: int, amps: int
) -> None:
    """Between two readings there is more than shows that the car goes on."""
    box = await plugged_in(taciturn(FOLLOWS, interval), amps, max_amps=amps)
    await act("set_plan", slots=[slot(start, start + 0.6) for start in range(4)])
    await box.sleep(MINUTE)
    written = len(box.received("SetChargingProfile"))
    for _ in range(3):
        await box.sleep(0.5 * HOUR)
        assert box.charger.current_drawn == amps
        await box.sleep(0.25 * HOUR)
        assert box.charger.current_drawn == 0
        await box.sleep(0.25 * HOUR)
    assert [*profiles(box)][written:] == []
    assert (await act("get_plan"))["followed"] == "seen"


# The charger's clock.


async def test_a_plan_is_sent_again_once_the_clock_of_the_charger_is_known(
    act: Act, plugged_in: PluggedIn
) -> None:
    box = await plugged_in(replace(BY_CLOCK, clock_error=-30.0))
    await act("set_plan", slots=[slot(4, 5)])
    await box.sleep(MINUTE)
    assert lag(box, 4 - 1 / 60) == pytest.approx(30, abs=3)
    await box.sleep(59 * MINUTE)
    assert lag(box, 3) == pytest.approx(0, abs=3)


@pytest.mark.parametrize("error", [-3000.0, 600.0])
async def test_a_clock_that_is_more_than_a_minute_wrong_gets_no_absolute_plan(
    act: Act, plugged_in: PluggedIn, error: float
) -> None:
    box = await plugged_in(replace(BY_CLOCK, clock_error=error))
    await act("set_plan", slots=[slot(4, 5)])
    await box.sleep(HOUR)
    assert [*profiles(box)][-1]["chargingProfileKind"] == "Relative"
    assert lag(box, 3) == pytest.approx(0, abs=3)


async def test_a_charger_whose_clock_stays_at_1970_gets_a_relative_plan(
    act: Act, plugged_in: PluggedIn
) -> None:
    box = await plugged_in(with_quirks(BY_CLOCK, "clock-1970"))
    await act("set_plan", slots=[slot(4, 5)])
    await box.sleep(MINUTE)
    assert [*profiles(box)][-1]["chargingProfileKind"] == "Relative"
    assert lag(box, 4 - 1 / 60) == pytest.approx(0, abs=3)


# Other makes.


async def test_a_plan_in_a_charger_of_another_make_is_rolled_on(
    act: Act, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(replace(OTHER, periods_taken=3))
    await box.wait_until(lambda: screen.sensor("status") == "available")
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    hours = [slot(start, start + 0.5) for start in range(5)]
    await act("set_plan", slots=hours)
    for _ in range(4):
        await box.sleep(0.25 * HOUR)
        assert box.charger.current_drawn == 16
        await box.sleep(0.5 * HOUR)
        assert box.charger.current_drawn == 0
        await box.sleep(0.25 * HOUR)


async def test_what_a_target_has_left_in_a_charger_of_another_make_stops_no_later_car(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(OTHER)
    await box.wait_until(lambda: screen.sensor("status") == "available")
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await screen.set("energy_target", 1)
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 0
    box.unplug()
    await box.sleep(5 * MINUTE)
    box.plug(Car())
    await box.sleep(5 * MINUTE)
    assert box.charger.current_drawn > 0


# Accidents.


@pytest.mark.parametrize("quirk", ["schedule-first-only", "schedule-not-followed"])
async def test_what_flows_beyond_a_plan_without_home_assistant_is_unattended(
    act: Act, plugged_in: PluggedIn, screen: Screen, quirk: str
) -> None:
    box = await plugged_in(with_quirks(FOLLOWS, quirk))
    await act("set_plan", slots=[slot(-1, 1)])
    await box.sleep(10 * MINUTE)
    begins = box.charger.energy_wh
    box.cut_network()
    await box.sleep(6 * HOUR)
    box.look()
    flowed = box.charger.energy_wh - begins
    assert flowed > 60 * KWH
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("status") != "unknown")
    await box.sleep(5 * MINUTE)
    unattended = float(screen.sensor("unattended_energy"))
    assert unattended * KWH == pytest.approx(flowed - 50 / 60 * 16 * 720, rel=0.02)


async def test_what_flows_within_a_plan_without_home_assistant_is_not_unattended(
    act: Act, plugged_in: PluggedIn, screen: Screen
) -> None:
    box = await plugged_in()
    await act("set_plan", slots=[slot(-1, 1), slot(2, 3)])
    await box.sleep(10 * MINUTE)
    box.cut_network()
    await box.sleep(6 * HOUR)
    box.restore_network()
    await box.sleep(10 * MINUTE)
    assert float(screen.sensor("unattended_energy")) == 0


async def test_a_plan_that_a_charger_refuses_is_told_at_its_edges(
    act: Act, plugged_in: PluggedIn
) -> None:
    """What is refused is tried again after a minute, and at each change of the plan."""
    box = await plugged_in(with_quirks(FOLLOWS, "schedule-one-period"))
    await act("set_plan", slots=[slot(-1, 0.5), slot(1, 1.5)])
    for amps in (16, 0, 16, 0):
        await box.sleep(0.25 * HOUR)
        assert box.charger.current_drawn == amps
        await box.sleep(0.25 * HOUR)
