"""The way between a charger and its server, and how it can fail."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from enum import StrEnum
from typing import Protocol

from .websocket import Handshake, Socket


class NetworkCut(StrEnum):
    """How a network can fail."""

    REFUSE = "refuse"
    """Sockets are reset and none can be opened."""

    BLACKHOLE = "blackhole"
    """Frames vanish without a sign; the socket stays half open."""


class Listener(Protocol):
    """Whom the network tells what happens on it."""

    def socket_opened(self) -> None:
        """Note that there is a socket."""

    def socket_failed(self) -> None:
        """Note that an attempt to open one came to nothing."""

    def socket_closed(self) -> None:
        """Note that the server has closed it."""

    def socket_heard(self, text: str | None) -> None:
        """Take a text frame, or `None` for a ping or pong."""


class Network:
    """Opens one socket at a time while one is wanted, and tells a listener what happens.

    Attributes:
        cut: How it is broken now.
        wanted: Whether to open a socket.
    """

    def __init__(self, handshake: Handshake, listener: Listener, name: str) -> None:
        """Prepare; `start` begins.

        Args:
            handshake: How to connect.
            listener: Whom to tell.
            name: For its tasks.
        """
        self._handshake = handshake
        self._listener = listener
        self._name = name
        self._socket: Socket | None = None
        self._lives: dict[Socket, asyncio.Task[None]] = {}
        self._linking: asyncio.Task[None] | None = None
        self._failures: list[Exception] = []
        self._polite = False
        self.cut: NetworkCut | None = None
        self.wanted = asyncio.Event()

    def start(self) -> None:
        """Open sockets from now on."""
        self._polite = False
        self._linking = self._task(self._keep_linked())

    async def stop(self) -> None:
        """Close everything, politely unless the network is broken."""
        self._polite = self.cut is None
        linking, self._linking = self._linking, None
        tasks = [*self._lives.values(), *([linking] if linking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket = None

    def raise_failures(self) -> None:
        """Raise what went wrong in the virtual Wallbox itself.

        Raises:
            ExceptionGroup: Something did.
        """
        failures, self._failures = self._failures, []
        if failures:
            raise ExceptionGroup(f"{self._name} failed", failures)

    def break_down(self, how: NetworkCut) -> None:
        """Fail; the listener has to see for itself that its socket is gone."""
        self.cut = how
        self.wanted.clear()
        if how is NetworkCut.REFUSE:
            self.lose_socket()
        elif self._socket is not None:
            self._socket.deaf = True

    def recover(self) -> None:
        """Work again; what vanished stays lost."""
        self.cut = None
        for socket in self._lives:
            socket.deaf = False

    def lose_socket(self) -> None:
        """Tear the socket down; out of a black hole the server does not hear of it."""
        socket, self._socket = self._socket, None
        if socket in self._lives and self.cut is not NetworkCut.BLACKHOLE:
            self._lives[socket].cancel()

    def send(self, text: str) -> bool:
        """Send a text frame; return whether it got onto the network."""
        if self._socket is None or self.cut is not None:
            return False
        self._socket.send(text)
        return True

    def ping(self) -> None:
        """Send a WebSocket ping."""
        if self._socket is not None and self.cut is None:
            self._socket.ping()

    async def _keep_linked(self) -> None:
        while True:
            await self.wanted.wait()
            socket = await self._handshake.open()
            if socket is None:
                self._listener.socket_failed()
            elif self.wanted.is_set():
                self._socket = socket
                self._task(self._live_with(socket))
            else:
                await socket.reset()

    async def _live_with(self, socket: Socket) -> None:
        polite = False
        try:
            self._lives[socket] = _this_task()
            self._listener.socket_opened()
            async with aclosing(socket.frames()) as frames:
                async for text in frames:
                    if self._socket is not socket:
                        # The charger has forgotten this one, so its network stack answers with a reset.
                        return
                    self._listener.socket_heard(text)
            polite = self.cut is None
            if polite and self._socket is socket:
                self._socket = None
                self._listener.socket_closed()
        finally:
            await (socket.close() if polite or self._polite else socket.reset())
            self._lives.pop(socket, None)

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # Begun at once, so that a task which holds a socket cannot be cancelled before it can close it.
        task = asyncio.get_running_loop().create_task(
            work, name=self._name, eager_start=True
        )
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._failures.append(error)


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
