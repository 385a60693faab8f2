"""Who may charge: the lock, and the button for one guest, as a person sees them."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.access import GUEST_WITHIN
from custom_components.wallbox_ocpp.const import CONF_OFFLINE_PROFILE, DOMAIN
from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import REJECTED, ScriptedCharger
from simulator.virtual_time import WallClock, until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import Connect, StartCharger
from tests.helpers.cards import Locked, access, lock
from tests.helpers.owner import change_settings
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen, protected


def guest_until(screen: Screen) -> Any:
    """Return until when the lock expects a guest."""
    return screen.entity("lock", "access").attributes["guest_until"]


def choose(hass: HomeAssistant, entry: MockConfigEntry, profile: str) -> None:
    """Choose what happens without a connection."""
    change_settings(hass, entry, **{CONF_OFFLINE_PROFILE: profile})


async def waits(box: VirtualWallbox, screen: Screen) -> None:
    """Plug a car in, and see that it waits."""
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    await asyncio.sleep(START_AFTER.total_seconds())
    await box.sleep(10)
    assert screen.sensor("status") == "preparing"
    assert box.charger.current_drawn == 0
    assert box.received("RemoteStartTransaction") == []


async def charges(box: VirtualWallbox, screen: Screen) -> None:
    """Wait until the car charges, also where it has to be asked for."""
    await asyncio.sleep(START_AFTER.total_seconds())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    assert box.charger.current_drawn > 0


def starts(charger: ScriptedCharger) -> int:
    """Return how often a charger has been asked to start."""
    return charger.actions.count("RemoteStartTransaction")


# The lock.


@pytest.mark.parametrize("firmware", ["5.14.9", "5.17.87", "6.7.38"])
async def test_at_a_locked_charger_a_car_waits_until_it_is_unlocked(
    start_charger: StartCharger, screen: Screen, firmware: str
) -> None:
    box = await start_charger(FIRMWARES[firmware])
    await lock(screen)
    await waits(box, screen)
    assert screen.sensor("why_not_charging") == "locked"
    await screen.lock(locked=False)
    await charges(box, screen)
    await box.wait_until(lambda: access(screen) == "unlocked")


async def test_turning_charging_on_does_not_open_the_lock(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger()
    await lock(screen)
    await screen.switch("charging", on=False)
    await waits(box, screen)
    await screen.switch("charging", on=True)
    assert box.received("RemoteStartTransaction") == []


async def test_a_car_that_charges_is_not_disturbed_and_the_lock_falls_when_it_leaves(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: access(screen) == "unlocked")
    box.plug(Car())
    await charges(box, screen)
    await screen.lock(locked=True)
    await box.wait_until(
        lambda: screen.sensor("offline_protection") == "waiting_for_unplug"
    )
    assert access(screen) == "locking"
    assert box.charger.current_drawn > 0
    assert box.charger.keys["AuthEnabled"] == "false"
    box.unplug()
    await box.wait_until(lambda: access(screen) == "locked")
    assert protected(screen)
    assert box.charger.keys["AuthEnabled"] == "true"


async def test_the_wish_to_be_locked_outlives_a_restart_and_reaches_the_charger_when_it_is_back(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: access(screen) == "unlocked")
    keys = charger.keys
    await charger.leave()
    await gone(screen)
    await screen.lock(locked=True)
    assert access(screen) == "locking"
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert access(screen) == "locking"

    charger = await connect(boots=False)
    charger.keys = keys
    await charger.status("Available")
    await until(lambda: access(screen) == "locked")
    assert keys["AuthEnabled"] == "true"
    await charger.leave()
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert access(screen) == "locked"


@pytest.mark.parametrize("offline_profile", ["locked"])
async def test_with_the_profile_locked_a_charger_is_locked_from_the_start(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger()
    await box.wait_until(lambda: access(screen) == "locked")
    await waits(box, screen)
    await screen.lock(locked=False)
    await charges(box, screen)
    box.unplug()
    choose(hass, integration, "strict")
    await box.wait_until(lambda: box.charger.keys["AuthEnabledOffline"] == "true")
    assert access(screen) != "locked"
    choose(hass, integration, "locked")
    await box.wait_until(lambda: access(screen) == "locked")
    choose(hass, integration, "charge_hq")
    await box.wait_until(lambda: access(screen) == "unlocked")


async def test_another_open_profile_leaves_the_lock_alone(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger()
    await lock(screen)
    choose(hass, integration, "strict")
    await box.wait_until(lambda: access(screen) == "locked")
    assert box.charger.keys["AuthEnabled"] == "true"
    await screen.lock(locked=False)
    await box.wait_until(lambda: access(screen) == "unlocked")
    assert box.charger.keys["AuthEnabled"] == "false"
    assert box.charger.keys["AuthEnabledOffline"] == "true"


async def test_a_lock_that_is_turned_there_and_back_ends_where_it_was(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: access(screen) == "unlocked")
    await screen.lock(locked=True)
    await screen.lock(locked=False)
    await until(lambda: access(screen) == "unlocked")
    await charger.left_alone()
    assert charger.keys["AuthEnabled"] == "false"
    assert access(screen) == "unlocked"


async def test_a_charger_that_refuses_to_be_locked_has_a_jammed_lock(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: access(screen) == "unlocked")
    charger.change_its_mind(ChangeConfiguration=lambda _: REJECTED)
    await screen.lock(locked=True)
    await until(lambda: access(screen) == "jammed")
    assert screen.sensor("offline_protection") == "rejected"
    await screen.lock(locked=False)
    await until(lambda: access(screen) == "unlocked")


async def test_a_charger_that_takes_no_limit_can_be_locked(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(SetChargingProfile=lambda _: REJECTED)
    charger.keys["AuthEnabled"] = "false"
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    await screen.lock(locked=True)
    await until(lambda: access(screen) == "locked")
    assert charger.keys["AuthEnabled"] == "true"


async def test_without_the_fix_nobody_knows_whether_a_charger_is_locked(
    hass: HomeAssistant, locked: Locked, screen: Screen, device_id: str
) -> None:
    charger = await locked()
    target = {"device_id": device_id}
    await hass.services.async_call(
        DOMAIN, "restore_configuration", target, blocking=True
    )
    assert access(screen) == "unknown"
    with pytest.raises(ServiceValidationError) as raised:
        await screen.lock(locked=False)
    assert raised.value.translation_key == "lock_without_fix"
    answer = await charger.ask("Authorize", {"idTag": "04A1B2C3"})
    assert answer["idTagInfo"]["status"] == "Accepted"
    await hass.services.async_call(DOMAIN, "apply_offline_fix", target, blocking=True)
    assert access(screen) == "locked"


async def test_a_charger_of_another_make_cannot_be_locked(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointVendor="Other")
    with pytest.raises(ServiceValidationError) as raised:
        await screen.lock(locked=True)
    assert raised.value.translation_key == "not_a_wallbox"
    assert access(screen) == "unknown"


# One guest.


async def test_the_car_that_waits_may_charge_once(
    start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger()
    await lock(screen)
    await waits(box, screen)
    await screen.press("allow_once")
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    [start] = box.received("RemoteStartTransaction")
    assert start.payload == {"connectorId": 1, "idTag": "HOMEASSISTANT"}
    assert guest_until(screen) is None
    assert access(screen) == "locked"
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    await box.sleep(10)
    assert len(box.received("RemoteStartTransaction")) == 1
    assert box.charger.current_drawn == 0


async def test_the_next_car_may_charge_once_even_if_the_charger_was_away_when_it_was_allowed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    locked: Locked,
    screen: Screen,
) -> None:
    charger = await locked()
    keys = charger.keys
    await charger.leave()
    await gone(screen)
    await screen.press("allow_once")
    assert guest_until(screen) is not None
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()

    charger = await connect(boots=False)
    charger.keys = keys
    await charger.status("Available")
    await charger.left_alone()
    assert starts(charger) == 0
    await charger.status("Preparing")
    await until(lambda: starts(charger) == 1)
    await charger.start(idTag="HOMEASSISTANT")
    await until(lambda: guest_until(screen) is None)


async def test_a_guest_who_does_not_come_in_time_is_not_expected_any_more(
    locked: Locked, screen: Screen, wall_clock: WallClock
) -> None:
    charger = await locked()
    await screen.press("allow_once")
    wall_clock.set(dt_util.utcnow() + GUEST_WITHIN)
    await charger.status("Preparing")
    await asyncio.sleep(2 * START_AFTER.total_seconds())
    assert starts(charger) == 0


@pytest.mark.parametrize("to", [True, False])
async def test_turning_the_lock_takes_the_permission_back(
    locked: Locked, screen: Screen, to: bool
) -> None:
    charger = await locked()
    await screen.press("allow_once")
    await screen.lock(locked=to)
    assert guest_until(screen) is None
    await charger.left_alone()


async def test_a_charger_that_will_not_start_says_so_and_its_guest_is_still_expected(
    locked: Locked, screen: Screen
) -> None:
    charger = await locked(RemoteStartTransaction=lambda _: REJECTED)
    await charger.status("Preparing")
    await charger.left_alone()
    with pytest.raises(HomeAssistantError) as raised:
        await screen.press("allow_once")
    assert raised.value.translation_key == "start_refused"
    charger.cooperate()
    await charger.status("Available")
    await charger.status("Preparing")
    await until(lambda: starts(charger) == 2)


async def test_at_an_unlocked_charger_nobody_needs_to_be_allowed(
    connect: Connect, screen: Screen
) -> None:
    await connect()
    await until(lambda: access(screen) == "unlocked")
    with pytest.raises(ServiceValidationError) as raised:
        await screen.press("allow_once")
    assert raised.value.translation_key == "not_locked"
