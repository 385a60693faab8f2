"""The door: who has to prove what, and what each may take up."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
import logging
from pathlib import Path
import ssl
import threading
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.handshake import (
    HandshakeAttempt,
    HandshakeResult,
)
from custom_components.wallbox_ocpp.csms.passwords import Credentials, hashed, matches
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session, Timing
from simulator.scripted_charger import proof
from simulator.virtual_time import until
from tests.helpers.certificates import make_certificate
from tests.helpers.hostile import request

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
async def _guarded(
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


async def test_the_result_of_a_handshake_is_reported(
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
        return matches(password, wanted)

    with patch.object(passwords, "matches", fits_later):
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
    attempt = asyncio.create_task(refusal(connect, headers=proof(IDENTITY, PASSWORD)))
    verifier = central_system._registered[IDENTITY].verifier
    await until(lambda: verifier._worker is not None and not verifier._waiting)
    unregister()
    assert (await attempt).status == 503
    comparing.set()
    assert (await refusal(connect, headers=proof(IDENTITY, PASSWORD))).status == 404
    assert not owner.ended


async def test_when_too_many_guess_the_oldest_is_refused_as_busy(
    central_system: CentralSystem, connect: Connect, comparing: threading.Event
) -> None:
    verifier = central_system._registered[IDENTITY].verifier
    longest = asyncio.create_task(refusal(connect, headers=proof(IDENTITY, "0")))
    await until(lambda: len(verifier._waiting) == 0 and verifier._worker is not None)
    guesses = [
        asyncio.create_task(refusal(connect, headers=proof(IDENTITY, str(number))))
        for number in range(1, 2 * passwords.MOST_WAITING)
    ]
    right = asyncio.ensure_future(connect(headers=proof(IDENTITY, PASSWORD)))
    comparing.set()
    assert await (await right).ask()
    statuses = [refused.status for refused in await asyncio.gather(longest, *guesses)]
    assert set(statuses) == {401, 503}


async def test_a_charge_point_that_proves_itself_is_not_crowded_out(
    central_system: CentralSystem, comparing: threading.Event
) -> None:
    reader, attempt = await dial(central_system.port)
    attempt.write(request(f"/{IDENTITY}", **proof(IDENTITY, PASSWORD)))
    verifier = central_system._registered[IDENTITY].verifier
    await until(lambda: verifier._worker is not None)
    streams = [await dial(central_system.port) for _ in range(2 * Quotas().connections)]
    comparing.set()
    assert b" 101 " in await reader.readline()
    for writer in (attempt, *(writer for _, writer in streams)):
        writer.transport.abort()


async def test_a_foreign_subprotocol_costs_no_comparison(
    central_system: CentralSystem, connect: Connect, comparing: threading.Event
) -> None:
    headers = proof(IDENTITY, PASSWORD)
    refused = await refusal(connect, protocols=("ocpp2.0.1",), headers=headers)
    assert refused.status == 400
    assert central_system._registered[IDENTITY].verifier._worker is None
    comparing.set()


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
async def test_nobody_connects_through_another_web_server_without_a_password(
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
async def test_an_address_may_connect_there_only_so_often(
    elsewhere: str, client: ClientSession
) -> None:
    statuses = []
    for _ in range(4):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(f"{elsewhere}/{OTHER}")
        statuses.append(refused.value.status)
    assert statuses == [404, 404, 404, 429]


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3)])
@pytest.mark.parametrize("proven_before", [False, True])
async def test_guesses_from_the_same_address_do_not_lock_out_the_right_password(
    elsewhere: str, client: ClientSession, *, proven_before: bool
) -> None:
    async def status(password: str) -> int:
        try:
            async with client.ws_connect(
                f"{elsewhere}/{IDENTITY}", headers=proof(IDENTITY, password)
            ):
                return 101
        except WSServerHandshakeError as refused:
            return refused.status

    if proven_before:
        assert await status(PASSWORD) == 101
    guessed = [await status(f"guess {number}") for number in range(10)]
    assert guessed == [401] * (3 - proven_before) + [429] * (7 + proven_before)
    assert await status(PASSWORD) == 101


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3)])
async def test_guesses_at_our_own_port_do_not_lock_out_the_right_password(
    connect: Connect,
) -> None:
    guessed = [
        (await refusal(connect, headers=proof(IDENTITY, f"guess {number}"))).status
        for number in range(10)
    ]
    assert guessed == [401] * 3 + [429] * 7
    await (await connect(headers=proof(IDENTITY, PASSWORD))).ask()


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


async def test_nobody_is_admitted_through_another_web_server_after_the_end(
    elsewhere: str, central_system: CentralSystem, client: ClientSession
) -> None:
    await central_system.stop()
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(
            f"{elsewhere}/{IDENTITY}", headers=proof(IDENTITY, PASSWORD)
        )
    assert refused.value.status == 503


# What each may take up.


async def dial(
    port: int | None, address: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect from an address, and say nothing."""
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


async def greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Ask for something, and say whether that is answered."""
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return b" 200 " in await reader.readline()


@pytest.mark.parametrize("quotas", [Quotas(connections=3)])
async def test_an_address_has_only_so_many_connections_and_the_silent_go_first(
    central_system: CentralSystem,
) -> None:
    port = central_system.port
    other = await dial(port, "127.0.0.2")
    streams = [await dial(port) for _ in range(5)]
    async with asyncio.timeout(5):
        assert await ended(streams[0][0])
        assert await ended(streams[1][0])
        for stream in (*streams[2:], other):
            assert await greeted(*stream)
    for _, writer in (*streams, other):
        writer.close()


@pytest.mark.parametrize("quotas", [Quotas(unidentified=10, reprieves=1_000)])
async def test_all_addresses_together_have_only_so_many_connections(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    central_system.register(OTHER, owner)
    served = await connect(f"/{OTHER}")
    streams = [
        await dial(central_system.port, f"127.0.1.{number % 12 + 1}")
        for number in range(60)
    ]
    async with asyncio.timeout(5):
        for reader, _ in streams[:-10]:
            assert await ended(reader)
        assert not any(reader.at_eof() for reader, _ in streams[-10:])
        # There is room for a charger all the time, and who is in stays in.
        await served.ask()
        newcomer = await connect(headers=proof(IDENTITY, PASSWORD))
        streams += [
            await dial(central_system.port, f"127.0.2.{number + 1}")
            for number in range(30)
        ]
        await newcomer.ask()
    for _, writer in streams:
        writer.close()


@pytest.mark.parametrize("quotas", [Quotas(unidentified=3)])
async def test_charge_points_that_are_in_take_up_none_of_the_room(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    for number in range(6):
        central_system.register(f"box-{number}", owner)
    boxes = [await connect(f"/box-{number}") for number in range(6)]
    streams = [await dial(central_system.port) for _ in range(3)]
    for box in boxes:
        await box.ask()
    for stream in streams:
        assert await greeted(*stream)
        stream[1].close()


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
        # The one that is silent for the longest time makes room, before and after it is encrypted.
        assert await ended(streams[0][0])
        streams.append(
            await asyncio.open_connection("127.0.0.1", port, ssl=files.trust())
        )
        streams.append(
            await asyncio.open_connection("127.0.0.1", port, ssl=files.trust())
        )
        assert await ended(streams[1][0])
        assert await ended(streams[2][0])
        async with (
            ClientSession() as client,
            client.get(f"https://127.0.0.1:{port}", ssl=files.trust()) as it,
        ):
            assert it.status == 200
        await central_system.stop()
        assert await ended(streams[5][0])
    for _, writer in streams:
        writer.close()


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3)])
@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        ([f"2001:db8:0:1::{number}" for number in range(4)], 429),
        ([f"2001:db8:0:{number}::1" for number in range(4)], 404),
        ([f"192.0.2.{number}" for number in range(4)], 404),
        ([f"::ffff:192.0.2.{number}" for number in range(4)], 404),
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


@pytest.mark.parametrize("quotas", [Quotas(frames=20, burst=10)])
async def test_a_new_connection_is_read_no_faster_than_the_one_before(
    connect: Connect, credentials: Credentials
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(6):
        charge_point = await connect(headers=proof(IDENTITY, PASSWORD))
        for number in range(10):
            await charge_point.send(2, str(number), "Heartbeat", {})
        for _ in range(10):
            await charge_point.receive()
    # Ten at once, and the other fifty at twenty a second.
    assert loop.time() - began > 2.4


@pytest.mark.parametrize("credentials", [Credentials()])
async def test_chargers_that_come_at_once_are_taken_in_one_after_the_other(
    central_system: CentralSystem,
) -> None:
    """The owner of each has a lot to do, and all else has to get its turn in between."""
    turn, turns = 0, []

    async def owner(session: Session) -> None:
        turns.append(turn)
        async for _ in session.requests():
            pass

    identities = [f"box-{number}" for number in range(20)]
    for identity in identities:
        central_system.register(identity, owner)
    streams = [await dial(central_system.port) for _ in identities]
    for identity, (_, writer) in zip(identities, streams, strict=True):
        writer.write(request(f"/{identity}"))
    while len(turns) < len(identities):
        turn += 1
        await asyncio.sleep(0)
    for _, writer in streams:
        writer.close()
    assert len(set(turns)) == len(identities)


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
