"""The program: one virtual Wallbox in a process of its own, driven by its control page's API."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
import signal
import sys
from typing import Any

from aiohttp import ClientSession
import pytest

from simulator.virtual_wallbox import FIRMWARES, OfflineStart
from simulator.virtual_wallbox.__main__ import with_switch

from .central_system import CentralSystem

pytestmark = pytest.mark.real_time


@pytest.fixture
async def server() -> AsyncIterator[CentralSystem]:
    async with CentralSystem() as system:
        yield system


@pytest.fixture
async def process(server: CentralSystem) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator.virtual_wallbox",
        "--url",
        server.url,
        "--identity",
        "carport",
        "--speed",
        "20",
        "--control-port",
        "0",
        "--set",
        "keeps_profiles=false",
        "--quirk",
        "watts-only",
        stdout=PIPE,
    )
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def ready_url(process: Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("Virtual Wallbox carport is ready: http://127.0.0.1:")
    return line.split()[-1]


async def until(session: ClientSession, url: str, **wanted: Any) -> dict[str, Any]:
    while True:
        async with session.get(f"{url}state") as response:
            state: dict[str, Any] = await response.json()
        if all(state[key] == value for key, value in wanted.items()):
            return state
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_script_can_drive_it_and_a_signal_ends_it(
    server: CentralSystem, process: Process, number: signal.Signals
) -> None:
    url = await ready_url(process)
    async with ClientSession() as session:
        await until(session, url, connected=True, status="Available")
        # Asked any earlier, it would begin its start anew, and not answer.
        while "StatusNotification" not in [action for action, _ in server.calls]:
            await asyncio.sleep(0.02)
        unit = {"key": ["ChargingScheduleAllowedChargingRateUnit"]}
        *_, answer = await server.call("GetConfiguration", unit, timeout=None)
        assert answer["configurationKey"][0]["value"] == "Power"
        async with session.post(f"{url}plug?max_amps=10") as response:
            assert (await response.json())["car"]["max_amps"] == 10
        await until(session, url, status="Preparing")
        async with session.post(f"{url}cut") as response:
            assert (await response.json())["connected"] is False
        # The article, by the program: factory keys, so it starts by itself.
        await until(session, url, status="Charging", current_drawn=10.0, offline=True)
        async with session.post(f"{url}restore") as response:
            assert (await response.json())["network"] == "up"
        await until(session, url, connected=True)
        async with session.get(f"{url}wire") as response:
            assert (await response.json())[0]["action"] == "BootNotification"
        async with session.post(f"{url}dance") as response:
            assert response.status == 404
        async with session.post(f"{url}plug?max_amps=many") as response:
            assert response.status == 400
        async with session.get(url) as response:
            assert "Virtual Wallbox" in await response.text()
    process.send_signal(number)
    assert await process.wait() == 0
    assert server.close_codes[-1] == 1000


def test_switches_are_read_as_what_they_are() -> None:
    row = FIRMWARES["6.7.38"]
    assert with_switch(row, "keeps_profiles=false").keeps_profiles is False
    assert with_switch(row, "quiet_limit=none").quiet_limit is None
    assert with_switch(row, "offered_always=11").offered_always == 11.0
    assert with_switch(row, "phases=1").phases == 1
    assert with_switch(row, "metered_phases=1,2").metered_phases == (1, 2)
    changed = with_switch(row, "offline_start=local_lock")
    assert changed.offline_start is OfflineStart.LOCAL_LOCK
    keys = with_switch(row, "ignored_keys=AuthEnabled,LightIntensity").ignored_keys
    assert keys == {"AuthEnabled", "LightIntensity"}
    with pytest.raises(ValueError, match="freedom"):
        with_switch(row, "freedom=true")
