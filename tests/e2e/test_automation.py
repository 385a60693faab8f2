"""A charging session drives an automation."""

import asyncio
from typing import Any

import pytest

from simulator.demo.dashboard import AUTOMATION_ENTITY, add_automation
from simulator.home_assistant import add_charger
from simulator.virtual_wallbox import Car

from .conftest import Home
from .records import automation_runs, sessions_told

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]


async def test_a_session_that_ends_runs_the_automation_once(home: Home) -> None:
    async with home.wallbox("100001") as box, home.open() as api:
        charger = await add_charger(api, home.entry_id, "100001")
        await add_automation(api, charger)
        await api.wait_for(charger.entities["halo"], "ready")
        box.plug(Car(max_amps=32))
        await api.wait_for(charger.entities["status"], "charging")
        await api.wait_for(charger.entities["session_energy"], some_energy)

        async with (
            asyncio.timeout(10),
            api.subscribe("persistent_notification/subscribe") as notifications,
        ):
            await notifications.get()
            box.unplug()
            told = (await notifications.get())["notifications"]

        [notification] = told.values()
        assert notification["title"] == "The car has charged"
        [ended] = await sessions_told(api, charger.entities["session"], "ended")
        assert notification["message"].startswith(f"{round(ended['energy'], 2)} kWh")
        assert ended["delayed"] is False
        assert len(await automation_runs(api, AUTOMATION_ENTITY)) == 1


def some_energy(state: dict[str, Any]) -> bool:
    """Return whether the car has got enough to be worth telling."""
    return (
        state["state"] not in ("unknown", "unavailable") and float(state["state"]) > 0.1
    )
