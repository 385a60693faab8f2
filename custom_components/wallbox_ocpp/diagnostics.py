"""Diagnostics: all that is known of a charger, without anything secret."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.core import HomeAssistant

from .configuration import KEYS
from .coordinator import ChargerCoordinator, WallboxConfigEntry

SECRETS: Final = frozenset(
    {
        "id_tag",
        "identity",
        "serial_number",
        "title",
        "unique_id",
    }
)
SHOWN: Final = frozenset(
    {
        *KEYS,
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ClockAlignedDataInterval",
        "ConnectionTimeOut",
        "HeartbeatInterval",
        "LightIntensity",
        "LocalAuthListEnabled",
        "MaxChargingProfilesInstalled",
        "MeterValuesAlignedData",
        "MeterValuesSkipWhenOffline",
        "NumberOfConnectors",
        "SupportedFeatureProfiles",
        "TransactionMessageAttempts",
        "TransactionMessageRetryInterval",
        "WiFiSignalStrength",
        "chargingALimitConn1",
    }
)
"""Configuration keys whose values help and tell nothing of their owner."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    central_system = entry.runtime_data.central_system
    return {
        "strangers": len(central_system.admission.strangers),
        "entry": async_redact_data(entry.as_dict(), SECRETS),
        "chargers": [
            _charger(coordinator)
            | {"violations": central_system.logbooks[coordinator.identity].violations}
            for coordinator in entry.runtime_data.coordinators.values()
        ],
    }


def _charger(coordinator: ChargerCoordinator) -> dict[str, Any]:
    state = asdict(coordinator.data)
    state["ledger"] = coordinator.data.ledger.to_dict()
    state["configuration"] = {
        key: value.value if key in SHOWN else REDACTED
        for key, value in coordinator.data.configuration.items()
    }
    redacted: dict[str, Any] = async_redact_data(
        {"profile": coordinator.profile, "state": state}, SECRETS
    )
    return redacted
