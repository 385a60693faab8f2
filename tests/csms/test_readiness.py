"""When a charge point may be asked for something: after the answer to its boot, or soon.

What must not be sent is proven by order: the answer to a Heartbeat is the very next frame, so
nothing was sent before it.
"""

import asyncio

import pytest

from custom_components.wallbox_ocpp.csms.calls import DroppedError
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session, Timing

from .conftest import (
    AVAILABLE,
    CLEAR,
    READ,
    RESET,
    ChargePoint,
    Connect,
    Owner,
    answer_to,
    soon,
)


async def test_nothing_is_sent_before_the_answer_to_a_boot(
    charge_point: ChargePoint, session: Session
) -> None:
    asked = await soon(session.call(READ))
    await charge_point.ask("BootNotification")
    await charge_point.ask()
    await charge_point.ask("StatusNotification", AVAILABLE)
    assert await charge_point.accept_call() == "GetConfiguration"
    await asked


async def test_nothing_is_sent_before_the_answer_to_a_second_boot(
    charge_point: ChargePoint, session: Session
) -> None:
    await charge_point.ask("BootNotification")
    await charge_point.ask("StatusNotification", AVAILABLE)
    await session.ready()
    await charge_point.ask("BootNotification")
    asked = await soon(session.call(READ))
    await charge_point.ask()
    await charge_point.ask("StatusNotification", AVAILABLE)
    assert await charge_point.accept_call() == "GetConfiguration"
    await asked


async def test_a_call_that_a_boot_overtakes_is_dropped_at_once(
    charge_point: ChargePoint, ready: Session
) -> None:
    asked = await soon(ready.call(RESET))
    unique_id, _ = await charge_point.receive_call()
    began = asyncio.get_running_loop().time()
    await charge_point.ask("BootNotification")
    with pytest.raises(DroppedError):
        await asked
    following = await soon(ready.call(READ))
    await charge_point.send(3, unique_id, {"status": "Accepted"})
    await charge_point.ask("StatusNotification", AVAILABLE)
    assert await charge_point.accept_call() == "GetConfiguration"
    assert await following == {"status": "Accepted"}
    assert asyncio.get_running_loop().time() - began < 1
    assert not ready.violations


async def test_a_boot_does_not_shorten_the_pause_after_an_answer(
    charge_point: ChargePoint, ready: Session
) -> None:
    first = await soon(ready.call(READ))
    unique_id, _ = await charge_point.receive_call()
    now = asyncio.get_running_loop().time
    answered = now()
    await charge_point.send(3, unique_id, {})
    await charge_point.ask("BootNotification")
    await charge_point.ask("StatusNotification", AVAILABLE)
    second = await soon(ready.call(CLEAR))
    await charge_point.accept_call()
    assert now() - answered >= Timing().call_gap
    await asyncio.gather(first, second)


async def test_a_boot_holds_calls_back_however_long_its_answer_takes(
    central_system: CentralSystem, connect: Connect
) -> None:
    sessions: asyncio.Queue[Session] = asyncio.Queue()
    saved = asyncio.Event()

    async def hesitant(session: Session) -> None:
        sessions.put_nowait(session)
        async for request in session.requests():
            await saved.wait()
            await session.answer(request, answer_to(request.message))

    central_system.register("hesitant", hesitant)
    charge_point = await connect("/hesitant")
    await charge_point.send(2, "1", "BootNotification", {})
    asked = await soon((await sessions.get()).call(READ))
    await asyncio.sleep(2 * Timing().ping)
    saved.set()
    message_type, *_ = await charge_point.receive()
    assert message_type == 3
    assert await charge_point.accept_call() == "GetConfiguration"
    await asked


async def test_a_charge_point_that_stays_silent_after_its_boot_is_ready_all_the_same(
    charge_point: ChargePoint, session: Session
) -> None:
    asked = await soon(session.call(READ))
    await charge_point.ask("BootNotification")
    assert await charge_point.accept_call() == "GetConfiguration"
    await asked


async def test_a_charge_point_that_reconnects_is_ready_after_its_first_message(
    charge_point: ChargePoint, session: Session
) -> None:
    asked = await soon(session.call(READ))
    await charge_point.ask()
    assert await charge_point.accept_call() == "GetConfiguration"
    await asked


async def test_a_charge_point_that_says_nothing_at_all_is_ready_within_seconds(
    charge_point: ChargePoint, session: Session
) -> None:
    connected = asyncio.get_running_loop().time()
    asked = await soon(session.call(READ))
    assert await charge_point.accept_call() == "GetConfiguration"
    assert asyncio.get_running_loop().time() - connected <= 5
    await asked


@pytest.mark.parametrize("way", ["boots", "leaves"])
async def test_a_charge_point_that_was_asked_before_its_boot_gets_more_time(
    connect: Connect, owner: Owner, way: str
) -> None:
    now = asyncio.get_running_loop().time
    charge_point = await connect()
    session = await owner.session()
    early = await soon(session.call(READ))
    await charge_point.receive_call()
    if way == "boots":
        await charge_point.ask("BootNotification")
    await charge_point.socket.close()
    with pytest.raises(DroppedError):
        await early

    charge_point = await connect()
    connected, session = now(), await owner.session()
    asked = await soon(session.call(READ))
    await asyncio.sleep(20)
    await charge_point.ask("BootNotification")
    await charge_point.accept_call()
    await asked
    assert now() - connected >= 20
    await charge_point.socket.close()

    # Once it only reconnects, it is not waited for that long any more.
    charge_point = await connect()
    await (await soon((session := await owner.session()).ready()))
    await charge_point.ask()
    await charge_point.socket.close()
    await owner.end_of(session)
    connected, charge_point = now(), await connect()
    await (await owner.session()).ready()
    assert now() - connected <= 5


async def test_a_charge_point_that_only_answers_is_no_one_that_boots(
    connect: Connect, owner: Owner
) -> None:
    now = asyncio.get_running_loop().time
    for _ in range(3):
        charge_point = await connect()
        connected, session = now(), await owner.session()
        asked = await soon(session.call(READ))
        await charge_point.accept_call()
        assert now() - connected <= 5
        await asked
        await charge_point.socket.close()
        await owner.end_of(session)
