"""Security: passwords, and an encrypted connection. Case 088 is with the connection."""

import asyncio
from http import HTTPStatus
from pathlib import Path
import ssl

from aiohttp import WSServerHandshakeError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from simulator.scripted_charger import living, proof
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect
from tests.helpers.certificates import encrypt, make_certificate
from tests.helpers.flows import Flows
from tests.helpers.handshakes import handshake
from tests.helpers.screen import Screen

PASSWORD = "0123456789abcdef"


@pytest.fixture
def url(integration: MockConfigEntry) -> str:
    """Return where chargers connect."""
    return f"ws://127.0.0.1:{integration.data[CONF_PORT]}"


@pytest.fixture
async def _profile_1(flows: Flows, integration: MockConfigEntry, url: str) -> None:
    """Have the charger prove itself with a password."""
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    await flows.submit(await flows.choose(menu, "password"), password=PASSWORD)
    assert await handshake(url, IDENTITY, PASSWORD) == HTTPStatus.SWITCHING_PROTOCOLS


@pytest.mark.usefixtures("_profile_1")
async def test_tc_073_after_a_change_of_the_key_only_the_new_one_is_accepted(
    hass: HomeAssistant, connect: Connect, device_id: str, url: str
) -> None:
    charger = await connect(password=PASSWORD)
    changing = asyncio.create_task(
        hass.services.async_call(
            DOMAIN, "change_password", {"device_id": device_id}, blocking=True
        )
    )
    await until(lambda: "AuthorizationKey" in charger.written)
    await charger.left_alone()
    key = charger.keys["AuthorizationKey"]
    # 16 to 20 bytes, as hexadecimal digits.
    assert 32 <= len(key) <= 40
    await charger.leave()
    new = bytes.fromhex(key).decode()
    again = await connect(password=new)
    await changing
    await again.leave()
    assert await handshake(url, IDENTITY, PASSWORD) == HTTPStatus.UNAUTHORIZED
    assert await handshake(url, IDENTITY, new) == HTTPStatus.SWITCHING_PROTOCOLS


@pytest.mark.usefixtures("_profile_1")
@pytest.mark.parametrize(
    "headers",
    [{}, proof(IDENTITY, "fedcba9876543210"), proof("200002", PASSWORD)],
    ids=["none", "wrong password", "wrong user"],
)
async def test_tc_085_a_connection_without_valid_credentials_is_refused(
    connect: Connect, url: str, headers: dict[str, str]
) -> None:
    assert await handshake(url, IDENTITY, headers=headers) == HTTPStatus.UNAUTHORIZED
    charger = await connect(password=PASSWORD)
    assert (await charger.boot())["status"] == "Accepted"


@pytest.mark.usefixtures("_profile_1")
@pytest.mark.parametrize(
    ("suite", "by_rsa"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", False),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", False),
        ("AES128-GCM-SHA256", True),
        ("AES256-GCM-SHA384", True),
    ],
)
async def test_tc_086_a_charger_verifies_the_certificate_and_proves_itself(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    tmp_path: Path,
    screen: Screen,
    suite: str,
    by_rsa: bool,
) -> None:
    files = make_certificate(tmp_path, by_rsa=by_rsa)
    url = await encrypt(hass, integration, files)
    trust = files.trust()
    trust.minimum_version = trust.maximum_version = ssl.TLSVersion.TLSv1_2
    trust.set_ciphers(suite)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with living(url, {}, proof(IDENTITY, "fedcba9876543210"), trust):
            pass
    assert refused.value.status == HTTPStatus.UNAUTHORIZED
    async with living(url, {}, proof(IDENTITY, PASSWORD), trust) as charger:
        assert (await charger.boot())["status"] == "Accepted"
        await charger.status("Available")
        await until(lambda: screen.sensor("security") == "password_and_encrypted")


@pytest.mark.usefixtures("_profile_1")
async def test_tc_087_a_certificate_of_the_charger_s_is_no_password(
    hass: HomeAssistant, integration: MockConfigEntry, tmp_path: Path
) -> None:
    """It is neither asked for nor looked at."""
    ours, theirs = make_certificate(tmp_path), make_certificate(tmp_path, "charger")
    url = await encrypt(hass, integration, ours)
    trust = ours.trust()
    trust.load_cert_chain(theirs.certificate, theirs.key)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with living(url, {}, trust=trust):
            pass
    assert refused.value.status == HTTPStatus.UNAUTHORIZED
    async with living(url, {}, proof(IDENTITY, PASSWORD), trust) as charger:
        assert (await charger.boot())["status"] == "Accepted"


@pytest.mark.parametrize(
    "event",
    ["InvalidChargePointCertificate", "InvalidCentralSystemCertificate"],
    ids=["077", "078"],
)
async def test_tc_077_a_security_event_is_acknowledged(
    connect: Connect, event: str
) -> None:
    charger = await connect()
    told = {"type": event, "timestamp": "2026-01-01T00:00:00Z", "techInfo": "CN=x"}
    assert await charger.ask("SecurityEventNotification", told) == {}
