"""One WebSocket to a central system: opened, used, and ended politely or by a reset."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
import socket as sockets
import struct
from typing import Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    TCPConnector,
    ThreadedResolver,
    WSMsgType,
    WSServerHandshakeError,
)

_HANDSHAKE_TIMEOUT: Final = 10.0
"""Real seconds until an attempt to connect has failed."""
_CLOSE_TIMEOUT: Final = 1.0
"""Real seconds to wait for the other side's part in a close handshake."""
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""`SO_LINGER` with no time to linger: closing the socket resets the connection."""


class _Response(ClientWebSocketResponse):
    """One that can be let go of: after a reset by the server aiohttp keeps hold of the connection."""

    def release(self) -> None:
        """Free what the handshake had taken."""
        self._response.close()


class Handshake:
    """How to connect.

    Attributes:
        refused_with: HTTP status of the last attempt if the server refused the upgrade.
        subprotocol: What the server chose.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str | None,
        headers: Mapping[str, str],
        subprotocols: tuple[str, ...],
    ) -> None:
        """Remember it all."""
        self._url = url
        self._headers = dict(headers)
        if password is not None:
            self._headers["Authorization"] = (
                f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
            )
        self._subprotocols = subprotocols
        self.refused_with: int | None = None
        self.subprotocol: str | None = None

    async def open(self) -> Socket | None:
        """Connect; `None` if that fails."""
        session = ClientSession(
            # To begin the other resolver takes longer than all else, also for an address that needs none.
            connector=TCPConnector(resolver=ThreadedResolver()),
            timeout=ClientTimeout(total=None),
            ws_response_class=_Response,
        )
        socket: Socket | None = None
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT):
                response = await session.ws_connect(
                    self._url,
                    headers=self._headers,
                    protocols=self._subprotocols,
                    autoclose=False,
                    autoping=False,
                    max_msg_size=0,
                    timeout=ClientWSTimeout(ws_close=_CLOSE_TIMEOUT),
                )
            assert isinstance(response, _Response)
            socket = Socket(session, response)
            self.refused_with = None
            self.subprotocol = response.protocol
        except WSServerHandshakeError as error:
            self.refused_with = error.status
        except ClientError, OSError, TimeoutError:
            self.refused_with = None
        finally:
            if socket is None:
                await session.close()
        return socket


class Socket:
    """An open WebSocket.

    Attributes:
        deaf: Nothing gets through in either direction, as in a black hole.
    """

    def __init__(self, session: ClientSession, response: _Response) -> None:
        """Take over an open connection."""
        self._session = session
        self._response = response
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self.deaf = False

    def send(self, text: str) -> None:
        """Send a text frame soon."""
        self._outgoing.put_nowait(text)

    def ping(self) -> None:
        """Send a ping soon."""
        self._outgoing.put_nowait(None)

    async def frames(self) -> AsyncGenerator[str | None]:
        """Give what arrives: text frames, and `None` for a ping or pong, until the server closes."""
        writer = asyncio.create_task(self._write())
        try:
            async for message in self._response:
                if self.deaf:
                    continue
                match message.type:
                    case WSMsgType.TEXT:
                        yield message.data
                    case WSMsgType.PING:
                        await self._response.pong(message.data)
                        yield None
                    case WSMsgType.PONG:
                        yield None
                    case _:
                        pass
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def close(self) -> None:
        """Close with a close frame."""
        try:
            await self._response.close()
        finally:
            await self._release()

    async def reset(self) -> None:
        """Go without a word: the server sees a reset connection, code 1006."""
        raw = self._response.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _RESET_ON_CLOSE)
        await self._release()

    async def _release(self) -> None:
        self._response.release()
        await self._session.close()

    async def _write(self) -> None:
        with suppress(ClientError, ConnectionError):
            while True:
                text = await self._outgoing.get()
                if self.deaf:
                    continue
                if text is None:
                    await self._response.ping()
                else:
                    await self._response.send_str(text)
