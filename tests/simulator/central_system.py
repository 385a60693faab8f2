"""A central system of a few lines, on a real loopback socket."""

import asyncio
from base64 import b64encode
import json
from typing import Any, Self

from aiohttp import WSCloseCode, WSMsgType, web

ANSWERS: dict[str, dict[str, Any]] = {
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "BootNotification": {
        "status": "Accepted",
        "currentTime": "2026-09-01T10:00:00Z",
        "interval": 60,
    },
    "Heartbeat": {"currentTime": "2026-09-01T10:00:00Z"},
    "StartTransaction": {
        "transactionId": 1007,
        "idTagInfo": {"status": "Accepted"},
    },
}


class CentralSystem:
    """Accepts everything, pings, and can call."""

    def __init__(
        self, *, password: str | None = None, heartbeat: float | None = None
    ) -> None:
        self._password = password
        self._heartbeat = heartbeat
        self._runner = web.AppRunner(self._app())
        self._socket: web.WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self.url = ""
        self.paths: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.texts: list[str] = []
        self.close_codes: list[int | None] = []

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"ws://127.0.0.1:{port}/ocpp"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close(code=WSCloseCode.GOING_AWAY)
        await self._runner.cleanup()

    async def call(
        self, action: str, payload: dict[str, Any], timeout: float | None = 5
    ) -> list[Any]:
        """Send a CALL and give the whole answer; None: wait for it as long as the test may take."""
        assert self._socket is not None
        message_id = str(len(self._answers))
        answer = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self._socket.send_json([2, message_id, action, payload])
        async with asyncio.timeout(timeout):
            frame: list[Any] = await answer
        return frame

    def abort(self) -> None:
        """Tear the newest connection down without a word."""
        assert self._transport is not None
        self._transport.abort()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        if self._password is not None:
            user = request.path.rsplit("/", 1)[-1]
            secret = b64encode(f"{user}:{self._password}".encode()).decode()
            if request.headers.get("Authorization") != f"Basic {secret}":
                raise web.HTTPUnauthorized
        self.paths.append(request.path)
        socket = web.WebSocketResponse(
            protocols=("ocpp1.6",), heartbeat=self._heartbeat, timeout=1
        )
        await socket.prepare(request)
        self._socket, self._transport = socket, request.transport
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.texts.append(message.data)
                await self._take(socket, json.loads(message.data))
        self.close_codes.append(socket.close_code)
        return socket

    async def _take(self, socket: web.WebSocketResponse, frame: list[Any]) -> None:
        if frame[0] == 2:
            self.calls.append((frame[2], frame[3]))
            await socket.send_json([3, frame[1], ANSWERS.get(frame[2], {})])
        else:
            self._answers[frame[1]].set_result(frame)
