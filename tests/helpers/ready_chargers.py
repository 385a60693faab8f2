"""Chargers that are connected and protected, and such that are gone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Personality, VirtualWallbox
from tests.conftest import Connect, StartCharger
from tests.helpers.screen import Screen, protected

type ConnectProtected = Callable[..., Awaitable[ScriptedCharger]]
"""Connects a scripted charger, and waits until it is protected."""


@pytest.fixture
def connect_protected(connect: Connect, screen: Screen) -> ConnectProtected:
    """Return a function that connects a scripted charger and waits until it is protected."""

    async def connect_protected(**script: Any) -> ScriptedCharger:
        charger = await connect(**script)
        await until(lambda: protected(screen))
        return charger

    return connect_protected


@pytest.fixture
def start_protected(start_charger: StartCharger, screen: Screen) -> StartCharger:
    """Return a function that starts a virtual Wallbox and waits until it is protected."""

    async def start_protected(
        personality: Personality = FIRMWARES["6.7.38"], **options: object
    ) -> VirtualWallbox:
        box = await start_charger(personality, **options)
        await box.wait_until(lambda: protected(screen))
        return box

    return start_protected


async def gone(screen: Screen) -> None:
    """Wait until the charger is shown as not connected."""
    await until(lambda: screen.entity("binary_sensor", "connection").state == "off")
