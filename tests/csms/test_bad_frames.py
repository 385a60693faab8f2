"""What a charge point sends that cannot be read, or is far too much."""

from typing import Any

from aiohttp import WSCloseCode
import pytest

from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.session import Session

from .conftest import ChargePoint, Owner

# Three requests that can be told apart.


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hello", "not JSON"),
        ("{}", "not a frame"),
        ('[5,"1",{}]', "unknown message type"),
        ('[3,"1",{}]', "an answer to no question"),
        ('[4,"1","GenericError","",{}]', "an answer to no question"),
    ],
)
async def test_what_cannot_be_answered_is_counted_and_logged_once(
    charge_point: ChargePoint,
    session: Session,
    text: str,
    kind: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        await charge_point.socket.send_str(text)
    await charge_point.ask()
    assert session.violations == {kind: 3}
    assert caplog.text.count(kind) == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ([2, "1"], "FormationViolation"),
        ([2, "1", "CustomOperation", {}], "NotImplemented"),
        ([2, "1", "Reset", {"type": "Soft"}], "NotSupported"),
        ([2, "1", "StatusNotification", {}], "TypeConstraintViolation"),
    ],
)
async def test_a_request_that_cannot_be_read_is_refused_and_logged_once(
    charge_point: ChargePoint,
    session: Session,
    owner: Owner,
    frame: list[Any],
    code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        await charge_point.send(*frame)
        assert (await charge_point.receive())[:3] == [4, "1", code]
    assert not owner.requests
    assert session.violations.total() == 3
    assert len(caplog.messages) == 1


async def test_a_binary_message_is_counted_and_ignored(
    charge_point: ChargePoint, session: Session
) -> None:
    await charge_point.socket.send_bytes(b'[2,"1","Heartbeat",{}]')
    await charge_point.ask()
    assert session.violations == {"a binary message": 1}


async def test_a_big_frame_is_read(charge_point: ChargePoint) -> None:
    frame = '[2,"1","Heartbeat",{}'
    await charge_point.socket.send_str(frame.ljust(Quotas().frame_size - 2) + "]")
    message_type, *_ = await charge_point.receive()
    assert message_type == 3


async def test_a_frame_that_is_too_big_ends_the_connection(
    charge_point: ChargePoint, session: Session, owner: Owner
) -> None:
    await charge_point.socket.send_str("[".ljust(Quotas().frame_size + 1))
    assert await charge_point.close_code() == WSCloseCode.MESSAGE_TOO_BIG
    await owner.end_of(session)
    assert session.violations == {"a broken or too big message": 1}


async def test_a_start_of_a_transaction_is_answered_whatever_it_looks_like(
    charge_point: ChargePoint, session: Session
) -> None:
    await charge_point.send(2, "1", "StartTransaction", [])
    message_type, _, answer = await charge_point.receive()
    assert message_type == 3
    assert answer["transactionId"] == 1
