"""Two hundred peers that mean harm, in a process of their own: `python -m tests.helpers.hostile PORT ID…`.

Without identities, it is a crowd instead that says nothing and takes up all the room there is. Each
peer comes from an address of its own on the loopback network and does one kind of harm again and
again, until this is told to stop by a line on its standard input.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
import itertools
import json
import os
import resource
import sys
from typing import Final

PEERS: Final = 200
CROWD: Final = 120
"""Addresses of the silent crowd."""
CROWD_CONNECTIONS: Final = 30
"""Connections that each of them holds; fewer than an address may have."""
AGAIN_AFTER: Final = 0.05
"""Seconds until one that was thrown out comes again."""

type Reader = asyncio.StreamReader
type Writer = asyncio.StreamWriter
type Harm = Callable[[Reader, Writer, str], Awaitable[None]]


def request(path: str, **headers: str) -> bytes:
    """Return a handshake."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: home",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Return a masked WebSocket frame."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def call(action: str, **payload: object) -> bytes:
    """Return the frame of a CALL."""
    return frame(json.dumps([2, "1", action, payload]).encode())


async def is_silent(reader: Reader, _: Writer, __: str) -> None:
    """Connect and say nothing."""
    await reader.read()


async def is_slow(reader: Reader, writer: Writer, identity: str) -> None:
    """Say a letter now and then."""
    for letter in request(f"/{identity}"):
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.3)


async def speaks_no_http(reader: Reader, writer: Writer, _: str) -> None:
    """Say something else."""
    writer.write(os.urandom(4096))
    await reader.read()


async def browses(reader: Reader, writer: Writer, _: str) -> None:
    """Ask for pages."""
    writer.write(b"GET /" + b"x" * 4000 + b" HTTP/1.1\r\nHost: home\r\n\r\n")
    await reader.read()


async def is_a_stranger(reader: Reader, writer: Writer, _: str) -> None:
    """Introduce itself as somebody whom nobody knows."""
    writer.write(request(f"/{os.urandom(8).hex()}"))
    await reader.read()


async def guesses(reader: Reader, writer: Writer, identity: str) -> None:
    """Try a password."""
    proof = b64encode(f"{identity}:{os.urandom(8).hex()}".encode()).decode()
    writer.write(request(f"/{identity}", Authorization=f"Basic {proof}"))
    await reader.read()


async def speaks_ocpp_2(reader: Reader, writer: Writer, identity: str) -> None:
    """Offer another subprotocol."""
    writer.write(request(f"/{identity}", Sec_WebSocket_Protocol="ocpp2.0.1"))
    await reader.read()


def floods_with(*frames: bytes) -> Harm:
    """Pose as a charger that needs no password, and send frames as fast as they go."""

    async def flood(reader: Reader, writer: Writer, identity: str) -> None:
        writer.write(request(f"/{identity}"))
        await reader.readuntil(b"\r\n\r\n")
        draining = asyncio.create_task(reader.read())
        try:
            for sent in itertools.cycle(frames):
                writer.write(sent)
                await writer.drain()
                # The others want to do harm, too.
                await asyncio.sleep(0)
                if draining.done():
                    return
        finally:
            draining.cancel()

    return flood


METER_VALUES: Final = call(
    "MeterValues",
    connectorId=1,
    meterValue=[
        {
            "timestamp": "2026-09-01T10:00:00Z",
            "sampledValue": [{"value": str(number)} for number in range(50)],
        }
    ],
)
HARMS: Final[tuple[Harm, ...]] = (
    is_silent,
    is_slow,
    speaks_no_http,
    browses,
    is_a_stranger,
    guesses,
    speaks_ocpp_2,
    floods_with(call("Heartbeat")),
    floods_with(METER_VALUES),
    floods_with(frame(b"garbage")),
    floods_with(frame(b"[" * 250_000), frame(b'"' + b"x" * 250_000)),
    floods_with(frame(b"", opcode=9)),
    floods_with(call("StartTransaction", connectorId=1, idTag="", meterStart=0)),
    floods_with(frame(b" " * 300_000)),
)


@asynccontextmanager
async def connection(port: int, address: str) -> AsyncGenerator[tuple[Reader, Writer]]:
    """Connect from an address."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, local_addr=(address, 0)
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def do_harm(harm: Harm, port: int, number: int, identity: str) -> None:
    """Do one kind of harm until the end."""
    address = f"127.1.{number // 200}.{number % 200 + 1}"
    while True:
        with suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
            async with connection(port, address) as (reader, writer):
                await harm(reader, writer, identity)
        await asyncio.sleep(AGAIN_AFTER)


def harms_to(identities: list[str]) -> Iterator[tuple[int, Harm, str]]:
    """Return the number of each peer, and what it does to whom."""
    if not identities:
        for number in range(CROWD * CROWD_CONNECTIONS):
            yield number % CROWD, is_silent, ""
        return
    harms = zip(itertools.cycle(HARMS), itertools.cycle(identities), strict=False)
    for number, (harm, identity) in zip(range(PEERS), harms, strict=False):
        yield number, harm, identity


async def main(port: int, identities: list[str]) -> None:
    """Do harm until somebody says that it is enough."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(do_harm(harm, port, number, identity))
            for number, harm, identity in harms_to(identities)
        ]
        await asyncio.to_thread(sys.stdin.readline)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
