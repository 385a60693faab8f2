"""Any handshake: it is admitted exactly if it may be, and nothing breaks."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.handshake import (
    MAX_UNKNOWN_CHARGERS_PER_ADDRESS,
)
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from simulator.virtual_time import PATIENCE

from .conftest import IDENTITY, Connect

UPGRADE = {
    "Host": "central-system",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
LET_IN = 101

fuzz = settings(
    max_examples=60,
    deadline=None,
    # One central system for all examples is the point: none may harm it for the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

segments = st.text(max_size=20) | st.sampled_from(["", "ocpp", "..", IDENTITY])
paths = st.lists(segments, max_size=4).map(
    lambda parts: "/" + "/".join(quote(part, safe="") for part in parts)
)
tokens = st.text(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", min_size=1, max_size=9
)
protocols = st.lists(
    tokens | st.sampled_from(["ocpp1.6", "ocpp2.0.1", "OCPP1.6"]), max_size=4
)
visible = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
names = tokens | st.sampled_from(
    [
        "Authorization",
        "Content-Length",
        "Expect",
        "Host",
        "Origin",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Transfer-Encoding",
        "X-Forwarded-For",
    ]
)
headers = st.dictionaries(names, visible, max_size=4)


@pytest.fixture
def quotas() -> Quotas:
    """Use up the handshakes of one address."""
    return Quotas(handshakes=1_000_000, admissions=1_000_000)


async def handshake(central_system: CentralSystem, request: bytes) -> int | None:
    """Send a request and return the status of the answer, or None without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", central_system.port)
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(request)
            writer.write_eof()
            line = await reader.readline()
    except ConnectionError:
        return None
    finally:
        writer.transport.abort()
    return int(line.split(b" ")[1]) if line.startswith(b"HTTP/1.") else None


def request(path: str, fields: dict[str, str]) -> bytes:
    """Word a request."""
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error, by anybody."""
    errors = [item for item in caplog.records if item.levelname == "ERROR"]
    caplog.clear()
    return [f"{item.getMessage()}: {item.exc_info}" for item in errors]


@fuzz
@given(paths, protocols)
async def test_it_is_admitted_by_its_identity_and_its_subprotocol_alone(
    central_system: CentralSystem,
    caplog: pytest.LogCaptureFixture,
    path: str,
    protocols: list[str],
) -> None:
    fields = UPGRADE | (
        {"Sec-WebSocket-Protocol": ", ".join(protocols)} if protocols else {}
    )
    status = await handshake(central_system, request(path, fields))
    named = [part for part in path.split("/") if part]
    known = bool(named) and named[-1] == IDENTITY
    spoken = not protocols or "ocpp1.6" in protocols
    assert (status == LET_IN) is (known and spoken)
    assert status == LET_IN or status in (400, 404)
    assert not complaints(caplog)


@fuzz
@given(headers)
async def test_no_other_header_breaks_anything(
    central_system: CentralSystem,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
) -> None:
    status = await handshake(central_system, request(f"/{IDENTITY}", UPGRADE | headers))
    # aiohttp itself refuses what is no HTTP.
    assert status is None or status == LET_IN or 400 <= status < 500
    assert not complaints(caplog)


@fuzz
@given(st.binary(max_size=200) | visible.map(str.encode))
async def test_what_is_no_request_at_all_breaks_nothing(
    central_system: CentralSystem, caplog: pytest.LogCaptureFixture, garbage: bytes
) -> None:
    status = await handshake(central_system, garbage + b"\r\n\r\n")
    assert status != LET_IN
    assert not complaints(caplog)


async def test_after_all_of_that_chargers_are_admitted_and_little_is_remembered(
    central_system: CentralSystem,
    connect: Connect,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    for number in range(200):
        await handshake(central_system, request(f"/stranger-{number}", UPGRADE))
    charge_point = await connect()
    await charge_point.ask()
    assert (
        len(central_system.unknown_chargers.recent) == MAX_UNKNOWN_CHARGERS_PER_ADDRESS
    )
    assert central_system.frame_logs.keys() == {IDENTITY}
