"""A charger on a real WebSocket and in real time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self

from .car import Car
from .charger import Charger
from .personality import FIRMWARES, Personality
from .websocket import Handshake, Socket
from .wire import Direction, Wire, WireFrame

_IDLE_TICK: Final = 0.2
"""Longest real time between two looks at the clock, s, so that what is shown stays fresh."""
_POLL: Final = 0.01
"""Real time between two looks at a predicate, s."""


class NetworkCut(StrEnum):
    """How a network can fail."""

    REFUSE = "refuse"
    """Sockets are reset and none can be opened."""

    BLACKHOLE = "blackhole"
    """Frames vanish without a sign; the socket stays half open."""


class VirtualWallbox:
    """A Wallbox that connects to a central system.

    Attributes:
        charger: The charger itself; look at it as you like, but act on it through this class.
        wire: All frames that crossed the network.
    """

    def __init__(
        self,
        url: str,
        identity: str = "100001",
        personality: Personality = FIRMWARES["6.7.38"],
        *,
        speed: float = 1.0,
        reply_delay: tuple[float, float] = (0.0, 0.0),
        password: str | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: tuple[str, ...] = ("ocpp1.6",),
        already_running: bool = False,
        boot_seconds: float | None = None,
        car: Car | None = None,
    ) -> None:
        """Prepare a charger that has just booted; `start` lets it live.

        Args:
            url: WebSocket URL; the identity is appended as its last segment.
            identity: Charge Point Identity, also the user name of Basic authentication.
            personality: What kind of Wallbox.
            speed: Charger seconds in a real second.
            reply_delay: Shortest and longest time to answer a CALL, charger seconds.
            password: For HTTP Basic authentication.
            headers: More handshake headers.
            subprotocols: What it offers.
            already_running: It booted long ago and connects without BootNotification.
            boot_seconds: Length of a reboot, charger seconds; `None` for the personality's.
            car: Plugged in from the beginning.
        """
        self.identity = identity
        self.speed = speed
        self.charger = Charger(
            personality,
            epoch=datetime.now(UTC),
            peer_speed=speed,
            reply_delay=reply_delay,
            already_running=already_running,
            boot_seconds=boot_seconds,
            # At another speed the server's time would throw its clock back at each heartbeat.
            follows_server_clock=speed == 1.0,
        )
        self._record = Wire()
        self._handshake = Handshake(
            f"{url.rstrip('/')}/{identity}",
            identity,
            password,
            headers or {},
            subprotocols,
        )
        self._socket: Socket | None = None
        self._lives: dict[Socket, asyncio.Task[None]] = {}
        self._failures: list[Exception] = []
        self._stopping = False
        self._cut: NetworkCut | None = None
        self._zero = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._linking: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        if car is not None:
            self.charger.plug(car)

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    # Life

    async def start(self) -> None:
        """Let time run and connect."""
        loop = asyncio.get_running_loop()
        self._stopping = False
        self._zero = loop.time() - self.charger.now / self.speed
        self._linking = self._task(self._keep_linked())
        self._turn()

    async def stop(self) -> None:
        """Close the socket properly and leave nothing behind.

        Raises:
            ExceptionGroup: The virtual Wallbox itself had failed meanwhile.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stopping = self._cut is None
        linking, self._linking = self._linking, None
        tasks = [*self._lives.values(), *([linking] if linking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket = None
        self.charger.disconnected()
        self._raise_failures()

    async def wait_connected(self, timeout: float = 10) -> None:
        """Wait until the socket is open and, if one was due, the boot is accepted.

        Raises:
            TimeoutError: Not within `timeout` real seconds.
        """
        await self.wait_until(
            lambda: self.connected and not self.charger.link.boot_due, timeout
        )

    async def wait_until(
        self, predicate: Callable[[], bool], timeout: float = 10
    ) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: Not within `timeout` real seconds; it says how things stand instead.
        """
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    self._raise_failures()
                    await asyncio.sleep(_POLL)
                    self._turn()
        except TimeoutError:
            raise TimeoutError(f"still not so after {timeout} s: {self}") from None

    async def sleep(self, seconds: float) -> None:
        """Let so many charger seconds pass."""
        await asyncio.sleep(seconds / self.speed)
        self._turn()

    def __str__(self) -> str:
        """Say how things stand."""
        charger = self.charger
        return (
            f"{self.identity} at {charger.now:.1f} s: {charger.status}, {charger.current_drawn} A, "
            f"link {'up' if charger.link_up else 'down'}, transaction {charger.transaction}"
        )

    # What people and cars do

    def plug(self, car: Car | None = None) -> None:
        """Put the cable into a car."""
        self._act(lambda: self.charger.plug(car))

    def unplug(self) -> None:
        """Pull the cable out."""
        self._act(self.charger.unplug)

    def tap(self, id_tag: str) -> None:
        """Hold an RFID card to it."""
        self._act(lambda: self.charger.tap(id_tag))

    def car_full(self) -> None:
        """Let the car have enough."""
        self._act(self.charger.car_full)

    def car_pause(self) -> None:
        """Let the car stop drawing by itself."""
        self._act(self.charger.car_pause)

    def car_resume(self) -> None:
        """Let the car draw again."""
        self._act(self.charger.car_resume)

    def fault(self, *, present: bool = True) -> None:
        """Have an internal error, or be rid of it."""
        self._act(lambda: self.charger.fault(present=present))

    def power_off(self) -> None:
        """Cut its power."""
        self._act(self.charger.power_off)

    def power_on(self) -> None:
        """Give it power; it boots."""
        self._act(self.charger.power_on)

    async def power_cycle(self, off_seconds: float = 5) -> None:
        """Cut its power for so many charger seconds; returns when the boot begins."""
        self.power_off()
        await self.sleep(off_seconds)
        self.power_on()

    # Network

    def cut_network(self, how: NetworkCut = NetworkCut.REFUSE) -> None:
        """Take the network away."""
        self._cut = how
        if how is NetworkCut.REFUSE:
            self._lose_socket()
            self._act(self.charger.disconnected)
        elif self._socket is not None:
            self._socket.deaf = True

    def restore_network(self) -> None:
        """Give the network back; what vanished stays lost."""
        self._cut = None
        for socket in self._lives:
            socket.deaf = False
        self._turn()

    @property
    def network_cut(self) -> NetworkCut | None:
        """How the network is broken now."""
        return self._cut

    @property
    def connected(self) -> bool:
        """Tell whether the socket is open, as far as the charger knows."""
        return self.charger.link_up

    @property
    def handshake_status(self) -> int | None:
        """HTTP status of the last handshake if it was refused."""
        return self._handshake.refused_with

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol the server chose."""
        return self._handshake.subprotocol

    # Record

    @property
    def wire(self) -> list[WireFrame]:
        """All frames that crossed the network."""
        return self._record.frames

    def sent(self, action: str | None = None) -> list[WireFrame]:
        """Give the charger's CALLs."""
        return self._record.calls(Direction.SENT, action)

    def received(self, action: str | None = None) -> list[WireFrame]:
        """Give the server's CALLs."""
        return self._record.calls(Direction.RECEIVED, action)

    def reply_to(self, call: WireFrame) -> WireFrame | None:
        """Give the answer to a CALL, if there was one."""
        return self._record.reply_to(call)

    # Inside

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # Begun at once, so that a task which holds a socket cannot be cancelled before it can close it.
        task = asyncio.get_running_loop().create_task(
            work, name=f"virtual wallbox {self.identity}", eager_start=True
        )
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._failures.append(error)

    def _raise_failures(self) -> None:
        failures, self._failures = self._failures, []
        if failures:
            raise ExceptionGroup(f"virtual Wallbox {self.identity} failed", failures)

    def _act(self, action: Callable[[], None]) -> None:
        if self._linking is not None:
            self.charger.advance(max(self._charger_time(), self.charger.now))
        action()
        self._turn()

    def _charger_time(self) -> float:
        return (asyncio.get_running_loop().time() - self._zero) * self.speed

    def _turn(self) -> None:
        """Bring the charger up to now, do what it wants, and wait for what comes next."""
        if self._linking is None:
            return
        charger = self.charger
        charger.advance(max(self._charger_time(), charger.now))
        if charger.take_drop():
            self._lose_socket()
        for text in charger.take_frames():
            self._send(text)
        if charger.take_ping() and self._socket is not None and self._cut is None:
            self._socket.ping()
        if charger.wants_link and self._cut is None:
            self._wanted.set()
        else:
            self._wanted.clear()
        self._wait_for_next()

    def _wait_for_next(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.charger.next_due
        wait = (
            _IDLE_TICK
            if due is None
            else min((due - self.charger.now) / self.speed, _IDLE_TICK)
        )
        self._timer = asyncio.get_running_loop().call_later(max(wait, 0.0), self._turn)

    def _send(self, text: str) -> None:
        if self._socket is not None and self._cut is None:
            self._record.add(self.charger.now, Direction.SENT, text)
            self._socket.send(text)

    def _lose_socket(self) -> None:
        """Tear the socket down; out of a black hole the server does not hear of it."""
        socket, self._socket = self._socket, None
        if socket in self._lives and self._cut is not NetworkCut.BLACKHOLE:
            self._lives[socket].cancel()

    async def _keep_linked(self) -> None:
        while True:
            await self._wanted.wait()
            socket = await self._handshake.open()
            if socket is None:
                self._act(self.charger.connect_failed)
            elif self._cut is not None or not self.charger.wants_link:
                await socket.reset()
            else:
                self._socket = socket
                self._task(self._live_with(socket))

    async def _live_with(self, socket: Socket) -> None:
        polite = False
        try:
            self._lives[socket] = _this_task()
            self._act(self.charger.connected)
            async with aclosing(socket.frames()) as frames:
                async for text in frames:
                    if self._socket is not socket:
                        # The charger has forgotten this one, so its network stack answers with a reset.
                        return
                    self._receive(text)
            polite = self._cut is None
            if self._socket is socket and polite:
                self._socket = None
                self._act(self.charger.disconnected)
        finally:
            await (socket.close() if polite or self._stopping else socket.reset())
            self._lives.pop(socket, None)

    def _receive(self, text: str | None) -> None:
        self.charger.advance(max(self._charger_time(), self.charger.now))
        if text is None:
            self.charger.heard()
        else:
            self._record.add(self.charger.now, Direction.RECEIVED, text)
            self.charger.received(text)
        self._turn()


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
