"""The door: who has to prove what, and what each may take up."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
import logging
from pathlib import Path
import ssl
import threading
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession, WSCloseCode, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.handshake import (
    HandshakeAttempt,
    HandshakeResult,
)
from custom_components.wallbox_ocpp.csms.passwords import Credentials, fits, hashed
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session, Timing
from simulator.scripted_charger import proof
from tests.helpers.certificates import make_certificate
from tests.helpers.virtual_time import until

from .conftest import IDENTITY, Connect, Owner

PASSWORD = "correct-horse-battery"
OTHER = "200002"


@pytest.fixture(scope="module")
def kept() -> str:
    """Return what is kept of the password."""
    return hashed(PASSWORD)


@pytest.fixture
def credentials(kept: str) -> Credentials:
    """Return what the charge point has to prove itself with."""
    return Credentials(current=kept)


@pytest.fixture(autouse=True)
def _guarded(
    central_system: CentralSystem, owner: Owner, credentials: Credentials
) -> None:
    """Ask the charge point for its password."""
    central_system.register(IDENTITY, owner, lambda: credentials)


@pytest.fixture
def attempts(central_system: CentralSystem) -> list[HandshakeAttempt]:
    """Return what becomes of each handshake."""
    attempts: list[HandshakeAttempt] = []
    central_system.watch(attempts.append)
    return attempts


async def refusal(connect: Connect, **options: Any) -> WSServerHandshakeError:
    """Return how a handshake is refused."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(**options)
    return refused.value


@pytest.mark.parametrize(
    "headers",
    [
        {},
        proof(IDENTITY, "wrong"),
        proof(IDENTITY, ""),
        proof("", PASSWORD),
        proof(OTHER, PASSWORD),
        {"Authorization": f"Bearer {PASSWORD}"},
        {"Authorization": "Basic nonsense"},
    ],
)
async def test_who_cannot_prove_itself_is_refused_before_the_upgrade(
    connect: Connect, attempts: list[HandshakeAttempt], headers: dict[str, str]
) -> None:
    refused = await refusal(connect, headers=headers)
    assert refused.status == 401
    assert refused.headers
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert attempts == [
        HandshakeAttempt(IDENTITY, "127.0.0.1", HandshakeResult.WRONG_PASSWORD)
    ]
    charge_point = await connect(headers=proof(IDENTITY, PASSWORD))
    await charge_point.ask()


async def test_a_session_says_how_its_charge_point_came_in(
    connect: Connect, owner: Owner, kept: str, attempts: list[HandshakeAttempt]
) -> None:
    await connect(headers=proof(IDENTITY, PASSWORD))
    connection_info = (await owner.session()).connection_info
    assert (connection_info.address, connection_info.proof) == ("127.0.0.1", kept)
    assert not connection_info.encrypted
    assert attempts == [
        HandshakeAttempt(IDENTITY, "127.0.0.1", HandshakeResult.ADMITTED)
    ]


@pytest.mark.parametrize("credentials", [Credentials()])
async def test_who_needs_no_password_may_send_one(
    connect: Connect, owner: Owner
) -> None:
    await connect(headers=proof(IDENTITY, "whatever"))
    assert (await owner.session()).connection_info.proof is None


async def test_a_wrong_password_is_logged_once_until_the_right_one_comes(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        for _ in range(3):
            await refusal(connect, headers=proof(IDENTITY, "secret-guess"))
        await connect(headers=proof(IDENTITY, PASSWORD))
    warnings = [text for text in caplog.messages if "password" in text]
    assert len(warnings) == 2
    for secret in (IDENTITY, "secret-guess", PASSWORD):
        assert secret not in caplog.text


async def test_what_became_of_a_handshake_is_told(
    connect: Connect, central_system: CentralSystem, attempts: list[HandshakeAttempt]
) -> None:
    await refusal(connect, path="/")
    await refusal(connect, path=f"/{OTHER}", headers=proof(OTHER, PASSWORD))
    await refusal(connect, protocols=("ocpp2.0.1",))
    assert [(attempt.identity, attempt.result) for attempt in attempts] == [
        ("", HandshakeResult.NAMELESS),
        (OTHER, HandshakeResult.UNKNOWN),
        (IDENTITY, HandshakeResult.WRONG_SUBPROTOCOL),
    ]
    assert central_system.unknown_chargers.password_of(OTHER) == PASSWORD


@pytest.fixture
def comparing() -> Iterator[threading.Event]:
    """Have passwords compared only once this is set."""
    may = threading.Event()

    def fits_later(password: str, wanted: str) -> bool:
        may.wait(10)
        return fits(password, wanted)

    with patch.object(passwords, "fits", fits_later):
        yield may
        may.set()


async def test_a_charge_point_that_is_removed_while_it_proves_itself_is_not_served(
    central_system: CentralSystem,
    connect: Connect,
    owner: Owner,
    kept: str,
    comparing: threading.Event,
) -> None:
    unregister = central_system.register(
        IDENTITY, owner, lambda: Credentials(current=kept)
    )
    connecting = asyncio.ensure_future(connect(headers=proof(IDENTITY, PASSWORD)))
    await until(lambda: central_system._verifier._waiting == 1)
    unregister()
    comparing.set()
    assert await (await connecting).close_code() == WSCloseCode.GOING_AWAY
    assert not owner.ended


async def test_when_too_many_prove_themselves_the_next_one_has_to_come_again(
    central_system: CentralSystem, connect: Connect, comparing: threading.Event
) -> None:
    guesses = [
        asyncio.create_task(refusal(connect, headers=proof(IDENTITY, str(number))))
        for number in range(passwords.MOST_WAITING)
    ]
    most = passwords.MOST_WAITING
    await until(lambda: central_system._verifier._waiting == most)
    assert (await refusal(connect, headers=proof(IDENTITY, PASSWORD))).status == 503
    comparing.set()
    assert {refused.status for refused in await asyncio.gather(*guesses)} == {401}


# Through somebody else's web server.


@pytest.fixture
async def elsewhere(central_system: CentralSystem) -> AsyncGenerator[str]:
    """Return the address of another web server that passes charge points on."""

    async def handle(request: web.Request) -> web.StreamResponse:
        peer = request.headers.get("X-Forwarded-For", request.remote or "")
        return await central_system.handle(
            request.clone(remote=peer), request.match_info["path"], must_prove=True
        )

    app = web.Application()
    app.router.add_get("/charge/{path:.*}", handle)
    async with TestServer(app) as server:
        # As Home Assistant's does.
        assert server.runner
        assert server.runner.server
        server.runner.server.handler_cancellation = True
        yield f"ws://127.0.0.1:{server.port}/charge"


async def test_the_same_owner_serves_who_comes_through_another_web_server(
    elsewhere: str, client: ClientSession, owner: Owner
) -> None:
    async with client.ws_connect(
        f"{elsewhere}/some/{IDENTITY}",
        protocols=["ocpp1.6"],
        headers=proof(IDENTITY, PASSWORD),
    ) as socket:
        assert socket.protocol == "ocpp1.6"
        await socket.send_json([2, "1", "Heartbeat", {}])
        assert (await socket.receive_json())[0] == 3
    assert (await owner.session()).identity == IDENTITY


@pytest.mark.parametrize("credentials", [Credentials()])
async def test_nobody_comes_through_another_web_server_without_a_password(
    elsewhere: str, client: ClientSession
) -> None:
    for headers in ({}, proof(IDENTITY, "whatever")):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(f"{elsewhere}/{IDENTITY}", headers=headers)
        assert refused.value.status == 401
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(f"{elsewhere}/")
    assert refused.value.status == 404


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3)])
async def test_an_address_may_knock_there_only_so_often(
    elsewhere: str, client: ClientSession
) -> None:
    statuses = []
    for _ in range(4):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(f"{elsewhere}/{OTHER}")
        statuses.append(refused.value.status)
    assert statuses == [404, 404, 404, 429]


@pytest.mark.parametrize("quotas", [Quotas(admissions=3)])
async def test_a_charge_point_may_come_only_so_often(connect: Connect) -> None:
    headers = proof(IDENTITY, PASSWORD)
    for _ in range(3):
        # Who only poses as it does not count.
        assert (await refusal(connect)).status == 401
        await connect(headers=headers)
    assert (await refusal(connect, headers=headers)).status == 429


async def test_a_connection_that_is_torn_down_lets_its_owner_finish(
    elsewhere: str, central_system: CentralSystem, client: ClientSession, kept: str
) -> None:
    began, may_finish, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def writes_to_disk(session: Session) -> None:
        async for _ in session.requests():
            began.set()
            await may_finish.wait()
            finished.set()

    central_system.register(IDENTITY, writes_to_disk, lambda: Credentials(current=kept))
    socket = await client.ws_connect(
        f"{elsewhere}/{IDENTITY}", headers=proof(IDENTITY, PASSWORD)
    )
    await socket.send_json([2, "1", "Heartbeat", {}])
    async with asyncio.timeout(5):
        await began.wait()
        socket._response.close()
        await asyncio.sleep(0.1)
        may_finish.set()
        await finished.wait()
    await central_system.stop()


async def test_nobody_is_let_in_through_another_web_server_after_the_end(
    elsewhere: str, central_system: CentralSystem, client: ClientSession
) -> None:
    await central_system.stop()
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(
            f"{elsewhere}/{IDENTITY}", headers=proof(IDENTITY, PASSWORD)
        )
    assert refused.value.status == 503


# What each may take up.


@pytest.mark.parametrize("quotas", [Quotas(connections=3)])
async def test_an_address_has_only_so_many_connections(
    central_system: CentralSystem,
) -> None:
    port = central_system.port
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
    async with asyncio.timeout(5):
        assert await ended(streams[3][0])
        streams[0][1].close()
        await streams[0][1].wait_closed()
        await asyncio.sleep(0.1)
        streams.append(await asyncio.open_connection("127.0.0.1", port))
        reader, writer = streams[4]
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in await reader.readline()
    for _, writer in streams:
        writer.close()


@pytest.mark.parametrize("quotas", [Quotas(connections=3, idle=5)])
async def test_a_connection_counts_before_it_is_encrypted(
    timing: Timing,
    quotas: Quotas,
    tmp_path: Path,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    files = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    central_system = CentralSystem(timing, quotas)
    port = unused_tcp_port_factory()
    await central_system.start(port, "127.0.0.1", context)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
    async with asyncio.timeout(3):
        assert await ended(streams[3][0])
        # Who gives up, or does not know how, makes room for others.
        streams[0][1].close()
        streams[1][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await streams[1][0].read()
        async with (
            ClientSession() as client,
            client.get(f"https://127.0.0.1:{port}", ssl=files.trust()) as it,
        ):
            assert it.status == 200
        await central_system.stop()
        assert await ended(streams[2][0])
    for _, writer in streams:
        writer.close()


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3)])
@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        ([f"2001:db8:0:1::{number}" for number in range(4)], 429),
        ([f"2001:db8:0:{number}::1" for number in range(4)], 404),
        ([f"192.0.2.{number}" for number in range(4)], 404),
    ],
)
async def test_the_addresses_of_one_network_are_those_of_one_peer(
    elsewhere: str, client: ClientSession, addresses: list[str], status: int
) -> None:
    for address in addresses:
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(
                f"{elsewhere}/{OTHER}", headers={"X-Forwarded-For": address}
            )
    assert refused.value.status == status


async def ended(reader: asyncio.StreamReader) -> bool:
    """Wait until a connection ends without having said anything."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("quotas", [Quotas(idle=0.2)])
async def test_a_connection_that_asks_for_nothing_is_closed(
    central_system: CentralSystem,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", central_system.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: ")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("ask", [b"GET", b"POST"])
async def test_nobody_is_waited_for_who_promises_to_say_more(
    central_system: CentralSystem, ask: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", central_system.port)
    writer.write(ask + b" / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
    async with asyncio.timeout(5):
        assert b" 200 " in await reader.read()
    writer.close()


@pytest.mark.parametrize("quotas", [Quotas(frames=20, burst=10)])
async def test_a_flood_is_read_slowly_and_answered_in_full(connect: Connect) -> None:
    charge_point = await connect(headers=proof(IDENTITY, PASSWORD))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(30):
        await charge_point.send(2, str(number), "Heartbeat", {})
    answered = [(await charge_point.receive())[1] for _ in range(30)]
    assert answered == [str(number) for number in range(30)]
    # Ten at once, and the other twenty in a second; a slow machine takes longer.
    assert loop.time() - began > 0.9


async def test_what_is_no_http_at_all_does_not_fill_the_log(
    central_system: CentralSystem, caplog: pytest.LogCaptureFixture
) -> None:
    for garbage in (
        b"\x16\x03\x01\x00\xa5",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", central_system.port)
        writer.write(garbage)
        async with asyncio.timeout(5):
            assert b" 400 " in await reader.readline()
        writer.close()
    assert not [
        record for record in caplog.records if record.levelno >= logging.WARNING
    ]


async def test_a_refusal_ends_the_connection(
    central_system: CentralSystem, client: ClientSession
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", central_system.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(5):
        assert b"OCPP" in await reader.read()
    writer.close()


async def test_a_frame_that_is_too_big_ends_the_connection(connect: Connect) -> None:
    charge_point = await connect(headers=proof(IDENTITY, PASSWORD))
    await charge_point.socket.send_str(" " * (Quotas().frame_size + 1))
    received = await charge_point.next()
    assert (received.type, received.data) == (WSMsgType.CLOSE, 1009)
