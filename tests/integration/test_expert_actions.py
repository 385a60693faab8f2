"""Actions for people who know: settings read and written, and messages on request."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from simulator.scripted_charger import (
    ERROR,
    REJECTED,
    SILENCE,
    Answer,
    Payload,
    ScriptedCharger,
)
from simulator.virtual_time import until
from simulator.virtual_wallbox import PLANTED_SECRETS, Car, VirtualWallbox
from tests.conftest import Connect
from tests.helpers.actions import Act
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected

# Reading.


async def test_all_settings_are_reported_and_secrets_left_out(
    act: Act, protected_charger: VirtualWallbox
) -> None:
    told = await act("get_configuration")
    assert told["unknown"] == []
    assert told["configuration"].keys() == protected_charger.charger.keys.keys()
    assert told["configuration"]["LightIntensity"] == {
        "value": "100",
        "readonly": False,
    }
    assert told["configuration"]["PUK"] == {"value": "**REDACTED**", "readonly": True}
    assert not any(secret in str(told) for secret in PLANTED_SECRETS)


async def test_some_settings_are_reported_as_they_are_now(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys |= {"LightIntensity": "7", "SSID": "Villa", "Hint": "in Villa"}
    told = await act(
        "get_configuration", keys=["LightIntensity", "SSID", "Hint", "None"]
    )
    assert told["unknown"] == ["None"]
    values = {key: value["value"] for key, value in told["configuration"].items()}
    assert values == {
        "LightIntensity": "7",
        "SSID": "**REDACTED**",
        "Hint": "**REDACTED**",
    }
    told = await act("get_configuration", keys="LightIntensity")
    assert told["configuration"].keys() == {"LightIntensity"}


@pytest.mark.parametrize(
    "key", ["WifiPsk", "InstallerPin", "WpaKey", "rfid", "Unheard", "LightIntensity2"]
)
async def test_the_value_of_a_setting_that_is_not_known_to_be_harmless_is_hidden(
    act: Act, connect_protected: ConnectProtected, key: str
) -> None:
    charger = await connect_protected()
    charger.keys[key] = "hunter2"
    hidden = {"value": "**REDACTED**", "readonly": False}
    for keys in ({}, {"keys": [key]}):
        told = await act("get_configuration", **keys)
        assert told["configuration"][key] == hidden
    charger.keys[key] = ""
    told = await act("get_configuration", keys=[key])
    assert not told["configuration"][key]["value"]


async def test_a_setting_is_found_in_another_spelling(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys["LightIntensity"] = "7"
    charger.change_its_mind(
        GetConfiguration=lambda _: charger.tell_keys({"key": ["LightIntensity"]})
    )
    told = await act("get_configuration", keys=["lightintensity"])
    assert told["configuration"]["lightintensity"]["value"] == "7"
    assert told["unknown"] == []


# Writing.


async def test_a_setting_is_written_read_back_and_can_be_restored(
    act: Act, protected_charger: VirtualWallbox
) -> None:
    for value in (50, "70"):
        await act("set_configuration", key="LightIntensity", value=value)
    told = await act("set_configuration", key="LightIntensity", value="80")
    assert told == {
        "status": "Accepted",
        "reboot_required": False,
        "before": "70",
        "after": "80",
    }
    assert protected_charger.charger.keys["LightIntensity"] == "80"
    restored = await act("restore_configuration")
    assert restored["answers"]["LightIntensity"] == "Accepted"
    assert protected_charger.charger.keys["LightIntensity"] == "100"


async def test_a_truth_value_is_written_as_chargers_write_it(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys["UnlockConnectorOnEVSideDisconnect"] = "true"
    told = await act(
        "set_configuration", key="UnlockConnectorOnEVSideDisconnect", value=False
    )
    assert told["after"] == "false"


async def test_it_is_said_when_a_reboot_is_needed(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(ChangeConfiguration=lambda _: {"status": "RebootRequired"})
    told = await act("set_configuration", key="BlinkRepeat", value="3")
    assert told == {
        "status": "RebootRequired",
        "reboot_required": True,
        "before": None,
        "after": None,
    }


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("WebSocketUrl", "key_protected"),
        ("websocketpinginterval", "key_protected"),
        (" WebSocketPingInterval", "key_protected"),
        ("AuthorizationKey", "key_protected"),
        ("AuthDisabledIdTag", "key_protected"),
        ("SecurityProfile", "key_protected"),
        ("securityprofile", "key_protected"),
        ("CentralSystemURL", "key_protected"),
        ("WifiPsk", "key_protected"),
        ("InstallerPin", "key_protected"),
        ("Wpa-Key", "key_protected"),
        ("OcppServerHost", "key_protected"),
        ("AuthEnabled\0", "key_not_plain"),
        ("Auth\u200bEnabled", "key_not_plain"),
        ("\uff21uthEnabled", "key_not_plain"),
        ("WebSocket\u00adUrl", "key_not_plain"),
        ("", "key_not_plain"),
        ("Auth_Enabled", "key_managed"),
        ("AuthEnabled", "key_managed"),
        ("authenabledoffline", "key_managed"),
        ("AuthEnabled ", "key_managed"),
        ("MeterValueSampleInterval", "key_managed"),
    ],
)
async def test_some_settings_are_never_asked_for_a_change(
    act: Act, connect_protected: ConnectProtected, key: str, error: str
) -> None:
    charger = await connect_protected()
    written = list(charger.written)
    assert await act.fails("set_configuration", key=key, value="x") == error
    assert charger.written == written


@pytest.mark.parametrize(
    "value", ["\ud83d\ude97", "\udfff", "x" * 501], ids=["pair", "half", "long"]
)
async def test_a_value_that_ocpp_cannot_carry_is_refused_and_nothing_else_suffers(
    act: Act, connect_protected: ConnectProtected, value: str
) -> None:
    charger = await connect_protected()
    written = list(charger.written)
    error = await act.fails("set_configuration", key="LightIntensity", value=value)
    assert error == "value_not_sendable"
    assert charger.written == written
    told = await act("set_configuration", key="LightIntensity", value="80")
    assert told["after"] == "80"


async def test_a_value_may_have_500_characters_of_any_kind(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys["Greeting"] = ""
    await act("set_configuration", key="Greeting", value="\U0001f697" * 500)
    assert charger.keys["Greeting"] == "\U0001f697" * 500


async def test_a_value_that_is_not_known_to_be_harmless_is_written_and_not_shown(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys["Unheard"] = "hunter2"
    told = await act("set_configuration", key="Unheard", value="hunter3")
    assert charger.keys["Unheard"] == "hunter3"
    assert (told["before"], told["after"]) == ("**REDACTED**", "**REDACTED**")


async def test_once_the_original_configuration_is_back_everything_may_be_changed(
    act: Act, protected_charger: VirtualWallbox, screen: Screen
) -> None:
    await act("restore_configuration")
    told = await act("set_configuration", key="AuthEnabled", value=False)
    assert told["after"] == "false"
    protected_charger.plug(Car())
    await protected_charger.wait_until(lambda: screen.sensor("status") == "charging")
    assert (
        await act.fails("set_configuration", key="AuthEnabled", value=True)
        == "unplug_first"
    )
    assert protected_charger.charger.keys["AuthEnabled"] == "false"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: REJECTED, "key_refused"),
        (lambda _: ERROR, "key_unknown"),
        (lambda _: {}, "key_refused"),
        (lambda _: {"status": "NotSupported"}, "key_unknown"),
        (lambda _: SILENCE, "no_answer"),
    ],
)
async def test_a_setting_that_is_not_taken_says_why(
    act: Act, connect_protected: ConnectProtected, answer: Answer, error: str
) -> None:
    charger = await connect_protected()
    charger.change_its_mind(ChangeConfiguration=answer)
    assert await act.fails("set_configuration", key="BlinkRepeat", value="3") == error


# Messages on request.


async def test_a_message_is_sent_on_request(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    assert await act("trigger_message", message="meter_values") == {
        "status": "Accepted"
    }
    assert charger.asked[-1] == (
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 1},
    )


@pytest.mark.parametrize("answer", [lambda _: REJECTED, lambda _: ERROR])
async def test_a_message_that_is_not_sent_on_request_says_so(
    act: Act, connect: Connect, screen: Screen, answer: Answer
) -> None:
    await connect(TriggerMessage=answer)
    await until(lambda: protected(screen))
    error = await act.fails("trigger_message", message="boot_notification")
    assert error == "message_refused"


async def test_a_boot_notification_on_request_is_no_start_of_the_charger(
    integration: MockConfigEntry,
    act: Act,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger: ScriptedCharger

    async def boot(payload: Payload) -> Any:
        if payload["requestedMessage"] == "BootNotification":
            await charger.boot()
        return {"status": "Accepted"}

    charger = await connect_protected()
    await charger.left_alone()
    charger.change_its_mind(TriggerMessage=boot)
    await act("trigger_message", message="boot_notification")
    await charger.left_alone()
    assert protected(screen)
    [wallbox] = integration.runtime_data.chargers.values()
    assert wallbox.state.link.connections.history[-1].boots == 1


async def test_only_messages_that_exist_can_be_asked_for(act: Act) -> None:
    with pytest.raises(vol.Invalid):
        await act("trigger_message", message="sign_charge_point_certificate")


# Both.


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("get_configuration", {}),
        ("set_configuration", {"key": "BlinkRepeat", "value": "3"}),
        ("trigger_message", {"message": "heartbeat"}),
        ("clear_cache", {}),
        ("reboot", {}),
    ],
)
async def test_an_action_on_a_charger_that_is_not_there_says_so(
    hass: HomeAssistant, act: Act, action: str, data: dict[str, str]
) -> None:
    assert await act.fails(action, **data) == "charger_offline"
    with pytest.raises(ServiceValidationError):
        await Act(hass, "no such device")(action, **data)
