"""Whatever a charger sends, in whatever order: Home Assistant goes on, and does not grow."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
import json
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from hypothesis import HealthCheck, given, settings, strategies as st
from mashumaro.codecs.basic import BasicDecoder
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.csms.frame_log import MAX_BYTES
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.wallbox_ocpp.storage.file import Exact
from custom_components.wallbox_ocpp.storage.store import StoredState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from simulator.schemas import violation_of_call, violation_of_result
from simulator.virtual_time import until
from tests.conftest import IDENTITY
from tests.csms.strategies import ACTIONS, json_objects, json_values, payloads_of
from tests.helpers.screen import Screen

ACKNOWLEDGED: Final = {"StartTransaction", "StopTransaction"}
"""What is never answered with a CALLERROR (design rule 5)."""
PATIENCE: Final = 5
"""Seconds for an answer."""
EXACTLY: Final = BasicDecoder(StoredState, default_dialect=Exact)
"""Reads what is stored as a restart does, which sets aside what it cannot read."""
MOST_DIAGNOSTICS: Final = 6 * MAX_BYTES
"""Characters: JSON and pseudonyms take more room than frames, but not any room."""

likely = st.sampled_from(ACTIONS).flatmap(
    lambda action: st.tuples(st.just(action), payloads_of(action))
)
plausible = st.sampled_from(
    [
        ("BootNotification", {"chargePointVendor": "Wall Box Chargers"}),
        ("StatusNotification", {"connectorId": 1, "status": "Available"}),
        ("StatusNotification", {"connectorId": 1, "status": "Preparing"}),
        ("StatusNotification", {"connectorId": 1, "status": "Charging"}),
        ("StartTransaction", {"connectorId": 1, "idTag": "x", "meterStart": 1}),
        ("StopTransaction", {"transactionId": 1, "meterStop": 2}),
        ("Heartbeat", {}),
    ]
)
calls = st.builds(
    lambda said, unique_id: [2, unique_id, *said], plausible | likely, st.text()
)
frames = calls | st.lists(json_values, max_size=5)
texts = frames.map(json.dumps) | st.text()
answers = json_objects | st.sampled_from(
    [
        {"status": "Accepted"},
        {"status": "Rejected"},
        {"configurationKey": [{"key": "AuthEnabled", "value": "true"}]},
        None,
    ]
)


class Peer:
    """The far end of a connection, which says anything and answers anything."""

    def __init__(
        self, socket: ClientWebSocketResponse, answers: list[dict[str, Any] | None]
    ) -> None:
        """Take what our requests are answered with, in turn; None is an error."""
        self._socket = socket
        self._answers = answers
        self.results: Counter[str] = Counter()
        """How many results came back, by message id."""
        self.violations: list[str] = []
        """What came back, or was asked, that is not valid by the schemas of OCPP."""
        self._said: defaultdict[str, set[str]] = defaultdict(set)
        """What was asked under a message id."""

    async def say(self, text: str) -> None:
        """Send a text."""
        match _json(text):
            case [2, str(unique_id), str(action), *_]:
                self._said[unique_id].add(action)
            case _:
                pass
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    async def live(self) -> None:
        """Answer until the connection ends."""
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            kind, unique_id, *rest = message.json()
            if kind == 3:
                self.results[unique_id] += 1
                said = self._said[unique_id]
                wrong = [violation_of_result(action, rest[0]) for action in said]
                if all(wrong):
                    self.violations += filter(None, wrong)
            elif kind == 2 and (violation := violation_of_call(*rest)):
                self.violations.append(violation)
            if kind == 2 and self._answers:
                await self._answer(unique_id, self._answers.pop())

    async def _answer(self, unique_id: str, answer: dict[str, Any] | None) -> None:
        if answer is None:
            await self.say(json.dumps([4, unique_id, "GenericError", "", {}]))
        else:
            await self.say(json.dumps([3, unique_id, answer]))

    async def leave(self) -> None:
        """End the connection."""
        await self._socket.close()


async def visit(
    entry: MockConfigEntry, texts: list[str], answers: list[dict[str, Any] | None]
) -> Peer:
    """Connect, say it all, wait until it has been heard, and leave."""
    url = f"ws://127.0.0.1:{entry.data[CONF_PORT]}/{IDENTITY}"
    async with (
        ClientSession() as client,
        client.ws_connect(url, protocols=["ocpp1.6"]) as socket,
    ):
        peer = Peer(socket, answers)
        life = asyncio.create_task(peer.live())
        for text in texts:
            await peer.say(text)
        await peer.say('[2,"the end","Heartbeat",{}]')
        async with asyncio.timeout(PATIENCE):
            while not peer.results["the end"]:
                await asyncio.sleep(0.001)
        await peer.leave()
        await life
    return peer


@pytest.fixture
def quotas() -> Quotas:
    """Let one charger come and speak as often as it takes."""
    return Quotas(handshakes=1_000_000, admissions=1_000_000, burst=1_000_000)


@settings(
    deadline=None,
    # One Home Assistant for all examples is the point: what is kept must bear all of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(texts, max_size=12), st.lists(answers, max_size=6))
async def test_any_sequence_of_messages_is_answered_as_it_must_be(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    texts: list[str],
    answers: list[dict[str, Any] | None],
) -> None:
    peer = await visit(integration, texts, answers)
    owed = Counter(
        frame[1] for frame in map(_json, texts) if _must_be_acknowledged(frame)
    )
    assert owed <= peer.results
    assert not peer.violations
    [charger] = integration.runtime_data.chargers.values()
    stored = json.loads(json.dumps(charger.coordinator._stored_state().to_dict()))
    assert json.loads(json.dumps(EXACTLY.decode(stored).to_dict())) == stored
    diagnostics = await async_get_config_entry_diagnostics(hass, integration)
    assert json.dumps(diagnostics, default=str)
    errors = [item for item in caplog.records if item.levelname == "ERROR"]
    caplog.clear()
    assert not errors


async def test_a_charger_that_says_a_lot_does_not_make_home_assistant_grow(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    screen: Screen,
) -> None:
    long = "x" * (Quotas().frame_size // 2)
    said = [
        text
        for number in range(300)
        for text in (
            json.dumps([2, f"b{number}", "BootNotification", {long[:99]: number}]),
            json.dumps(
                [2, f"s{number}", "StartTransaction", {"idTag": f"{number}{long}"}]
            ),
            json.dumps([2, f"a{number}", f"Action{number}", {}]),
            json.dumps([3, f"r{number}", {}]),
            f"garbage {number}",
        )
    ]
    keys = {
        "configurationKey": [
            {"key": f"{number}", "value": long[:50]} for number in range(2000)
        ]
    }
    for _ in range(3):
        await visit(integration, said, [keys] * 20)
    await until(lambda: screen.entity("binary_sensor", "connection").state == "off")
    [charger] = integration.runtime_data.chargers.values()
    frame_log = integration.runtime_data.central_system.frame_logs[IDENTITY]
    assert len(frame_log.violations) < 10
    assert len(json.dumps(charger.coordinator._stored_state().to_dict())) < MAX_BYTES
    diagnostics = await async_get_config_entry_diagnostics(hass, integration)
    assert len(json.dumps(diagnostics, default=str)) < MOST_DIAGNOSTICS


def _must_be_acknowledged(frame: Any) -> bool:
    match frame:
        case [2, str(), str(action), *_]:
            return action in ACKNOWLEDGED
        case _:
            return False


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
