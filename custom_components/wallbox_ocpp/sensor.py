"""Sensors of a charger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from ocpp.v16.enums import ChargePointStatus

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import WallboxConfigEntry
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.halo import Halo, HaloMeaning, halo
from .wallbox.offline_fix import Verdict
from .wallbox.state import ChargerState

PARALLEL_UPDATES = 0

# Home Assistant keeps the word "unavailable" for an entity that is not there.
STATUSES: Final[Mapping[ChargePointStatus, str]] = {
    status: status.name for status in ChargePointStatus
} | {ChargePointStatus.unavailable: "out_of_service"}


@dataclass(frozen=True, kw_only=True)
class WallboxSensorDescription(WallboxEntityDescription, SensorEntityDescription):
    """Describe a sensor of a charger."""

    value_fn: Callable[[ChargerState], StateType]
    attributes_fn: Callable[[ChargerState], Mapping[str, Any] | None] = lambda _: None


def _halo(state: ChargerState) -> Halo | None:
    return halo(state.status, needs_authorisation=state.needs_authorisation)


def _halo_attributes(state: ChargerState) -> dict[str, Any]:
    ring = _halo(state)
    return {
        "colour": ring.colour if ring else None,
        "pattern": ring.pattern if ring else None,
        "meaning": ring.meaning if ring else None,
        # OCPP cannot read the ring; this is worked out from the status and from this.
        "derived": True,
        "authorisation_required": state.needs_authorisation,
    }


def _protection_attributes(state: ChargerState) -> dict[str, Any]:
    protection = state.protection
    return {
        "profile": protection.profile,
        "keys": {
            key: {
                "wanted": wanted,
                "found": protection.found.get(key),
                "answer": protection.answers.get(key),
            }
            for key, wanted in protection.wanted.items()
        },
    }


def _session_energy(state: ChargerState) -> float | None:
    session = state.ledger.last
    return session.energy if session else None


STATUS: Final = WallboxSensorDescription(
    key="status",
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=list(STATUSES.values()),
    value_fn=lambda state: STATUSES[state.status] if state.status else None,
)

DESCRIPTIONS: Final = (
    WallboxSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        lasting=True,
        value_fn=lambda state: state.register.value,
    ),
    WallboxSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        lasting=True,
        value_fn=lambda state: state.identification.firmware,
    ),
    WallboxSensorDescription(
        key="halo",
        translation_key="halo",
        device_class=SensorDeviceClass.ENUM,
        options=[meaning.value for meaning in HaloMeaning],
        value_fn=lambda state: ring.meaning if (ring := _halo(state)) else None,
        attributes_fn=_halo_attributes,
    ),
    WallboxSensorDescription(
        key="offline_protection",
        translation_key="offline_protection",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[
            verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN
        ],
        lasting=True,
        value_fn=lambda state: (
            None if state.verdict is Verdict.UNKNOWN else state.verdict
        ),
        attributes_fn=_protection_attributes,
    ),
    WallboxSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        value_fn=lambda state: state.readings.power,
    ),
    WallboxSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        lasting=True,
        value_fn=_session_energy,
    ),
    STATUS,
    WallboxSensorDescription(
        key="unattended_energy",
        translation_key="unattended_energy",
        device_class=SensorDeviceClass.ENERGY,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        lasting=True,
        value_fn=lambda state: state.unattended_energy,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    async_add_chargers(
        entry,
        async_add_entities,
        lambda coordinator: [
            WallboxSensor(coordinator, description) for description in DESCRIPTIONS
        ],
    )


class WallboxSensor(WallboxEntity, SensorEntity):
    """A sensor of a charger."""

    entity_description: WallboxSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """The value."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """What the value rests on."""
        return self.entity_description.attributes_fn(self.coordinator.data)

    @property
    @override
    def showing(self) -> object:
        """Value and attributes."""
        return self.native_value, self.extra_state_attributes
