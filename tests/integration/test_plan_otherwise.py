"""Plans and targets beside other cars, settings and odd chargers, through a real Home Assistant."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import Car
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import Screen, StartCharger, protected
from tests.helpers.actions import Act
from tests.helpers.plans import (
    FOLLOWS,
    HOUR,
    KEEPS_PLANS,
    KWH,
    MINUTE,
    plugged_in,
    slot,
)


async def test_unplug_and_another_car_while_offline(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    device_id: str,
) -> None:
    """Car A gets its target; B comes while the link is down: the target was for A only."""
    box = await start_charger(FOLLOWS)
    await plugged_in(box, screen)
    await screen.set("energy_target", 5)
    await box.sleep(HOUR)
    box.cut_network()
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(MINUTE)
    box.plug(Car())
    await box.sleep(10 * MINUTE)
    box.restore_network()
    await box.sleep(15 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 0
    assert box.charger.current_drawn > 0, screen.sensor("why_not_charging")


async def test_unplug_while_home_assistant_is_stopped(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger(FOLLOWS)
    await plugged_in(box, screen)
    await act("set_plan", slots=[slot(-1, 6)])
    await screen.set("energy_target", 5)
    await box.sleep(10 * MINUTE)
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(MINUTE)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await box.sleep(10 * MINUTE)
    assert float(screen.entity("number", "energy_target").state) == 0
    assert screen.sensor("plan") in ("waiting_for_car", "waiting_for_plan")


@pytest.mark.parametrize("firmware", ["it follows all", "5.x", "one profile only"])
async def test_restore_while_a_plan_is_set(
    act: Act,
    hass: HomeAssistant,
    start_charger: StartCharger,
    screen: Screen,
    device_id: str,
    firmware: str,
) -> None:
    box = await start_charger(KEEPS_PLANS[firmware])
    await plugged_in(box, screen)
    await act("set_plan", slots=[slot(2, 6)])
    await box.sleep(MINUTE)
    box.unplug()
    await box.sleep(5 * MINUTE)
    await act("set_plan", slots=[slot(2, 6)])
    await hass.services.async_call(
        "wallbox_ocpp",
        "restore_configuration",
        {"device_id": device_id},
        blocking=True,
        return_response=True,
    )
    await box.sleep(10 * MINUTE)
    assert "SetChargingProfile" not in str([f.action for f in box.received()][-3:]), [
        f.action for f in box.received()
    ][-6:]


async def test_current_limit_none_and_a_powerful_car(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    """A limit changed within a target."""
    box = await start_charger(FOLLOWS)
    await plugged_in(box, screen, 6)
    before = box.charger.energy_wh
    await screen.set("energy_target", 5)
    await box.sleep(10 * MINUTE)
    await screen.set("current_limit", 16)
    await box.sleep(3 * HOUR)
    box.look()
    got = box.charger.energy_wh - before
    assert 4.9 * KWH < got < 5.1 * KWH, got


async def test_never_answered_plans_do_not_stop_the_limits(
    act: Act,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    """A charger that follows 0 A late: SuspendedEVSE lasts 25 s after each raise."""
    box = await start_charger(with_quirks(FOLLOWS, "schedule-late"))
    await box.wait_until(lambda: protected(screen))
    box.plug(Car(wakes_after=40))
    await box.sleep(5 * MINUTE)
    await act("set_plan", slots=[slot(n, n + 0.5) for n in range(1, 6)])
    await box.sleep(5 * HOUR)
    assert (await act("get_plan"))["followed"] == "seen"


async def test_a_charger_that_ignores_the_first_dialect_is_not_let_loose_by_a_plan(
    act: Act,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    """5.x follows no plan; the plan waits for two hours, and the link is lost after a minute."""
    box = await start_charger(with_quirks(FOLLOWS, "schedule-not-followed"))
    await plugged_in(box, screen)
    before = box.charger.energy_wh
    await act("set_plan", slots=[slot(2, 3)])
    await box.sleep(10 * MINUTE)
    box.look()
    got = box.charger.energy_wh - before
    assert got < 0.1 * KWH, f"{got} Wh while the plan allowed nothing"
