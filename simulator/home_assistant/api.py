"""Home Assistant's REST and WebSocket API, as its frontend uses them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Self

from aiohttp import (
    ClientConnectionError,
    ClientSession,
    ClientWebSocketResponse,
    WSMsgType,
)

POLL: Final = 0.1
"""Seconds between two looks."""


class ApiError(Exception):
    """Home Assistant refused a request."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account to make."""

    name: str = "Owner"
    username: str = "demo"
    password: str = field(default="demo", repr=False)


class HomeAssistantApi:
    """A logged-in client.

    It follows all states: `states` is always as fresh as the connection.
    """

    def __init__(self, client: ClientSession, url: str, token: str) -> None:
        """Use `connect` instead."""
        self.url = url
        self.token = token
        self.states: dict[str, dict[str, Any]] = {}
        """The state objects, by entity id."""
        self._client = client
        self._socket: ClientWebSocketResponse | None = None
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, asyncio.Queue[Any]] = {}
        self._changed = asyncio.Condition()

    @staticmethod
    async def create_owner(url: str, owner: Owner) -> str:
        """Make the account, which finishes the onboarding, and return an access token."""
        client_id = f"{url}/"
        async with ClientSession() as client:
            asked = await client.post(
                f"{url}/api/onboarding/users",
                json={
                    "name": owner.name,
                    "username": owner.username,
                    "password": owner.password,
                    "client_id": client_id,
                    "language": "en",
                },
            )
            code = (await _read(asked))["auth_code"]
            granted = await client.post(
                f"{url}/auth/token",
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "client_id": client_id,
                },
            )
            return str((await _read(granted))["access_token"])

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, url: str, token: str, timeout: float = 30
    ) -> AsyncGenerator[Self]:
        """Log in and wait until Home Assistant has started everything.

        Raises:
            TimeoutError: It has not within `timeout` seconds.
            ApiError: It could not use its configuration.
        """
        headers = {"Authorization": f"Bearer {token}"}
        async with ClientSession(headers=headers) as client:
            api = cls(client, url, token)
            async with asyncio.timeout(timeout):
                while (await api.get("/api/core/state"))["state"] != "RUNNING":
                    await asyncio.sleep(POLL)
            if (await api.get("/api/config"))["recovery_mode"]:
                raise ApiError("Home Assistant is in recovery mode; see its log")
            async with client.ws_connect(
                f"{url}/api/websocket", max_msg_size=0
            ) as socket:
                api._socket = socket
                await socket.receive_json()
                await socket.send_json({"type": "auth", "access_token": token})
                await socket.receive_json()
                tasks = [asyncio.create_task(api._read_socket(socket))]
                try:
                    async with api.subscribe(
                        "subscribe_events", event_type="state_changed"
                    ) as changes:
                        for state in await api.command("get_states"):
                            api.states[state["entity_id"]] = state
                        tasks.append(asyncio.create_task(api._follow_states(changes)))
                        yield api
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    async def get(self, path: str) -> Any:
        """Ask over REST."""
        return await _read(await self._client.get(self.url + path))

    async def post(self, path: str, **data: Any) -> Any:
        """Tell over REST."""
        return await _read(await self._client.post(self.url + path, json=data))

    async def command(self, command: str, **data: Any) -> Any:
        """Send a command over the WebSocket and return its result."""
        _, result = await self._send(command, data)
        return result

    async def call_service(
        self, service: str, *, response: bool = False, **data: Any
    ) -> Any:
        """Call `domain.service`, and return its response if it has one."""
        domain, _, name = service.partition(".")
        result = await self.command(
            "call_service",
            domain=domain,
            service=name,
            service_data=data,
            return_response=response,
        )
        return result.get("response")

    @asynccontextmanager
    async def subscribe(
        self, command: str, **data: Any
    ) -> AsyncGenerator[asyncio.Queue[Any]]:
        """Send a command that is answered with events, and collect them until the end."""
        subscription, _ = await self._send(command, data)
        try:
            yield self._events[subscription]
        finally:
            del self._events[subscription]
            # One that has gone holds no subscription.
            with suppress(ApiError, ClientConnectionError):
                await self.command("unsubscribe_events", subscription=subscription)

    async def wait_for(
        self,
        entity_id: str,
        wanted: str | Callable[[dict[str, Any]], bool],
        timeout: float = 30,
    ) -> dict[str, Any]:
        """Wait until an entity's state is as wanted, and return its state object.

        Raises:
            TimeoutError: It is not; with how it is instead.
        """

        def arrived() -> bool:
            if (state := self.states.get(entity_id)) is None:
                return False
            return (
                state["state"] == wanted if isinstance(wanted, str) else wanted(state)
            )

        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(arrived)
        except TimeoutError:
            found = self.states.get(entity_id, {}).get("state")
            raise TimeoutError(f"{entity_id} is not {wanted} but {found}") from None
        return self.states[entity_id]

    async def _send(self, command: str, data: dict[str, Any]) -> tuple[int, Any]:
        if self._socket is None:
            raise ApiError("not connected")
        number = next(self._ids)
        self._events[number] = asyncio.Queue()
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._socket.send_json({"id": number, "type": command, **data})
            return number, await answer
        finally:
            del self._answers[number]

    async def _read_socket(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = message.json()
            match frame["type"]:
                case "result" if answer := self._answers.get(frame["id"]):
                    if frame["success"]:
                        answer.set_result(frame["result"])
                    else:
                        answer.set_exception(ApiError(str(frame["error"])))
                case "event" if events := self._events.get(frame["id"]):
                    events.put_nowait(frame["event"])
        self._socket = None
        for answer in self._answers.values():
            answer.set_exception(ApiError("Home Assistant has gone"))

    async def _follow_states(self, changes: asyncio.Queue[Any]) -> None:
        while True:
            change = (await changes.get())["data"]
            async with self._changed:
                if state := change["new_state"]:
                    self.states[change["entity_id"]] = state
                else:
                    self.states.pop(change["entity_id"], None)
                self._changed.notify_all()


async def _read(response: Any) -> Any:
    async with response:
        if not response.ok:
            raise ApiError(f"{response.url}: {response.status} {await response.text()}")
        return await response.json()
