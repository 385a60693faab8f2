"""Charge points that come through somebody else's web server, such as Home Assistant's."""

import asyncio

from aiohttp import ClientSession, WSServerHandshakeError
import pytest

from custom_components.wallbox_ocpp.csms.passwords import Credentials
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session
from simulator.scripted_charger import proof

from .conftest import IDENTITY, OTHER, PASSWORD, Owner

pytestmark = pytest.mark.usefixtures("guarded")


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
