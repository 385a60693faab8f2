"""How connections end: one takes the place of another, the central system stops, a charge point is removed or shut out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import socket

from aiohttp import ClientConnectionError, WSCloseCode, WSMsgType
import pytest

from custom_components.wallbox_ocpp.csms.close_reason import CloseReason
from custom_components.wallbox_ocpp.csms.listener import BACKLOG
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session, Timing
from tests.helpers.hostile import call, request

from .conftest import IDENTITY, OTHER, ChargePoint, Connect, Owner, dial, refusal

HASTY = Quotas(burst=100_000)


@asynccontextmanager
async def silent_charge_point(
    port: int | None,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect a charge point that never answers anything, not even a close."""
    # With little room to receive in, so that what is sent to it soon piles up.
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
    writer.write(request(f"/{IDENTITY}"))
    assert b" 101 " in await reader.readline()
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def stuff(writer: asyncio.StreamWriter, session: Session, owner: Owner) -> None:
    """Let a silent charge point ask until it cannot be answered any more."""
    sock = session._socket.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    writer.write(call("Heartbeat") * 20_000)
    answered = -1
    while answered < len(owner.requests):
        answered = len(owner.requests)
        await asyncio.sleep(0.1)
    assert 0 < answered < 20_000


async def answer_to_handshake(central_system: CentralSystem, identity: str) -> bytes:
    """Return all that a handshake is answered with."""
    reader, writer = await dial(central_system.port)
    writer.write(request(f"/{identity}"))
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


# One connection per charge point


async def test_a_new_connection_replaces_the_old_one(
    connect: Connect, owner: Owner
) -> None:
    old = await connect()
    replaced = await owner.session()
    new = await connect()
    await new.ask()
    assert await old.close_code() == WSCloseCode.GOING_AWAY
    await owner.end_of(replaced)
    await new.ask()


@pytest.mark.parametrize("timing", [Timing(goodbye=60)], ids=["patient"])
async def test_a_half_open_connection_is_replaced_at_once(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    async with silent_charge_point(central_system.port):
        replaced = await owner.session()
        new = await connect()
        await owner.end_of(replaced)
        await new.ask()


@pytest.mark.parametrize("timing", [Timing(goodbye=60)], ids=["patient"])
@pytest.mark.parametrize("quotas", [HASTY], ids=["hasty"])
async def test_a_connection_that_is_stuck_is_replaced_at_once(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    async with silent_charge_point(central_system.port) as (_, writer):
        await stuff(writer, await owner.session(), owner)
        new = await connect()
        await new.ask()


async def test_the_end_of_a_replaced_connection_does_not_end_the_new_one(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    await connect()
    replaced = await owner.session()
    new = await connect()
    await owner.end_of(replaced)
    third = await connect()
    assert await new.close_code() == WSCloseCode.GOING_AWAY
    await third.ask()


async def test_charge_points_do_not_replace_each_other(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    central_system.register("200002", owner)
    one = await connect()
    other = await connect("/200002")
    await one.ask()
    await other.ask()


# The end


async def test_every_charge_point_is_closed_properly(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    central_system.register("200002", owner)
    charge_points = [await connect(), await connect("/200002")]
    sessions = [await owner.session(), await owner.session()]
    stopping = asyncio.create_task(central_system.stop())
    for charge_point in charge_points:
        assert await charge_point.close_code() == WSCloseCode.GOING_AWAY
    await stopping
    assert set(owner.ended) == set(sessions)


async def test_nothing_listens_after_the_end(central_system: CentralSystem) -> None:
    port = central_system.port
    assert port
    await central_system.stop()
    assert central_system.port is None
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_stopping_twice_is_no_error(central_system: CentralSystem) -> None:
    await central_system.stop()
    await central_system.stop()


async def test_a_charge_point_that_does_not_close_does_not_hold_up_the_end(
    central_system: CentralSystem, owner: Owner
) -> None:
    async with silent_charge_point(central_system.port):
        await owner.session()
        async with asyncio.timeout(3):
            await central_system.stop()


@pytest.mark.parametrize("quotas", [HASTY], ids=["hasty"])
async def test_a_charge_point_that_does_not_listen_does_not_hold_up_the_end(
    central_system: CentralSystem, owner: Owner
) -> None:
    async with silent_charge_point(central_system.port) as (_, writer):
        await stuff(writer, await owner.session(), owner)
        async with asyncio.timeout(3):
            await central_system.stop()


async def test_a_charge_point_that_redials_during_the_end_is_not_admitted(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    central_system.register(OTHER, owner)
    charge_point, port = await connect(f"/{OTHER}"), central_system.port
    assert port
    async with silent_charge_point(port):
        stopping = asyncio.create_task(central_system.stop())
        await charge_point.next()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        await stopping


async def test_a_charge_point_that_is_removed_is_closed_properly_and_stays_out(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    unregister = central_system.register("200002", owner)
    charge_point = await connect("/200002")
    session = await owner.session()
    unregister()
    assert await charge_point.close_code() == WSCloseCode.GOING_AWAY
    await owner.end_of(session)
    assert (await refusal(connect, path="/200002")).status == 404


async def test_removing_a_charge_point_that_is_not_there_is_no_error(
    connect: Connect, central_system: CentralSystem, owner: Owner
) -> None:
    central_system.register("200002", owner)()
    assert (await refusal(connect, path="/200002")).status == 404


async def test_an_owner_that_was_replaced_refuses_no_connection(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    unregister = central_system.register("200002", Owner())
    central_system.register("200002", owner)
    unregister()
    assert await (await connect("/200002")).ask()


@pytest.mark.parametrize("turns", range(6))
async def test_a_crowd_that_is_being_accepted_does_not_disturb_the_end(
    central_system: CentralSystem, turns: int
) -> None:
    loop, address = asyncio.get_running_loop(), ("127.0.0.1", central_system.port)
    crowd = [socket.create_connection(address) for _ in range(BACKLOG)]
    for _ in range(turns):
        await asyncio.sleep(0)
    await central_system.stop()
    for connection in crowd:
        connection.setblocking(False)
        with suppress(ConnectionResetError):
            assert not await loop.sock_recv(connection, 1)
        connection.close()


async def test_a_port_that_is_taken_leaves_nothing_behind(
    central_system: CentralSystem, timing: Timing
) -> None:
    assert central_system.port
    second = CentralSystem(timing)
    with pytest.raises(OSError):
        await second.start(central_system.port, "127.0.0.1")
    assert second.port is None
    assert second._listener is None


async def test_it_can_be_started_again(
    central_system: CentralSystem, connect: Connect
) -> None:
    port = central_system.port
    assert port
    await central_system.stop()
    await central_system.start(port, "127.0.0.1")
    await (await connect()).ask()


async def test_an_owner_that_fails_ends_its_own_connection_only(
    central_system: CentralSystem, connect: Connect
) -> None:
    async def failing(session: Session) -> None:
        raise RuntimeError("on purpose")

    central_system.register("200002", failing)
    well = await connect()
    ill = await connect("/200002")
    received = await ill.next()
    assert received.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    await well.ask()


async def test_an_owner_that_has_had_enough_ends_the_connection(
    central_system: CentralSystem, connect: Connect
) -> None:
    async def tired(session: Session) -> None:
        async for _ in session.requests():
            return

    central_system.register("200002", tired)
    charge_point: ChargePoint = await connect("/200002")
    await charge_point.send(2, "1", "Heartbeat", {})
    received = await charge_point.next()
    assert received.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    await central_system.stop()


# Shutting out one charge point


async def test_a_charge_point_that_is_shut_out_is_refused(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    charge_point = await connect()
    session = await owner.session()
    await charge_point.ask()
    let_in = central_system.shut_out(IDENTITY)
    # No close frame: it is as if the power had failed.
    assert (await charge_point.next()).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
    assert charge_point.socket.close_code == WSCloseCode.ABNORMAL_CLOSURE
    await owner.end_of(session)
    assert session.close_reason is CloseReason.STOPPED
    for _ in range(3):
        # Nor any answer, whatever it says.
        assert await answer_to_handshake(central_system, IDENTITY) == b""
    let_in()
    await (await connect()).ask()
    let_in()
    await (await connect()).ask()


async def test_no_other_charge_point_is_shut_out(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    central_system.register("100002", owner)
    other = await connect("/100002")
    central_system.shut_out(IDENTITY)
    with pytest.raises(ClientConnectionError):
        await connect()
    await other.ask()
    await (await connect("/100002")).ask()
    assert b" 404 " in await answer_to_handshake(central_system, "100003")


async def test_attempts_while_shut_out_are_not_counted(
    central_system: CentralSystem, connect: Connect, quotas: Quotas
) -> None:
    let_in = central_system.shut_out(IDENTITY)
    for _ in range(quotas.handshakes - 1):
        assert await answer_to_handshake(central_system, IDENTITY) == b""
    let_in()
    await (await connect()).ask()
