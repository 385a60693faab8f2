"""What is kept of a charge point: its last words, and how its connections ended."""

from collections.abc import Awaitable, Callable
import socket as sockets
import struct
from sys import getsizeof

from aiohttp import WSMsgType
from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.close_reason import CloseReason
from custom_components.wallbox_ocpp.csms.frame_log import (
    LONGEST,
    MAX_BYTES,
    MAX_RECORDS,
    PACKED,
    FlightRecorder,
    Kind,
)
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Session

from .conftest import IDENTITY, ChargePoint, Connect, Owner

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def texts(recorder: FlightRecorder) -> list[str]:
    """Return the texts of all records."""
    return [record.text for record in recorder]


@pytest.mark.parametrize("said", [1, PACKED, MAX_RECORDS, MAX_RECORDS + 3, 1999])
def test_the_last_records_are_kept_in_order(said: int) -> None:
    recorder = FlightRecorder(now=iter(range(10_000)).__next__)
    for number in range(said):
        recorder.note(Kind.RECEIVED, str(number))
    kept = [*range(said)][-len(texts(recorder)) :]
    assert min(said, MAX_RECORDS - PACKED) <= len(kept) <= MAX_RECORDS
    assert texts(recorder) == [str(number) for number in kept]
    assert [record.at for record in recorder] == kept


def test_a_long_text_is_cut_off() -> None:
    recorder = FlightRecorder()
    recorder.note(Kind.RECEIVED, "x" * (LONGEST + 1))
    assert texts(recorder) == ["x" * LONGEST]


@given(st.lists(st.text(min_size=1, max_size=4).map(lambda text: text * 9999)))
def test_however_much_is_said_only_so_many_bytes_are_kept(said: list[str]) -> None:
    recorder = FlightRecorder()
    for text in said:
        recorder.note(Kind.RECEIVED, text)
        assert sum(getsizeof(kept) for kept in texts(recorder)) <= MAX_BYTES
    assert texts(recorder) == [text[:LONGEST] for text in said][-len(texts(recorder)) :]


async def test_every_frame_of_either_side_is_kept_over_connections(
    central_system: CentralSystem, connect: Connect, owner: Owner
) -> None:
    for _ in range(2):
        charge_point = await connect()
        session = await owner.session()
        await charge_point.socket.send_str("garbage")
        await charge_point.ask()
        await charge_point.socket.close()
        await owner.end_of(session)
    await central_system.stop()
    answer = '[3,"Heartbeat",{"currentTime":"2026-09-01T10:00:00Z"}]'
    recorder = central_system.frame_logs[IDENTITY].recorder
    assert [(record.kind, record.text) for record in recorder] == 2 * [
        (Kind.OPENED, ""),
        (Kind.RECEIVED, "garbage"),
        (Kind.RECEIVED, '[2, "Heartbeat", "Heartbeat", {}]'),
        (Kind.SENT, answer),
        (Kind.CLOSED, CloseReason.LEFT),
    ]


# How connections end.


async def leave(charge_point: ChargePoint) -> None:
    """Close with a close frame."""
    await charge_point.socket.close()


async def vanish(charge_point: ChargePoint) -> None:
    """Reset the connection, as a device does that was switched off and on."""
    socket = charge_point.socket.get_extra_info("socket")
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET_ON_CLOSE)
    charge_point.socket._conn.close()  # type: ignore[union-attr]  # aiohttp has no way to do without a close frame


async def hang_up(charge_point: ChargePoint) -> None:
    """End the connection in good order, but without a close frame."""
    socket = charge_point.socket.get_extra_info("socket")
    socket.shutdown(sockets.SHUT_WR)


async def say_too_much(charge_point: ChargePoint) -> None:
    """Send a message that is too big."""
    await charge_point.socket.send_str("[".ljust(Quotas().frame_size + 1))


@pytest.mark.parametrize(
    ("act", "close_reason"),
    [
        (leave, CloseReason.LEFT),
        (vanish, CloseReason.LOST),
        (hang_up, CloseReason.LOST),
        (say_too_much, CloseReason.BROKEN),
    ],
)
async def test_it_is_known_how_a_charge_point_went(
    charge_point: ChargePoint,
    session: Session,
    owner: Owner,
    act: Callable[[ChargePoint], Awaitable[None]],
    close_reason: CloseReason,
) -> None:
    await act(charge_point)
    await owner.end_of(session)
    assert session.close_reason is close_reason
    assert bool(session.violations) is (close_reason is CloseReason.BROKEN)


async def test_a_charge_point_that_gave_no_sign_of_life_was_silent(
    charge_point: ChargePoint, session: Session, owner: Owner
) -> None:
    await owner.end_of(session)
    assert session.close_reason is CloseReason.SILENT


async def test_a_connection_that_made_room_for_another_one_was_replaced(
    charge_point: ChargePoint, session: Session, connect: Connect, owner: Owner
) -> None:
    await connect()
    assert (await charge_point.next()).type is WSMsgType.CLOSE
    await owner.end_of(session)
    assert session.close_reason is CloseReason.REPLACED


async def test_a_connection_that_we_end_was_stopped(
    central_system: CentralSystem,
    charge_point: ChargePoint,
    session: Session,
    owner: Owner,
) -> None:
    await central_system.stop()
    await owner.end_of(session)
    assert session.close_reason is CloseReason.STOPPED


async def test_the_address_of_a_charge_point_is_known(
    charge_point: ChargePoint, session: Session
) -> None:
    assert session.connection_info.address == "127.0.0.1"
