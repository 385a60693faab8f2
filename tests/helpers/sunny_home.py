"""A home with a solar system, whose sensors tell what is left of the sun."""

from collections.abc import Awaitable, Callable
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_SOLAR
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen

GRID = "sensor.grid"
EXPORT = "sensor.export"
BATTERY = "sensor.battery"
SOC = "sensor.soc"
STEP = 10.0
"""Seconds between two reports."""
ONE_PHASE = Car(max_amps=16, phases=1)
AMP = 230
"""W of a car on one phase."""


def name_sensors(hass: HomeAssistant, entry: MockConfigEntry, **solar: Any) -> None:
    """Name the sensors in the settings of the charger; without any, none."""
    change_settings(hass, entry, **{CONF_SOLAR: solar or None})


class SunnyHome:
    """The meter of a home, with a car at its charger."""

    def __init__(self, hass: HomeAssistant, box: VirtualWallbox) -> None:
        """Begin at night."""
        self._hass = hass
        self._box = box
        self.surplus = 0.0
        """W that are left of the sun without the car."""
        self.unit = "W"
        self.sign = 1.0
        self.two_sensors = False
        self.battery: float | None = None
        """W that the home battery gives."""
        self.battery_told = True
        """Whether the sensor of the home battery says so."""

    @property
    def grid(self) -> float:
        """W from the grid."""
        self._box.look()
        return self._box.charger.power - self.surplus - (self.battery or 0.0)

    def report(self) -> None:
        """Report what the meters show now."""
        if self.two_sensors:
            self._show(GRID, max(self.grid, 0.0))
            self._show(EXPORT, max(-self.grid, 0.0))
        else:
            self._show(GRID, self.sign * self.grid)
        if self.battery is not None and self.battery_told:
            self._show(BATTERY, self.battery)

    async def passes(
        self,
        seconds: float,
        surplus: float | Callable[[float], float] | None = None,
        *,
        silent: bool = False,
    ) -> None:
        """Let time pass; the surplus may follow the seconds that have passed."""
        passed = 0.0
        while passed < seconds:
            if surplus is not None:
                self.surplus = surplus(passed) if callable(surplus) else surplus
            if not silent:
                self.report()
            await self._box.sleep(STEP)
            passed += STEP
        self._box.look()

    def _show(self, entity_id: str, watts: float) -> None:
        value = watts / 1000 if self.unit == "kW" else watts
        self._hass.states.async_set(
            entity_id,
            f"{value:.3f}",
            {"unit_of_measurement": self.unit, "device_class": "power"},
        )


type Plugged = Callable[..., Awaitable[tuple[VirtualWallbox, SunnyHome]]]
"""Lets a car wait for sun."""


def written(box: VirtualWallbox) -> int:
    """Return how many profiles the charger has got."""
    return len(box.received("SetChargingProfile"))


def why(screen: Screen) -> str:
    """Return what the plan says of the sun."""
    return screen.sensor("plan")
