"""A home with a car, for the tests of solar charging: each sample is taken at its time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    SolarDecision,
    SolarReason,
    SolarSettings,
    SolarState,
)
from custom_components.wallbox_ocpp.wallbox.policy.solar import decide
from custom_components.wallbox_ocpp.wallbox.policy.surplus import Measured

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)


@dataclass
class Home:
    """The car draws what it may at once; `surplus` is what is left of the sun without it."""

    surplus: float = 0.0
    battery: float | None = None
    settings: SolarSettings = field(default_factory=SolarSettings)
    state: SolarState = field(default_factory=SolarState)
    measured: Measured = field(default_factory=lambda: Measured(grid=()))
    now: datetime = NOON
    silent: bool = False
    battery_silent: bool = False
    most_drawn: float = 1e9
    every: float = 5.0
    history: list[tuple[float, int]] = field(default_factory=list)
    """Seconds and amps of each change."""

    @property
    def drawn(self) -> float:
        return min(self.state.amps * self.measured.watts_per_amp, self.most_drawn)

    def why(self) -> SolarReason:
        """Return the last reason."""
        return self.state.reason

    def step(self) -> SolarDecision:
        """Take the samples, and decide."""
        if not self.silent:
            grid = self.drawn - self.surplus - (self.battery or 0.0)
            self.measured = replace(
                self.measured,
                grid=added(self.measured.grid, Sample(self.now, grid)),
                car=added(self.measured.car, Sample(self.now, self.drawn)),
            )
            if self.battery is not None and not self.battery_silent:
                sample = Sample(self.now, self.battery)
                known = added(self.measured.battery or (), sample)
                self.measured = replace(self.measured, battery=known)
        before = self.state.amps
        decision = decide(self.measured, self.state, self.settings, self.now)
        self.state = decision.state
        if self.state.amps != before:
            self.history.append(((self.now - NOON).total_seconds(), self.state.amps))
        return decision

    def run(self, seconds: float, also: Callable[[], None] | None = None) -> int:
        """Let time pass, and return the amps at its end."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.step()
            if also is not None:
                also()
            self.now += timedelta(seconds=self.every)
        return self.state.amps
