"""What is asked of a charger that comes back, and what must not be believed of it."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_OFFLINE_PROFILE
from custom_components.wallbox_ocpp.wallbox import plan
from custom_components.wallbox_ocpp.wallbox.plan.connection import ASK_FOR_BOOT_AFTER
from custom_components.wallbox_ocpp.wallbox.plan.step import RETRY_AFTER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulator.scripted_charger import (
    ACCEPTED,
    HANG_UP,
    SILENCE,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.actions import Act
from tests.helpers.owner import change_settings
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen, issue_keys
from tests.helpers.told import Told

LASTING = "TxDefaultProfile"
IN_TRANSACTION = "TxProfile"


async def offline(screen: Screen) -> None:
    """Wait until the charger has gone."""
    await gone(screen)


# What is asked at once.


async def test_a_pause_is_not_held_up_by_a_charger_that_says_nothing_on_its_return(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    await charger.leave()
    await offline(screen)
    await screen.switch("charging", on=False)
    again = await connect(boots=False)
    await until(lambda: (LASTING, 0) in again.limits, within=5)


async def test_readings_are_asked_for_on_each_return_but_once(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    readings = ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    for _ in range(2):
        await charger.leave()
        await offline(screen)
        charger = await connect(boots=False)
        await charger.status("Available")
        await asyncio.sleep(1)
        assert charger.asked == [readings]
        await charger.status("Preparing")
        await charger.left_alone()
        assert charger.asked.count(readings) == 1


async def test_what_a_charger_forgot_is_over_before_the_next_car_charges(
    hass: HomeAssistant,
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    told = Told(hass, screen)
    charger = await connect_protected()
    forgotten = await charger.start()
    await charger.status("Charging")
    await charger.left_alone()
    await charger.leave()
    await offline(screen)

    charger = await connect()
    await charger.status("Preparing")
    await until(lambda: told.types == ["started", "ended"], within=11)
    assert screen.sensor("status") == "preparing"
    # What is in the queue counts all the same, and is told once.
    await charger.stop(forgotten, meterStop=5000)
    await charger.left_alone()
    assert told.types == ["started", "ended"]
    assert screen.sensor("session_energy") == "4.0"
    assert IN_TRANSACTION not in [purpose for purpose, _ in charger.limits]


# What must not be believed.


async def test_a_fix_that_a_lost_link_cut_off_is_made_up_for_without_a_boot(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.leave()
    await connect(GetConfiguration=lambda _: HANG_UP)
    await offline(screen)

    charger = await connect(boots=False)
    await charger.status("Available")
    await until(lambda: charger.keys["AuthEnabled"] == "false")


async def test_a_profile_that_changed_while_the_charger_was_away_is_applied_on_its_return(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    await charger.leave()
    await offline(screen)
    change_settings(hass, integration, **{CONF_OFFLINE_PROFILE: "locked"})

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await until(lambda: again.keys["AuthEnabled"] == "true")


@pytest.mark.parametrize("purpose", [LASTING, IN_TRANSACTION])
async def test_a_limit_whose_answer_was_lost_may_be_held_or_not(
    connect_protected: ConnectProtected, screen: Screen, purpose: str
) -> None:
    charger = await connect_protected()
    await screen.switch("charging", on=False)
    await charger.start()
    await charger.status("SuspendedEVSE")
    await until(lambda: charger.limits[-1] == (IN_TRANSACTION, 0))

    charger.change_its_mind(
        SetChargingProfile=lambda _: (
            SILENCE if charger.limits[-1][0] == purpose else ACCEPTED
        )
    )
    with pytest.raises(HomeAssistantError):
        await screen.switch("charging", on=True)
    charger.cooperate()
    given = len(charger.limits)
    await screen.switch("charging", on=False)
    assert (purpose, 0) in charger.limits[given:]


async def test_a_pause_that_was_not_answered_is_sent_again(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    await charger.boot()
    await charger.start()
    await charger.status("Charging")
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    await charger.left_alone()
    charger.change_its_mind(SetChargingProfile=lambda _: SILENCE)
    with pytest.raises(HomeAssistantError):
        await screen.switch("charging", on=False)

    charger.cooperate()
    given = len(charger.limits)
    await asyncio.sleep(RETRY_AFTER.total_seconds())
    await until(lambda: (IN_TRANSACTION, 0) in charger.limits[given:])


async def test_a_limit_that_a_transaction_threw_away_before_its_answer_is_sent_again(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await charger.left_alone()

    async def start_first(_: Payload) -> Any:
        charger.cooperate()
        await charger.start()
        return ACCEPTED

    charger.change_its_mind(SetChargingProfile=start_first)
    given = len(charger.limits)
    await screen.switch("charging", on=False)
    await charger.status("SuspendedEVSE")
    await until(lambda: charger.limits[given:].count((LASTING, 0)) == 2)


async def test_after_a_restore_the_limit_goes_in_again_before_charging_is_set_free(
    act: Act, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await screen.switch("charging", on=False)
    await act("restore_configuration")
    await charger.left_alone()
    asked = len(charger.asked)
    await act("apply_offline_fix")
    assert charger.actions[asked] == "SetChargingProfile"
    assert charger.keys["AuthEnabled"] == "false"
    assert charger.limits[-1] == (LASTING, 0)


async def test_a_boot_that_was_asked_for_is_not_a_reboot(
    issue_registry: ir.IssueRegistry, connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger

    def after_a_reboot(payload: Payload) -> Any:
        charger.take_key(payload)
        return {"status": "RebootRequired"}

    charger = await connect(boots=False, ChangeConfiguration=after_a_reboot)
    await charger.status("Available")
    await until(lambda: screen.sensor("offline_protection") == "reboot_required")
    await charger.left_alone()
    await asyncio.sleep(ASK_FOR_BOOT_AFTER.total_seconds())
    boot = ("TriggerMessage", {"requestedMessage": "BootNotification"})
    await until(lambda: boot in charger.asked)
    await charger.boot()
    await charger.status("Available")
    await charger.left_alone()
    assert screen.sensor("offline_protection") == "reboot_required"
    assert issue_keys(issue_registry) == {"reboot_required"}


async def test_a_reset_that_was_never_sent_is_no_reboot(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(GetConfiguration=lambda _: SILENCE)
    await until(lambda: "GetConfiguration" in charger.actions)
    press = asyncio.create_task(screen.press("reboot"))
    await asyncio.sleep(0.1)
    await charger.leave()
    with pytest.raises(HomeAssistantError) as raised:
        await press
    assert raised.value.translation_key == "charger_offline"
    assert "Reset" not in charger.actions


async def test_a_charger_that_came_back_on_the_same_connection_is_not_overdue(
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    await screen.press("reboot")
    await charger.boot()
    await charger.status("Available")
    await charger.left_alone()
    await asyncio.sleep(301)
    await charger.leave()
    await offline(screen)
    assert not issue_keys(issue_registry)


async def test_what_a_reboot_on_the_same_connection_brought_is_reported(
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    await screen.press("reboot")
    await charger.boot(firmwareVersion="5.14.9")
    await charger.status("Available")
    await until(lambda: issue_keys(issue_registry) == {"firmware_too_old"})


async def test_what_was_confirmed_on_the_way_into_a_reboot_may_be_lost(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    """Some firmwares come back from a reboot without a BootNotification."""
    charger = await connect_protected()
    await charger.left_alone()
    await screen.press("reboot")
    await charger.status("Unavailable")
    await charger.left_alone()
    await charger.leave()
    await offline(screen)

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await until(lambda: "SetChargingProfile" in again.actions)
    await until(lambda: "GetConfiguration" in again.actions)


async def test_a_fault_of_ours_is_logged_when_it_happens_and_over_with_the_next_connection(
    caplog: pytest.LogCaptureFixture,
    connect: Connect,
    connect_protected: ConnectProtected,
    monkeypatch: pytest.MonkeyPatch,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    await charger.left_alone()

    def fail(*_: object) -> None:
        raise ArithmeticError("of ours")

    with monkeypatch.context() as faulty:
        faulty.setattr(plan, "next_step", fail)
        await charger.status("Preparing")
        await until(lambda: "ArithmeticError: of ours" in caplog.text, within=5)
        caplog.clear()
    await charger.leave()
    await gone(screen)
    again = await connect(boots=False)
    await until(lambda: "TriggerMessage" in again.actions)
