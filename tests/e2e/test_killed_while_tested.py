"""Home Assistant is killed, or restarted, while the offline protection of a charger is tested."""

import pytest

from .conftest import Home
from .killed import FAST_CAR, QUICK, REAL_TIME, add_protected_charger, charge

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("killed", [True, False])
async def test_the_wish_comes_back_though_home_assistant_ends_in_the_middle_of_a_test(
    home: Home, killed: bool
) -> None:
    async with home.wallbox("100001", REAL_TIME, QUICK) as box:
        async with home.open() as api:
            charger = await add_protected_charger(api, home)
            button, sensor, charging = (
                charger.entities[key]
                for key in ("test_offline_protection", "offline_test", "charging")
            )
            await api.call_service(
                "number.set_value",
                entity_id=charger.entities["current_limit"],
                value=16,
            )
            box.plug(FAST_CAR)
            await api.wait_for(charger.entities["status"], "charging")
            await charge(box)
            await api.call_service("button.press", entity_id=button)
            await api.wait_for(
                sensor, lambda state: state["attributes"]["phase"] == "alone", 60
            )
            await api.wait_for(charging, "off")
            await box.wait_until(lambda: not box.connected)
            if killed:
                await home.process.kill()
            else:
                await home.process.stop(timeout=30)
        await home.process.start()
        async with home.open() as api:
            await api.wait_for(sensor, "broken_off", 30)
            await api.wait_for(
                sensor, lambda state: state["attributes"]["causes"] == ["restarted"]
            )
            await api.wait_for(charging, "on")
            # It is let in again, and charges as it did.
            await charge(box)
            assert box.charger.current_drawn == 16
