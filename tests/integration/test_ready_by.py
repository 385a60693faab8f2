"""Ready by, and the energy target of each new car: settings that follow a car."""

from datetime import time, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_ENERGY_TARGET, CONF_READY_BY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.plans import FOLLOWS
from tests.helpers.screen import Screen

HOUR = 3600
QUARTER = timedelta(minutes=15)


async def settle(hass: HomeAssistant, entry: MockConfigEntry, **settings: Any) -> None:
    """Change settings of the charger, and let them take effect."""
    change_settings(hass, entry, **settings)
    await hass.async_block_till_done()


async def ready_by(hass: HomeAssistant, screen: Screen, at: time) -> None:
    """Change the time as an automation does."""
    entity_id = screen.entity_id("time", "ready_by")
    await hass.services.async_call(
        "time", "set_value", {"entity_id": entity_id, "time": at}, blocking=True
    )
    await hass.async_block_till_done()


def setting(entry: MockConfigEntry, name: str) -> Any:
    return next(iter(entry.subentries.values())).data.get(name)


# Ready by.


@pytest.mark.usefixtures("few_entities")
async def test_ready_by_is_there_with_the_setting_and_changes_it(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> None:
    assert not screen.has("time", "ready_by")
    await settle(hass, integration, **{CONF_READY_BY: "07:00:00"})
    assert screen.entity("time", "ready_by").state == "07:00:00"
    await ready_by(hass, screen, time(6, 30))
    assert screen.entity("time", "ready_by").state == "06:30:00"
    assert setting(integration, CONF_READY_BY) == "06:30:00"
    await hass.config_entries.async_reload(integration.entry_id)
    assert screen.entity("time", "ready_by").state == "06:30:00"
    await settle(hass, integration, **{CONF_READY_BY: None})
    assert not screen.has("time", "ready_by")
    await settle(hass, integration, **{CONF_READY_BY: "08:00:00"})
    assert screen.entity("time", "ready_by").state == "08:00:00"


async def test_an_id_that_its_owner_chose_outlives_a_restart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    screen: Screen,
) -> None:
    await settle(hass, integration, **{CONF_READY_BY: "07:00:00"})
    entity_id = screen.entity_id("time", "ready_by")
    entity_registry.async_update_entity(entity_id, new_entity_id="time.leave")
    await hass.async_block_till_done()
    await hass.config_entries.async_reload(integration.entry_id)
    assert screen.entity("time", "ready_by").entity_id == "time.leave"


async def test_the_plan_follows_the_time(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    await settle(hass, integration, **{CONF_READY_BY: "07:00:00"})
    await choose_mode(hass, screen, "planned")
    protected_charger.plug(Car())
    await protected_charger.wait_until(lambda: ready_at(screen) == "07:00")
    await ready_by(hass, screen, time(9, 45))
    assert ready_at(screen) == "09:45"
    assert screen.sensor("plan") != "unknown"


@pytest.mark.parametrize("target", [1, 60], ids=["reached", "late"])
async def test_another_time_counts_also_if_it_was_late_or_is_done(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    target: int,
) -> None:
    first, second = (dt_util.now() + number * QUARTER for number in (1, 4))
    await settle(hass, integration, **{CONF_READY_BY: f"{first:%H:%M}:00"})
    await choose_mode(hass, screen, "planned")
    await screen.set("energy_target", target)
    protected_charger.plug(Car())
    await protected_charger.sleep(1.5 * QUARTER.total_seconds())
    assert screen.sensor("plan") == ("done" if target == 1 else "late")
    assert ready_at(screen) == f"{first:%H:%M}"
    await ready_by(hass, screen, second.time().replace(second=0, microsecond=0))
    assert ready_at(screen) == f"{second:%H:%M}"
    await settle(hass, integration, **{CONF_READY_BY: None})
    assert ready_at(screen) is None


async def test_a_time_that_is_given_once_the_target_is_reached_is_shown(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    await screen.set("energy_target", 1)
    protected_charger.plug(Car())
    await protected_charger.sleep(QUARTER.total_seconds())
    await choose_mode(hass, screen, "planned")
    await settle(hass, integration, **{CONF_READY_BY: "07:00:00"})
    assert screen.sensor("plan") == "done"
    assert ready_at(screen) == "07:00"


async def test_a_plan_of_ones_own_is_for_no_time(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    act: Act,
    screen: Screen,
) -> None:
    at = dt_util.now() + QUARTER
    await settle(hass, integration, **{CONF_READY_BY: f"{at:%H:%M}:00"})
    await choose_mode(hass, screen, "planned")
    await screen.set("energy_target", 60)
    protected_charger.plug(Car())
    await protected_charger.sleep(2 * QUARTER.total_seconds())
    assert late(screen) > 0
    await choose_mode(hass, screen, "now")
    assert (ready_at(screen), late(screen)) == (None, 0)
    await choose_mode(hass, screen, "planned")
    assert late(screen) > 0
    tomorrow = dt_util.now() + timedelta(days=1)
    slot = {"start": tomorrow.isoformat(), "end": (tomorrow + QUARTER).isoformat()}
    await act("set_plan", slots=[slot])
    assert (ready_at(screen), late(screen)) == (None, 0)
    await act("clear_plan")
    assert late(screen) > 0


def late(screen: Screen) -> int:
    """Return by how many minutes the car will be late."""
    minutes: int = screen.entity("sensor", "plan").attributes["late"]
    return minutes


def ready_at(screen: Screen) -> str | None:
    """Return the local time at which the present car is to be ready."""
    moment = screen.entity("sensor", "plan").attributes.get("ready_by")
    return f"{dt_util.as_local(moment):%H:%M}" if moment else None


# The energy target of each new car.


async def test_each_new_car_has_the_target_of_the_settings(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 5.5})
    box = await start_protected(FOLLOWS)
    assert target(screen) == 5.5
    for _ in range(2):
        car = Car()
        box.plug(car)
        await box.wait_until(lambda: box.charger.current_drawn > 0)
        await box.sleep(2 * HOUR)
        assert box.charger.current_drawn == 0
        assert car.received_wh == pytest.approx(5500, abs=250)
        assert screen.sensor("why_not_charging") == "target_reached"
        box.unplug()
        await box.wait_until(lambda: screen.sensor("status") == "available")
        assert target(screen) == 5.5


async def test_a_target_for_one_car_falls_back_to_that_of_the_settings(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    box = protected_charger
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 10})
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await screen.set("energy_target", 3)
    assert target(screen) == 3
    # The car that is there keeps its own.
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 20})
    assert target(screen) == 3
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert target(screen) == 20
    # So does one that is awaited.
    await screen.set("energy_target", 0)
    await hass.config_entries.async_reload(integration.entry_id)
    assert target(screen) == 0
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 15})
    assert target(screen) == 0
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    assert target(screen) == 0
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert target(screen) == 15
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 0})
    assert target(screen) == 0


async def test_a_setting_that_is_given_while_a_car_charges_is_for_the_next_one(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    box = protected_charger
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(HOUR)
    await settle(hass, integration, **{CONF_ENERGY_TARGET: 1})
    await box.sleep(60)
    assert target(screen) == 0
    assert box.charger.current_drawn > 0
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    assert target(screen) == 1


def target(screen: Screen) -> float:
    return float(screen.entity("number", "energy_target").state)
