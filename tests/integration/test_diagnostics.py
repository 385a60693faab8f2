"""The diagnostics file: enough to help, nothing that is secret."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
import json
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.csms.passwords import hashed
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car
from simulator.virtual_wallbox.planted import PLANTED_SECRETS
from tests.conftest import IDENTITY, Connect, StartCharger, charger_data
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, protected

type Download = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def download(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
) -> Download:
    """Return a function that downloads the diagnostics of the first charger."""

    async def download() -> dict[str, Any]:
        diagnostics: Any = await get_diagnostics_for_config_entry(
            hass, hass_client, integration
        )
        charger: dict[str, Any] = diagnostics["chargers"][0]
        return charger

    return download


def frames(charger: dict[str, Any]) -> list[list[Any]]:
    """Return the frames that went over the wire."""
    return [record["frame"] for record in charger["records"] if "frame" in record]


async def test_no_secret_is_in_the_diagnostics_or_in_the_log(
    caplog: pytest.LogCaptureFixture,
    download: Download,
    start_protected: StartCharger,
    screen: Screen,
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    box = await start_protected()
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    box.tap("04A1B2C3D4")
    charger = await download()
    assert charger["verdict"] == "protected"
    assert charger["configuration"]["AuthEnabled"] == "false"
    assert charger["originals"]["AuthEnabled"] == "true"
    assert charger["configuration"]["PUK"] == "**PUK_1**"
    file = json.dumps(charger)
    own = "\n".join(
        record.getMessage() for record in caplog.records if "wallbox" in record.name
    )
    for secret in (*PLANTED_SECRETS, IDENTITY, "04A1B2C3D4"):
        assert secret not in file
        assert secret not in own


async def test_no_value_of_a_key_that_is_not_known_to_be_harmless_is_in_the_diagnostics(
    download: Download, connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    charger.keys |= {"AuthorizationKey": "5ec7e7", "ssid": "home", "Unknown": "x"}
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    shown = (await download())["configuration"]
    assert shown.keys() == charger.keys.keys()
    assert {key: shown[key] for key in ("AuthorizationKey", "ssid", "Unknown")} == {
        "AuthorizationKey": "**PASSWORD_1**",
        "ssid": "**SSID_1**",
        "Unknown": "**REDACTED**",
    }


async def test_a_secret_in_another_field_is_hidden_and_what_is_equal_stays_equal(
    download: Download, connect: Connect
) -> None:
    charger = await connect(boots=False)
    await charger.boot(chargePointSerialNumber="777123", meterType="of 777123")
    for tag in ("04A1B2C3", "0BADCAFE", "04A1B2C3"):
        await charger.ask("Authorize", {"idTag": tag})
    await charger.ask("DataTransfer", {"vendorId": "x 04a1b2c3", "data": "anything"})
    await charger.say('[2,"x","StartTransaction",{"idTag":"04FFFFFF"')
    await charger.say('"the PUK is 4711"')
    await charger.ask("Heartbeat", {})
    described = await download()
    file = json.dumps(described)
    for secret in (
        "4711",
        "777123",
        "04A1B2C3",
        "04a1b2c3",
        "0BADCAFE",
        "04FF",
        "anything",
    ):
        assert secret not in file
    payloads = [frame[3] for frame in frames(described) if len(frame) == 4]
    serial = payloads[0]["chargePointSerialNumber"]
    assert serial == "**SERIAL_1**"
    assert payloads[0]["meterType"] == "**REDACTED**"
    first, second, third = (payload["idTag"] for payload in payloads[1:4])
    assert first == third != second
    assert payloads[4] == {"vendorId": "**REDACTED**", "data": "**REDACTED**"}
    garbage = [record for record in described["records"] if "masked" in record]
    assert [(record["masked"], record["length"]) for record in garbage] == [
        ('[0,"x","xxxxxxxxxxxxxxxx",{"xxxxx":"00xxxxxx"', 45),
        ('"xxx xxx xx 0000"', 17),
    ]


WRITTEN_OTHERWISE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("StatusNotification", {"info": " 77712345 "}),
    ("StatusNotification", {"info": "0077712345"}),
    ("StatusNotification", {"vendorErrorCode": "77712345.0"}),
    ("MeterValues", {"transactionId": 77712345}),
    ("MeterValues", {"transactionId": 77712345.0}),
    ("MeterValues", {"77712345": 1}),
    ("Authorize", {"info": "04-A1-B2-C3"}),
    ("Authorize", {"info": "04:a1:b2:c3"}),
    ("StatusNotification", {"info": "hunter2-hunter2"}),
    ("StatusNotification", {"info": "68756E746572322D68756E74657232"}),
    ("StatusNotification", {"connectorId": 1, "errorCode": "PUK 4711"}),
    ("DataTransfer", {"vendorId": "4711", "messageId": "4711", "Data": "4711"}),
    ("SignCertificate", {"CSR": "from 4711"}),
    ("4711", {}),
)
"""The secrets that the charger has told before, in other words."""

NOT_KNOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("StatusNotification", {"info": "192.0.2.17", "vendorErrorCode": "192.0.2.17"}),
    ("StatusNotification", {"info": "00:1B:44:11:3A:B7"}),
    ("SecurityEventNotification", {"type": "x", "techInfo": "from 192.0.2.17"}),
    ("DataTransfer", {"vendorId": "eva", "messageId": "00:1B:44:11:3A:B7"}),
    ("DataTransfer", {"data": {"mac": "00:1B:44:11:3A:B7", "ip": "192.0.2.17"}}),
    ("DataTransfer", {"wifi": "Villa", "email": "eva@example.org", "psk": "Villa"}),
    ("DataTransfer", {"data": {"Villa": -60, "value": 1234567, "id": 1234567}}),
    ("DataTransfer", {"Value": 1234567, "Key": "InstallerCode"}),
    ("BootNotification", {"firmwareVersion": "192.0.2.17", "meterType": "Villa"}),
    ("BootNotification", {"chargePointVendor": "Villa", "chargePointModel": "Villa"}),
    ("Villa", {"eva@example.org": [["Villa"]]}),
)
"""What nobody can know to be secret, in fields that may say anything."""

OUR_MESSAGE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def test_no_spelling_of_a_secret_and_no_free_text_is_in_the_diagnostics(
    download: Download, connect: Connect
) -> None:
    def telling(_: Any) -> Any:
        told = {
            "PUK": "4711",
            "AuthorizationKey": "68756E746572322D68756E74657232",
        }
        return {
            "configurationKey": [
                {"key": key, "readonly": True, "value": value}
                for key, value in told.items()
            ]
        }

    charger = await connect(boots=False, GetConfiguration=telling)
    await charger.boot(chargePointSerialNumber="77712345")
    await charger.status("Available")
    await charger.ask("Authorize", {"idTag": "04A1B2C3"})
    await charger.left_alone()
    for number, (action, payload) in enumerate((*WRITTEN_OTHERWISE, *NOT_KNOWN)):
        with suppress(AssertionError):  # Some are refused.
            message_id = f"x77712345-{number}"
            await charger.ask(action, payload, message_id=message_id)
    await charger.say('[4,"04-A1-B2-C3","Villa","at 192.0.2.17",{"x":"Villa"}]')
    await charger.say('[7,"Villa",{"status":"Villa"}]')
    await charger.ask("Heartbeat", {})
    described = await download()
    # Our message ids are random, and may hold the four digits of the PUK.
    file = OUR_MESSAGE_ID.sub("", json.dumps(described["records"]).casefold())
    secrets = (
        "77712345",
        "04a1b2c3",
        "04-a1-b2-c3",
        "04:a1:b2:c3",
        "hunter2",
        "68756e746572",
        "4711",
        "192.0.2.17",
        "00:1b:44:11:3a:b7",
        "villa",
        "eva",
        "1234567",
    )
    assert [secret for secret in secrets if secret in file] == []


async def test_a_deeply_nested_frame_does_not_keep_the_diagnostics_away(
    download: Download, connect: Connect
) -> None:
    charger = await connect()
    await charger.say('[3,"1",' + "[" * 900 + '"Villa"' + "]" * 900 + "]")
    await charger.say('[3,"1",' + '{"a":' * 900 + '"Villa"' + "}" * 900 + "]")
    await charger.ask("Heartbeat", {})
    assert "Villa" not in json.dumps(await download())


async def test_the_latest_frames_of_a_charger_are_shown_with_their_times(
    download: Download, connect: Connect
) -> None:
    charger = await connect(boots=False)
    await charger.ask("Heartbeat", {}, message_id="1")
    await charger.leave()
    await connect(boots=False)
    opened, asked, answered, closed, again = [
        record
        for record in (await download())["records"]
        if record.get("frame", [0])[:2] in ([0], [2, "1"], [3, "1"])
    ]
    assert [record["what"] for record in (opened, asked, answered, closed, again)] == [
        "opened",
        "received",
        "sent",
        "closed",
        "opened",
    ]
    assert asked["frame"] == [2, "1", "Heartbeat", {}]
    assert answered["frame"][:2] == [3, "1"]
    assert closed["ending"] == "left"
    times = [datetime.fromisoformat(record["at"]) for record in (opened, asked, again)]
    assert times == sorted(times)


async def test_connections_are_reported_with_their_times_and_how_they_ended(
    download: Download, connect: Connect
) -> None:
    charger = await connect()
    await charger.leave()
    await connect(boots=False)
    before, now = (await download())["connections"]
    assert (before["close_reason"], before["boots"]) == ("left", 1)
    assert before["began"] <= before["ended"] <= now["began"]
    assert (now["ended"], now["close_reason"], now["boots"]) == (None, None, 0)
    assert before["address"] == now["address"] == "**ADDRESS_1**"


async def test_a_device_has_the_diagnostics_of_its_charger_alone(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
) -> None:
    subentry = ConfigSubentry(**charger_data("garage-2"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, subentry)
    await hass.async_block_till_done()
    await connect()
    device = device_registry.async_get(device_id)
    assert isinstance(device, dr.DeviceEntry)
    diagnostics: Any = await get_diagnostics_for_device(
        hass, hass_client, integration, device
    )
    [charger] = diagnostics["chargers"]
    assert frames(charger)[0][2] == "BootNotification"
    both: Any = await get_diagnostics_for_config_entry(hass, hass_client, integration)
    assert len(both["chargers"]) == 2
    identities = {described["identity"] for described in both["chargers"]}
    assert identities == {"**IDENTITY_1**", "**IDENTITY_2**"}


async def test_nothing_of_a_password_is_in_the_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
    connect: Connect,
) -> None:
    password = "f3kq8xw2pz7mnc4t"
    kept = {"current": hashed(password), "upcoming": None}
    change_settings(hass, integration, credentials=kept)
    await connect(password=password)
    diagnostics: Any = await get_diagnostics_for_config_entry(
        hass, hass_client, integration
    )
    file = json.dumps(diagnostics)
    assert password not in file
    assert str(kept["current"]) not in file


async def test_breaches_of_the_protocol_are_counted_over_all_connections_and_logged_once(
    caplog: pytest.LogCaptureFixture, download: Download, connect: Connect
) -> None:
    for _ in range(3):
        charger = await connect(boots=False)
        await charger.say("garbage")
        await charger.ask("Heartbeat", {})
        await charger.leave()
    assert list((await download())["violations"].values()) == [3]
    assert sum("broke the protocol" in text for text in caplog.messages) == 1
