"""What must never be believed of a charger, nor done to it, while it is kept as its owner wishes."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
    DOMAIN,
)
from custom_components.wallbox_ocpp.csms.session import Session
from custom_components.wallbox_ocpp.wallbox.plan.connection import ASK_FOR_BOOT_AFTER
from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from custom_components.wallbox_ocpp.wallbox.plan.step import RETRY_AFTER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulator.scripted_charger import (
    ACCEPTED,
    HANG_UP,
    REJECTED,
    SILENCE,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from tests.conftest import Connect, Screen, issue_keys, protected

from .test_sessions import Told

LASTING = "TxDefaultProfile"
IN_TRANSACTION = "TxProfile"


class Gate:
    """Holds a charger's answers back until it is opened."""

    def __init__(self) -> None:
        """Begin closed."""
        self.open = asyncio.Event()
        self.charger: ScriptedCharger

    async def take_key(self, payload: Payload) -> Any:
        """Change a key once the gate is open."""
        await self.open.wait()
        return self.charger.take_key(payload)


async def offline(screen: Screen) -> None:
    """Wait until the charger has gone."""
    await until(lambda: screen.entity("binary_sensor", "connection").state == "off")


async def act(hass: HomeAssistant, action: str, device_id: str) -> None:
    """Perform an action."""
    await hass.services.async_call(
        DOMAIN, action, {"device_id": device_id}, blocking=True
    )


def change_settings(
    hass: HomeAssistant, integration: MockConfigEntry, **settings: object
) -> None:
    """Change how the charger shall be treated."""
    subentry = next(iter(integration.subentries.values()))
    hass.config_entries.async_update_subentry(
        integration, subentry, data={**subentry.data, **settings}
    )


# What is asked at once.


async def test_a_pause_is_not_held_up_by_a_charger_that_says_nothing_on_its_return(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    await charger.leave()
    await offline(screen)
    await screen.switch("charging", on=False)
    again = await connect(boots=False)
    await until(lambda: (LASTING, 0) in again.limits, within=5)


async def test_readings_are_asked_for_on_each_return_but_once(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
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
    hass: HomeAssistant, connect: Connect, screen: Screen
) -> None:
    told = Told(hass, screen)
    charger = await connect()
    await until(lambda: protected(screen))
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
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.leave()
    await connect(GetConfiguration=lambda _: HANG_UP)
    await offline(screen)

    charger = await connect(boots=False)
    await charger.status("Available")
    await until(lambda: charger.keys["AuthEnabled"] == "false")


async def test_a_profile_that_changed_while_the_charger_was_away_is_applied_on_its_return(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.leave()
    await offline(screen)
    change_settings(hass, integration, **{CONF_OFFLINE_PROFILE: "locked"})

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await until(lambda: again.keys["AuthEnabled"] == "true")


@pytest.mark.parametrize("purpose", [LASTING, IN_TRANSACTION])
async def test_a_limit_whose_answer_was_lost_may_be_held_or_not(
    connect: Connect, screen: Screen, purpose: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
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
    hass: HomeAssistant, connect: Connect, screen: Screen
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
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
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
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.switch("charging", on=False)
    await act(hass, "restore_configuration", device_id)
    await charger.left_alone()
    asked = len(charger.asked)
    await act(hass, "apply_offline_fix", device_id)
    assert charger.actions[asked] == "SetChargingProfile"
    assert charger.keys["AuthEnabled"] == "false"
    assert charger.limits[-1] == (LASTING, 0)


async def test_a_boot_that_was_asked_for_is_not_a_reboot(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    connect: Connect,
    screen: Screen,
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
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    connect: Connect,
    screen: Screen,
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.press("reboot")
    await charger.boot()
    await charger.status("Available")
    await charger.left_alone()
    await asyncio.sleep(301)
    await charger.leave()
    await offline(screen)
    assert not issue_keys(issue_registry)


async def test_what_a_reboot_on_the_same_connection_brought_is_reported(
    issue_registry: ir.IssueRegistry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await screen.press("reboot")
    await charger.boot(firmwareVersion="5.14.9")
    await charger.status("Available")
    await until(lambda: issue_keys(issue_registry) == {"firmware_too_old"})


async def test_what_was_confirmed_on_the_way_into_a_reboot_may_be_lost(
    connect: Connect, screen: Screen
) -> None:
    """Some firmwares come back from a reboot without a BootNotification."""
    charger = await connect()
    await until(lambda: protected(screen))
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


# What was under way when the charger started again, or dialled again.

PROMPTLY = 8.0
"""Seconds for a few requests half a second apart; far less than the time-out of one."""


@pytest.mark.parametrize("late", [False, True])
async def test_a_boot_before_the_answer_to_a_reset_is_the_boot_that_was_asked_for(
    connect: Connect, screen: Screen, *, late: bool
) -> None:
    booted = asyncio.Event()

    async def answer(_: Payload) -> Any:
        await booted.wait()
        return ACCEPTED if late else SILENCE

    charger = await connect(Reset=answer)
    await until(lambda: protected(screen))
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")
    charger.keys["AuthEnabled"] = "true"
    asked = len(charger.asked)
    await charger.boot()
    booted.set()
    await charger.status("Available")
    await until(
        lambda: (
            charger.keys["AuthEnabled"] == "false"
            and "SetChargingProfile" in charger.actions[asked:]
        ),
        within=PROMPTLY,
    )
    await press


async def test_what_a_boot_has_overtaken_is_not_learned_after_it(
    connect: Connect, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Session.answer

    async def answer_slowly(*args: Any) -> None:
        await asyncio.sleep(1)
        await answer(*args)

    charger = await connect(Reset=lambda _: SILENCE)
    await until(lambda: protected(screen))
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")
    monkeypatch.setattr(Session, "answer", answer_slowly)
    asked = len(charger.asked)
    await charger.boot()
    await charger.status("Available")
    await until(
        lambda: "SetChargingProfile" in charger.actions[asked:], within=PROMPTLY
    )
    await press


@pytest.mark.parametrize(
    "action", ["SetChargingProfile", "GetConfiguration", "ChangeConfiguration"]
)
async def test_nothing_waits_for_an_answer_that_a_boot_has_overtaken(
    connect: Connect, screen: Screen, action: str
) -> None:
    script: dict[str, Any] = {action: lambda _: SILENCE}
    charger = await connect(**script)
    await until(lambda: charger.actions[-1:] == [action])
    charger.cooperate()
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen), within=PROMPTLY)


@pytest.mark.parametrize("action", ["GetConfiguration", "ChangeConfiguration"])
async def test_a_fix_that_a_new_connection_cut_off_is_made_up_for(
    connect: Connect, screen: Screen, action: str
) -> None:
    script: dict[str, Any] = {action: lambda _: SILENCE}
    charger = await connect(**script)
    await until(lambda: charger.actions[-1:] == [action])

    again = await connect(boots=False)
    await again.status("Available")
    await until(
        lambda: protected(screen) and again.keys["AuthEnabled"] == "false",
        within=PROMPTLY,
    )


async def test_a_new_connection_before_the_answer_to_a_reset_is_the_reboot(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(Reset=lambda _: SILENCE)
    await until(lambda: protected(screen))
    await charger.left_alone()
    press = asyncio.create_task(screen.press("reboot"))
    await until(lambda: charger.actions[-1] == "Reset")

    again = await connect(boots=False)
    await again.status("Available")
    await until(lambda: "SetChargingProfile" in again.actions, within=PROMPTLY)
    await until(lambda: again.keys["AuthEnabled"] == "false", within=PROMPTLY)
    await press


@pytest.mark.parametrize("boots", [False, True])
async def test_a_start_that_a_new_connection_cut_off_is_asked_for_again(
    connect: Connect, screen: Screen, *, boots: bool
) -> None:
    charger = await connect(RemoteStartTransaction=lambda _: SILENCE)
    await until(lambda: protected(screen))
    await charger.status("Preparing")
    await until(lambda: "RemoteStartTransaction" in charger.actions)

    again = await connect(boots=False)
    again.keys = charger.keys
    if boots:
        await again.boot()
    await again.status("Preparing")
    await until(lambda: "RemoteStartTransaction" in again.actions)


async def test_a_pause_that_a_new_connection_cut_off_is_sent_again(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    charger.change_its_mind(SetChargingProfile=lambda _: SILENCE)
    pause = asyncio.create_task(screen.switch("charging", on=False))
    await until(lambda: charger.limits[-1] == (LASTING, 0))

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Available")
    await pause
    assert again.limits[0] == (LASTING, 0)


# What must not be done.


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
async def test_no_authorisation_key_is_written_in_a_transaction_we_never_heard_of(
    connect: Connect, screen: Screen, status: str
) -> None:
    charger = await connect(boots=False)
    await charger.status(status)
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert charger.written == ["MeterValuesSampledData"]
    await charger.status("Available")
    await until(lambda: protected(screen))


async def test_no_authorisation_key_is_written_before_the_status_is_known(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    await charger.boot()
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert charger.written == ["MeterValuesSampledData"]
    await charger.status("Available")
    await until(lambda: protected(screen))


async def test_no_authorisation_key_is_written_once_a_transaction_has_opened(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = await connect(ChangeConfiguration=gate.take_key)
    await until(lambda: gate.charger.written == ["MeterValuesSampledData"])
    await gate.charger.status("Preparing")
    await gate.charger.start()
    gate.open.set()
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert gate.charger.written == ["MeterValuesSampledData"]


async def test_a_car_that_leaves_while_the_fix_is_applied_is_not_waited_for(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = charger = await connect(
        boots=False, ChangeConfiguration=gate.take_key
    )
    await charger.boot()
    transaction = await charger.start()
    await charger.status("Charging")
    await until(lambda: bool(charger.written))
    await charger.stop(transaction)
    await charger.status("Available")
    gate.open.set()
    await until(lambda: protected(screen))


async def test_no_transaction_is_asked_for_while_the_fix_is_applied(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = charger = await connect(
        boots=False, ChangeConfiguration=gate.take_key
    )
    await charger.boot()
    await charger.status("Preparing")
    await until(lambda: bool(charger.written))
    await asyncio.sleep(START_AFTER.total_seconds() + 1)
    assert "RemoteStartTransaction" not in charger.actions
    gate.open.set()
    await until(lambda: "RemoteStartTransaction" in charger.actions)
    assert protected(screen)


async def test_a_restore_is_not_undone_by_a_fix_that_was_under_way(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger: ScriptedCharger
    restoring = asyncio.Event()

    async def refuse_the_best(payload: Payload) -> Any:
        await restoring.wait()
        if "Power" in payload["value"]:
            return REJECTED
        return charger.take_key(payload)

    charger = await connect(ChangeConfiguration=refuse_the_best)
    original = dict(charger.keys)
    await until(lambda: bool(charger.written))
    restore = asyncio.create_task(act(hass, "restore_configuration", device_id))
    await charger.left_alone()
    restoring.set()
    await restore
    await charger.left_alone()
    assert charger.keys == original
    assert screen.sensor("offline_protection") == "off"


@pytest.mark.parametrize("offline_profile", ["factory"])
async def test_a_charger_left_as_it_came_is_left_to_wait_for_a_card(
    hass: HomeAssistant, connect: Connect
) -> None:
    charger = await connect()
    await charger.left_alone()
    await charger.status("Preparing")
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert "RemoteStartTransaction" not in charger.actions


async def test_a_restored_charger_is_left_to_wait_for_a_card(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await act(hass, "restore_configuration", device_id)
    await charger.status("Preparing")
    await charger.left_alone()
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert "RemoteStartTransaction" not in charger.actions


async def test_a_setting_that_does_not_concern_the_charger_costs_no_call(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    asked = len(charger.asked)
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    await charger.left_alone()
    assert not charger.asked[asked:]
