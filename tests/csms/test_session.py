"""One charge point's connection, over a real WebSocket.

What must not be sent is proven by order: the answer to a Heartbeat is the very next frame, so
nothing was sent before it.
"""

import asyncio
import gc

from aiohttp import WSCloseCode, WSMsgType
from hypothesis import given, strategies as st
from ocpp.v16 import call
import pytest

from custom_components.wallbox_ocpp.csms.calls import (
    NoAnswerError,
    NotConnectedError,
    RefusedError,
)
from custom_components.wallbox_ocpp.csms.session import Session, label
from simulator.virtual_time import PATIENCE

from .conftest import CLEAR, IDENTITY, READ, RESET, ChargePoint, Owner, answer_to, soon


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what asyncio complains of."""
    gc.collect()
    return [item.message for item in caplog.records if item.levelname == "ERROR"]


async def test_a_call_returns_what_the_charge_point_answers(
    charge_point: ChargePoint, ready: Session
) -> None:
    asked = await soon(ready.call(RESET))
    message_type, unique_id, action, payload = await charge_point.receive()
    assert (message_type, action, payload) == (2, "Reset", {"type": "Soft"})
    await charge_point.send(3, unique_id, {"status": "Rejected"})
    assert await asked == {"status": "Rejected"}


async def test_no_two_calls_have_the_same_id(
    charge_point: ChargePoint, ready: Session
) -> None:
    unique_ids = set()
    for _ in range(3):
        asked = await soon(ready.call(RESET))
        unique_id, _ = await charge_point.receive_call()
        unique_ids.add(unique_id)
        await charge_point.send(3, unique_id, {})
        await asked
    assert len(unique_ids) == 3


async def test_only_one_call_is_in_flight(
    charge_point: ChargePoint, ready: Session
) -> None:
    first = await soon(ready.call(READ))
    second = await soon(ready.call(CLEAR))
    unique_id, action = await charge_point.receive_call()
    assert action == "GetConfiguration"
    await charge_point.ask()
    await charge_point.send(3, unique_id, {})
    assert await charge_point.accept_call() == "ClearChargingProfile"
    assert await first == {}
    assert await second == {"status": "Accepted"}


async def test_there_is_a_pause_between_an_answer_and_the_next_call(
    charge_point: ChargePoint, ready: Session
) -> None:
    first = await soon(ready.call(READ))
    second = await soon(ready.call(CLEAR))
    now = asyncio.get_running_loop().time
    unique_id, _ = await charge_point.receive_call()
    answered = now()
    await charge_point.send(3, unique_id, {})
    await charge_point.accept_call()
    assert now() - answered >= 0.1
    await asyncio.gather(first, second)


async def test_calls_keep_their_order(
    charge_point: ChargePoint, session: Session
) -> None:
    asked = [await soon(session.call(request)) for request in (READ, RESET, CLEAR)]
    await charge_point.ask()
    assert await charge_point.accept_call() == "GetConfiguration"
    assert await charge_point.accept_call() == "Reset"
    assert await charge_point.accept_call() == "ClearChargingProfile"
    await asyncio.gather(*asked)


async def test_a_charge_point_that_does_not_answer_is_given_up_on(
    charge_point: ChargePoint, ready: Session
) -> None:
    with pytest.raises(NoAnswerError):
        await ready.call(READ)
    unique_id, _ = await charge_point.receive_call()
    await charge_point.send(3, unique_id, {"status": "Accepted"})
    await charge_point.ask()
    assert ready.violations == {"an answer to no question": 1}


async def test_a_late_answer_is_not_taken_for_that_of_the_next_call(
    charge_point: ChargePoint, ready: Session
) -> None:
    with pytest.raises(NoAnswerError):
        await ready.call(READ)
    late, _ = await charge_point.receive_call()
    asked = await soon(ready.call(RESET))
    unique_id, action = await charge_point.receive_call()
    assert action == "Reset"
    await charge_point.send(3, late, {"status": "late"})
    await charge_point.send(3, unique_id, {"status": "in time"})
    assert await asked == {"status": "in time"}


async def test_a_call_that_cannot_be_written_is_refused_and_the_next_is_sent(
    charge_point: ChargePoint, ready: Session
) -> None:
    halved = call.ChangeConfiguration(key="LightIntensity", value="\ud83d")
    with pytest.raises(RefusedError) as refused:
        await ready.call(halved)
    assert refused.value.code == "FormationViolation"
    now = asyncio.get_running_loop().time
    refused_at = now()
    asked = await soon(ready.call(RESET))
    assert await charge_point.accept_call() == "Reset"
    # Whoever asks again at once must not keep everything else from running.
    assert now() - refused_at >= 0.1
    await asked


async def test_a_refusal_tells_its_code_and_nothing_else(
    charge_point: ChargePoint, ready: Session
) -> None:
    asked = await soon(ready.call(READ))
    unique_id, _ = await charge_point.receive_call()
    await charge_point.send(4, unique_id, "ProtocolError", "the PUK is 1234", {})
    with pytest.raises(RefusedError, match="^ProtocolError$") as refusal:
        await asked
    assert refusal.value.code == "ProtocolError"


async def test_a_second_answer_is_an_answer_to_no_question(
    charge_point: ChargePoint, ready: Session
) -> None:
    asked = await soon(ready.call(READ))
    unique_id, _ = await charge_point.receive_call()
    await charge_point.send(3, unique_id, {"status": "first"})
    await charge_point.send(4, unique_id, "GenericError", "", {})
    await charge_point.ask()
    assert await asked == {"status": "first"}


async def test_calls_fail_at_once_when_the_charge_point_leaves(
    charge_point: ChargePoint, ready: Session, owner: Owner
) -> None:
    in_flight = await soon(ready.call(READ))
    queued = await soon(ready.call(CLEAR))
    await charge_point.receive_call()
    await charge_point.socket.close()
    for asked in (in_flight, queued):
        with pytest.raises(NotConnectedError):
            await asked
    await owner.end_of(ready)
    with pytest.raises(NotConnectedError):
        await ready.call(RESET)


async def test_calls_fail_at_once_when_we_close(
    charge_point: ChargePoint, ready: Session
) -> None:
    in_flight = await soon(ready.call(READ))
    queued = await soon(ready.call(CLEAR))
    await charge_point.receive_call()
    closing = await soon(ready.close())
    for asked in (in_flight, queued):
        with pytest.raises(NotConnectedError):
            await asked
    assert await charge_point.close_code() == WSCloseCode.GOING_AWAY
    await closing


async def test_a_call_that_waits_for_the_charge_point_fails_when_it_leaves(
    charge_point: ChargePoint, session: Session
) -> None:
    asked = await soon(session.call(READ))
    readiness = await soon(session.ready())
    await charge_point.socket.close()
    for waiting in (asked, readiness):
        with pytest.raises(NotConnectedError):
            await waiting


async def test_a_charge_point_that_has_left_is_not_ready(
    charge_point: ChargePoint, ready: Session, owner: Owner
) -> None:
    await ready.ready()
    await charge_point.socket.close()
    await owner.end_of(ready)
    with pytest.raises(NotConnectedError):
        await ready.ready()


async def test_no_call_follows_one_that_nobody_waits_for_until_it_is_answered(
    charge_point: ChargePoint, ready: Session
) -> None:
    given_up = await soon(ready.call(READ))
    unique_id, _ = await charge_point.receive_call()
    given_up.cancel()
    asked = await soon(ready.call(RESET))
    await charge_point.ask()
    await charge_point.send(3, unique_id, {})
    assert await charge_point.accept_call() == "Reset"
    assert await asked == {"status": "Accepted"}
    assert given_up.cancelled()
    assert not ready.violations


async def test_a_call_that_nobody_waits_for_is_not_sent(
    charge_point: ChargePoint, session: Session
) -> None:
    given_up = await soon(session.call(READ))
    asked = await soon(session.call(RESET))
    given_up.cancel()
    await charge_point.ask()
    assert await charge_point.accept_call() == "Reset"
    await asked


@pytest.mark.parametrize("end", ["refused", "unanswered", "left"])
async def test_a_failure_that_nobody_waits_for_is_not_reported(
    charge_point: ChargePoint,
    ready: Session,
    owner: Owner,
    end: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given_up = await soon(ready.call(READ))
    unique_id, _ = await charge_point.receive_call()
    given_up.cancel()
    if end == "refused":
        await charge_point.send(4, unique_id, "GenericError", "", {})
    if end == "left":
        await charge_point.socket.close()
        await owner.end_of(ready)
    else:
        asked = await soon(ready.call(RESET))
        await charge_point.accept_call()
        await asked
    assert not errors(caplog)


async def test_a_call_that_is_given_up_while_it_fails_is_not_reported(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    given_up = await soon(session.call(READ))
    given_up.cancel()
    await session.close()
    assert given_up.cancelled()
    del given_up
    assert not errors(caplog)


async def test_a_charge_point_is_pinged(charge_point: ChargePoint) -> None:
    for _ in range(3):
        received = await charge_point.socket.receive(PATIENCE)
        assert received.type is WSMsgType.PING


async def test_a_charge_point_may_ping_us(charge_point: ChargePoint) -> None:
    await charge_point.socket.ping(b"hello")
    received = await charge_point.next()
    assert (received.type, received.data) == (WSMsgType.PONG, b"hello")


async def test_a_charge_point_that_gives_no_sign_of_life_is_given_up(
    charge_point: ChargePoint, session: Session, owner: Owner
) -> None:
    await owner.end_of(session)
    assert not session.violations


async def test_an_answer_to_a_ping_is_a_sign_of_life(
    charge_point: ChargePoint, session: Session, owner: Owner
) -> None:
    for _ in range(8):
        received = await charge_point.socket.receive(PATIENCE)
        assert received.type is WSMsgType.PING
        await charge_point.socket.pong(received.data)
    assert session not in owner.ended


@pytest.mark.parametrize("action", ["Heartbeat", "BootNotification"])
async def test_answering_a_charge_point_that_has_left_is_no_error(
    charge_point: ChargePoint, session: Session, owner: Owner, action: str
) -> None:
    await charge_point.ask(action)
    await charge_point.socket.close()
    await owner.end_of(session)
    await session.answer(owner.requests[0], answer_to(owner.requests[0].message))


async def test_no_log_shows_an_identity(
    charge_point: ChargePoint, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await charge_point.socket.send_str(IDENTITY)
    await charge_point.send(2, "1", IDENTITY, {})
    await charge_point.receive()
    await charge_point.ask()
    assert caplog.messages
    assert IDENTITY not in caplog.text


@given(st.text(alphabet=st.characters(exclude_characters="…"), min_size=1))
def test_a_label_never_contains_the_identity(identity: str) -> None:
    assert identity not in label(identity)


def test_a_label_distinguishes_chargers() -> None:
    assert label("100001") == "…001"
    assert label("abc") == "…"
