"""Home Assistant is killed, or restarted, while the offline protection of a charger is tested."""

import asyncio
from typing import Final

import pytest

from .conftest import Home
from .killed import FAST_CAR, QUICK, REAL_TIME, add_protected_charger, charge

LIMIT: Final = 7
"""Amps: too few for a trial of a plan, which would take two minutes of real time."""

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]


@pytest.mark.parametrize("killed", [True, False])
async def test_the_wish_comes_back_though_home_assistant_ends_in_the_middle_of_a_test(
    home: Home, killed: bool
) -> None:
    async with home.wallbox("100001", REAL_TIME, QUICK) as box:
        async with home.open() as api:
            charger = await add_protected_charger(api, home)
            reason, charging = (
                charger.entities[key] for key in ("why_not_charging", "charging")
            )
            await api.call_service(
                "number.set_value",
                entity_id=charger.entities["current_limit"],
                value=LIMIT,
            )
            box.plug(FAST_CAR)
            await api.wait_for(charger.entities["status"], "charging")
            await charge(box)
            action = "wallbox_ocpp.test_offline_protection"
            test = asyncio.create_task(
                api.call_service(action, device_id=charger.device_id)
            )
            await api.wait_for(reason, "test_alone", 60)
            await api.wait_for(charging, "off")
            await box.wait_until(lambda: not box.connected)
            if killed:
                await home.process.kill()
            else:
                await home.process.stop(timeout=30)
            # Nobody is left to answer.
            test.cancel()
        await home.process.start()
        async with home.open() as api:
            await api.wait_for(charging, "on")
            # The test is over, and the car charges as it did.
            await api.wait_for(reason, "charging", 60)
            await charge(box)
            assert box.charger.current_drawn == LIMIT
