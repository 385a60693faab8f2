"""What each peer, and all of them together, may take up."""

import asyncio
from collections.abc import Callable
import logging
from pathlib import Path
import ssl

from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
import pytest

from custom_components.wallbox_ocpp.csms.passwords import Credentials
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session, Timing
from simulator.scripted_charger import proof
from tests.helpers.certificates import make_certificate
from tests.helpers.hostile import request

from .conftest import IDENTITY, OTHER, PASSWORD, Connect, Owner, dial, refusal

pytestmark = pytest.mark.usefixtures("guarded")


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


async def greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Ask for something, and say whether that is answered."""
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return b" 200 " in await reader.readline()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Wait until a connection ends without having said anything."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


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
