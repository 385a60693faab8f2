"""Converts sampled values to W, Wh, A and V; impossible values are dropped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ocpp.v16.enums import Location, ReadingContext

from ...csms.messages import SampledValue

_PHASES: Final = {"L1": 1, "L1-N": 1, "L2": 2, "L2-N": 2, "L3": 3, "L3-N": 3}
_FACTORS: Final = {"kW": 1000.0, "kWh": 1000.0}
"""To the base unit; everything else is taken as given (Wh, W, A, V)."""

_ENERGY: Final = "Energy.Active.Import.Register"
_POWER: Final = "Power.Active.Import"
_CURRENT: Final = "Current.Import"
_VOLTAGE: Final = "Voltage"

_BEGIN: Final = ReadingContext.transaction_begin
_INLET: Final = Location.inlet
_LOCATIONS: Final = frozenset({Location.outlet, Location.inlet})

MOST: Final = 1e12
"""W, Wh, A or V: more than any meter shows; a greater value is dropped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """Readings of the meter: W, Wh, and A and V by phase number."""

    power: float | None = None
    energy: float | None = None
    currents: dict[int, float] = field(default_factory=dict)
    voltages: dict[int, float] = field(default_factory=dict)


def read(samples: Iterable[SampledValue], most_power: float) -> tuple[Readings, int]:
    """Read the samples of one moment; also return how many were dropped as impossible.

    Power falls back to U·I, because some chargers report 0 W while charging
    (docs/chargers.md §3.5). Totals win over phases; phases are added up where there is no total.

    Args:
        samples: Those of one moment. Samples with the context Transaction.Begin, or of another
            location than outlet or inlet, are ignored.
        most_power: What the charger can deliver at most, in W.
    """
    dropped = 0
    totals: dict[str, float] = {}
    phases: dict[str, dict[int, float]] = {
        _CURRENT: {},
        _VOLTAGE: {},
        _POWER: {},
        _ENERGY: {},
    }
    for sample, quantity in _of_the_outlet(samples):
        if (by_phase := phases.get(quantity.measurand)) is None:
            continue
        if (value := _number(sample, quantity.unit)) is None:
            dropped += 1
        elif phase := _PHASES.get(quantity.phase or ""):
            by_phase[phase] = value
        else:
            totals[quantity.measurand] = value
    for measurand in (_POWER, _ENERGY):
        if measurand not in totals and phases[measurand]:
            totals[measurand] = sum(phases[measurand].values())
    currents, voltages = phases[_CURRENT], phases[_VOLTAGE]
    if _CURRENT in totals and not currents:
        currents = {1: totals[_CURRENT]}
    if _VOLTAGE in totals and not voltages:
        voltages = {1: totals[_VOLTAGE]}
    power = totals.get(_POWER) or _apparent_power(
        currents, voltages, totals.get(_POWER)
    )
    if power is not None and power > most_power:
        power, currents, dropped = None, {}, dropped + 1
    return (
        Readings(
            power=power,
            energy=totals.get(_ENERGY),
            currents=currents,
            voltages=voltages,
        ),
        dropped,
    )


def merge(readings: Readings, newer: Readings) -> Readings:
    """Return the readings, replaced by newer ones of the same kind."""
    return Readings(
        power=readings.power if newer.power is None else newer.power,
        energy=readings.energy if newer.energy is None else newer.energy,
        currents=newer.currents or readings.currents,
        voltages=newer.voltages or readings.voltages,
    )


def idle(readings: Readings) -> Readings:
    """Return the readings with power and currents 0, because nothing is being drawn.

    A charger sends no more readings once charging has stopped, so the last ones would remain.
    """
    return replace(
        readings,
        power=None if readings.power is None else 0.0,
        currents=dict.fromkeys(readings.currents, 0.0),
        voltages={},
    )


def _of_the_outlet(samples: Iterable[SampledValue]) -> Iterator[SampledValue]:
    """Yield the samples of the outlet that are current.

    If only the inlet is measured, it is taken for the outlet (OCPP 1.6 §7.24).
    """
    ours = [
        sample
        for sample in samples
        if sample.quantity.context != _BEGIN and sample.quantity.location in _LOCATIONS
    ]
    of_outlet = {
        quantity.measurand for _, quantity in ours if quantity.location != _INLET
    }
    for sample in ours:
        quantity = sample.quantity
        if quantity.location != _INLET or quantity.measurand not in of_outlet:
            yield sample


def _number(sample: str, unit: str | None) -> float | None:
    try:
        value = float(sample) * _FACTORS.get(unit or "", 1.0)
    except ValueError:
        return None
    return value if 0 <= value <= MOST else None


def _apparent_power(
    currents: dict[int, float], voltages: dict[int, float], reported: float | None
) -> float | None:
    if not any(currents.values()):
        return reported
    # Some firmwares omit the voltage of a phase, or report it as 0.
    usual = max(voltages.values(), default=0.0)
    if not usual:
        return reported
    return sum(
        amps * (voltages.get(phase) or usual) for phase, amps in currents.items()
    )
