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
from .register import RegisterReading
from .solar import SETTLE, SolarSettings, SolarState
from .stored import NOT_STORED

IN_USE: Final = 1.0
"""Amps above which a phase counts as in use."""
COUNTED_FOR: Final = timedelta(minutes=1)
"""How far apart two readings of the energy have to be to tell a power: a meter may count in steps of 10 Wh."""
COUNTED_AT_MOST: Final = timedelta(minutes=10)
"""After what time a power is counted anew: a car may draw less by then."""
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
    counted_from: RegisterReading | None = field(default=None, metadata=NOT_STORED)
    """The reading of the energy, since the car follows the present amps, from which a power is counted."""

    def measured(self, metering: Metering, now: datetime) -> Self:
        """Return it with readings of the charger's meter; those of before change nothing."""
        readings = metering.readings
        if readings is self.last_readings:
            return self
        car, phases, voltage = self.car, self.phases, self.voltage
        settled_at = self._settled_at
        counted_from = self._counting_from(metering.register.last, settled_at)
        if readings.power is not None:
            car = added(car, Sample(now, readings.power))
        if max(readings.currents.values(), default=0.0) > IN_USE:
            voltages = [volts for volts in readings.voltages.values() if volts]
            voltage = sum(voltages) / len(voltages) if voltages else USUAL_VOLTAGE
            phases = _phases(readings.currents, readings.power, voltage)
        elif settled_at and settled_at <= now:
            phases = self._phases_by_power(metering, counted_from) or phases
        return replace(
            self,
            last_readings=readings,
            car=car,
            phases=phases,
            voltage=voltage,
            counted_from=counted_from,
        )

    @property
    def _settled_at(self) -> datetime | None:
        """When the car follows the present amps; None while it is not to charge."""
        changed_at = self.state.changed_at
        return changed_at + SETTLE if changed_at and self.state.charging else None

    def _counting_from(
        self, last: RegisterReading | None, settled_at: datetime | None
    ) -> RegisterReading | None:
        """Return the reading of the energy from which a power is counted; None as long as there is none."""
        if last is None or settled_at is None or last.read_at < settled_at:
            return None
        known = self.counted_from
        if known is None or known.read_at < settled_at:
            return last
        return last if last.read_at - known.read_at > COUNTED_AT_MOST else known

    def _phases_by_power(
        self, metering: Metering, counted_from: RegisterReading | None
    ) -> int | None:
        """Return for how many phases the power is that a car draws with these amps; None if it does not tell.

        Some meters tell power but no currents, and some only energy.
        """
        power, last = metering.readings.power, metering.register.last
        if power is None:
            if counted_from is None or last is None:
                return None
            if last.read_at - counted_from.read_at < COUNTED_FOR:
                return None
            power = counted_from.power_until(last)
        share = power / (self.state.amps * self.voltage)
        return min(max(round(share), 1), MOST_PHASES) if share >= FOLLOWED else None


def _phases(currents: Mapping[int, float], power: float | None, voltage: float) -> int:
    """Return how many phases a car uses; a meter may report one current for all of them."""
    in_use = [amps for amps in currents.values() if amps > IN_USE]
    if len(currents) > 1 or not power:
        return len(in_use)
    return min(max(round(power / (in_use[0] * voltage)), 1), MOST_PHASES)
