"""Who is let in, and under which name."""

import asyncio

from aiohttp import ClientConnectionError, ClientSession
import pytest

from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from tests.helpers.hostile import request

from .conftest import IDENTITY, Connect, Owner, dial, refusal


async def refused(connect: Connect, path: str) -> int:
    """Return the status that a handshake is refused with."""
    return (await refusal(connect, path=path)).status


# Subprotocol


@pytest.mark.parametrize(
    "offered", [("ocpp1.6",), ("ocpp2.0.1", "ocpp1.6"), ("ocpp1.6", "ocpp1.5")]
)
async def test_the_subprotocol_is_echoed(
    connect: Connect, offered: tuple[str, ...]
) -> None:
    charge_point = await connect(protocols=offered)
    assert charge_point.socket.protocol == "ocpp1.6"
    await charge_point.ask()


async def test_a_charge_point_that_offers_no_subprotocol_is_taken_as_1_6(
    connect: Connect,
) -> None:
    charge_point = await connect(protocols=())
    assert charge_point.socket.protocol is None
    await charge_point.ask()


@pytest.mark.parametrize("offered", [("ocpp2.0.1",), ("ocpp1.5", "mqtt"), ("ocpp",)])
async def test_a_charge_point_with_only_foreign_subprotocols_is_refused(
    connect: Connect, offered: tuple[str, ...]
) -> None:
    assert (await refusal(connect, protocols=offered)).status == 400


@pytest.mark.parametrize(
    "lines",
    [
        ("ocpp2.0.1", "ocpp1.6"),
        ("ocpp1.6", "ocpp2.0.1"),
        ("ocpp2.1, ocpp2.0.1", "ocpp1.5,ocpp1.6"),
    ],
)
async def test_subprotocols_may_be_offered_on_several_lines(
    central_system: CentralSystem, lines: tuple[str, ...]
) -> None:
    reader, writer = await dial(central_system.port)
    offered = "\r\nSec-WebSocket-Protocol: ".join(lines)
    writer.write(request(f"/{IDENTITY}", Sec_WebSocket_Protocol=offered))
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.transport.abort()
    assert " 101 " in answer
    assert "Sec-WebSocket-Protocol: ocpp1.6\r\n" in answer


async def test_neither_origin_nor_host_are_judged(connect: Connect) -> None:
    charge_point = await connect(
        headers={"Origin": "http://elsewhere.example", "Host": "elsewhere.example"}
    )
    await charge_point.ask()


# Identity


@pytest.mark.parametrize(
    "path",
    [
        "/100001",
        "/100001/",
        "//100001",
        "/ocpp//100001//",
        "/some/where/100001",
        "/%31%30%30001",
        "/100001?token=1",
    ],
)
async def test_the_last_segment_of_the_path_that_is_not_empty_is_the_identity(
    connect: Connect, owner: Owner, path: str
) -> None:
    await connect(path)
    assert (await owner.session()).identity == IDENTITY


async def test_an_identity_may_need_percent_encoding(
    connect: Connect, central_system: CentralSystem, owner: Owner
) -> None:
    central_system.register("Garage Süd", owner)
    await connect("/Garage%20S%C3%BCd")
    assert (await owner.session()).identity == "Garage Süd"


async def test_identities_are_compared_exactly(
    connect: Connect, central_system: CentralSystem, owner: Owner
) -> None:
    central_system.register("Garage", owner)
    assert await refused(connect, "/garage") == 404


# What is not for us


@pytest.mark.parametrize("path", ["/", "/100001", "/anything/else"])
async def test_a_browser_is_shown_what_this_is_in_one_line(
    client: ClientSession, central_system: CentralSystem, path: str
) -> None:
    async with client.get(f"http://127.0.0.1:{central_system.port}{path}") as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        lines = (await response.text()).splitlines()
    assert len(lines) == 1
    assert "Wallbox OCPP" in lines[0]
    assert not central_system.unknown_chargers.recent


async def test_an_unknown_charger_is_turned_away_and_remembered(
    connect: Connect, central_system: CentralSystem, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "custom_components")
    for _ in range(3):
        assert await refused(connect, "/ocpp/200002") == 404
    [(identity, unknown_charger)] = central_system.unknown_chargers.recent.items()
    assert (identity, unknown_charger.address) == ("200002", "127.0.0.1")
    assert caplog.text.count("turned away") == 1
    assert "200002" not in caplog.text


async def test_an_unknown_charger_without_a_name_is_turned_away_and_forgotten(
    connect: Connect, central_system: CentralSystem
) -> None:
    assert await refused(connect, "/") == 404
    assert not central_system.unknown_chargers.recent


async def test_an_unknown_charger_that_is_added_is_no_unknown_charger_any_more(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    await refused(connect, "/200002")
    central_system.register("200002", owner)
    assert not central_system.unknown_chargers.recent
    await connect("/200002")


@pytest.mark.parametrize("quotas", [Quotas(handshakes=3, reprieves=2)])
async def test_an_address_that_floods_is_hung_up_on(connect: Connect) -> None:
    for status in (404, 404, 404, 429, 429):
        assert await refused(connect, "/200002") == status
    with pytest.raises(ClientConnectionError):
        await connect()
    await asyncio.sleep(1)
    assert await refused(connect, "/200002") == 429
