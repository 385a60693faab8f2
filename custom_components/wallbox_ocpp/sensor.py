"""Sensors of a charger."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, override

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import (
    EVENT_CORE_CONFIG_UPDATE,
    PERCENTAGE,
    EntityCategory,
    UnitOfTime,
)
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .charger import plan
from .charger.charger import Charger
from .csms.requests import whole_number
from .entity import WallboxEntity, async_add_chargers
from .meter_sensor import METER, WallboxSensorDescription
from .wallbox.model.connector import PLUGGED_IN as PLUGGED_IN_STATUSES
from .wallbox.model.link import Security
from .wallbox.model.money import digits, rounded
from .wallbox.model.offline_fix import Verdict
from .wallbox.model.policy import PlanState
from .wallbox.model.solar import SolarReason
from .wallbox.plan import signal
from .wallbox.policy.decide import plan_state
from .wallbox.state import ChargerState
from .wallbox.views import fail_safe
from .wallbox.views.halo import LOOKS, HaloMeaning, halo
from .wallbox.views.offline_test import Standing, attributes, standing
from .wallbox.views.reasons import Limiter, Reason, limited_by, why_not_charging

PARALLEL_UPDATES = 0

SECONDS_PER_MINUTE: Final = 60

# In Home Assistant, "unavailable" is the state of an entity without data.
STATUSES: Final[Mapping[ChargePointStatus, str]] = {
    status: status.name for status in ChargePointStatus
} | {ChargePointStatus.unavailable: "out_of_service"}
PLUGGED_IN: Final = {STATUSES[status] for status in PLUGGED_IN_STATUSES}
NOT_PLUGGED_IN: Final = {
    STATUSES[ChargePointStatus.available],
    STATUSES[ChargePointStatus.reserved],
}
"""Of other statuses nobody knows."""
ERRORS: Final[Mapping[ChargePointErrorCode, str]] = {
    error: error.name for error in ChargePointErrorCode
}


PROTECTED: Final = "protected"
"""The attribute that says whether a charger is protected, also while that is looked at anew."""


def _halo(state: ChargerState) -> HaloMeaning | None:
    return halo(
        state.connector.status,
        needs_authorisation=state.settings.needs_authorisation,
        paused=not state.charging.wish.charging and state.metering.readings.power == 0,
    )


def _halo_attributes(state: ChargerState) -> dict[str, Any]:
    meaning = _halo(state)
    colour, pattern = LOOKS[meaning] if meaning else (None, None)
    return {
        "colour": colour,
        "pattern": pattern,
        "meaning": meaning,
        # OCPP cannot read the halo; it is derived from the status and from this.
        "derived": True,
        "authorisation_required": state.settings.needs_authorisation,
    }


def _status_attributes(state: ChargerState) -> dict[str, Any]:
    error = state.connector.error_shown
    return {"error": ERRORS[error] if error else None}


def _protection_attributes(state: ChargerState) -> dict[str, Any]:
    protection = state.settings.protection
    return {
        PROTECTED: state.protected,
        "profile": protection.profile,
        "fail_safe": fail_safe.standing(state),
        "keys": {
            key: {
                "wanted": wanted,
                "found": protection.found.get(key),
                "answer": protection.answers.get(key),
            }
            for key, wanted in protection.wanted.items()
        },
    }


def _session_duration(state: ChargerState) -> float | None:
    session = state.ledger.last
    if session is None or session.started is None:
        return None
    seconds = ((session.ended or dt_util.utcnow()) - session.started).total_seconds()
    # Whole minutes, so that the recorder does not store a row each second.
    return max(seconds // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE, 0.0)


STATUS: Final = WallboxSensorDescription(
    key="status",
    device_class=SensorDeviceClass.ENUM,
    options=list(STATUSES.values()),
    value_fn=lambda state: (
        STATUSES[state.connector.status] if state.connector.status else None
    ),
    attributes_fn=_status_attributes,
)

SESSION_DURATION: Final = WallboxSensorDescription(
    key="session_duration",
    entity_registry_enabled_default=False,
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.SECONDS,
    suggested_unit_of_measurement=UnitOfTime.MINUTES,
    lasting=True,
    value_fn=_session_duration,
)

OFFLINE_PROTECTION: Final = WallboxSensorDescription(
    key="offline_protection",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN],
    lasting=True,
    value_fn=lambda state: None if state.verdict is Verdict.UNKNOWN else state.verdict,
    attributes_fn=_protection_attributes,
)

WHY: Final = WallboxSensorDescription(
    key="why_not_charging",
    device_class=SensorDeviceClass.ENUM,
    options=[reason.value for reason in Reason],
    lasting=True,
    value_fn=why_not_charging,
)

SIGNAL: Final = WallboxSensorDescription(
    key="wifi_signal",
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    native_unit_of_measurement=PERCENTAGE,
    state_class=SensorStateClass.MEASUREMENT,
    exists_fn=lambda state: signal.SIGNAL_STRENGTH in state.settings.configuration,
    value_fn=lambda state: whole_number(
        state.settings.configuration, signal.SIGNAL_STRENGTH
    ),
)

DESCRIPTIONS: Final = (
    *METER,
    WallboxSensorDescription(
        key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        lasting=True,
        value_fn=lambda state: state.identity.firmware,
    ),
    WallboxSensorDescription(
        key="halo",
        device_class=SensorDeviceClass.ENUM,
        options=[meaning.value for meaning in HaloMeaning],
        # Other makes have no halo.
        exists_fn=lambda state: state.identity.is_wallbox,
        foreign_fn=lambda state: not state.identity.is_wallbox,
        value_fn=_halo,
        attributes_fn=_halo_attributes,
    ),
    WallboxSensorDescription(
        key="last_session_ended",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.TIMESTAMP,
        lasting=True,
        value_fn=lambda state: last.ended if (last := state.ledger.ended) else None,
    ),
    WallboxSensorDescription(
        key="limited_by",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        options=[limiter.value for limiter in Limiter],
        value_fn=limited_by,
    ),
    OFFLINE_PROTECTION,
    WallboxSensorDescription(
        key="offline_test",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[standing.value for standing in Standing],
        lasting=True,
        exists_fn=lambda state: state.identity.is_wallbox,
        foreign_fn=lambda state: not state.identity.is_wallbox,
        value_fn=standing,
        attributes_fn=attributes,
    ),
    WallboxSensorDescription(
        key="security",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[security.value for security in Security],
        lasting=True,
        value_fn=lambda state: state.link.security,
    ),
    WallboxSensorDescription(
        key="plan",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in (*PlanState, *SolarReason)],
        lasting=True,
        value_fn=lambda state: plan_state(state, dt_util.utcnow()),
        attributes_fn=lambda state: plan.attributes(state, dt_util.utcnow()),
    ),
    SESSION_DURATION,
    SIGNAL,
    STATUS,
    WHY,
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxSensor(charger, description) for description in DESCRIPTIONS
    ],
)


class WallboxSensor(WallboxEntity, SensorEntity):
    """A sensor of a charger."""

    entity_description: WallboxSensorDescription

    def __init__(self, charger: Charger, description: WallboxSensorDescription) -> None:
        """Initialize the sensor; money is in the currency of the home."""
        super().__init__(charger, description)
        self._currency: str | None = None
        if description.device_class is SensorDeviceClass.MONETARY:
            self._pay_in(charger.coordinator.hass.config.currency)

    @override
    async def async_added_to_hass(self) -> None:
        """Update the duration of an open session each minute; read the Wi-Fi signal hourly."""
        await super().async_added_to_hass()
        if self._currency:
            self.async_on_remove(
                self.hass.bus.async_listen(
                    EVENT_CORE_CONFIG_UPDATE, self._core_config_updated
                )
            )

        if self.entity_description is SESSION_DURATION:
            self.async_on_remove(
                async_track_utc_time_change(self.hass, self._minute_passed, second=0)
            )

        if self.entity_description is SIGNAL:
            self._read_signal(dt_util.utcnow())
            self.async_on_remove(lambda: self._read_signal(None))

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The value; money is rounded to its currency."""
        value = self.entity_description.value_fn(self.known)
        if isinstance(value, float) and self._currency:
            return rounded(value, self._currency)
        return value

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The start of the period of a total."""
        return self.entity_description.last_reset_fn(self.known)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """The attributes, if any."""
        return self.entity_description.attributes_fn(self.known)

    @property
    @override
    def showing(self) -> object:
        """Value, beginning, attributes, and currency."""
        return (
            self.native_value,
            self.last_reset,
            self.extra_state_attributes,
            self._currency,
        )

    @override
    def can_wait(self, shown: object, now: object) -> bool:
        """Return whether only its value differs, and by less than a step."""
        match shown, now:
            case (float(before), *beside), (float(value), *others) if beside == others:
                step = self.entity_description.step_fn(before)
                return abs(value - before) < step and bool(value) == bool(before)
            case _:
                return False

    def _pay_in(self, currency: str) -> None:
        self._currency = self._attr_native_unit_of_measurement = currency
        self._attr_suggested_display_precision = digits(currency)

    @callback
    def _core_config_updated(self, _: object) -> None:
        """Show the amount in the currency of now; nobody knows what it is worth in that."""
        self._pay_in(self.hass.config.currency)
        self.async_registry_entry_updated()
        self.async_look()

    @callback
    def _minute_passed(self, _: datetime) -> None:
        self.async_look()

    @callback
    def _read_signal(self, at: datetime | None) -> None:
        coordinator = self.coordinator
        coordinator.async_set(signal.wanted(coordinator.data, at))
