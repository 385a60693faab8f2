"""Who has to prove what, before it is let in."""

import asyncio
import threading

import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.handshake import (
    HandshakeAttempt,
    HandshakeResult,
)
from custom_components.wallbox_ocpp.csms.passwords import Credentials
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from simulator.scripted_charger import proof
from simulator.virtual_time import until
from tests.helpers.hostile import request

from .conftest import IDENTITY, OTHER, PASSWORD, Connect, Owner, dial, refusal

pytestmark = pytest.mark.usefixtures("guarded")


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
