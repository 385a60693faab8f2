"""The home: a car that follows with some delay, a battery that balances the grid, and meters."""

from dataclasses import dataclass
from random import Random
from typing import Final

from custom_components.wallbox_ocpp.wallbox.model.electricity import USUAL_VOLTAGE

from .rules import Law, Naive, Rule
from .weather import STEP, Day, moments

CAR_STARTS_AFTER: Final = 30
"""Seconds from the end of a pause until a car draws current."""
CAR_FOLLOWS_IN: Final = 10
"""Seconds from a change until a car draws accordingly; it stops at once."""
CAR_METER_EVERY: Final = 15
"""Seconds."""
NOISE: Final = 10.0
"""W by which the meter of the grid is wrong."""

BATTERY: Final = 10_000.0
"""Wh."""
BATTERY_POWER: Final = 3000.0
BATTERY_AT_SUNRISE: Final = 0.4
"""Of its capacity."""
BATTERY_FOLLOWS: Final = 0.5
"""How much of what flows to or from the grid the battery takes over in a step."""
_HOUR: Final = 3600.0


@dataclass(kw_only=True, slots=True)
class Result:
    """What a day came to. Energies in Wh."""

    charged: float = 0.0
    imported: float = 0.0
    """Of what the car drew, from the grid."""
    from_battery: float = 0.0
    """Of what the car drew, from the home battery."""
    starts: int = 0
    changes: int = 0
    """Each is written to the charger."""

    @property
    def sun(self) -> float:
        """What the car drew from the sun."""
        return self.charged - self.imported - self.from_battery


class Car:
    """A car whose current follows what it may draw."""

    def __init__(self, phases: int) -> None:
        self._phases = phases
        self._amps = 0.0
        self._waits = 0

    def draws(self, allowed: int) -> float:
        """Return the W that it draws for the next step."""
        if not allowed:
            self._amps, self._waits = 0.0, CAR_STARTS_AFTER
        elif self._waits > 0:
            self._waits -= STEP
        else:
            self._amps += (allowed - self._amps) * STEP / CAR_FOLLOWS_IN
        return self._amps * USUAL_VOLTAGE * self._phases


class Battery:
    """A home battery that keeps the power of the grid at 0 W, as far as it can."""

    def __init__(self) -> None:
        self.energy = BATTERY_AT_SUNRISE * BATTERY
        self.power = 0.0
        """Discharge is positive."""

    @property
    def charge(self) -> float:
        """Return its charge in %."""
        return 100 * self.energy / BATTERY

    def balance(self, needed: float) -> None:
        """Take what the home has too much, or give what it needs, after some delay."""
        wanted = self.power + BATTERY_FOLLOWS * (needed - self.power)
        full, empty = self.energy >= BATTERY, self.energy <= 0
        least = 0.0 if full else -BATTERY_POWER
        most = 0.0 if empty else BATTERY_POWER
        self.power = min(max(wanted, least), most)
        energy = self.energy - self.power * STEP / _HOUR
        self.energy = min(max(energy, 0.0), BATTERY)


def live(day: Day, rule: Rule) -> Result:
    """Let a day pass under a rule."""
    random = Random(day.seed + 1)
    car, battery = Car(day.phases), Battery() if day.battery else None
    allowed, result = 0, Result()
    for moment in moments(day):
        drawn = car.draws(allowed)
        grid = moment.home + drawn - moment.sun
        given = 0.0
        if battery is not None:
            battery.balance(grid)
            given = battery.power
            grid -= given
        from_grid = min(max(grid, 0.0), drawn)
        result.charged += drawn * STEP / _HOUR
        result.imported += from_grid * STEP / _HOUR
        result.from_battery += min(max(given, 0.0), drawn - from_grid) * STEP / _HOUR
        before, allowed = (
            allowed,
            rule.amps(
                moment.second,
                grid + random.gauss(0, NOISE),
                None if moment.second % CAR_METER_EVERY else drawn,
                None if battery is None else (given, battery.charge),
            ),
        )
        result.changes += allowed != before
        result.starts += allowed > 0 and before == 0
    return result


def compared(day: Day) -> tuple[Result, Result]:
    """Return what a day comes to by our law, and by the naive rule."""
    return live(day, Law(day.phases)), live(day, Naive(day.phases))
