"""Somebody who tests the offline protection of a charger."""

import asyncio
from typing import Any, Final

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, Personality, VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.screen import Screen, protected

FAST_CAR: Final = Car(max_amps=32)


class Trial:
    """Somebody who tests a charger."""

    def __init__(
        self,
        hass: HomeAssistant,
        device_id: str,
        screen: Screen,
        start_charger: StartCharger,
    ) -> None:
        self._hass = hass
        self._device_id = device_id
        self._screen = screen
        self._start_charger = start_charger

    async def call(self, action: str, **data: Any) -> Any:
        """Perform an action."""
        return await self._hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self._device_id, **data},
            blocking=True,
            return_response=action.startswith("test"),
        )

    def begin(self, **variant: Any) -> asyncio.Task[Any]:
        """Begin a test, whose response comes with its end."""
        work = self.call("test_offline_protection", **variant)
        return self._hass.async_create_task(work)

    async def sees(self, phase: str) -> None:
        """Wait until a phase of the test has come."""
        await until(
            lambda: (
                self._screen.entity("sensor", "offline_test").attributes["phase"]
                == phase
            )
        )

    async def charging(
        self, personality: Personality = FIRMWARES["6.7.38"], car: Car = FAST_CAR
    ) -> VirtualWallbox:
        """Start a charger, and let a car charge at it."""
        box = await self._start_charger(personality)
        await self.charges(box, car)
        return box

    async def charges(self, box: VirtualWallbox, car: Car = FAST_CAR) -> None:
        """Let a car come and charge."""
        await box.wait_until(lambda: protected(self._screen))
        box.plug(car)
        await box.wait_until(lambda: self._screen.sensor("status") == "charging")
        # Some tell their firmware only once they are asked.
        await box.wait_until(lambda: self._screen.sensor("firmware") != "unknown")
        # Then they are compared once more.
        await box.sleep(15)
        await box.wait_until(lambda: protected(self._screen))


def causes(screen: Screen) -> tuple[str, ...]:
    """Return what came of the test, and why."""
    sensor = screen.entity("sensor", "offline_test")
    return (sensor.state, *sensor.attributes["causes"])


def on(screen: Screen) -> bool:
    """Return whether Charging is on."""
    return screen.entity("switch", "charging").state == "on"


async def replug(box: VirtualWallbox) -> None:
    """Unplug the car, and plug it in again."""
    box.unplug()
    await box.sleep(10)
    box.plug(FAST_CAR)
