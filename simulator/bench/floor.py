"""The floor: a bare WebSocket server, which parses each frame and answers with a constant."""

import asyncio
from time import process_time
from typing import Any

from aiohttp import WSMsgType, web
import orjson

from simulator.home_assistant.ports import free_port

from .worker import serve


async def handle(request: web.BaseRequest) -> web.WebSocketResponse:
    """Serve one connection."""
    socket = web.WebSocketResponse(protocols=("ocpp1.6",))
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            unique_id = orjson.loads(message.data)[1]
            await socket.send_str(f'[3,"{unique_id}",{{"status":"Accepted"}}]')
    return socket


async def main() -> None:
    """Serve until the parent has gone."""
    port = free_port()
    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0).start()

    async def set_up() -> int:
        return port

    async def used() -> dict[str, Any]:
        return {"cpu": process_time()}

    await serve({"set_up": set_up, "used": used})
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
