"""Cases about what is not offered: what a charger gets that says or wants it all the same.

None of their requests can be sent, by anybody: `tests/repository/test_conformance.py`.
"""

import pytest

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from simulator.scripted_charger import Payload, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen, protected
from tests.helpers.told import Told


async def in_peace(connect: Connect, screen: Screen) -> ScriptedCharger:
    """Return a protected charger that is asked for nothing any more."""
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    return charger


async def says(
    charger: ScriptedCharger, action: str, *payloads: Payload
) -> list[Payload]:
    """Say some things, and return what they are answered; nothing is asked because of them."""
    asked = len(charger.asked)
    answers = [await charger.ask(action, payload) for payload in payloads]
    await charger.left_alone()
    assert charger.asked[asked:] == []
    return answers


@pytest.mark.parametrize(
    "reports",
    [
        ("Downloading", "Downloaded", "Installing", "Installed"),
        ("Downloading", "DownloadFailed"),
        ("Downloading", "Downloaded", "Installing", "InstallationFailed"),
    ],
    ids=["044_1", "044_2", "044_3"],
)
async def test_tc_044_an_update_that_others_have_asked_for_is_acknowledged(
    connect: Connect, screen: Screen, told: Told, reports: tuple[str, ...]
) -> None:
    charger = await in_peace(connect, screen)
    statuses = [{"status": report} for report in reports]
    answers = await says(charger, "FirmwareStatusNotification", *statuses)
    assert answers == [{}] * len(reports)
    await charger.boot(firmwareVersion="6.11.25")
    await until(lambda: screen.sensor("firmware") == "6.11.25")


@pytest.mark.parametrize(
    "reports",
    [("Uploading", "Uploaded"), ("Uploading", "UploadFailed")],
    ids=["045_1", "045_2"],
)
async def test_tc_045_an_upload_that_others_have_asked_for_is_acknowledged(
    connect: Connect, screen: Screen, reports: tuple[str, ...]
) -> None:
    charger = await in_peace(connect, screen)
    statuses = [{"status": report} for report in reports]
    answers = await says(charger, "DiagnosticsStatusNotification", *statuses)
    assert answers == [{}] * len(reports)


RESERVED: Payload = {"connectorId": 1, "errorCode": "NoError", "status": "Reserved"}


@pytest.mark.parametrize("card", ["04A1B2C3", "04D4E5F6"], ids=["046", "053"])
async def test_tc_046_a_reservation_that_others_have_made_is_shown_and_used(
    connect: Connect, screen: Screen, told: Told, card: str
) -> None:
    """By the card that it is for, or by another of its group."""
    charger = await in_peace(connect, screen)
    assert await says(charger, "StatusNotification", RESERVED) == [{}]
    assert screen.sensor("status") == "reserved"
    answer = await charger.ask("Authorize", {"idTag": card})
    assert answer["idTagInfo"]["status"] == "Accepted"
    await charger.status("Preparing")
    assert await charger.start(idTag=card, reservationId=7) > 0
    await until(lambda: told.types == ["started"])


async def test_tc_049_a_reservation_of_the_whole_charger_is_acknowledged(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await in_peace(connect, screen)
    whole = RESERVED | {"connectorId": 0}
    assert await says(charger, "StatusNotification", whole) == [{}]
    assert await charger.start(reservationId=7) > 0
    await until(lambda: told.types == ["started"])


@pytest.mark.parametrize(
    ("then", "shown"),
    [
        ("Available", "available"),
        ("Faulted", "faulted"),
        ("Preparing", "preparing"),
        ("Unavailable", "out_of_service"),
        ("Reserved", "reserved"),
    ],
    ids=["047 051", "048_1", "048_2", "048_3", "052"],
)
async def test_tc_047_whatever_follows_a_reservation_is_acknowledged_and_shown(
    connect: Connect, screen: Screen, told: Told, then: str, shown: str
) -> None:
    """It expires, is cancelled or not, or the charger cannot be used; none of it is our doing."""
    charger = await in_peace(connect, screen)
    assert await charger.ask("StatusNotification", RESERVED) == {}
    after = RESERVED | {"status": then}
    assert await charger.ask("StatusNotification", after) == {}
    assert screen.sensor("status") == shown
    assert told.types == []
    assert not {"ReserveNow", "CancelReservation"} & set(charger.actions)


async def test_tc_048_4_a_charger_that_takes_no_reservation_is_not_asked_for_one(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_peace(connect, screen)
    assert "ReserveNow" not in charger.actions


async def test_tc_074_a_charger_that_wants_a_certificate_is_refused(
    connect: Connect, screen: Screen
) -> None:
    charger = await in_peace(connect, screen)
    [answer] = await says(charger, "SignCertificate", {"csr": "a request"})
    assert answer == {"status": "Rejected"}


@pytest.mark.parametrize(
    "event",
    [
        "NewCentralSystemCertificate",
        "NewManufacturerCertificate",
        "DeletedCentralSystemCertificate",
    ],
    ids=["075_1", "075_2", "076"],
)
async def test_tc_075_a_certificate_that_others_have_changed_is_acknowledged(
    connect: Connect, screen: Screen, event: str
) -> None:
    charger = await in_peace(connect, screen)
    told = {"type": event, "timestamp": "2026-01-01T00:00:00Z"}
    assert await says(charger, "SecurityEventNotification", told) == [{}]


@pytest.mark.parametrize("status", ["Idle", "Uploading", "Uploaded", "UploadFailure"])
async def test_tc_079_a_log_that_others_have_asked_for_is_acknowledged(
    connect: Connect, screen: Screen, status: str
) -> None:
    charger = await in_peace(connect, screen)
    report = {"status": status, "requestId": 1}
    assert await says(charger, "LogStatusNotification", report) == [{}]


@pytest.mark.parametrize(
    "reports",
    [
        ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"),
        ("Downloading", "Downloaded", "InvalidSignature"),
    ],
    ids=["080", "081"],
)
async def test_tc_080_a_signed_update_that_others_have_asked_for_is_acknowledged(
    connect: Connect, screen: Screen, reports: tuple[str, ...]
) -> None:
    charger = await in_peace(connect, screen)
    statuses = [{"status": report, "requestId": 1} for report in reports]
    answers = await says(charger, "SignedFirmwareStatusNotification", *statuses)
    assert answers == [{}] * len(reports)


async def test_tc_083_a_charger_keeps_its_security_profile(
    hass: HomeAssistant, connect: Connect, screen: Screen, device_id: str
) -> None:
    charger = await in_peace(connect, screen)
    charger.keys["SecurityProfile"] = "2"
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(
            DOMAIN,
            "set_configuration",
            {"device_id": device_id, "key": "SecurityProfile", "value": "3"},
            blocking=True,
        )
    assert raised.value.translation_key == "key_protected"
    assert "SecurityProfile" not in charger.written
