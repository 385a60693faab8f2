"""Runs a charger on a real WebSocket, in the time of its event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
import time
from typing import Final, Self

from ..schemas import raise_violations
from .car import Car
from .charger import Charger
from .network import Network, NetworkCut
from .personality import FIRMWARES, Personality
from .websocket import Handshake
from .wire import Direction, Wire, WireFrame

_POLL: Final = 0.01
"""Time between two looks at a predicate, s."""
_PATIENCE: Final = 600.0
"""Charger seconds in which anything it is waited for should happen."""


type Until = Callable[[Callable[[], bool]], Awaitable[None]]
"""Waits until something is so."""


async def _poll(predicate: Callable[[], bool]) -> None:
    while not predicate():
        await asyncio.sleep(_POLL)


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
        age: timedelta = timedelta(),
        until: Until = _poll,
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
            age: How long ago its life begins; `charger.advance` lets it live it before `start`.
            until: How to wait; a test whose time is virtual knows better than to poll.
        """
        self.identity = identity
        self.speed = speed
        self.charger = Charger(
            personality,
            epoch=datetime.fromtimestamp(time.time(), UTC) - age,
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
        self._network = Network(self._handshake, self, f"virtual Wallbox {identity}")
        self._until = until
        self._alive = False
        self._zero = 0.0
        self._timer: asyncio.TimerHandle | None = None
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
        self._zero = asyncio.get_running_loop().time() - self.charger.now / self.speed
        self._alive = True
        self._network.start()
        self._turn()

    async def stop(self) -> None:
        """Close the socket properly and leave nothing behind.

        Raises:
            ExceptionGroup: The virtual Wallbox itself had failed meanwhile.
            ViolationError: The server had sent what is not valid by the schemas of OCPP.
        """
        self._alive = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._network.stop()
        self.charger.disconnected()
        self._network.raise_failures()
        raise_violations(self.charger.violations)

    async def wait_connected(self, timeout: float = _PATIENCE) -> None:
        """Wait until the socket is open and, if one was due, the boot is accepted.

        Raises:
            TimeoutError: Not within `timeout` charger seconds.
        """
        await self.wait_until(
            lambda: self.connected and not self.charger.link.boot_due, timeout
        )

    async def wait_until(
        self, predicate: Callable[[], bool], timeout: float = _PATIENCE
    ) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: Not within `timeout` charger seconds; it says how things stand instead.
        """

        def so() -> bool:
            self._network.raise_failures()
            self._turn()
            return predicate()

        try:
            async with asyncio.timeout(timeout / self.speed):
                await self._until(so)
        except TimeoutError:
            raise TimeoutError(f"still not so after {timeout} s: {self}") from None

    async def sleep(self, seconds: float) -> None:
        """Let so many charger seconds pass."""
        await asyncio.sleep(seconds / self.speed)
        self._turn()

    def leap(self, seconds: float) -> None:
        """Let so many charger seconds pass at once, in which nothing comes from outside."""
        self._zero -= seconds / self.speed
        self._turn()

    def look(self) -> None:
        """Bring what is shown of the charger up to now: nothing does while nothing happens."""
        self._turn()

    def __str__(self) -> str:
        """Return the state in words, for an error."""
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
        """Present an RFID card."""
        self._act(lambda: self.charger.tap(id_tag))

    def car_full(self) -> None:
        """Let the car be full."""
        self._act(self.charger.car_full)

    def car_pause(self) -> None:
        """Let the car stop drawing by itself."""
        self._act(self.charger.car_pause)

    def car_resume(self) -> None:
        """Let the car draw again."""
        self._act(self.charger.car_resume)

    def fault(self, *, present: bool = True) -> None:
        """Set or clear an internal error."""
        self._act(lambda: self.charger.fault(present=present))

    def eco_smart(self, *, on: bool = True) -> None:
        """Turn Eco-Smart of the Wallbox app on, which overrules OCPP, or off."""
        self._act(lambda: self.charger.eco_smart(on=on))

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
        self._network.break_down(how)
        if how is NetworkCut.REFUSE:
            self._act(self.charger.disconnected)

    def restore_network(self) -> None:
        """Restore the network; what vanished stays lost."""
        self._network.recover()
        self._turn()

    @property
    def network_cut(self) -> NetworkCut | None:
        """How the network is broken now."""
        return self._network.cut

    @property
    def connected(self) -> bool:
        """Return whether the socket is open, as far as the charger knows."""
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
        """Return the charger's CALLs."""
        return self._record.calls(Direction.SENT, action)

    def received(self, action: str | None = None) -> list[WireFrame]:
        """Return the server's CALLs."""
        return self._record.calls(Direction.RECEIVED, action)

    def reply_to(self, call: WireFrame) -> WireFrame | None:
        """Return the answer to a CALL, if there was one."""
        return self._record.reply_to(call)

    # What the network tells

    def socket_opened(self) -> None:
        """Tell the charger that there is a socket."""
        self._act(self.charger.connected)

    def socket_failed(self) -> None:
        """Tell the charger that an attempt to open one came to nothing."""
        self._act(self.charger.connect_failed)

    def socket_closed(self) -> None:
        """Tell the charger that the server has closed it."""
        self._act(self.charger.disconnected)

    def socket_heard(self, text: str | None) -> None:
        """Hand a text frame to the charger, or `None` for a ping or pong."""
        self._catch_up()
        if text is None:
            self.charger.heard()
        else:
            self._record.add(self.charger.now, Direction.RECEIVED, text)
            self.charger.received(text)
        self._turn()

    # Inside

    def _act(self, action: Callable[[], None]) -> None:
        if self._alive:
            self._catch_up()
        action()
        self._turn()

    def _catch_up(self) -> None:
        now = (asyncio.get_running_loop().time() - self._zero) * self.speed
        self.charger.advance(max(now, self.charger.now))

    def _turn(self) -> None:
        """Bring the charger up to now, do what it wants, and wait for what comes next."""
        if not self._alive:
            return
        self._catch_up()
        charger = self.charger
        if charger.take_drop():
            self._network.lose_socket()
        for text in charger.take_frames():
            if self._network.send(text):
                self._record.add(charger.now, Direction.SENT, text)
        if charger.take_ping():
            self._network.ping()
        if charger.wants_link and self._network.cut is None:
            self._network.wanted.set()
        else:
            self._network.wanted.clear()
        self._wait_for_next()

    def _wait_for_next(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.charger.next_due
        if due is not None:
            wait = max((due - self.charger.now) / self.speed, 0.0)
            self._timer = asyncio.get_running_loop().call_later(wait, self._turn)
