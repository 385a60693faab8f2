"""Sampled values → W, Wh, A, V, with what a real meter cannot have said left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from mashumaro import DataClassDictMixin

from ...csms.messages import SampledValue

_PHASES: Final = {"L1": 1, "L1-N": 1, "L2": 2, "L2-N": 2, "L3": 3, "L3-N": 3}
_FACTORS: Final = {"kW": 1000.0, "kWh": 1000.0}
"""To the base unit; everything else is taken as given (Wh, W, A, V)."""

_ENERGY: Final = "Energy.Active.Import.Register"
_POWER: Final = "Power.Active.Import"
_CURRENT: Final = "Current.Import"
_VOLTAGE: Final = "Voltage"

MOST: Final = 1e12
"""W, Wh, A or V: more than any meter shows, and little enough to reckon with."""

MOST_ENERGY: Final = 1e9
"""Wh: a lifetime of charging without a break is less."""

SURE_STEP: Final = 200_000.0
"""Wh by which the register may grow at once and be believed: some full batteries. A longer
step, as after months without us, is believed once the next reading confirms it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What the meter says now: W, Wh, and A and V by phase number."""

    power: float | None = None
    energy: float | None = None
    currents: dict[int, float] = field(default_factory=dict)
    voltages: dict[int, float] = field(default_factory=dict)


def read(samples: Iterable[SampledValue]) -> tuple[Readings, int]:
    """Read one moment's samples; also return how many were nonsense.

    Power falls back to U·I, because some chargers report 0 W while charging
    (docs/chargers.md §3.5). Totals win over phases; phases are added up where there is no total.
    """
    dropped = 0
    totals: dict[str, float] = {}
    phases: dict[str, dict[int, float]] = {
        _CURRENT: {},
        _VOLTAGE: {},
        _POWER: {},
        _ENERGY: {},
    }
    for sample in samples:
        if sample.measurand not in phases:
            continue
        if (value := _number(sample)) is None:
            dropped += 1
        elif phase := _PHASES.get(sample.phase or ""):
            phases[sample.measurand][phase] = value
        else:
            totals[sample.measurand] = value
    for measurand in (_POWER, _ENERGY):
        if measurand not in totals and phases[measurand]:
            totals[measurand] = sum(phases[measurand].values())
    currents, voltages = phases[_CURRENT], phases[_VOLTAGE]
    if _CURRENT in totals and not currents:
        currents = {1: totals[_CURRENT]}
    if _VOLTAGE in totals and not voltages:
        voltages = {1: totals[_VOLTAGE]}
    return (
        Readings(
            power=totals.get(_POWER)
            or _apparent_power(currents, voltages, totals.get(_POWER)),
            energy=totals.get(_ENERGY),
            currents=currents,
            voltages=voltages,
        ),
        dropped,
    )


def merge(readings: Readings, newer: Readings) -> Readings:
    """Let newer readings replace older ones of the same kind."""
    return Readings(
        power=readings.power if newer.power is None else newer.power,
        energy=readings.energy if newer.energy is None else newer.energy,
        currents=newer.currents or readings.currents,
        voltages=newer.voltages or readings.voltages,
    )


def idle(readings: Readings) -> Readings:
    """Return what the meter must say now that nothing is being drawn.

    A charger sends no more readings once it has stopped, so the last ones would stand for ever.
    """
    return replace(
        readings,
        power=None if readings.power is None else 0.0,
        currents=dict.fromkeys(readings.currents, 0.0),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Register(DataClassDictMixin):
    """The lifetime meter in Wh, which never dips."""

    value: float | None = None
    suspect: float | None = None
    """A reading too far ahead to be believed, until the next one confirms it."""

    def advanced_to(self, reading: int) -> Register | None:
        """Return the register after a reading in whole Wh; None if it is not to be believed."""
        if self.value is not None and 0 < self.value - reading < 1:
            return self
        advanced = self.advanced(reading)
        return advanced if advanced and advanced.value == reading else None

    def advanced(self, reading: float) -> Register | None:
        """Return the register after a reading; None if the reading is nonsense.

        Zero is a charger that has not read its meter yet.
        """
        if not 0 < reading <= MOST_ENERGY:
            return None
        if self.value is None or self.value <= reading <= self.value + SURE_STEP:
            return Register(value=reading)
        if reading < self.value:
            return None
        if self.suspect is not None and 0 <= reading - self.suspect <= SURE_STEP:
            return Register(value=reading)
        return replace(self, suspect=reading)


def _number(sample: SampledValue) -> float | None:
    try:
        value = float(sample.value) * _FACTORS.get(sample.unit or "", 1.0)
    except ValueError:
        return None
    return value if 0 <= value <= MOST else None


def _apparent_power(
    currents: dict[int, float], voltages: dict[int, float], reported: float | None
) -> float | None:
    if not any(currents.values()):
        return reported
    # Some firmwares leave out the voltage of a phase, or report it as 0.
    usual = max(voltages.values(), default=0.0)
    if not usual:
        return reported
    return sum(
        amps * (voltages.get(phase) or usual) for phase, amps in currents.items()
    )
