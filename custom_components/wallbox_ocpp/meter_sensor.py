"""Sensors of what the meter of a charger says: power, energy, cost, and each phase."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.helpers.typing import StateType

from .entity import WallboxEntityDescription
from .wallbox.model.limits import TOLERANCE
from .wallbox.state import ChargerState

PHASES: Final = (1, 2, 3)

# What differs less from what is shown can wait (`ChargerCoordinator.coarse`).
ENERGY_STEP: Final = 100.0
"""Wh: a tenth of what energies are shown in; a car takes half a minute for it."""
VOLTAGE_STEP: Final = 1.0
"""V: the last digit that is shown."""
FLOW_STEP: Final = 0.01
"""Of a power or a current; the meters of chargers are not more exact."""


@dataclass(frozen=True, kw_only=True)
class WallboxSensorDescription(WallboxEntityDescription, SensorEntityDescription):
    """Describe a sensor of a charger."""

    value_fn: Callable[[ChargerState], StateType | datetime]
    last_reset_fn: Callable[[ChargerState], datetime | None] = lambda _: None
    attributes_fn: Callable[[ChargerState], Mapping[str, Any] | None] = lambda _: None
    step_fn: Callable[[float], float] = lambda _: 0.0
    """The least difference from a value for which a measurement is shown at once."""


@dataclass(frozen=True, kw_only=True)
class _EnergyDescription(WallboxSensorDescription):
    """Describe a sensor of an energy, which is measured in Wh and shown in kWh."""

    device_class: SensorDeviceClass | None = SensorDeviceClass.ENERGY
    lasting: bool = True
    native_unit_of_measurement: str | None = UnitOfEnergy.WATT_HOUR
    suggested_display_precision: int | None = 2
    suggested_unit_of_measurement: str | None = UnitOfEnergy.KILO_WATT_HOUR


def _month_began(state: ChargerState) -> datetime | None:
    return state.ledger.month.since if state.ledger.month else None


def _has_price(state: ChargerState) -> bool:
    return bool(state.metering.tariff.prices)


def _cost_this_month(state: ChargerState) -> float | None:
    if (month := state.ledger.this_month) is None:
        return None
    return 0.0 if month.cost is None and _has_price(state) else month.cost


def _phases_in_use(state: ChargerState) -> int | None:
    currents = state.metering.readings.currents
    return sum(amps > TOLERANCE for amps in currents.values()) if currents else None


def _phase(
    quantity: str,
    phase: int,
    device_class: SensorDeviceClass,
    unit: str,
    precision: int,
    values_fn: Callable[[ChargerState], Mapping[int, float]],
    step_fn: Callable[[float], float],
) -> WallboxSensorDescription:
    """Describe a sensor of one phase, which exists once the charger has reported it."""
    return WallboxSensorDescription(
        key=f"{quantity}_l{phase}",
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=unit,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=precision,
        exists_fn=lambda state: phase in values_fn(state),
        value_fn=lambda state: values_fn(state).get(phase),
        step_fn=step_fn,
    )


METER: Final = (
    WallboxSensorDescription(
        key="cost_this_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        lasting=True,
        exists_fn=_has_price,
        last_reset_fn=_month_began,
        value_fn=_cost_this_month,
    ),
    *(
        _phase(
            "current",
            phase,
            SensorDeviceClass.CURRENT,
            UnitOfElectricCurrent.AMPERE,
            precision=1,
            values_fn=lambda state: state.metering.readings.currents,
            step_fn=lambda current: current * FLOW_STEP,
        )
        for phase in PHASES
    ),
    _EnergyDescription(
        key="energy",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda state: state.metering.register.lifetime,
        step_fn=lambda _: ENERGY_STEP,
    ),
    _EnergyDescription(
        key="energy_this_month",
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL,
        last_reset_fn=_month_began,
        value_fn=lambda state: (
            round(now.energy, 1) if (now := state.ledger.this_month) else None
        ),
        step_fn=lambda _: ENERGY_STEP,
    ),
    _EnergyDescription(
        key="last_session_energy",
        entity_registry_enabled_default=False,
        value_fn=lambda state: last.energy if (last := state.ledger.ended) else None,
    ),
    WallboxSensorDescription(
        key="phases_in_use",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=lambda state: bool(state.metering.readings.currents),
        value_fn=_phases_in_use,
    ),
    WallboxSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        value_fn=lambda state: state.metering.readings.power,
        step_fn=lambda power: power * FLOW_STEP,
    ),
    WallboxSensorDescription(
        key="session_cost",
        exists_fn=_has_price,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        lasting=True,
        last_reset_fn=lambda state: now.started if (now := state.ledger.last) else None,
        value_fn=lambda state: now.cost if (now := state.ledger.last) else None,
    ),
    _EnergyDescription(
        key="session_energy",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda state: last.energy if (last := state.ledger.last) else None,
        step_fn=lambda _: ENERGY_STEP,
    ),
    _EnergyDescription(
        key="unattended_energy",
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda state: state.metering.unattended_energy,
    ),
    *(
        _phase(
            "voltage",
            phase,
            SensorDeviceClass.VOLTAGE,
            UnitOfElectricPotential.VOLT,
            precision=0,
            values_fn=lambda state: state.metering.readings.voltages,
            step_fn=lambda _: VOLTAGE_STEP,
        )
        for phase in PHASES
    ),
)
