"""What a charger's meter says, and what flowed while nobody read it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from mashumaro import DataClassDictMixin

from .clock import Clock
from .meter import Readings
from .meter_history import MeterHistory
from .offline_energy import OfflinePeriod, Unattended
from .register import LEAP, Judged, Register, RegisterReading
from .stored import NOT_STORED
from .tariff import Tariff


@dataclass(frozen=True, kw_only=True, slots=True)
class Metering(DataClassDictMixin):
    """The meter now, over its lifetime, and in the time without the charger."""

    readings: Readings = field(default_factory=Readings, metadata=NOT_STORED)
    """Now."""
    register: Register = field(default_factory=Register)
    """The lifetime meter."""
    quiet_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """When the charger last said that nothing flows, by its clock; None if it may flow."""
    dropped_readings: int = field(default=0, metadata=NOT_STORED)
    clock: Clock = field(default_factory=Clock)
    """The charger's, by which it stamps its readings."""
    tariff: Tariff = field(default_factory=Tariff)
    offline_period: OfflinePeriod | None = None
    """The time without the charger that no reading has ended yet."""
    history: MeterHistory | None = None
    """The meter in the latest such time, as far as it is learned late, for the statistics."""
    unattended: Unattended | None = None
    """What happened in the latest such time, until the owner has seen it."""
    unattended_energy: float = 0.0
    """Wh, of all such times."""

    def by_clock(self, clock: Clock) -> Self:
        """Return it with another reckoning of the charger's clock."""
        return self if clock is self.clock else replace(self, clock=clock)

    def judged(
        self,
        reading: RegisterReading,
        most_power: float,
        *,
        final: bool = False,
        leap: float = LEAP,
    ) -> tuple[Self, Judged]:
        """Judge a reading of the lifetime meter; see `Register.judged`."""
        register, judged = self.register.judged(
            reading, most_power, final=final, leap=leap
        )
        return replace(self, register=register), judged
