"""A charger for tests: it sends messages on request, and answers from a script."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
import itertools
from ssl import SSLContext
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from homeassistant.util import dt as dt_util

from .schemas import raise_violations, violation_of_call, violation_of_result

type Payload = dict[str, Any]
type Answer = Callable[[Payload], Any]
"""Returns the payload of an answer, or one of the constants below; may be a coroutine function."""

ACCEPTED: Final = {"status": "Accepted"}
REJECTED: Final = {"status": "Rejected"}
SILENCE: Final = object()
HANG_UP: Final = object()
ERROR: Final = object()


def proof(identity: str, password: str) -> dict[str, str]:
    """Return the HTTP header with a charger's password."""
    encoded = b64encode(f"{identity}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


@asynccontextmanager
async def living(
    url: str,
    script: Mapping[str, Answer],
    headers: Mapping[str, str] | None = None,
    trust: SSLContext | None = None,
) -> AsyncGenerator[ScriptedCharger]:
    """Connect a charger, and let it answer until the end."""
    async with (
        ClientSession(headers=headers) as client,
        client.ws_connect(url, protocols=["ocpp1.6"], ssl=trust or True) as socket,
    ):
        charger = ScriptedCharger(socket, script)
        life = asyncio.create_task(charger.live())
        yield charger
        await charger.leave()
        await life
        raise_violations(charger.violations)


class ScriptedCharger:
    """One connection of a charger, which by itself only answers requests."""

    def __init__(self, socket: ClientWebSocketResponse, script: Mapping[str, Answer]):
        """Create it, with the answers that differ from those of a charger that accepts all, by action."""
        self.asked: list[tuple[str, Payload]] = []
        self.violations: list[str] = []
        """What it has been sent that is not valid by the schemas of OCPP."""
        self.keys = {
            "AuthEnabled": "true",
            "AuthEnabledOffline": "true",
            "MeterValuesSampledData": "SoC",
        }
        self._socket = socket
        self._script = dict(script)
        self._message_ids = itertools.count(1)
        self._asking: dict[str, tuple[str, asyncio.Future[Any]]] = {}

    @property
    def actions(self) -> list[str]:
        """The actions of all requests, in order."""
        return [action for action, _ in self.asked]

    @property
    def written(self) -> list[str]:
        """The configuration keys in all requests to change one, in order."""
        return [
            payload["key"]
            for action, payload in self.asked
            if action == "ChangeConfiguration"
        ]

    @property
    def limits(self) -> list[tuple[str, float]]:
        """The purpose and the amps of each charging profile, in order."""
        profiles = [
            payload["csChargingProfiles"]
            for action, payload in self.asked
            if action == "SetChargingProfile"
        ]
        return [
            (
                profile["chargingProfilePurpose"],
                profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"],
            )
            for profile in profiles
        ]

    def change_its_mind(self, **script: Answer) -> None:
        """Change the answers to these actions."""
        self._script.update(script)

    def cooperate(self) -> None:
        """Accept everything from now on."""
        self._script.clear()

    def tell_keys(self, payload: Payload) -> Payload:
        """Answer GetConfiguration as a charger that accepts all."""
        wanted = payload.get("key", self.keys)
        return {
            "configurationKey": [
                {"key": key, "readonly": False, "value": self.keys[key]}
                for key in wanted
                if key in self.keys
            ]
        }

    def take_key(self, payload: Payload) -> Payload:
        """Answer ChangeConfiguration as a charger that accepts all."""
        self.keys[payload["key"]] = payload["value"]
        return ACCEPTED

    async def boot(self, **fields: Any) -> Any:
        """Send a BootNotification."""
        payload = {
            "chargePointVendor": "Wall Box Chargers",
            "chargePointModel": "PLP1-0-2-4",
            "firmwareVersion": "6.7.38",
        }
        return await self.ask("BootNotification", payload | fields)

    async def status(self, status: str, **fields: Any) -> Any:
        """Send a StatusNotification."""
        payload = {"connectorId": 1, "errorCode": "NoError", "status": status}
        return await self.ask("StatusNotification", payload | fields)

    async def start(self, **fields: Any) -> int:
        """Send a StartTransaction and return the id."""
        payload = {
            "connectorId": 1,
            "idTag": "NoAuthorization",
            "meterStart": 1000,
            "timestamp": dt_util.utcnow().isoformat(),
        }
        answer = await self.ask("StartTransaction", payload | fields)
        return int(answer["transactionId"])

    async def stop(self, transaction_id: int, **fields: Any) -> Any:
        """Send a StopTransaction."""
        payload = {
            "transactionId": transaction_id,
            "meterStop": 3000,
            "timestamp": dt_util.utcnow().isoformat(),
        }
        return await self.ask("StopTransaction", payload | fields)

    async def ask(
        self, action: str, payload: Payload, *, message_id: str | None = None
    ) -> Any:
        """Send a message and return the payload of its answer.

        Raises:
            ConnectionError: The connection ended without one.
        """
        message_id = message_id or f"m{next(self._message_ids)}"
        answer = asyncio.get_running_loop().create_future()
        self._asking[message_id] = (action, answer)
        await self._socket.send_json([2, message_id, action, payload])
        async with asyncio.timeout(5):
            return await answer

    async def say(self, text: str) -> None:
        """Send any text."""
        await self._socket.send_str(text)

    async def leave(self) -> None:
        """End the connection."""
        await self._socket.close()

    async def left_alone(self, seconds: float = 6) -> None:
        """Wait until no request has come for a while."""
        count = -1
        while count != len(self.asked):
            count = len(self.asked)
            await asyncio.sleep(seconds)

    async def live(self) -> None:
        """Answer until the connection ends."""
        async with asyncio.TaskGroup() as group:
            answering: list[asyncio.Task[None]] = []
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                kind, message_id, *rest = message.json()
                if kind == 2:
                    self.asked.append((rest[0], rest[1]))
                    self._note(violation_of_call(*rest))
                    answering.append(group.create_task(self._answer(message_id, *rest)))
                elif kind == 3:
                    action, answer = self._asking.pop(message_id)
                    self._note(violation_of_result(action, rest[0]))
                    answer.set_result(rest[0])
                else:
                    error = AssertionError(f"refused: {rest}")
                    self._asking.pop(message_id)[1].set_exception(error)
            for task in answering:
                task.cancel()
        # The peer may not have finished closing.
        await self._socket.close()
        for _, asking in self._asking.values():
            asking.set_exception(ConnectionError("no answer"))

    def _note(self, violation: str | None) -> None:
        if violation:
            self.violations.append(violation)

    def _cooperation(self, action: str) -> Answer:
        match action:
            case "GetConfiguration":
                return self.tell_keys
            case "ChangeConfiguration":
                return self.take_key
            case _:
                return lambda _: ACCEPTED

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        answer = self._script.get(action, self._cooperation(action))(payload)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is HANG_UP:
            await self._socket.close()
        elif answer is not SILENCE:
            with suppress(ConnectionError):
                await self._socket.send_json(
                    [4, message_id, "NotSupported", "", {}]
                    if answer is ERROR
                    else [3, message_id, answer]
                )
