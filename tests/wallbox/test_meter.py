"""Sampled values become W, Wh, A and V, and nonsense becomes nothing."""

from collections.abc import Iterable
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.messages import Quantity, SampledValue
from custom_components.wallbox_ocpp.wallbox.model.meter import (
    MOST,
    Readings,
    idle,
    merge,
    read as read_samples,
)

MOST_POWER: Final = 24_288.0
"""W: 32 A on three phases of 253 V."""


def read(samples: Iterable[SampledValue]) -> tuple[Readings, int]:
    """Read samples of a charger with 32 A."""
    return read_samples(samples, MOST_POWER)


def energy(
    value: Any, unit: str | None = "Wh", phase: str | None = None
) -> SampledValue:
    return SampledValue(str(value), Quantity(unit=unit, phase=phase))


def power(value: Any, unit: str | None = "W", phase: str | None = None) -> SampledValue:
    quantity = Quantity(measurand="Power.Active.Import", unit=unit, phase=phase)
    return SampledValue(str(value), quantity)


def current(value: Any, phase: str | None = None) -> SampledValue:
    quantity = Quantity(measurand="Current.Import", unit="A", phase=phase)
    return SampledValue(str(value), quantity)


def voltage(value: Any, phase: str | None = None) -> SampledValue:
    quantity = Quantity(measurand="Voltage", unit="V", phase=phase)
    return SampledValue(str(value), quantity)


def test_the_readings_of_a_wallbox_are_read() -> None:
    # docs/chargers.md §3.5.
    samples = [
        energy("532218.4"),
        power("7210"),
        current("31.2", "L1"),
        voltage("231", "L1-N"),
        SampledValue("32", Quantity(measurand="Current.Offered", unit="A")),
    ]
    assert read(samples) == (
        Readings(power=7210, energy=532218.4, currents={1: 31.2}, voltages={1: 231}),
        0,
    )


def test_nothing_read_is_nothing_known() -> None:
    assert read([]) == (Readings(), 0)


def test_kilowatts_and_kilowatt_hours_are_converted() -> None:
    readings, _ = read([energy("0.15003", "kWh"), power("7.2", "kW")])
    assert readings.energy == pytest.approx(150.03)
    assert readings.power == pytest.approx(7200)


def test_a_value_without_a_unit_is_in_base_units() -> None:
    readings, _ = read([energy("150", None), power("7200", "")])
    assert (readings.energy, readings.power) == (150, 7200)


def test_the_phases_are_added_up() -> None:
    # WARP reports its energy by phase, docs/chargers.md §8.1.12.
    readings, _ = read(
        [
            *(energy(value, "kWh", f"L{value}") for value in (1, 2, 3)),
            *(power(value * 100, "W", f"L{value}") for value in (1, 2, 3)),
        ]
    )
    assert (readings.energy, readings.power) == (6000, 600)


def test_a_total_wins_over_its_phases() -> None:
    samples = [power(100, phase="L1"), power(250), power(100, phase="L2")]
    assert read(samples)[0].power == 250


def test_every_phase_is_distinguished() -> None:
    readings, _ = read(
        [
            current(1, "L1"),
            current(2, "L2"),
            current(3, "L3"),
            voltage(231, "L1-N"),
            voltage(232, "L2-N"),
            voltage(233, "L3-N"),
        ]
    )
    assert readings.currents == {1: 1, 2: 2, 3: 3}
    assert readings.voltages == {1: 231, 2: 232, 3: 233}


def test_a_single_phase_need_not_be_named() -> None:
    readings, _ = read([current(10), voltage(230)])
    assert (readings.currents, readings.voltages) == ({1: 10}, {1: 230})


def test_named_phases_win_over_a_total() -> None:
    readings, _ = read(
        [current(10, "L2"), current(99), voltage(230, "L2"), voltage(99)]
    )
    assert (readings.currents, readings.voltages) == ({2: 10}, {2: 230})


@pytest.mark.parametrize("reported", [[power(0)], []], ids=["zero", "absent"])
def test_power_falls_back_to_current_times_voltage(
    reported: list[SampledValue],
) -> None:
    # A Copper SB always reports 0 W, docs/chargers.md §3.5.
    samples = [*reported, current(10, "L1"), current(5, "L2"), voltage(230, "L1-N")]
    samples.append(voltage(220, "L2-N"))
    assert read(samples)[0].power == 10 * 230 + 5 * 220


@pytest.mark.parametrize("missing", [[voltage(0, "L2-N")], []], ids=["zero", "absent"])
def test_a_phase_without_a_voltage_borrows_that_of_another(
    missing: list[SampledValue],
) -> None:
    samples = [current(10, "L1"), current(10, "L2"), voltage(230, "L1-N"), *missing]
    assert read(samples)[0].power == 10 * 230 + 10 * 230


def test_no_power_is_made_up_without_a_current() -> None:
    assert read([power(0), current(0, "L1"), voltage(230, "L1-N")])[0].power == 0
    assert read([voltage(230, "L1-N")])[0].power is None


def test_no_power_is_made_up_without_a_voltage() -> None:
    assert read([power(0), current(10, "L1"), voltage(0, "L1-N")])[0].power == 0
    assert read([current(10, "L1")])[0].power is None


def test_what_is_offered_is_not_what_is_drawn() -> None:
    samples = [
        SampledValue(value, Quantity(measurand=measurand))
        for value, measurand in (
            ("32", "Current.Offered"),
            ("7360", "Power.Offered"),
            ("50", "Frequency"),
            ("80", "SoC"),
            ("1000", "Energy.Active.Export.Register"),
            ("garbage", "Temperature"),
        )
    ]
    assert read(samples) == (Readings(), 0)


@pytest.mark.parametrize(
    "value", ["", "garbage", "NaN", "inf", "-inf", "-1", "-0.1", "1e308", "1e999", "{}"]
)
@pytest.mark.parametrize("sample", [energy, power, current, voltage])
def test_nonsense_is_dropped_and_counted(sample: Any, value: str) -> None:
    assert read([sample(value)]) == (Readings(), 1)


def test_nonsense_does_not_cost_the_other_readings() -> None:
    readings, dropped = read([power("NaN"), energy("532218.4"), current("x", "L1")])
    assert readings == Readings(energy=532218.4)
    assert dropped == 2


@given(
    st.lists(
        st.builds(
            SampledValue,
            value=st.text() | st.floats().map(str),
            quantity=st.builds(
                Quantity,
                measurand=st.sampled_from(
                    [
                        "Energy.Active.Import.Register",
                        "Power.Active.Import",
                        "Current.Import",
                        "Voltage",
                        "SoC",
                    ]
                ),
                phase=st.sampled_from([None, "L1", "L2", "L3", "L1-N", "N", "L1-L2"]),
                unit=st.sampled_from([None, "W", "kW", "Wh", "kWh", "A", "V"]),
            ),
        )
    )
)
def test_readings_are_never_negative_and_never_endless(
    samples: list[SampledValue],
) -> None:
    readings, dropped = read(samples)
    assert 0 <= dropped <= len(samples)
    for value in (readings.power, readings.energy):
        assert value is None or 0 <= value <= 3 * MOST * MOST
    for phases in (readings.currents, readings.voltages):
        assert all(phase in (1, 2, 3) for phase in phases)
        assert all(0 <= value <= MOST for value in phases.values())


def test_newer_readings_replace_older_ones_of_their_kind() -> None:
    older = Readings(power=1, energy=2, currents={1: 3}, voltages={1: 4})
    assert merge(older, Readings()) == older
    assert merge(older, Readings(power=0, currents={2: 5})) == Readings(
        power=0, energy=2, currents={2: 5}, voltages={1: 4}
    )
    assert merge(Readings(), older) == older


def test_an_idle_charger_draws_nothing_and_nobody_knows_its_voltage() -> None:
    readings = Readings(
        power=7200, energy=2, currents={1: 10, 2: 11}, voltages={1: 230}
    )
    assert idle(readings) == Readings(
        power=0, energy=2, currents={1: 0, 2: 0}, voltages={}
    )


def test_an_idle_charger_that_never_told_its_power_still_does_not() -> None:
    assert idle(Readings()) == Readings()


def placed(value: Any, location: str) -> SampledValue:
    quantity = Quantity(measurand="Power.Active.Import", location=location)
    return SampledValue(str(value), quantity)


@pytest.mark.parametrize(
    ("samples", "watts"),
    [
        ([placed(7000, "Outlet"), placed(7400, "Inlet")], 7000),
        ([placed(7400, "Inlet"), placed(7000, "Outlet")], 7000),
        ([placed(7400, "Inlet")], 7400),
        ([placed(6500, "EV")], None),
        ([placed(20, "Body"), placed(30, "Cable")], None),
    ],
)
def test_what_is_measured_elsewhere_is_not_what_the_outlet_gives(
    samples: list[SampledValue], watts: float | None
) -> None:
    assert read(samples)[0].power == watts


def test_what_was_read_at_the_beginning_is_not_now() -> None:
    begin = SampledValue("157440", Quantity(context="Transaction.Begin"))
    assert read([energy(163_630), begin])[0].energy == 163_630
    assert read([begin])[0].energy is None


def test_a_power_that_no_charger_has_is_dropped() -> None:
    readings, dropped = read([power(80_000), energy(1000)])
    assert (readings.power, readings.energy, dropped) == (None, 1000, 1)
