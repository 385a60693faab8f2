"""What Home Assistant asks of a charger: to start, to reboot, to report."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator.scripted_charger import (
    ACCEPTED,
    ERROR,
    HANG_UP,
    REJECTED,
    SILENCE,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen, protected
from tests.helpers.told import Told, readings

MESSAGES: Final[Mapping[str, Payload]] = {
    "BootNotification": {"chargePointVendor": "V", "chargePointModel": "M"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {},
    "MeterValues": readings(None, "5000"),
    "StatusNotification": {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": "Available",
    },
}


async def test_tc_010_a_session_that_home_assistant_starts(
    connect_protected: ConnectProtected, screen: Screen, told: Told
) -> None:
    charger = await connect_protected()
    await charger.status("Preparing")
    await screen.switch("charging", on=True)
    await until(lambda: "RemoteStartTransaction" in charger.actions)
    [id_tag] = [
        payload["idTag"]
        for action, payload in charger.asked
        if action == "RemoteStartTransaction"
    ]
    answer = await charger.ask("Authorize", {"idTag": id_tag})
    assert answer["idTagInfo"]["status"] == "Accepted"
    assert await charger.start(idTag=id_tag) > 0
    assert await charger.status("Charging") == {}
    await until(lambda: told.types == ["started"])
    assert screen.sensor("status") == "charging"


@pytest.mark.parametrize("refusal", [REJECTED, ERROR], ids=["answer", "error"])
async def test_tc_026_a_start_that_the_charger_refuses_is_an_error_that_says_what_to_do(
    connect_protected: ConnectProtected, screen: Screen, told: Told, refusal: object
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: refusal)
    await charger.status("Preparing")
    # A second request in the same plug-in would be refused for ever (docs/chargers.md §3.3).
    for _ in range(2):
        with pytest.raises(HomeAssistantError, match="plug it in again") as raised:
            await screen.switch("charging", on=True)
        assert raised.value.translation_key == "start_refused"
    assert charger.actions.count("RemoteStartTransaction") == 1
    assert screen.sensor("status") == "preparing"
    assert told.types == []

    # What was asked for still counts, and what it says to do helps.
    assert screen.entity("switch", "charging").state == "on"
    charger.cooperate()
    await charger.status("Available")
    await charger.status("Preparing")
    await screen.switch("charging", on=True)
    assert charger.actions.count("RemoteStartTransaction") == 2


async def test_tc_026_a_start_that_nobody_asked_for_is_refused_for_all_who_ask_later(
    connect_protected: ConnectProtected, screen: Screen, told: Told
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: REJECTED)
    await charger.status("Preparing")
    await charger.left_alone()
    await asyncio.sleep(START_AFTER.total_seconds())
    await until(lambda: screen.sensor("why_not_charging") == "start_refused")
    with pytest.raises(HomeAssistantError, match="plug it in again"):
        await screen.switch("charging", on=True)
    assert charger.actions.count("RemoteStartTransaction") == 1
    # A pause is no start.
    await screen.switch("charging", on=False)
    assert screen.sensor("why_not_charging") == "paused"

    # Nor is anybody told so once the car has charged.
    transaction = await charger.start()
    await charger.stop(transaction)
    await screen.switch("charging", on=True)
    assert screen.sensor("status") == "preparing"
    assert screen.sensor("why_not_charging") == "starting"


async def test_tc_026_another_car_is_not_taken_for_the_one_that_was_refused(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: REJECTED)
    await charger.status("Preparing")
    with pytest.raises(HomeAssistantError):
        await screen.switch("charging", on=True)
    assert screen.sensor("why_not_charging") == "start_refused"
    await charger.status("Available")
    await charger.status("Preparing")
    assert screen.sensor("why_not_charging") == "starting"


async def test_tc_026_a_start_that_was_not_answered_is_asked_for_again_by_who_asks_again(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: SILENCE)
    await charger.status("Preparing")
    with pytest.raises(HomeAssistantError) as raised:
        await screen.switch("charging", on=True)
    assert raised.value.translation_key == "no_answer"
    charger.cooperate()
    await screen.switch("charging", on=True)
    assert charger.actions.count("RemoteStartTransaction") == 2


async def test_tc_026_a_start_that_a_lost_link_cut_off_is_asked_for_on_the_return(
    connect: Connect, connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected(RemoteStartTransaction=lambda _: HANG_UP)
    await charger.status("Preparing")
    await charger.left_alone()
    await asyncio.sleep(START_AFTER.total_seconds())
    await until(lambda: "RemoteStartTransaction" in charger.actions)
    await gone(screen)

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("Preparing")
    await again.left_alone()
    await asyncio.sleep(START_AFTER.total_seconds())
    await until(lambda: "RemoteStartTransaction" in again.actions)


async def test_tc_026_a_start_is_not_refused_if_the_charger_was_faster(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger: ScriptedCharger

    async def busy(_: Payload) -> Payload:
        await charger.start()
        return REJECTED

    charger = await connect_protected(RemoteStartTransaction=busy)
    await charger.status("Preparing")
    await screen.switch("charging", on=True)
    assert charger.actions.count("RemoteStartTransaction") == 1


async def test_tc_013_a_hard_reset_is_what_a_charger_gets_that_refuses_a_soft_one(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    def only_hard(payload: Payload) -> Any:
        return ACCEPTED if payload["type"] == "Hard" else REJECTED

    charger = await connect_protected(Reset=only_hard)
    await screen.press("reboot")
    assert resets(charger) == ["Soft", "Hard"]
    await comes_back(charger, screen)


async def test_tc_014_a_soft_reset_reboots_the_charger(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    await screen.press("reboot")
    assert resets(charger) == ["Soft"]
    await comes_back(charger, screen)


async def test_tc_054_readings_that_are_asked_for_are_shown(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    values = {"requestedMessage": "MeterValues", "connectorId": 1}
    await until(lambda: ("TriggerMessage", values) in charger.asked)
    assert await charger.ask("MeterValues", readings(None, "5000")) == {}
    await until(lambda: screen.sensor("energy") == "5.0")


@pytest.mark.parametrize("refusal", ["Rejected", "NotImplemented"])
async def test_tc_055_a_charger_that_reports_nothing_on_request_is_left_alone(
    connect: Connect, screen: Screen, refusal: str
) -> None:
    charger = await connect(TriggerMessage=lambda _: {"status": refusal})
    await until(lambda: "TriggerMessage" in charger.actions)
    await charger.left_alone()
    assert charger.actions.count("TriggerMessage") == 1
    assert protected(screen)


def resets(charger: ScriptedCharger) -> list[str]:
    """Return the kinds of resets that were asked for."""
    return [payload["type"] for action, payload in charger.asked if action == "Reset"]


async def comes_back(charger: ScriptedCharger, screen: Screen) -> None:
    """Boot, and be taken care of again."""
    asked = len(charger.asked)
    assert (await charger.boot())["status"] == "Accepted"
    assert await charger.status("Available") == {}
    await until(lambda: "GetConfiguration" in charger.actions[asked:])
    await until(lambda: protected(screen))
    assert screen.sensor("status") == "available"


async def test_tc_061_the_charger_forgets_the_cards_that_it_remembers(
    hass: HomeAssistant, connect_protected: ConnectProtected, device_id: str
) -> None:
    charger = await connect_protected()
    await perform(hass, "clear_cache", device_id)
    assert charger.asked[-1] == ("ClearCache", {})
    charger.change_its_mind(ClearCache=lambda _: REJECTED)
    with pytest.raises(HomeAssistantError, match="did not forget any cards"):
        await perform(hass, "clear_cache", device_id)


async def test_tc_013_a_hard_reset_is_what_an_owner_can_force(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    screen: Screen,
    device_id: str,
) -> None:
    charger = await connect_protected()
    await perform(hass, "reboot", device_id, force=True)
    assert resets(charger) == ["Hard"]
    await comes_back(charger, screen)
    await perform(hass, "reboot", device_id)
    assert resets(charger) == ["Hard", "Soft"]
    await comes_back(charger, screen)


async def test_tc_013_a_hard_reset_that_is_refused_is_an_error(
    hass: HomeAssistant, connect_protected: ConnectProtected, device_id: str
) -> None:
    charger = await connect_protected(Reset=lambda _: REJECTED)
    with pytest.raises(HomeAssistantError) as raised:
        await perform(hass, "reboot", device_id, force=True)
    assert raised.value.translation_key == "reboot_refused"
    assert resets(charger) == ["Hard"]


@pytest.mark.parametrize(
    ("message", "requested", "at_connector"),
    [
        ("meter_values", "MeterValues", True),
        ("heartbeat", "Heartbeat", False),
        ("status_notification", "StatusNotification", True),
        (
            "diagnostics_status_notification",
            "DiagnosticsStatusNotification",
            False,
        ),
        ("firmware_status_notification", "FirmwareStatusNotification", False),
        ("boot_notification", "BootNotification", False),
    ],
)
async def test_tc_054_each_message_can_be_asked_for(
    hass: HomeAssistant,
    connect_protected: ConnectProtected,
    device_id: str,
    message: str,
    requested: str,
    at_connector: bool,
) -> None:
    charger = await connect_protected()
    await perform(hass, "trigger_message", device_id, message=message)
    wanted: Payload = {"requestedMessage": requested}
    if at_connector:
        wanted["connectorId"] = 1
    assert charger.asked[-1] == ("TriggerMessage", wanted)
    answer = await charger.ask(requested, MESSAGES[requested])
    assert set(answer) <= {"currentTime", "interval", "status"}


async def perform(
    hass: HomeAssistant, action: str, device_id: str, **data: object
) -> None:
    """Perform an action on the charger."""
    await hass.services.async_call(
        DOMAIN, action, {"device_id": device_id, **data}, blocking=True
    )
