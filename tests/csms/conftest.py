"""A central system on a loopback port, and charge points that do what a test says."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
import threading
from typing import Any
from unittest.mock import patch

from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    WSMessage,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from aiohttp.test_utils import TestServer
from ocpp.v16 import call, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus, ResetType
import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.handshake import HandshakeAttempt
from custom_components.wallbox_ocpp.csms.messages import (
    BootNotification,
    Heartbeat,
    Message,
    StartTransaction,
    StatusNotification,
)
from custom_components.wallbox_ocpp.csms.passwords import Credentials, hashed, matches
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.requests import OcppPayload
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Request, Session, Timing
from simulator.virtual_time import PATIENCE

IDENTITY = "100001"
OTHER = "200002"
PASSWORD = "correct-horse-battery"
AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}

# Three requests that can be told apart.
READ = call.GetConfiguration()
CLEAR = call.ClearChargingProfile()
RESET = call.Reset(type=ResetType.soft)

type Connect = Callable[..., Awaitable[ChargePoint]]


@pytest.fixture
def timing() -> Timing:
    """Return the central system's patience."""
    return Timing()


@pytest.fixture
def quotas() -> Quotas:
    """Return what one peer may take up."""
    return Quotas()


@pytest.fixture
def comparing() -> Iterator[threading.Event]:
    """Have passwords compared only once this is set."""
    may = threading.Event()

    def fits_later(password: str, wanted: str) -> bool:
        may.wait(10)
        return matches(password, wanted)

    with patch.object(passwords, "matches", fits_later):
        yield may
        may.set()


async def soon[T](coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start something, and let it get as far as it can."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    return task


class ChargePoint:
    """The far end of a connection."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, *parts: Any) -> None:
        """Send a frame."""
        await self.socket.send_json(list(parts))

    async def receive(self) -> list[Any]:
        """Return the next frame."""
        received = await self.next()
        assert received.type is WSMsgType.TEXT
        frame: list[Any] = received.json()
        return frame

    async def next(self) -> WSMessage:
        """Return what comes next; pings do not count, and are answered."""
        while True:
            received = await self.socket.receive(PATIENCE)
            if received.type is not WSMsgType.PING:
                return received
            with suppress(ConnectionError):
                await self.socket.pong(received.data)

    async def receive_call(self) -> tuple[str, str]:
        """Return the message id and the action of the next frame, which is a CALL."""
        message_type, unique_id, action, _ = await self.receive()
        assert message_type == 2
        return unique_id, action

    async def ask(
        self, action: str = "Heartbeat", payload: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a request, and return its answer, which is the very next frame."""
        await self.send(2, action, action, payload or {})
        message_type, unique_id, answer = await self.receive()
        assert (message_type, unique_id) == (3, action)
        assert isinstance(answer, dict)
        return answer

    async def accept_call(self) -> str:
        """Take the next CALL and accept it; return its action."""
        unique_id, action = await self.receive_call()
        await self.send(3, unique_id, {"status": "Accepted"})
        return action

    async def close_code(self) -> int | None:
        """Return the code that the other end closes with, which comes next."""
        received = await self.next()
        assert received.type is WSMsgType.CLOSE
        code: int | None = received.data
        return code


class Owner:
    """Answers what charge points ask, and keeps their sessions for the test."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.ended: list[Session] = []
        self._sessions: asyncio.Queue[Session] = asyncio.Queue()
        self._ended = asyncio.Condition()

    async def __call__(self, session: Session) -> None:
        self._sessions.put_nowait(session)
        try:
            async for request in session.requests():
                self.requests.append(request)
                await session.answer(request, answer_to(request.message))
        finally:
            async with self._ended:
                self.ended.append(session)
                self._ended.notify_all()

    async def session(self) -> Session:
        """Return the session of the next charge point to connect."""
        async with asyncio.timeout(PATIENCE):
            return await self._sessions.get()

    async def end_of(self, session: Session) -> None:
        """Wait until a session has ended."""
        async with asyncio.timeout(PATIENCE), self._ended:
            await self._ended.wait_for(lambda: session in self.ended)


def answer_to(message: Message) -> OcppPayload:
    """Answer as any central system would."""
    match message:
        case BootNotification():
            return call_result.BootNotification(
                current_time="2026-09-01T10:00:00Z",
                interval=60,
                status=RegistrationStatus.accepted,
            )
        case StatusNotification():
            return call_result.StatusNotification()
        case StartTransaction():
            accepted = IdTagInfo(status=AuthorizationStatus.accepted)
            return call_result.StartTransaction(transaction_id=1, id_tag_info=accepted)
        case Heartbeat():
            return call_result.Heartbeat(current_time="2026-09-01T10:00:00Z")
        case _:
            raise NotImplementedError


@pytest.fixture
def owner() -> Owner:
    """Return the owner of the charge point."""
    return Owner()


@pytest.fixture
async def central_system(
    timing: Timing, quotas: Quotas, owner: Owner, unused_tcp_port: int
) -> AsyncGenerator[CentralSystem]:
    """Start a central system that knows one charge point."""
    central_system = CentralSystem(timing, quotas)
    central_system.register(IDENTITY, owner)
    await central_system.start(unused_tcp_port, "127.0.0.1")
    yield central_system
    await central_system.stop()


@pytest.fixture
async def client() -> AsyncGenerator[ClientSession]:
    """Return an HTTP client."""
    async with ClientSession() as client:
        yield client


@pytest.fixture
async def connect(
    central_system: CentralSystem, client: ClientSession, unused_tcp_port: int
) -> AsyncGenerator[Connect]:
    """Return a function that connects a charge point."""
    async with AsyncExitStack() as stack:

        async def connect(path: str = f"/{IDENTITY}", **options: Any) -> ChargePoint:
            options = {"autoping": False, "protocols": ("ocpp1.6",), **options}
            url = f"ws://127.0.0.1:{unused_tcp_port}{path}"
            socket = await client.ws_connect(url, **options)
            stack.push_async_callback(socket.close)
            return ChargePoint(socket)

        yield connect


@pytest.fixture
async def charge_point(connect: Connect) -> ChargePoint:
    """Connect a charge point that has said nothing yet."""
    return await connect()


@pytest.fixture
async def session(charge_point: ChargePoint, owner: Owner) -> Session:
    """Return our end of the charge point's connection."""
    return await owner.session()


@pytest.fixture(scope="session")
def kept() -> str:
    """Return what is kept of the password."""
    return hashed(PASSWORD)


@pytest.fixture
def credentials(kept: str) -> Credentials:
    """Return what the charge point has to prove itself with."""
    return Credentials(current=kept)


@pytest.fixture
async def guarded(
    central_system: CentralSystem, owner: Owner, credentials: Credentials
) -> None:
    """Ask the charge point for its password."""
    central_system.register(IDENTITY, owner, lambda: credentials)


@pytest.fixture
def attempts(central_system: CentralSystem) -> list[HandshakeAttempt]:
    """Return what becomes of each handshake."""
    attempts: list[HandshakeAttempt] = []
    central_system.watch(attempts.append)
    return attempts


@pytest.fixture
async def elsewhere(central_system: CentralSystem) -> AsyncGenerator[str]:
    """Return the address of another web server that passes charge points on."""

    async def handle(request: web.Request) -> web.StreamResponse:
        peer = request.headers.get("X-Forwarded-For", request.remote or "")
        return await central_system.handle(
            request.clone(remote=peer), request.match_info["path"], must_prove=True
        )

    app = web.Application()
    app.router.add_get("/charge/{path:.*}", handle)
    async with TestServer(app) as server:
        # As Home Assistant's does.
        assert server.runner
        assert server.runner.server
        server.runner.server.handler_cancellation = True
        yield f"ws://127.0.0.1:{server.port}/charge"


async def refusal(connect: Connect, **options: Any) -> WSServerHandshakeError:
    """Return how a handshake is refused."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(**options)
    return refused.value


async def dial(
    port: int | None, address: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect from an address, and say nothing."""
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


@pytest.fixture
async def ready(charge_point: ChargePoint, session: Session) -> Session:
    """Return our end of a connection that is ready for a CALL."""
    await charge_point.ask()
    return session
