"""The meter of a charger, and the energy that flowed while it was offline."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from .clock import Clock
from .meter import Readings
from .meter_history import MeterHistory
from .offline_energy import OfflinePeriod, Unattended
from .register import Register
from .stored import NOT_STORED
from .tariff import Tariff


@dataclass(frozen=True, kw_only=True, slots=True)
class Metering:
    """The meter: the latest readings, the lifetime register, and offline periods."""

    readings: Readings = field(default_factory=Readings, metadata=NOT_STORED)
    """The latest ones."""
    register: Register = field(default_factory=Register)
    """The lifetime register."""
    quiet_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """When the charger last reported that it stopped charging, by its clock; None if it may charge."""
    dropped_readings: int = field(default=0, metadata=NOT_STORED)
    clock: Clock = field(default_factory=Clock)
    """The charger's clock, from which the timestamps of readings are."""
    tariff: Tariff = field(default_factory=Tariff)
    offline_period: OfflinePeriod | None = None
    """The present offline period: no reading has come since it began."""
    history: MeterHistory | None = None
    """The register in the latest offline period, for the statistics."""
    unattended: Unattended | None = None
    """Unattended energy in the latest offline period, until the owner has acknowledged it."""
    unattended_energy: float = 0.0
    """Unattended energy in Wh, of all offline periods."""

    def allowed(self) -> Self:
        """Return it once energy may flow again.

        Nobody knows when what flows in the present offline period flowed; in doubt, it was allowed.
        """
        if (period := self.offline_period) is None or (
            period.wanted and period.plan is None
        ):
            return self
        period = replace(period, wanted=True, plan=None)
        return replace(self, offline_period=period)
