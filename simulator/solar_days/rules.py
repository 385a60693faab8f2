"""The two rules: the law of the integration, and the naive one beside it."""

from datetime import UTC, datetime, timedelta
from math import floor
from typing import Final, Protocol

from custom_components.wallbox_ocpp.wallbox.model.electricity import (
    LOWEST_CURRENT,
    USUAL_VOLTAGE,
)
from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.solar import SolarSettings, SolarState
from custom_components.wallbox_ocpp.wallbox.policy.solar import decide
from custom_components.wallbox_ocpp.wallbox.policy.surplus import Measured

MOST: Final = 16
USUAL: Final = SolarSettings(most=MOST)
MIDNIGHT: Final = datetime(2026, 6, 21, tzinfo=UTC)


class Rule(Protocol):
    """Decides what the car gets."""

    def amps(
        self,
        second: int,
        grid: float,
        car: float | None,
        battery: tuple[float, float] | None,
    ) -> int:
        """Return the amps from now on.

        Args:
            second: Of the day.
            grid: W; import is positive.
            car: W; None while its meter says nothing new.
            battery: W, discharge is positive, and its charge in %; None without one.
        """


class Law:
    """What the integration does."""

    def __init__(self, phases: int) -> None:
        self._state = SolarState()
        self._grid: tuple[Sample, ...] = ()
        self._car: tuple[Sample, ...] = ()
        self._battery: tuple[Sample, ...] | None = None
        self._phases = phases

    def amps(
        self,
        second: int,
        grid: float,
        car: float | None,
        battery: tuple[float, float] | None,
    ) -> int:
        now = MIDNIGHT + timedelta(seconds=second)
        self._grid = added(self._grid, Sample(now, grid))
        if car is not None:
            self._car = added(self._car, Sample(now, car))
        if battery is not None:
            sample = Sample(now, battery[0])
            self._battery = added(self._battery or (), sample)
        measured = Measured(
            grid=self._grid,
            car=self._car,
            battery=self._battery,
            battery_charge=battery[1] if battery else None,
            phases=self._phases,
        )
        decision = decide(measured, self._state, USUAL, now)
        self._state = decision.state
        return decision.amps


class Naive:
    """The surplus of each sample, in amps; starts with 6 A and pauses below."""

    def __init__(self, phases: int) -> None:
        self._phases = phases
        self._car = 0.0

    def amps(
        self,
        second: int,
        grid: float,
        car: float | None,
        battery: tuple[float, float] | None,
    ) -> int:
        self._car = self._car if car is None else car
        amps = floor((self._car - grid) / (USUAL_VOLTAGE * self._phases))
        return min(amps, MOST) if amps >= LOWEST_CURRENT else 0
