"""A run of a virtual Wallbox, downloaded and played again, shows the same things."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
import json
from pathlib import Path
import re
import socket
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    _get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.const import SERVER_PORT
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.home_assistant import CURRENT
from simulator.replay import Recording, Witness
from simulator.replay.__main__ import plain
from simulator.virtual_time import VirtualTimeLoop
from simulator.virtual_wallbox import FIRMWARES, Car
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.screen import Screen

pytestmark = pytest.mark.timeout(600)

SHOWN = (
    "charging",
    "connection",
    "current_limit",
    "halo",
    "session",
    "status",
    "vehicle_connected",
)


@pytest.fixture
async def witness(hass: HomeAssistant) -> AsyncGenerator[Witness]:
    """Return who watches the first charger from now on."""
    witness = Witness(hass, IDENTITY, dt_util.utcnow)
    with witness.watching():
        yield witness


async def test_what_was_seen_is_seen_again(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
    witness: Witness,
    start_protected: StartCharger,
    screen: Screen,
    tmp_path: Path,
) -> None:
    box = await start_protected(FIRMWARES["6.7.38"])
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    await screen.switch("charging", on=True)
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    number = {"entity_id": screen.entity_id("number", "current_limit"), "value": 10}
    await hass.services.async_call("number", "set_value", number, blocking=True)
    await box.wait_until(lambda: box.charger.current_drawn == 10)
    box.cut_network()
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    file: Any = await _get_diagnostics_for_config_entry(hass, hass_client, integration)
    path = tmp_path / "diagnostics.json"
    path.write_text(json.dumps(file))
    seen = list(witness.seen)

    # The demo that it comes from may be running still.
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(socket.create_server(("", SERVER_PORT)))
        printed = await play(path)
    again = list(lines(printed))
    for name in SHOWN:
        then = [sight for sight in seen if sight.what == name]
        now = [(at, how) for at, what, how in again if what == name]
        assert [how for _, how in now] == [plain(sight.how) for sight in then]
        for (at, _), sight in zip(now, then, strict=True):
            late = datetime.fromisoformat(f"{at}+00:00") - sight.at
            # What is printed has no fraction of a second.
            assert abs(late) <= timedelta(seconds=1), (sight, at)
    assert "Offline protection in the end: protected" in printed
    assert "Repairs in the end: none" in printed
    assert "this time" not in printed


def lines(printed: str) -> list[tuple[str, ...]]:
    """Return what was printed that was seen: when, what, and how."""
    return re.findall(r"^([-0-9]+ [:0-9]+)  (\w+): (.+)$", printed, re.MULTILINE)


async def play(path: Path) -> str:
    """Play a file, and return what is printed."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    # Days would pass here while the other process takes its seconds.
    with loop.held():
        process = await asyncio.create_subprocess_exec(
            *(CURRENT, "-m", "simulator.replay", path),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.parametrize("file", [{}, {"data": {}}, {"data": {"chargers": []}}])
def test_a_file_without_a_charger_cannot_be_played(file: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="in the file: 0"):
        Recording.read(file)


def test_a_charger_that_has_said_nothing_cannot_be_played() -> None:
    charger: dict[str, Any] = {"records": []}
    with pytest.raises(ValueError, match="nothing"):
        Recording.read({"data": {"chargers": [charger]}})
