"""A charger that sends its recorded messages again."""

import asyncio
from contextlib import suppress
import itertools
import json
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from .answers import Answers, Asked, Payload

PATIENCE: Final = 3.0
"""Seconds to wait for a recorded answer or request of Home Assistant."""


class Charger:
    """A charger, over all its connections."""

    def __init__(self, url: str, client: ClientSession, answers: Answers) -> None:
        """Prepare; it is not connected yet."""
        self._url = url
        self._client = client
        self._answers = answers
        self._socket: ClientWebSocketResponse | None = None
        self._lives: set[asyncio.Task[None]] = set()
        self._results: dict[str, asyncio.Future[Payload | None]] = {}
        self._message_ids = itertools.count(1)
        self._transactions: dict[int, int] = {}
        """Transaction ids as recorded, and as given now."""
        self.asked: list[tuple[str, Payload]] = []
        """Requests of Home Assistant that were not matched with the recording yet."""
        self._heard = asyncio.Condition()
        self._owing: list[tuple[ClientWebSocketResponse, str, Asked]] = []
        """Requests whose answers are due later."""

    async def connect(self) -> None:
        """Open a connection; it may replace one."""
        self._socket = await self._client.ws_connect(self._url, protocols=["ocpp1.6"])
        life = asyncio.create_task(self._live(self._socket))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def leave(self) -> None:
        """End the connection."""
        if socket := self._socket:
            self._socket = None
            await socket.close()

    async def stop(self) -> None:
        """End everything."""
        await self.leave()
        await asyncio.gather(*self._lives, return_exceptions=True)

    async def say(self, text: str) -> None:
        """Send a text; connect first if the recording has no connection."""
        if self._socket is None:
            await self.connect()
        assert self._socket
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    async def ask(self, action: str, payload: Payload) -> Payload | None:
        """Send a message and return its answer; None if there was none, or a refusal."""
        unique_id = f"replayed-{next(self._message_ids)}"
        result = asyncio.get_running_loop().create_future()
        self._results[unique_id] = result
        frame = [2, unique_id, action, self._renumbered(payload)]
        await self.say(json.dumps(frame))
        await asyncio.wait([result], timeout=PATIENCE)
        return result.result() if result.done() else None

    def renumber(self, recorded: int, now: int) -> None:
        """Use another number for a transaction from now on."""
        self._transactions[recorded] = now

    async def answer(self, due: Asked) -> None:
        """Send an answer that is due, if its request has come."""
        for owed in [owed for owed in self._owing if owed[2] is due]:
            self._owing.remove(owed)
            await self._send_answer(*owed)

    async def was_asked(self, action: str, payload: Payload) -> bool:
        """Wait until Home Assistant sends this request, if it has not already."""

        def found() -> bool:
            for item in self.asked:
                if item == (action, self._renumbered(payload)):
                    self.asked.remove(item)
                    return True
            return False

        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE), self._heard:
                return await self._heard.wait_for(found)
        return False

    async def _live(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            kind, unique_id, *rest = message.json()
            if kind == 2:
                await self._answer(socket, unique_id, rest[0], rest[1])
            elif (result := self._results.pop(unique_id, None)) and not result.done():
                result.set_result(rest[0] if kind == 3 else None)

    async def _answer(
        self,
        socket: ClientWebSocketResponse,
        unique_id: str,
        action: str,
        payload: Payload,
    ) -> None:
        async with self._heard:
            self.asked.append((action, payload))
            self._heard.notify_all()
        asked = self._answers.find(action, payload)
        if asked.answered:
            await self._send_answer(socket, unique_id, asked)
        else:
            self._owing.append((socket, unique_id, asked))

    async def _send_answer(
        self, socket: ClientWebSocketResponse, unique_id: str, asked: Asked
    ) -> None:
        if asked.answer:
            kind, _, *rest = asked.answer
            with suppress(ConnectionError):
                await socket.send_str(json.dumps([kind, unique_id, *rest]))

    def _renumbered(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: self._transactions.get(item, item)
                if name == "transactionId" and isinstance(item, int)
                else self._renumbered(item)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._renumbered(item) for item in value]
        return value
