"""A charger that costs next to nothing: it writes frames into a TCP connection byte by byte."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from random import Random
from time import monotonic
from typing import Any, Final, override

import orjson

from simulator.virtual_wallbox.configuration import KEYS

type Answered = Callable[[bytes], None]

_TEXT, _PING, _PONG, _FIN = 0x1, 0x9, 0xA, 0x80
_SHORT, _MEDIUM = 126, 2**16
"""Bytes of payload from which on its length is told in two bytes, and in eight."""
_MASK: Final = b"\0\0\0\0"
"""A mask that changes nothing: what is masked with it is ready to be sent."""

POWER: Final = 7200.0
"""W, of a car that charges."""


class RawCharger(asyncio.Protocol):
    """A connection, with no checks that a server cannot fail."""

    def __init__(self, identity: str, delay: float = 0.0) -> None:
        """Prepare.

        Args:
            identity: Of the charger.
            delay: Seconds until it answers what it is asked.
        """
        self.identity = identity
        self.asked: Counter[str] = Counter()
        """How often it was asked what."""
        self.asked_last = monotonic()
        self._delay = delay
        self._keys = {key.name: [key.value, key.readonly] for key in KEYS}
        self._numbers = count(1)
        self._answered: dict[bytes, Answered] = {}
        self._buffer = bytearray()
        self._transport: asyncio.Transport
        self._open: asyncio.Future[None] | None = None
        self._since = monotonic()
        self._random = Random(identity)
        self._transaction = 0
        self.status = "Available"

    async def connect(self, port: int, address: str) -> None:
        """Connect from an address of this machine."""
        loop = asyncio.get_running_loop()
        self._buffer.clear()
        opened = self._open = loop.create_future()
        await loop.create_connection(
            lambda: self, "127.0.0.1", port, local_addr=(address, 0)
        )
        self._transport.write(
            f"GET /{self.identity} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )
        await opened

    def leave(self) -> None:
        """Be gone without a word."""
        self._answered.clear()
        self._transport.abort()

    async def ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return the payload of its answer."""
        answer = asyncio.get_running_loop().create_future()
        self.send(action, orjson.dumps(payload), answer.set_result)
        result: dict[str, Any] = orjson.loads(await answer)[2]
        return result

    def send(self, action: str, payload: bytes, answered: Answered) -> None:
        """Send a message; the answer comes as a frame."""
        number = b"%d" % next(self._numbers)
        self._answered[number] = answered
        self._write(b'[2,"%b","%b",%b]' % (number, action.encode(), payload))

    async def boot(self) -> None:
        """Say that it has started, and how it is."""
        await self.ask(
            "BootNotification",
            {
                "chargePointVendor": "Wall Box Chargers",
                "chargePointModel": "PLP1-0-2-4",
                "chargePointSerialNumber": self.identity,
                "firmwareVersion": "6.7.38",
            },
        )
        await self.tell(self.status)

    async def tell(self, status: str) -> None:
        """Say how its connector is."""
        self.status = status
        await self.ask(
            "StatusNotification",
            {
                "connectorId": 1,
                "errorCode": "NoError",
                "status": status,
                "timestamp": _now(),
            },
        )

    async def charge(self) -> None:
        """Let a car come and charge."""
        await self.tell("Preparing")
        self._since = monotonic()
        answer = await self.ask(
            "StartTransaction",
            {
                "connectorId": 1,
                "idTag": "NoAuthorization",
                "meterStart": 500_000,
                "timestamp": _now(),
            },
        )
        self._transaction = int(answer.get("transactionId", 1))
        await self.tell("Charging")

    def meter_values(self) -> bytes:
        """Return 12 values of three phases, which tremble as those of a real meter do."""
        tremble = self._random.gauss
        energy = 500_000 + POWER * (monotonic() - self._since) / 3600
        power = POWER + tremble(0, 15)
        values = [
            ("Energy.Active.Import.Register", None, "Wh", f"{energy:.1f}"),
            ("Power.Active.Import", None, "W", f"{power:.1f}"),
            *(
                ("Current.Import", f"L{phase}", "A", f"{10.4 + tremble(0, 0.03):.2f}")
                for phase in (1, 2, 3)
            ),
            *(
                ("Voltage", f"L{phase}", "V", f"{230.5 + tremble(0, 0.5):.1f}")
                for phase in (1, 2, 3)
            ),
            ("Current.Offered", None, "A", "16.0"),
            ("Power.Offered", None, "W", "11040"),
            ("Temperature", None, "Celsius", f"{31 + tremble(0, 0.2):.1f}"),
            ("Frequency", None, "Hertz", f"{50 + tremble(0, 0.01):.2f}"),
        ]
        samples = [
            {"value": value, "measurand": measurand, "unit": unit}
            | {"context": "Sample.Periodic", "format": "Raw", "location": "Outlet"}
            | ({"phase": phase} if phase else {})
            for measurand, phase, unit, value in values
        ]
        return orjson.dumps(
            {
                "connectorId": 1,
                "transactionId": self._transaction,
                "meterValue": [{"timestamp": _now(), "sampledValue": samples}],
            }
        )

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head:
                raise ConnectionRefusedError(head.decode())
            self._open.set_result(None)
            self._open, self._buffer = None, rest
        while frame := self._frame():
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        """Return the next frame that is whole."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length >= _SHORT:
            start = 4 if length == _SHORT else 10
            length = int.from_bytes(buffer[2:start])
        if len(buffer) < (end := start + length):
            return None
        frame = buffer[0] & 0xF, bytes(buffer[start:end])
        del buffer[:end]
        return frame

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self._write(payload, _PONG)
        elif payload.startswith(b"[3,"):
            number = payload[4 : payload.index(b'"', 4)]
            self._answered.pop(number)(payload)
        elif payload.startswith(b"[2,"):
            _, unique_id, action, request = orjson.loads(payload)
            self.asked[action] += 1
            self.asked_last = monotonic()
            answer = orjson.dumps([3, unique_id, self._answer(action, request)])
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay, self._write, answer)
            if action == "TriggerMessage":
                loop.call_later(self._delay, self._triggered, request)
        elif kind == _TEXT:
            raise RuntimeError(f"refused: {payload.decode()}")

    def _answer(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "GetConfiguration":
                asked = request.get("key") or self._keys
                known = [key for key in asked if key in self._keys]
                return {
                    "configurationKey": [
                        {"key": key, "value": value, "readonly": readonly}
                        for key in known
                        for value, readonly in [self._keys[key]]
                    ],
                    "unknownKey": [key for key in asked if key not in known],
                }
            case "ChangeConfiguration":
                self._keys.setdefault(request["key"], ["", False])[0] = request["value"]
            case "GetLocalListVersion":
                return {"listVersion": 0}
            case _:
                pass
        return {"status": "Accepted"}

    def _triggered(self, request: dict[str, Any]) -> None:
        work = {
            "StatusNotification": lambda: self.tell(self.status),
            "BootNotification": self.boot,
        }.get(request["requestedMessage"])
        if work:
            self._task = asyncio.ensure_future(work())
        elif request["requestedMessage"] == "MeterValues":
            self.send("MeterValues", self.meter_values(), lambda _: None)

    def _write(self, payload: bytes, kind: int = _TEXT) -> None:
        length = len(payload)
        if length < _SHORT:
            head = bytes((_FIN | kind, 0x80 | length))
        else:
            assert length < _MEDIUM
            head = bytes((_FIN | kind, 0x80 | _SHORT)) + length.to_bytes(2)
        self._transport.write(head + _MASK + payload)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
