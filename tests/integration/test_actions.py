"""What an owner can ask of a charger: actions, the reboot button, the charging switch, repairs."""

import asyncio
from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.scripted_charger import SILENCE
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import IDENTITY, Connect, StartCharger, charger_data
from tests.helpers.actions import Act
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Repairs, Screen, issue_keys, protected

MODERN = FIRMWARES["6.7.38"]
NEEDS_A_REBOOT = replace(MODERN, reboot_required_keys=frozenset({"AuthEnabled"}))


async def test_restoring_puts_back_what_was_found_and_stays_that_way(
    act: Act, start_charger: StartCharger, screen: Screen
) -> None:
    box = await start_charger(boot_seconds=0.3)
    original = dict(box.charger.keys)
    await box.wait_until(lambda: protected(screen))

    response = await act("restore_configuration")
    assert response["verdict"] == "off"
    assert set(response["answers"].values()) == {"Accepted"}
    assert response["answers"].keys() >= {"AuthEnabled", "AuthEnabledOffline"}
    assert all(box.charger.keys[key] == original[key] for key in response["answers"])
    assert not box.charger.profiles
    assert screen.sensor("offline_protection") == "off"
    assert screen.sensor("halo") == "locked"

    await screen.press("reboot")
    await box.wait_until(lambda: len(box.sent("BootNotification")) == 2)
    await box.wait_until(lambda: len(box.received("TriggerMessage")) >= 2)
    assert box.charger.keys["AuthEnabled"] == "true"
    assert not box.charger.profiles

    response = await act("apply_offline_fix")
    assert response["verdict"] == "protected"
    assert response["profile"] == "charge_hq"
    assert response["configuration"]["AuthEnabled"] == "false"
    assert response["answers"]["AuthEnabled"] == "Accepted"
    assert box.charger.keys["AuthEnabled"] == "false"


@pytest.mark.parametrize("reload", [False, True])
async def test_a_unit_that_replaces_another_gets_none_of_its_settings(
    act: Act,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    reload: bool,
) -> None:
    old = await connect(boots=False)
    old.keys |= {"AuthEnabled": "true", "StopTransactionOnEVSideDisconnect": "false"}
    await old.boot(chargePointSerialNumber="111")
    await old.status("Available")
    await until(lambda: protected(screen))
    await old.left_alone()
    await old.leave()
    await gone(screen)
    if reload:
        await hass.config_entries.async_reload(integration.entry_id)

    new = await connect(boots=False)
    new.keys = {"AuthEnabled": "false", "AuthEnabledOffline": "true"}
    new.keys |= {"StopTransactionOnEVSideDisconnect": "true"}
    found = dict(new.keys)
    await new.boot(chargePointSerialNumber="222")
    await new.status("Available")
    await until(lambda: protected(screen))
    await act("restore_configuration")
    assert new.keys == found


async def test_nothing_is_restored_while_a_session_is_open(
    act: Act, charging_charger: VirtualWallbox
) -> None:
    with pytest.raises(HomeAssistantError) as error:
        await act("restore_configuration")
    assert error.value.translation_key == "unplug_first"
    assert charging_charger.charger.keys["AuthEnabled"] == "false"


@pytest.mark.parametrize("action", ["apply_offline_fix", "restore_configuration"])
async def test_an_action_on_a_charger_that_is_offline_says_so(
    act: Act, action: str
) -> None:
    with pytest.raises(HomeAssistantError) as error:
        await act(action)
    assert error.value.translation_key == "charger_offline"


async def test_an_action_on_something_else_says_so(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
) -> None:
    stale = device_registry.async_get_or_create(
        config_entry_id=integration.entry_id, identifiers={(DOMAIN, "gone")}
    )
    with pytest.raises(ServiceValidationError) as error:
        await Act(hass, stale.id)("apply_offline_fix")
    assert error.value.translation_key == "charger_not_found"
    with pytest.raises(ServiceValidationError):
        await Act(hass, "no such device")("apply_offline_fix")


async def test_rebooting_falls_back_from_soft_to_hard(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected(
        replace(MODERN, accepts_soft_reset=False), boot_seconds=0.3
    )
    await screen.press("reboot")
    kinds = [frame.payload["type"] for frame in box.received("Reset")]
    assert kinds == ["Soft", "Hard"]
    await box.wait_until(lambda: len(box.sent("BootNotification")) == 2)


async def test_a_reboot_that_is_refused_says_so(
    start_protected: StartCharger, screen: Screen
) -> None:
    await start_protected(
        replace(MODERN, accepts_soft_reset=False, accepts_hard_reset=False)
    )
    with pytest.raises(HomeAssistantError) as error:
        await screen.press("reboot")
    assert error.value.translation_key == "reboot_refused"


async def test_a_charger_that_does_not_come_back_from_a_reboot_is_reported(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    box = await start_protected(boot_seconds=0.3)
    await screen.press("reboot")
    box.cut_network()
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )
    await asyncio.sleep(299)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issue_keys(issue_registry)
    await asyncio.sleep(301)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue_keys(issue_registry) == {"not_back"}
    box.restore_network()
    await box.wait_until(lambda: not issue_keys(issue_registry))


async def test_the_wish_is_kept_while_the_charger_is_away(
    start_protected: StartCharger, screen: Screen
) -> None:
    await screen.switch("charging", on=False)
    assert screen.entity("switch", "charging").state == "off"
    box = await start_protected()
    box.plug(Car())
    await box.wait_until(lambda: box.charger.transaction is not None)
    await box.sleep(30)
    assert box.charger.drew_current_since(0) == 0

    box.cut_network()
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )
    await screen.switch("charging", on=True)
    assert box.charger.current_drawn == 0
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn > 0)


async def test_one_silent_charger_does_not_hold_up_another(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    subentry = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, subentry)
    await hass.async_block_till_done()
    other = Screen(hass, "garage-2")
    silent = await connect()
    await connect(identity="garage-2")
    await until(lambda: protected(screen) and protected(other))
    await silent.left_alone()
    silent.change_its_mind(SetChargingProfile=lambda _: SILENCE)
    given = len(silent.limits)
    waiting = asyncio.create_task(screen.switch("charging", on=False))
    await until(lambda: len(silent.limits) > given)
    await other.switch("charging", on=False)
    assert not waiting.done()
    with pytest.raises(HomeAssistantError):
        await waiting


async def test_the_fix_is_not_applied_to_another_make(
    act: Act, connect: Connect
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointVendor="Other")
    with pytest.raises(ServiceValidationError) as error:
        await act("apply_offline_fix")
    assert error.value.translation_key == "not_a_wallbox"
    assert not charger.asked


async def test_pausing_never_ends_the_transaction(
    start_protected: StartCharger, screen: Screen
) -> None:
    box = await start_protected()
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    for on, status in ((False, "suspended_evse"), (True, "charging")) * 2:
        await screen.switch("charging", on=on)
        await box.wait_until(lambda status=status: screen.sensor("status") == status)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert (box.charger.current_drawn > 0) is on
    assert not box.received("RemoteStopTransaction")
    assert len(box.sent("StartTransaction")) == 1
    assert not box.sent("StopTransaction")


async def test_a_repair_reboots_the_charger(
    issue_registry: ir.IssueRegistry,
    repairs: Repairs,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    box = await start_charger(NEEDS_A_REBOOT, boot_seconds=0.3)
    await box.wait_until(lambda: issue_keys(issue_registry) == {"reboot_required"})
    form = await repairs.open("reboot_required")
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"]["charger"] == f"Wallbox {IDENTITY}"
    assert not box.received("Reset")
    assert (await repairs.submit(form))["type"] == "create_entry"
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )
    assert not issue_keys(issue_registry)
    await box.wait_until(lambda: protected(screen))
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize("gone", ["charger", "integration"])
async def test_a_repair_of_a_charger_that_is_not_there_says_so(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    repairs: Repairs,
    start_charger: StartCharger,
    screen: Screen,
    gone: str,
) -> None:
    box = await start_charger(NEEDS_A_REBOOT)
    await box.wait_until(lambda: issue_keys(issue_registry) == {"reboot_required"})
    if gone == "charger":
        await box.stop()
        await box.wait_until(
            lambda: screen.entity("binary_sensor", "connection").state == "off"
        )
    else:
        await hass.config_entries.async_unload(integration.entry_id)
    result = await repairs.submit(await repairs.open("reboot_required"))
    assert (result["type"], result["reason"]) == ("abort", "charger_offline")
