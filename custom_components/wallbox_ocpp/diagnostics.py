"""Diagnostics: all that is known of a charger, without anything secret."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

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
SHOWN_KEYS_ONLY: Final = frozenset({"PUK", "SSID", "SerialNumber", "AuthDisabledIdTag"})
"""Configuration keys whose values are secret, besides everything called ``WebSocket…``."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    return {
        "entry": async_redact_data(entry.as_dict(), SECRETS),
        "chargers": [
            _charger(coordinator)
            for coordinator in entry.runtime_data.coordinators.values()
        ],
    }


def _charger(coordinator: ChargerCoordinator) -> dict[str, Any]:
    state = asdict(coordinator.data)
    state["ledger"] = coordinator.data.ledger.to_dict()
    state["configuration"] = {
        key: "**REDACTED**" if _secret(key) else value.value
        for key, value in coordinator.data.configuration.items()
    }
    redacted: dict[str, Any] = async_redact_data(
        {"profile": coordinator.profile, "state": state}, SECRETS
    )
    return redacted


def _secret(key: str) -> bool:
    return key in SHOWN_KEYS_ONLY or key.startswith("WebSocket")
