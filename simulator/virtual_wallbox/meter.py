"""What the meter shows, as OCPP sampled values in a Wallbox's words (docs/chargers.md §3.5)."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from .personality import Personality

type SampledValue = dict[str, str]


class Reading(NamedTuple):
    """One look at the meter.

    Attributes:
        energy_wh: Lifetime register, Wh.
        amps: Current on each phase, A.
        offered_amps: What the pilot line offers, A.
    """

    energy_wh: float
    amps: tuple[float, ...]
    offered_amps: float


def sample(
    measurands: Iterable[str], context: str, reading: Reading, personality: Personality
) -> list[SampledValue]:
    """Return the sampled values of the measurands this charger has; others are left out without a word."""
    values: list[SampledValue] = []
    for measurand in measurands:
        if (builder := _MEASURANDS.get(measurand)) is None:
            continue
        for value, unit, phase in builder(reading, personality):
            one = {
                "value": value,
                "context": context,
                "format": "Raw",
                "measurand": measurand,
            }
            if phase:
                one["phase"] = phase
            values.append(one | {"location": "Outlet", "unit": unit})
    return values


type _Values = Iterable[tuple[str, str, str]]


def _energy(reading: Reading, _: Personality) -> _Values:
    yield f"{reading.energy_wh:.1f}", "Wh", ""


def _power(reading: Reading, personality: Personality) -> _Values:
    watts = (
        0.0 if personality.power_always_zero else sum(reading.amps) * personality.volts
    )
    yield f"{watts:.0f}", "W", ""


def _current(reading: Reading, personality: Personality) -> _Values:
    for phase in _phases(reading, personality):
        yield f"{reading.amps[phase - 1]:.1f}", "A", f"L{phase}"


def _voltage(reading: Reading, personality: Personality) -> _Values:
    for phase in _phases(reading, personality):
        yield f"{personality.volts:.0f}", "V", f"L{phase}-N"


def _offered_current(reading: Reading, personality: Personality) -> _Values:
    lie = personality.offered_always
    yield f"{reading.offered_amps if lie is None else lie:.0f}", "A", ""


def _offered_power(reading: Reading, personality: Personality) -> _Values:
    yield (
        f"{reading.offered_amps * personality.volts * personality.phases:.0f}",
        "W",
        "",
    )


def _frequency(_: Reading, __: Personality) -> _Values:
    yield "50.0", "Hz", ""


def _phases(reading: Reading, personality: Personality) -> Iterable[int]:
    return (phase for phase in personality.metered_phases if phase <= len(reading.amps))


_MEASURANDS: dict[str, Callable[[Reading, Personality], _Values]] = {
    "Energy.Active.Import.Register": _energy,
    "Power.Active.Import": _power,
    "Current.Import": _current,
    "Voltage": _voltage,
    "Current.Offered": _offered_current,
    "Power.Offered": _offered_power,
    "Frequency": _frequency,
}
