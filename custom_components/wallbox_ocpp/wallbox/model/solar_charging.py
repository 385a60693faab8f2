"""Solar charging of one charger: its settings, what the sensors say, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from .charging_plan import PlannedSlot
from .electricity import MOST_PHASES, USUAL_VOLTAGE
from .meter import Readings
from .metering import Metering
from .power_samples import Sample, Samples, added
from .solar import SETTLE, SolarSettings, SolarState
from .stored import NOT_STORED

IN_USE: Final = 1.0
"""Amps above which a phase counts as in use."""
COUNTED_FOR: Final = timedelta(seconds=5)
"""How far apart two readings of the energy have to be to tell a power: a meter may count in whole Wh."""
FOLLOWED: Final = 0.5
"""A car that draws less than this share of what it may draw on one phase does not tell its phases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeMeters:
    """What the sensors of the home say."""

    grid: Samples = ()
    """Import is positive."""
    battery: Samples | None = None
    """Discharge is positive; empty while its sensor shows nothing, None without one."""
    battery_charge: float | None = None
    """%."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SolarCharging:
    """Solar charging of one charger."""

    settings: SolarSettings | None = field(default=None, metadata=NOT_STORED)
    """None as long as the settings name no sensor of the grid."""
    meters: HomeMeters = field(default_factory=HomeMeters, metadata=NOT_STORED)
    car: Samples = field(default=(), metadata=NOT_STORED)
    """What the car draws, by the charger's meter."""
    last_readings: Readings | None = field(default=None, metadata=NOT_STORED)
    """The readings of the charger's meter that were used last."""
    phases: int | None = None
    """That a car was last seen to use; None before the first time."""
    voltage: float = USUAL_VOLTAGE
    """Of a phase, as last measured."""
    state: SolarState = field(default_factory=SolarState)
    offered: PlannedSlot | None = None
    """What the charger may give without Home Assistant; None if that is nothing."""
    look_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When to decide again, even if no sensor says anything until then."""

    def measured(self, metering: Metering, now: datetime) -> Self:
        """Return it with readings of the charger's meter; those of before change nothing."""
        readings = metering.readings
        if readings is self.last_readings:
            return self
        car, phases, voltage = self.car, self.phases, self.voltage
        if readings.power is not None:
            car = added(car, Sample(now, readings.power))
        if max(readings.currents.values(), default=0.0) > IN_USE:
            voltages = [volts for volts in readings.voltages.values() if volts]
            voltage = sum(voltages) / len(voltages) if voltages else USUAL_VOLTAGE
            phases = _phases(readings.currents, readings.power, voltage)
        else:
            phases = self._phases_by_power(metering, now) or phases
        return replace(
            self, last_readings=readings, car=car, phases=phases, voltage=voltage
        )

    def _phases_by_power(self, metering: Metering, now: datetime) -> int | None:
        """Return for how many phases the power is that a car draws with these amps; None if it does not tell.

        Some meters tell power but no currents, and some only energy.
        """
        settled_at = self.state.changed_at and self.state.changed_at + SETTLE
        if not self.state.charging or settled_at is None:
            return None
        power, since = metering.readings.power, now
        if power is None:
            last, before = metering.register.last, metering.register.before
            if not last or not before or last.read_at - before.read_at < COUNTED_FOR:
                return None
            power, since = metering.register.power, before.read_at
        share = power / (self.state.amps * self.voltage)
        if since < settled_at or share < FOLLOWED:
            return None
        return min(max(round(share), 1), MOST_PHASES)


def _phases(currents: Mapping[int, float], power: float | None, voltage: float) -> int:
    """Return how many phases a car uses; a meter may report one current for all of them."""
    in_use = [amps for amps in currents.values() if amps > IN_USE]
    if len(currents) > 1 or not power:
        return len(in_use)
    return min(max(round(power / (in_use[0] * voltage)), 1), MOST_PHASES)
