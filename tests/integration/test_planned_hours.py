"""Mode *Planned*: the cheapest hours until a time, within a schedule, and kept by the charger."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
    CONF_SHOW_ID_TAG,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import Car
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.alone import alone
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.plans import FOLLOWS, HOUR, KWH, MINUTE
from tests.helpers.prices import PRICE, follow_prices, hour, offer, ready_by
from tests.helpers.screen import Screen
from tests.helpers.taciturn import ENERGY, telling

STEERED = with_quirks(FOLLOWS, "schedule-first-only")
ENERGY_ONLY = telling(FOLLOWS, ENERGY)
POWER = 3 * 16 * 230
"""W of the car."""
MOST_PROFILES = 35
"""In five hours: an end that comes in a quarter of an hour is put off in time."""


@pytest.mark.parametrize("firmware", [FOLLOWS, STEERED], ids=["follows", "steered"])
async def test_a_night_is_planned_and_kept(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    firmware: Any,
) -> None:
    follow_prices(hass, integration, 4, 5, ready=10)
    cheap = hour(4), hour(5)
    box = await start_protected(firmware)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 20)
    before = box.charger.energy_wh
    # How much power the car takes is learned.
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(MINUTE)
    await choose_mode(hass, screen, "planned")
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    await box.sleep(5 * MINUTE)
    plan = screen.entity("sensor", "plan").attributes
    assert cheap[0] <= plan["next_start"] < cheap[1]
    assert plan["cost"] == pytest.approx(2.0, abs=0.1)
    assert plan["saved"] == pytest.approx(4.0, abs=0.2)
    if firmware is FOLLOWS:
        charger = alone(box, 12 * HOUR)
        drawn = charger.energy_wh - before
        assert 19 * KWH < drawn <= 20.1 * KWH
    await box.sleep(10 * HOUR)
    box.look()
    assert 19.9 * KWH < box.charger.energy_wh - before < 20.2 * KWH
    assert screen.sensor("plan") == "done"
    assert screen.sensor("why_not_charging") == "target_reached"


@pytest.mark.parametrize("firmware", [FOLLOWS, ENERGY_ONLY], ids=["power", "energy"])
@pytest.mark.parametrize(("amps", "phases"), [(6, 1), (6, 3)])
async def test_a_car_is_ready_in_time_whatever_it_takes(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    firmware: Any,
    amps: int,
    phases: int,
) -> None:
    """Five hours of charging, of which three are cheap."""
    follow_prices(hass, integration, 7, 8, 9, ready=10)
    deadline = hour(10)
    box = await start_protected(firmware)
    target = round(5 * amps * phases * 0.23)
    await screen.set("energy_target", target)
    before = box.charger.energy_wh
    box.plug(Car(max_amps=amps, phases=phases))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(2 * MINUTE)
    await choose_mode(hass, screen, "planned")
    await box.sleep((deadline - dt_util.utcnow()).total_seconds())
    box.look()
    assert box.charger.energy_wh - before > (target - 0.2) * KWH
    # Each is written into its flash memory.
    assert len(box.received("SetChargingProfile")) <= MOST_PROFILES


async def test_hours_are_planned_with_what_a_car_took_at_full_power(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    """It got little for hours in the same charge, as from the sun."""
    follow_prices(hass, integration, 6, 7, 8, 9, 10, ready=12)
    cheap = hour(6)
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 6)
    box.plug(Car(max_amps=16))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(2 * HOUR)
    await screen.set("current_limit", 16)
    await box.sleep(20 * MINUTE)
    box.look()
    got = float(screen.sensor("session_energy"))
    await screen.set("energy_target", round(got + 4.5 * POWER / KWH))
    await choose_mode(hass, screen, "planned")
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    await box.sleep(2 * MINUTE)
    before = box.charger.energy_wh
    plan = screen.entity("sensor", "plan").attributes
    assert cheap - plan["next_start"] < timedelta(minutes=1)
    await box.sleep((cheap - dt_util.utcnow()).total_seconds() - MINUTE)
    box.look()
    assert box.charger.energy_wh == before


async def test_what_cannot_be_reached_in_time_charges_now_and_says_so(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    follow_prices(hass, integration, 4, 5, ready=3)
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 60)
    await choose_mode(hass, screen, "planned")
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(20 * MINUTE)
    assert screen.sensor("plan") == "late"
    assert screen.entity("sensor", "plan").attributes["late"] > 60
    # The target is kept after the time has passed.
    await box.sleep(6 * HOUR)
    box.look()
    assert box.charger.energy_wh > 58 * KWH
    assert screen.sensor("plan") == "done"


@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_a_schedule_says_when_the_car_may_charge(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    start, end = dt_util.as_local(hour(2)), dt_util.as_local(hour(3))
    day = start.strftime("%A").lower()
    # A block ends on the day it begins.
    until = end.strftime("%H:%M:%S") if end.hour else "24:00:00"
    block = {"from": start.strftime("%H:%M:%S"), "to": until}
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"night": {"name": "Night", day: [block]}}}
    )
    change_settings(hass, integration, **{CONF_ALLOWED_HOURS: "schedule.night"})
    box = await start_protected(FOLLOWS)
    await choose_mode(hass, screen, "planned")
    box.plug(Car(max_amps=16))
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    await box.sleep(2 * MINUTE)
    charger = alone(box, 6 * HOUR)
    assert charger.current_drawn == 0
    assert charger.energy_wh - box.charger.energy_wh == pytest.approx(POWER, rel=0.02)
    await box.sleep(6 * HOUR)
    box.look()
    assert box.charger.current_drawn == 0


async def test_a_plan_waits_for_a_car(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    follow_prices(hass, integration, 4, 5, ready=10)
    box = await start_protected(FOLLOWS)
    await choose_mode(hass, screen, "planned")
    assert screen.sensor("plan") == "waiting_for_car"
    # A car that comes while Home Assistant is away gets nothing.
    await box.sleep(MINUTE)
    charger = alone(box, MINUTE)
    charger.plug(Car())
    charger.advance(charger.now + HOUR)
    assert charger.current_drawn == 0


async def test_without_prices_nothing_starts_by_surprise(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    hass.states.async_set(PRICE, "0.30", {"unit_of_measurement": "EUR/kWh"})
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: PRICE})
    box = await start_protected(FOLLOWS)
    await choose_mode(hass, screen, "planned")
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("plan") == "waiting_for_prices")
    await box.sleep(HOUR)
    assert box.charger.current_drawn == 0
    offer(hass, 0, 1, 2)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    # The old plan stands while the source is away.
    hass.states.async_set(PRICE, "unavailable")
    await box.sleep(20 * MINUTE)
    assert box.charger.current_drawn > 0


def rename(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> None:
    """Give the device another name."""
    dr.async_get(hass).async_update_device(device_id, name_by_user="Carport left")


def show_cards(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> None:
    """Change a setting that has nothing to do with plans."""
    change_settings(hass, entry, **{CONF_SHOW_ID_TAG: True})


def be_ready_sooner(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    """Change when the car is to be ready."""
    change_settings(hass, entry, **{CONF_READY_BY: ready_by(8)})


@pytest.mark.parametrize("change", [rename, show_cards, be_ready_sooner])
async def test_prices_that_are_known_outlive_a_change_while_their_source_is_away(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    start_protected: StartCharger,
    screen: Screen,
    change: Callable[[HomeAssistant, MockConfigEntry, str], None],
) -> None:
    follow_prices(hass, integration, 4, 5, ready=10)
    box = await start_protected(FOLLOWS)
    await screen.set("current_limit", 16)
    await screen.set("energy_target", 8)
    box.plug(Car())
    await choose_mode(hass, screen, "planned")
    await box.wait_until(lambda: screen.sensor("plan") == "planned")
    hass.states.async_set(PRICE, "unavailable")
    await box.sleep(5 * MINUTE)
    change(hass, integration, device_id)
    await box.sleep(5 * MINUTE)
    before = screen.entity("sensor", "plan").attributes["cost"]
    await screen.set("energy_target", 16)
    await box.sleep(5 * MINUTE)
    plan = screen.entity("sensor", "plan")
    assert plan.state == "planned"
    assert plan.attributes["cost"] > 2 * before
    offer(hass, 4, 5)
    await box.sleep(MINUTE)
    [charger] = integration.runtime_data.chargers.values()
    assert charger.state.policy.prices_away_since is None


async def test_prices_of_another_entity_are_not_taken_for_those_of_the_one_before(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    follow_prices(hass, integration, 4, 5, ready=10)
    box = await start_protected(FOLLOWS)
    [charger] = integration.runtime_data.chargers.values()
    assert charger.state.policy.sources.prices
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: "sensor.other"})
    await box.sleep(MINUTE)
    assert not charger.state.policy.sources.prices
