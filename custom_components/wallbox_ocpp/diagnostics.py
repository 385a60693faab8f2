"""Diagnostics: all that is known of a charger and its last words, without anything secret."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .const import CONF_GUARD, CONF_IDENTITY, CONF_OFFLINE_PROFILE, DOMAIN
from .coordinator import ChargerCoordinator, WallboxConfigEntry
from .csms.logbook import Kind, Record
from .wallbox.redaction import Redactor, masked
from .wallbox.state import ChargerState

SHOWN: Final = frozenset({CONF_GUARD, CONF_OFFLINE_PROFILE})
"""Settings that are text and tell nothing of their owner; numbers and switches never do."""
MASKED: Final = 200
"""Characters shown of what is no frame."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A charger as it is at one moment."""

    settings: Mapping[str, Any]
    state: ChargerState
    originals: Mapping[str, str]
    violations: Mapping[str, int]
    records: tuple[Record, ...]


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    central_system = entry.runtime_data.central_system
    return {
        "port": central_system.port,
        "strangers": len(central_system.admission.strangers),
        "settings": _settings({**entry.data, **entry.options}),
        "chargers": await _async_chargers(
            hass, entry, entry.runtime_data.coordinators.values()
        ),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of one charger."""
    ours = [
        coordinator
        for coordinator in entry.runtime_data.coordinators.values()
        if (DOMAIN, coordinator.identity) in device.identifiers
    ]
    return {"chargers": await _async_chargers(hass, entry, ours)}


async def _async_chargers(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    coordinators: Iterable[ChargerCoordinator],
) -> list[dict[str, Any]]:
    logbooks = entry.runtime_data.central_system.logbooks
    snapshots = [
        Snapshot(
            settings=coordinator.subentry.data,
            state=coordinator.data,
            originals=coordinator.originals,
            violations=dict(logbooks[coordinator.identity].violations),
            records=tuple(logbooks[coordinator.identity].recorder),
        )
        for coordinator in coordinators
    ]
    # Hundreds of frames take longer than Home Assistant wants to wait.
    return await hass.async_add_executor_job(_without_secrets, snapshots)


def _without_secrets(snapshots: list[Snapshot]) -> list[dict[str, Any]]:
    """Describe chargers; whoever is the same in two places has the same pseudonym."""
    redactor = Redactor()
    described = [_described(snapshot) for snapshot in snapshots]
    for snapshot, description in zip(snapshots, described, strict=True):
        redactor.learn_from(description)
        for connection in snapshot.state.connections.history:
            redactor.learn("ADDRESS", connection.address)
    found = [redactor.hide(description) for description in described]
    for description in found:
        for name in ("configuration", "originals"):
            description[name] = {
                item["key"]: item["value"] for item in description[name]
            }
    return found


def _described(snapshot: Snapshot) -> dict[str, Any]:
    state = snapshot.state
    facts = asdict(state) | {
        "ledger": state.ledger.to_dict(),
        # A number is only known for a secret where it is a value.
        "local_list": {
            "version": state.local_list.version,
            "id_tags": list(state.local_list.entries or ()),
        },
    }
    configuration = facts.pop("configuration")
    return {
        "identity": snapshot.settings[CONF_IDENTITY],
        "settings": _settings(snapshot.settings),
        "verdict": state.verdict,
        "configuration": list(configuration.values()),
        "originals": [
            {"key": key, "value": value} for key, value in snapshot.originals.items()
        ],
        "violations": snapshot.violations,
        "flapping": state.connections.flapping,
        "connections": facts.pop("connections")["history"],
        "state": facts,
        "records": [_record(record) for record in snapshot.records],
    }


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        if name in SHOWN or isinstance(value, int | float | None)
        else REDACTED
        for name, value in settings.items()
    }


def _record(record: Record) -> dict[str, Any]:
    """Describe a record; what is no list has no fields to know a secret by, and may say anything."""
    described: dict[str, Any] = {
        "at": dt_util.utc_from_timestamp(record.at),
        "what": record.kind,
    }
    if record.kind is Kind.CLOSED:
        return {**described, "ending": record.text}
    if record.kind is Kind.OPENED:
        return described
    if record.kind is Kind.ASKED:
        return {**described, "asked": json_loads(record.text)}
    with suppress(*JSON_DECODE_EXCEPTIONS):
        if isinstance(frame := json_loads(record.text), list):
            return {**described, "frame": frame}
    return {
        **described,
        "length": len(record.text),
        "masked": masked(record.text[:MASKED]),
    }
