"""The way between the charger and Home Assistant, on which accidents happen."""

import asyncio
from contextlib import aclosing
from enum import StrEnum
import itertools
import json
from typing import Any, Final, NamedTuple

from simulator.virtual_wallbox import Charger
from simulator.virtual_wallbox.line import CALL, RESULT
from simulator.virtual_wallbox.websocket import Handshake, Socket

OVERTAKEN: Final = frozenset({"MeterValues", "StatusNotification"})
"""What may arrive after what was sent later; a charger keeps its transactions in order."""


class Accident(StrEnum):
    """What happens to a message of the charger."""

    LOST = "lost"
    """It never arrives, and the socket breaks."""
    UNANSWERED = "unanswered"
    """It arrives, and the socket breaks before the answer does."""
    IGNORED = "ignored"
    """It arrives, the answer is lost, and the socket stays."""
    TWICE = "twice"
    """It arrives twice."""
    REPEATED = "repeated"
    """It arrives twice, under two message ids."""
    HELD = "held"
    """It arrives after what was sent later, if that can be."""


class Message(NamedTuple):
    """A message of the charger, as it was sent."""

    action: str
    payload: dict[str, Any]


class Link:
    """Carries frames between the charger and Home Assistant.

    Attributes:
        accidents: What will happen to the next message of an action.
        sent: The charger's messages, in order.
        unanswered: Ids of the messages that Home Assistant still has to answer.
        record: Every frame that got onto the wire: the charger's second and the frame, with what
            came from Home Assistant indented.
    """

    def __init__(self, url: str, charger: Charger) -> None:
        """Be down."""
        self._charger = charger
        self._handshake = Handshake(url, "", None, {}, ("ocpp1.6",))
        self._socket: Socket | None = None
        self._lives: dict[Socket, asyncio.Task[None]] = {}
        self._ids = itertools.count(1)
        self._spoiled: dict[str, Accident] = {}
        self._held: list[Message] = []
        self.accidents: dict[str, Accident] = {}
        self.sent: list[Message] = []
        self.unanswered: set[str] = set()
        self.record: list[str] = []

    async def open(self) -> None:
        """Connect, if Home Assistant lets the charger in."""
        socket = await self._handshake.open()
        if socket is None:
            self._charger.connect_failed()
            return
        self._socket = socket
        self._lives[socket] = asyncio.create_task(self._live(socket))
        self._charger.connected()

    def flush(self) -> None:
        """Send what the charger wants to send."""
        while frames := self._charger.take_frames():
            for text in frames:
                self._send(text)
        if self._charger.take_drop():
            self.drop()

    def drop(self, *, half: bool = False) -> None:
        """Break the socket; a half broken one still looks whole to Home Assistant."""
        socket = self._socket
        self._forget()
        if socket and half:
            socket.deaf = True
        elif socket:
            self._lives[socket].cancel()
        self._charger.disconnected()

    def repeat(self, message: Message) -> None:
        """Let a message of earlier arrive once more, under a new id."""
        self._post(message)

    def release(self, *, reverse: bool) -> None:
        """Let the messages arrive that were held."""
        held, self._held = self._held, []
        for message in reversed(held) if reverse else held:
            self._post(message)

    async def close(self) -> None:
        """Leave nothing behind."""
        self.drop()
        lives = list(self._lives.values())
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)

    async def _live(self, socket: Socket) -> None:
        polite = False
        try:
            async with aclosing(socket.frames()) as frames:
                async for text in frames:
                    if socket is self._socket and text is not None:
                        self._arrived(text)
            if polite := socket is self._socket:
                self._forget()
                self._charger.disconnected()
        finally:
            await (socket.close() if polite else socket.reset())
            del self._lives[socket]

    def _forget(self) -> None:
        self._socket = None
        self.unanswered.clear()
        self._spoiled.clear()
        # A charger keeps readings for its return, and tells its status anew.
        self._held = [held for held in self._held if held.action == "MeterValues"]

    def _arrived(self, text: str) -> None:
        self._note(f"    {text}")
        kind, message_id, *_ = json.loads(text)
        if kind != CALL:
            self.unanswered.discard(message_id)
            match self._spoiled.pop(message_id, None):
                case Accident.UNANSWERED:
                    self.drop()
                    return
                case Accident.IGNORED:
                    return
                case _:
                    pass
        self._charger.received(text)
        self.flush()

    def _send(self, text: str) -> None:
        kind, message_id, *rest = json.loads(text)
        if kind != CALL:
            self._put(text)
            return
        message = Message(*rest)
        self.sent.append(message)
        match self.accidents.pop(message.action, None):
            case Accident.LOST:
                self.drop()
            case Accident.UNANSWERED | Accident.IGNORED as accident:
                self._spoiled[message_id] = accident
                self._post(message, message_id)
            case Accident.TWICE:
                self._post(message, message_id)
                self._post(message, message_id)
            case Accident.REPEATED:
                self._post(message, message_id)
                self._post(message)
            case Accident.HELD if message.action in OVERTAKEN:
                self._held.append(message)
                self._charger.received(json.dumps([RESULT, message_id, {}]))
            case _:
                self._post(message, message_id)

    def _post(self, message: Message, message_id: str | None = None) -> None:
        if self._socket:
            message_id = message_id or f"again-{next(self._ids)}"
            self.unanswered.add(message_id)
            self._put(json.dumps([CALL, message_id, *message]))

    def _put(self, text: str) -> None:
        if self._socket:
            self._note(text)
            self._socket.send(text)

    def _note(self, text: str) -> None:
        self.record.append(f"{self._charger.now:8.1f} {text}")
