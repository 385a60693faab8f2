"""The settings of solar charging, as they are stored, and the readings of the sensors in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Self

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, PERCENTAGE, UnitOfPower
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import PowerConverter

from ..wallbox.model.electricity import LOWEST_CURRENT
from ..wallbox.model.power_samples import Sample, believed, net
from ..wallbox.model.solar import BatteryPositive, GridPositive, SolarSettings

CONF_GRID: Final = "grid"
CONF_GRID_POSITIVE: Final = "grid_positive"
CONF_EXPORT: Final = "export"
CONF_BATTERY: Final = "battery"
CONF_BATTERY_POSITIVE: Final = "battery_positive"
CONF_BATTERY_CHARGE: Final = "battery_charge"
CONF_BATTERY_FIRST: Final = "battery_first"
CONF_GRID_SHARE: Final = "grid_share"
CONF_LEAST: Final = "least"

ENTITIES: Final = (CONF_GRID, CONF_EXPORT, CONF_BATTERY, CONF_BATTERY_CHARGE)
"""The settings that name a sensor."""

USUAL: Final = SolarSettings()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensors:
    """The sensors of the home."""

    grid: str
    export: str | None = None
    """If there are two, `grid` tells the import and this one the export."""
    battery: str | None = None
    battery_charge: str | None = None
    grid_inverted: bool = False
    battery_inverted: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self | None:
        """Return the sensors that the settings name; None without one of the grid."""
        if not (grid := settings.get(CONF_GRID)):
            return None
        export = settings.get(CONF_EXPORT)
        positive = settings.get(CONF_GRID_POSITIVE)
        return cls(
            grid=grid,
            export=export,
            battery=settings.get(CONF_BATTERY),
            battery_charge=settings.get(CONF_BATTERY_CHARGE),
            grid_inverted=not export and positive == GridPositive.EXPORT,
            battery_inverted=settings.get(CONF_BATTERY_POSITIVE)
            == BatteryPositive.CHARGE,
        )

    @property
    def all(self) -> list[str]:
        """Their entity ids."""
        named = (self.grid, self.export, self.battery, self.battery_charge)
        return [entity_id for entity_id in named if entity_id]

    def grid_power(self, hass: HomeAssistant) -> Sample | None:
        """Return what flows from the grid now; None if that is not known."""
        taken = power(hass.states.get(self.grid), inverted=self.grid_inverted)
        if self.export is None:
            return taken
        return net(taken, power(hass.states.get(self.export)))

    def battery_power(self, hass: HomeAssistant) -> Sample | None:
        """Return what the home battery gives now; None if that is not known."""
        state = hass.states.get(self.battery) if self.battery else None
        return power(state, inverted=self.battery_inverted)

    def read(self, entity_id: str, state: State | None) -> float | None:
        """Return what one of them shows, in W or %; None if that is nothing."""
        if entity_id == self.battery_charge:
            return number(state)
        return sample.watts if (sample := power(state)) else None


def law_settings(settings: Mapping[str, Any]) -> SolarSettings:
    """Return what the owner has set for the law."""
    return SolarSettings(
        least=int(settings.get(CONF_LEAST, LOWEST_CURRENT)),
        grid_share=float(settings.get(CONF_GRID_SHARE, USUAL.grid_share)),
        battery_first_below=float(
            settings.get(CONF_BATTERY_FIRST, USUAL.battery_first_below)
        ),
    )


def is_power(state: State) -> bool:
    """Return whether an entity shows a power."""
    return state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) in PowerConverter.VALID_UNITS


def is_percentage(state: State) -> bool:
    """Return whether an entity shows a percentage."""
    return state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) == PERCENTAGE


def power(state: State | None, *, inverted: bool = False) -> Sample | None:
    """Return the power that an entity shows; None if it shows none."""
    if state is None or not is_power(state) or (value := number(state)) is None:
        return None
    unit = state.attributes[ATTR_UNIT_OF_MEASUREMENT]
    in_watts = PowerConverter.convert(value, unit, UnitOfPower.WATT)
    watts = believed(in_watts, inverted=inverted)
    return None if watts is None else Sample(state.last_reported, watts)


def number(state: State | None) -> float | None:
    """Return the number that an entity shows; None if it shows none."""
    try:
        value = float(state.state) if state else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None
