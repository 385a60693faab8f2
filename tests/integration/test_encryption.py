"""Encryption: on our own port, and through Home Assistant's own web server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import socket
import ssl
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ServerDisconnectedError,
    WSMsgType,
    WSServerHandshakeError,
)
from cryptography import x509
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.hub.certificate import LOOK_EVERY
from custom_components.wallbox_ocpp.hub.hub import PORT_IN_USE
from custom_components.wallbox_ocpp.hub.view import PATH
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator.scripted_charger import living, proof
from simulator.virtual_time import until
from tests.conftest import IDENTITY
from tests.helpers.certificates import CertificateFiles, encrypt, make_certificate
from tests.helpers.flows import Flows
from tests.helpers.screen import Screen, issue_keys

SECRET = "the-one-password"


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    """Return a certificate."""
    return make_certificate(tmp_path)


def certificate_of(port: int, **options: ssl.TLSVersion) -> tuple[int, str | None]:
    """Return the serial number of the certificate on a port, and the version of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # What a client may still offer that nobody should take.
    context.set_ciphers("ALL:@SECLEVEL=0")
    for name, version in options.items():
        setattr(context, name, version)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as sock,
        context.wrap_socket(sock) as connection,
    ):
        encoded = connection.getpeercert(binary_form=True)
        assert encoded
        found = x509.load_der_x509_certificate(encoded)
        return found.serial_number, connection.version()


async def shown(port: int, **options: ssl.TLSVersion) -> tuple[int, str | None]:
    """Return the same, without holding Home Assistant up."""
    return await asyncio.to_thread(lambda: certificate_of(port, **options))


# The port of our own.


async def test_a_charger_connects_encrypted_and_nobody_without(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    files: CertificateFiles,
    screen: Screen,
) -> None:
    url = await encrypt(hass, integration, files)
    async with living(url, {}, trust=files.trust()) as charger:
        await charger.boot()
        await until(lambda: screen.sensor("security") == "encrypted")
    # Only while it debugs, the loop takes a handshake that came to nothing for an error.
    hass.loop.set_debug(False)
    async with ClientSession() as client:
        with pytest.raises(ClientError):
            await client.ws_connect(url.replace("wss:", "ws:"))


async def test_an_encrypted_charger_that_is_shut_out_gets_no_answer(
    hass: HomeAssistant, integration: MockConfigEntry, files: CertificateFiles
) -> None:
    url = await encrypt(hass, integration, files)
    options: dict[str, Any] = {"ssl": files.trust(), "protocols": ["ocpp1.6"]}
    async with ClientSession() as client:
        async with client.ws_connect(url, **options) as charger:
            central_system = integration.runtime_data.central_system
            central_system.shut_out(IDENTITY)
            received = await charger.receive()
            assert received.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
        with pytest.raises(ServerDisconnectedError):
            await client.ws_connect(url, **options)


async def test_password_and_encryption_are_profile_two(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: CertificateFiles,
    screen: Screen,
) -> None:
    url = await encrypt(hass, integration, files)
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    await flows.submit(await flows.choose(menu, "password"), password=SECRET)
    async with living(url, {}, proof(IDENTITY, SECRET), files.trust()) as charger:
        await charger.boot()
        await until(lambda: screen.sensor("security") == "password_and_encrypted")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_only_tls_1_2_and_later_is_spoken(
    hass: HomeAssistant, integration: MockConfigEntry, files: CertificateFiles
) -> None:
    await encrypt(hass, integration, files)
    port = integration.data[CONF_PORT]
    assert (await shown(port))[1] == "TLSv1.3"
    only = ssl.TLSVersion.TLSv1_2
    assert (await shown(port, maximum_version=only))[1] == "TLSv1.2"
    hass.loop.set_debug(False)
    with pytest.raises(ssl.SSLError):
        await shown(
            port,
            minimum_version=ssl.TLSVersion.TLSv1,
            maximum_version=ssl.TLSVersion.TLSv1_1,
        )


def unreadable(files: CertificateFiles, _: Path) -> dict[str, str]:
    """Name a certificate that is not there."""
    return {"certificate": f"{files.certificate}.gone", "key": str(files.key)}


def no_certificate(files: CertificateFiles, _: Path) -> dict[str, str]:
    """Name the key twice."""
    return {"certificate": str(files.key), "key": str(files.key)}


def no_key(files: CertificateFiles, _: Path) -> dict[str, str]:
    """Name the certificate twice."""
    return {"certificate": str(files.certificate), "key": str(files.certificate)}


def key_gone(files: CertificateFiles, _: Path) -> dict[str, str]:
    """Name a key that is not there."""
    return {"certificate": str(files.certificate), "key": f"{files.key}.gone"}


def key_locked(_: CertificateFiles, folder: Path) -> dict[str, str]:
    """Name a key with a password."""
    locked = make_certificate(folder, "locked", password=b"secret")
    return {"certificate": str(locked.certificate), "key": str(locked.key)}


def another_key(files: CertificateFiles, folder: Path) -> dict[str, str]:
    """Name the key of another certificate."""
    other = make_certificate(folder, "other")
    return {"certificate": str(files.certificate), "key": str(other.key)}


def too_old(_: CertificateFiles, folder: Path) -> dict[str, str]:
    """Name a certificate of yesterday."""
    expired = make_certificate(folder, "expired", days=-1)
    return {"certificate": str(expired.certificate), "key": str(expired.key)}


def nothing(_: CertificateFiles, __: Path) -> dict[str, str]:
    """Name nothing."""
    return {}


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        (unreadable, "certificate_unreadable"),
        (no_certificate, "certificate_unreadable"),
        (no_key, "key_unreadable"),
        (key_gone, "key_unreadable"),
        (key_locked, "key_unreadable"),
        (another_key, "certificate_mismatch"),
        (too_old, "certificate_expired"),
        (nothing, "certificate_missing"),
    ],
)
async def test_what_is_wrong_with_the_files_is_said_and_can_be_corrected(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
    choice: Callable[[CertificateFiles, Path], dict[str, str]],
    error: str,
) -> None:
    port = integration.data[CONF_PORT]
    form = await flows.change_integration(integration.entry_id)
    fields = {"port": port, "encryption": "files"}
    form = await flows.submit(form, **fields, **choice(files, tmp_path))
    assert form["errors"] == {"encryption": error}
    right = {"certificate": str(files.certificate), "key": str(files.key)}
    done = await flows.submit(form, **fields, **right)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert (await shown(port))[0] == files.serial


async def test_home_assistants_own_certificate_can_be_used_if_it_has_one(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: CertificateFiles,
) -> None:
    port = integration.data[CONF_PORT]
    fields = {"port": port, "encryption": "home_assistant"}
    form = await flows.change_integration(integration.entry_id)
    form = await flows.submit(form, **fields)
    assert form["errors"] == {"encryption": "certificate_not_home_assistant"}
    hass.http.ssl_certificate = str(files.certificate)
    hass.http.ssl_key = str(files.key)
    await flows.submit(form, **fields)
    await hass.async_block_till_done()
    assert (await shown(port))[0] == files.serial
    assert "certificate" not in integration.data


async def test_encryption_can_be_turned_off_again(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: CertificateFiles,
    screen: Screen,
) -> None:
    url = await encrypt(hass, integration, files)
    form = await flows.change_integration(integration.entry_id)
    await flows.submit(form, port=integration.data[CONF_PORT], encryption="none")
    await hass.async_block_till_done()
    assert integration.data.keys() == {CONF_PORT}
    async with living(url.replace("wss:", "ws:"), {}):
        await until(lambda: screen.sensor("security") == "open")


@pytest.mark.parametrize("host", ["home.example", None])
async def test_the_address_to_type_is_the_one_of_the_certificate(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    tmp_path: Path,
    host: str | None,
) -> None:
    files = make_certificate(tmp_path, host=host)
    await encrypt(hass, integration, files)
    form = await flows.add_charger(integration.entry_id)
    address = form["description_placeholders"]["address"]
    wanted = host or "10.10.10.10"
    assert address == f"wss://{wanted}:{integration.data[CONF_PORT]}/"
    files.key.unlink()
    form = await flows.add_charger(integration.entry_id)
    assert form["description_placeholders"]["address"].startswith("wss://")


async def test_without_its_certificate_the_integration_tries_again_later(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
) -> None:
    await encrypt(hass, integration, files)
    make_certificate(tmp_path, days=-1)
    await hass.config_entries.async_reload(integration.entry_id)
    assert state_of(integration) is ConfigEntryState.SETUP_RETRY
    assert integration.error_reason_translation_key == "certificate_expired"
    make_certificate(tmp_path)
    await asyncio.sleep(60)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(integration) is ConfigEntryState.LOADED


async def test_a_certificate_that_was_corrected_is_used_as_soon_as_it_is_chosen(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
) -> None:
    await encrypt(hass, integration, files)
    make_certificate(tmp_path, days=-1)
    await hass.config_entries.async_reload(integration.entry_id)
    assert state_of(integration) is ConfigEntryState.SETUP_RETRY
    # A file of the same name, so that nothing in the form has to change.
    right = make_certificate(tmp_path)
    form = await flows.change_integration(integration.entry_id)
    done = await flows.submit(
        form,
        port=integration.data[CONF_PORT],
        encryption="files",
        certificate=str(right.certificate),
        key=str(right.key),
    )
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert state_of(integration) is ConfigEntryState.LOADED


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the state of an entry; mypy takes the attribute for a constant."""
    return entry.state


# Renewal.


async def look_again(hass: HomeAssistant) -> None:
    """Let the time pass until the files are looked at."""
    await asyncio.sleep(LOOK_EVERY.total_seconds())
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_renewed_certificate_is_used_without_disturbing_anybody(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
) -> None:
    url = await encrypt(hass, integration, files)
    port = integration.data[CONF_PORT]
    async with living(url, {}, trust=files.trust()) as charger:
        await charger.boot()
        renewed = make_certificate(tmp_path)
        assert (await shown(port))[0] == files.serial
        # Not until nothing is left to do: while a charger is connected, its worker has.
        await asyncio.sleep(LOOK_EVERY.total_seconds())
        async with asyncio.timeout(10):
            while (await shown(port))[0] != renewed.serial:
                pass
        await charger.ask("Heartbeat", {})


@pytest.mark.parametrize(
    ("days", "remove", "key"),
    [(-1, False, "certificate_expired"), (30, True, "certificate_unreadable")],
)
async def test_a_renewal_that_failed_is_reported_and_the_old_one_stays(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
    days: float,
    remove: bool,
    key: str,
) -> None:
    await encrypt(hass, integration, files)
    port = integration.data[CONF_PORT]
    failed = make_certificate(tmp_path, days=days)
    if remove:
        failed.certificate.unlink()
    await look_again(hass)
    assert issue_keys(issue_registry) == {key}
    assert (await shown(port))[0] == files.serial
    renewed = make_certificate(tmp_path)
    await look_again(hass)
    assert not issue_keys(issue_registry)
    assert (await shown(port))[0] == renewed.serial


async def test_the_repair_of_a_certificate_ends_with_the_integration(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    files: CertificateFiles,
) -> None:
    await encrypt(hass, integration, files)
    files.key.unlink()
    await look_again(hass)
    assert issue_keys(issue_registry) == {"key_unreadable"}
    await hass.config_entries.async_unload(integration.entry_id)
    assert not issue_keys(issue_registry)


def expire(_: MockConfigEntry, folder: Path) -> dict[str, Any]:
    """Let the certificate be too old."""
    make_certificate(folder, days=-1)
    return {}


def lose_certificate(entry: MockConfigEntry, _: Path) -> dict[str, Any]:
    """Delete the certificate."""
    Path(entry.data["certificate"]).unlink()
    return {}


def lose_key(entry: MockConfigEntry, _: Path) -> dict[str, Any]:
    """Delete the key."""
    Path(entry.data["key"]).unlink()
    return {}


def mix_up(_: MockConfigEntry, folder: Path) -> dict[str, Any]:
    """Configure the key of another certificate."""
    return {"key": str(make_certificate(folder, "other").key)}


def lose_paths(_: MockConfigEntry, __: Path) -> dict[str, Any]:
    """Configure no certificate."""
    return {"certificate": ""}


def ask_home_assistant(_: MockConfigEntry, __: Path) -> dict[str, Any]:
    """Configure the certificate of Home Assistant, which has none."""
    return {"encryption": "home_assistant"}


type Spoil = Callable[[MockConfigEntry, Path], dict[str, Any]]
"""Spoils the certificate, or returns what spoils the configuration."""


async def start_with(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path, spoil: Spoil
) -> None:
    """Start again, without a certificate that can be used."""
    await hass.config_entries.async_unload(entry.entry_id)
    data = {**entry.data, **spoil(entry, folder)}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (expire, "certificate_expired"),
        (lose_certificate, "certificate_unreadable"),
        (lose_key, "key_unreadable"),
        (mix_up, "certificate_mismatch"),
        (lose_paths, "certificate_missing"),
        (ask_home_assistant, "certificate_not_home_assistant"),
    ],
)
async def test_a_certificate_that_cannot_be_used_is_reported_from_the_start_until_it_can(
    hass: HomeAssistant,
    flows: Flows,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
    spoil: Spoil,
    key: str,
) -> None:
    await encrypt(hass, integration, files)
    await start_with(hass, integration, tmp_path, spoil)
    assert issue_keys(issue_registry) == {key}
    [issue] = issue_registry.issues.values()
    issue_registry.async_ignore(issue.domain, issue.issue_id, True)
    await asyncio.sleep(300)
    [issue] = issue_registry.issues.values()
    assert (issue.translation_key, bool(issue.dismissed_version)) == (key, True)

    make_certificate(tmp_path)
    form = await flows.change_integration(integration.entry_id)
    fields = {"certificate": str(files.certificate), "key": str(files.key)}
    await flows.submit(
        form, port=integration.data[CONF_PORT], encryption="files", **fields
    )
    await asyncio.sleep(300)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(integration) is ConfigEntryState.LOADED
    assert not issue_keys(issue_registry)


async def test_without_encryption_no_certificate_is_missing_if_the_port_is_in_use(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
) -> None:
    await encrypt(hass, integration, files)
    await start_with(hass, integration, tmp_path, expire)
    with socket.create_server(("", 0)) as server:
        data = {CONF_PORT: server.getsockname()[1]}
        hass.config_entries.async_update_entry(integration, data=data)
        await hass.config_entries.async_reload(integration.entry_id)
        assert issue_keys(issue_registry) == {PORT_IN_USE}


async def remove(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Remove the integration."""
    await hass.config_entries.async_remove(entry.entry_id)


async def disable(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Disable the integration."""
    switch = hass.config_entries.async_set_disabled_by
    await switch(entry.entry_id, ConfigEntryDisabler.USER)


@pytest.mark.parametrize("end", [remove, disable])
async def test_an_integration_that_does_not_run_misses_no_certificate(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    files: CertificateFiles,
    tmp_path: Path,
    end: Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]],
) -> None:
    await encrypt(hass, integration, files)
    await start_with(hass, integration, tmp_path, expire)
    assert issue_keys(issue_registry) == {"certificate_expired"}
    await end(hass, integration)
    assert not issue_keys(issue_registry)


# Home Assistant's own web server.


@pytest.fixture
async def passed_on(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    """Let chargers with a password come through Home Assistant's own address."""
    form = await flows.change_integration(integration.entry_id)
    address = form["description_placeholders"]["address"]
    assert address.startswith("wss://")
    assert address.endswith(PATH)
    fields = {"port": integration.data[CONF_PORT], "encryption": "none"}
    await flows.submit(form, **fields, through_home_assistant=True)
    await hass.async_block_till_done()
    [subentry_id] = integration.subentries
    menu = await flows.change_charger(integration.entry_id, subentry_id)
    await flows.submit(await flows.choose(menu, "password"), password=SECRET)


async def handshake_at_home(
    client: Any, headers: dict[str, str] | None = None
) -> WSServerHandshakeError:
    """Return how a charger is refused by Home Assistant's own web server."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(PATH + IDENTITY, headers=headers or {})
    refusal: WSServerHandshakeError = refused.value
    return refusal


@pytest.mark.usefixtures("passed_on")
async def test_a_charger_comes_through_home_assistants_own_web_server(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    screen: Screen,
) -> None:
    client = await hass_client_no_auth()
    for _ in range(2):
        async with client.ws_connect(
            PATH + IDENTITY, protocols=["ocpp1.6"], headers=proof(IDENTITY, SECRET)
        ) as charger:
            assert charger.protocol == "ocpp1.6"
            await charger.send_json([2, "1", "Heartbeat", {}])
            assert (await charger.receive_json())[0] == 3
            await until(lambda: screen.sensor("security") == "password")
            assert screen.entity("binary_sensor", "connection").state == "on"
        # Home Assistant never lets go of a view, but its central system is another one now.
        await hass.config_entries.async_reload(integration.entry_id)


@pytest.mark.usefixtures("passed_on")
async def test_a_charger_that_is_shut_out_gets_no_answer_there(
    integration: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    known: dict[str, Any] = {
        "protocols": ["ocpp1.6"],
        "headers": proof(IDENTITY, SECRET),
    }
    async with client.ws_connect(PATH + IDENTITY, **known) as charger:
        central_system = integration.runtime_data.central_system
        let_in = central_system.shut_out(IDENTITY)
        assert (await charger.receive()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
        with pytest.raises(ServerDisconnectedError):
            await client.ws_connect(PATH + IDENTITY, **known)
    let_in()
    async with client.ws_connect(PATH + IDENTITY, **known) as charger:
        await charger.send_json([2, "1", "Heartbeat", {}])
        assert (await charger.receive_json())[0] == 3


@pytest.mark.usefixtures("passed_on")
async def test_who_is_refused_there_is_no_failed_login(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "persistent_notification", {})
    client = await hass_client_no_auth()
    for headers in ({}, proof(IDENTITY, "wrong"), proof("200002", SECRET)):
        assert (await handshake_at_home(client, headers)).status == 401
    response = await client.get(PATH)
    assert response.status == 200
    await hass.async_block_till_done()
    assert "http-login" not in str(hass.data.get("persistent_notification"))


@pytest.mark.usefixtures("integration")
async def test_no_charger_connects_that_way_unless_its_owner_wants_it(
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    assert (await handshake_at_home(client)).status == 404


@pytest.mark.usefixtures("passed_on")
async def test_no_charger_connects_that_way_while_the_integration_does_not_run(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await handshake_at_home(client, proof(IDENTITY, SECRET))).status == 404


async def test_nobody_without_a_password_comes_that_way(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    form = await flows.change_integration(integration.entry_id)
    fields = {"port": integration.data[CONF_PORT], "encryption": "none"}
    await flows.submit(form, **fields, through_home_assistant=True)
    await hass.async_block_till_done()
    client = await hass_client_no_auth()
    for headers in ({}, proof(IDENTITY, SECRET)):
        assert (await handshake_at_home(client, headers)).status == 401
