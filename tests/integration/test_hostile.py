"""Home Assistant stays responsive while two hundred peers mean harm."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import gc
from pathlib import Path
import sys
import time
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.csms.handshake import MAX_UNKNOWN_CHARGERS
from custom_components.wallbox_ocpp.csms.listener import BACKLOG
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_time import until
from tests.conftest import Connect, charger_data
from tests.helpers.hostile import PEERS
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, issue_keys, protected

BLOCKED: Final = 0.05
"""Seconds of processor time for which nothing may keep the event loop from everything else. By
the clock it says nothing: the attackers and all else on this machine want the processor, too."""
SLOW_PROCESSOR: Final = 2
"""How much longer it may be busy where the processor is slower than usual."""
SEVERAL: Final = 3
"""How often something has to be seen: whoever does harm does it again and again, and a virtual machine
whose processor is taken away for a moment counts that as its own time."""
BEAT: Final = 0.005
"""Seconds between two looks at how busy the loop is."""
ROUNDS: Final = 3
"""How often a charger is paused and goes on meanwhile, as fast as its owner may ask for it."""
SPARE_FILES: Final = 6 * BACKLOG
"""Those of the charger and its files, and of connections of some turns of the loop that are not counted yet, or
just being ended."""
VICTIMS: Final = [f"open-{number}" for number in range(10)]
"""Chargers without a password, which anybody can pose as."""


class Pulse:
    """How long the event loop was kept from everything else, at the worst."""

    def __init__(self) -> None:
        self._spent: list[float] = []

    @property
    def busy(self) -> float:
        """Seconds of processor time in one go, as happened several times."""
        return sorted(self._spent)[-SEVERAL]

    async def beat(self) -> None:
        """Look, again and again."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(BEAT)
            self._spent.append(time.thread_time() - before)


@asynccontextmanager
async def pulse() -> AsyncGenerator[Pulse]:
    """Feel the pulse of the event loop."""
    pulse = Pulse()
    # What the whole test run has left in memory takes longer to look through than all else.
    gc.collect()
    gc.disable()
    beating = asyncio.create_task(pulse.beat())
    yield pulse
    beating.cancel()
    gc.enable()


@asynccontextmanager
async def attack(port: int, *identities: str) -> AsyncGenerator[None]:
    """Have two hundred peers do harm, from a process of their own."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.helpers.hostile", str(port), *identities),
        cwd=Path(__file__).parents[2],
        stdin=PIPE,
    )
    try:
        yield
    finally:
        await program.communicate(b"enough\n")
    assert program.returncode == 0


@pytest.mark.real_time
@pytest.mark.timeout(600)
async def test_home_assistant_stays_responsive_under_attack(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    for identity in VICTIMS:
        subentry = ConfigSubentry(**charger_data(identity))  # type: ignore[arg-type]  # a plain dict of its fields
        hass.config_entries.async_add_subentry(integration, subentry)
    await hass.async_block_till_done()
    # What the loop is debugged with takes longer than what is measured.
    hass.loop.set_debug(False)
    charger = await connect_protected()
    central_system = integration.runtime_data.central_system
    attempts: set[str] = set()
    central_system.watch(lambda attempt: attempts.add(attempt.address))

    async with attack(integration.data[CONF_PORT], *VICTIMS):
        await until(lambda: len(attempts) > PEERS / 2)
        async with pulse() as felt:
            for _ in range(ROUNDS):
                await charger.ask("Heartbeat", {})
                await screen.switch("charging", on=False)
                await screen.switch("charging", on=True)

    assert any(central_system.frame_logs[victim].violations for victim in VICTIMS)
    assert felt.busy < BLOCKED * SLOW_PROCESSOR
    assert screen.entity("binary_sensor", "connection").state == "on"
    assert issue_keys(issue_registry) >= {"strangers"}
    assert len(central_system.unknown_chargers.recent) <= MAX_UNKNOWN_CHARGERS


@pytest.mark.real_time
@pytest.mark.timeout(600)
async def test_a_silent_crowd_leaves_room_for_home_assistant_and_its_chargers(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    hass.loop.set_debug(False)
    before = open_files()
    most = 0
    async with attack(integration.data[CONF_PORT]):
        await until(lambda: open_files() >= before + Quotas().unidentified // 2)
        charger = await connect()
        await until(lambda: protected(screen))
        for _ in range(ROUNDS):
            await charger.ask("Heartbeat", {})
            await screen.switch("charging", on=False)
            most = max(most, open_files())
            await screen.switch("charging", on=True)
    assert most < before + Quotas().unidentified + SPARE_FILES


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
