"""Chargers that refuse, stay silent or hang up: a scripted one answers from a table."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .conftest import IDENTITY, QUICK, Screen, in_seconds, protected

type Answer = Callable[[dict[str, Any]], Any]

ACCEPTED = {"status": "Accepted"}
SILENCE = object()
HANG_UP = object()
ERROR = object()


class ScriptedCharger:
    """Connects, boots, and answers each CALL from a table."""

    def __init__(self, script: Mapping[str, Answer]) -> None:
        """Take the table: action → function of the payload."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.keys = {
            "AuthEnabled": "true",
            "AuthEnabledOffline": "true",
            "MeterValuesSampledData": "Energy.Active.Import.Register",
        }
        self._script = {**self._cooperative(), **script}

    async def live(self, socket: ClientWebSocketResponse) -> None:
        """Boot, say that nothing is plugged in, and answer until the connection ends."""
        boot = {
            "chargePointVendor": "Wall Box Chargers",
            "chargePointModel": "PLP1-0-2-4",
            "firmwareVersion": "6.7.38",
        }
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        await socket.send_json([2, "b", "BootNotification", boot])
        await socket.send_json([2, "s", "StatusNotification", status])
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            kind, unique_id, *rest = message.json()
            if kind != 2:
                continue
            action, payload = rest
            self.asked.append((action, payload))
            answer = self._script[action](payload)
            if answer is HANG_UP:
                await socket.close()
            elif answer is ERROR:
                await socket.send_json([4, unique_id, "NotSupported", "", {}])
            elif answer is not SILENCE:
                await socket.send_json([3, unique_id, answer])

    def _cooperative(self) -> dict[str, Answer]:
        return {
            "SetChargingProfile": lambda _: ACCEPTED,
            "ClearChargingProfile": lambda _: ACCEPTED,
            "TriggerMessage": lambda _: {"status": "Rejected"},
            "GetConfiguration": self._configuration,
            "ChangeConfiguration": self._change,
            "Reset": lambda _: ACCEPTED,
        }

    def _configuration(self, payload: dict[str, Any]) -> Any:
        wanted = payload.get("key", self.keys)
        return {
            "configurationKey": [
                {"key": key, "readonly": False, "value": self.keys[key]}
                for key in wanted
                if key in self.keys
            ]
        }

    def _change(self, payload: dict[str, Any]) -> Any:
        self.keys[payload["key"]] = payload["value"]
        return ACCEPTED


@pytest.fixture
async def connect(
    integration: MockConfigEntry,
) -> AsyncGenerator[Callable[..., Any]]:
    """Return a function that connects a scripted charger."""
    async with AsyncExitStack() as stack:
        url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}/{IDENTITY}"

        async def start(**script: Answer) -> ScriptedCharger:
            charger = ScriptedCharger(script)
            await stack.enter_async_context(_living(charger, url))
            return charger

        yield start


@asynccontextmanager
async def _living(charger: ScriptedCharger, url: str) -> AsyncGenerator[None]:
    async with (
        ClientSession() as client,
        client.ws_connect(url, protocols=["ocpp1.6"]) as socket,
    ):
        life = asyncio.create_task(charger.live(socket))
        yield
        await socket.close()
        await life


async def until(predicate: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not predicate():
            await asyncio.sleep(0.01)


async def test_a_charger_that_cannot_tell_all_keys_is_asked_one_by_one(
    connect: Callable[..., Any], screen: Screen
) -> None:
    charger: ScriptedCharger

    def one_at_a_time(payload: dict[str, Any]) -> Any:
        if len(payload.get("key", [])) != 1:
            return ERROR
        return charger._configuration(payload)

    charger = await connect(GetConfiguration=one_at_a_time)
    await until(lambda: protected(screen))
    assert charger.keys["AuthEnabled"] == "false"


async def test_the_second_best_value_is_tried_when_the_best_is_refused(
    connect: Callable[..., Any], screen: Screen
) -> None:
    charger: ScriptedCharger

    def no_currents(payload: dict[str, Any]) -> Any:
        if "Current.Import" in payload["value"]:
            return {"status": "Rejected"}
        return charger._change(payload)

    charger = await connect(ChangeConfiguration=no_currents)
    charger.keys["MeterValuesSampledData"] = "SoC"
    await until(lambda: protected(screen))
    assert charger.keys["MeterValuesSampledData"] == (
        "Energy.Active.Import.Register,Power.Active.Import"
    )


async def test_charging_is_not_set_free_when_the_limit_is_refused(
    connect: Callable[..., Any], screen: Screen
) -> None:
    """A free charger without a limit is what starts by itself."""
    charger = await connect(SetChargingProfile=lambda _: {"status": "Rejected"})
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert charger.keys["AuthEnabled"] == "true"


async def test_a_charger_that_answers_every_write_with_an_error_is_not_protected(
    connect: Callable[..., Any], screen: Screen
) -> None:
    await connect(ChangeConfiguration=lambda _: ERROR)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    keys = screen.entity("sensor", "offline_protection").attributes["keys"]
    assert keys["AuthEnabled"]["answer"] == "NotSupported"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (lambda _: {"status": "Rejected"}, "limit_refused"),
        (lambda _: ERROR, "limit_refused"),
        (lambda _: SILENCE, "no_answer"),
        (lambda _: HANG_UP, "charger_offline"),
    ],
)
async def test_a_pause_that_fails_says_why_and_the_wish_is_kept(
    connect: Callable[..., Any],
    screen: Screen,
    refusal: Answer,
    error: str,
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    charger._script["SetChargingProfile"] = refusal
    with pytest.raises(HomeAssistantError) as raised:
        await screen.switch("charging", on=False)
    assert raised.value.translation_key == error
    assert screen.entity("switch", "charging").state == "off"


async def test_a_charger_that_hangs_up_instead_of_answering_is_rebooting(
    connect: Callable[..., Any], screen: Screen
) -> None:
    charger = await connect(Reset=lambda _: HANG_UP)
    await until(lambda: protected(screen))
    await screen.press("reboot")
    assert [action for action, _ in charger.asked].count("Reset") == 1


async def test_a_charger_that_fell_silent_is_tried_again_later(
    hass: HomeAssistant, connect: Callable[..., Any], screen: Screen
) -> None:
    charger = await connect(SetChargingProfile=lambda _: SILENCE)
    await until(
        lambda: [action for action, _ in charger.asked] == ["SetChargingProfile"]
    )
    await asyncio.sleep(QUICK.call_timeout + 0.5)
    assert screen.sensor("offline_protection") == "unknown"
    charger._script["SetChargingProfile"] = lambda _: ACCEPTED
    async_fire_time_changed(hass, in_seconds(301))
    await until(lambda: protected(screen))
