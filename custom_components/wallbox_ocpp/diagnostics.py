"""Diagnostics: the state of a charger and its latest frames, without secrets."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .charger.charger import Charger
from .const import CONF_GUARD, CONF_IDENTITY, CONF_OFFLINE_PROFILE, DOMAIN
from .csms.frame_log import Kind, Record
from .models import WallboxConfigEntry
from .wallbox.model.provisioning import Provisioning
from .wallbox.state import ChargerState
from .wallbox.views.redaction import Redactor, masked

SHOWN: Final = frozenset({CONF_GUARD, CONF_OFFLINE_PROFILE})
"""Settings with texts that are not personal; numbers and switches never are."""
MASKED: Final = 200
"""Characters shown of a text that is no frame."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The data of a charger at one moment."""

    settings: Mapping[str, Any]
    state: ChargerState
    violations: Mapping[str, int]
    records: tuple[Record, ...]


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of the entry, with all its chargers."""
    central_system = entry.runtime_data.central_system
    return {
        "port": central_system.port,
        "strangers": len(central_system.unknown_chargers.recent),
        "settings": _settings({**entry.data, **entry.options}),
        "chargers": await _async_chargers(
            hass, entry, entry.runtime_data.chargers.values()
        ),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: WallboxConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of one charger."""
    ours = [
        charger
        for charger in entry.runtime_data.chargers.values()
        if (DOMAIN, charger.identity) in device.identifiers
    ]
    return {"chargers": await _async_chargers(hass, entry, ours)}


async def _async_chargers(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    chargers: Iterable[Charger],
) -> list[dict[str, Any]]:
    frame_logs = entry.runtime_data.central_system.frame_logs
    snapshots = [
        Snapshot(
            settings=charger.coordinator.subentry.data,
            state=charger.state,
            violations=dict(frame_logs[charger.identity].violations),
            records=tuple(frame_logs[charger.identity].recorder),
        )
        for charger in chargers
    ]
    # Redacting hundreds of frames would block the event loop.
    return await hass.async_add_executor_job(_without_secrets, snapshots)


def _without_secrets(snapshots: list[Snapshot]) -> list[dict[str, Any]]:
    """Describe chargers; the same secret has the same pseudonym in all of them."""
    redactor = Redactor()
    described = [_described(snapshot) for snapshot in snapshots]
    frames = [[_frame(record) for record in item.records] for item in snapshots]
    redactor.learn_from([described, frames])
    for snapshot in snapshots:
        for connection in snapshot.state.link.connections.history:
            redactor.learn("ADDRESS", connection.address)
    found = [redactor.hide(description) for description in described]
    for description, snapshot, said in zip(found, snapshots, frames, strict=True):
        for name in ("configuration", "originals"):
            description[name] = {
                item["key"]: item["value"] for item in description[name]
            }
        description["violations"] = snapshot.violations
        description["records"] = [
            _record(record, frame, redactor)
            for record, frame in zip(snapshot.records, said, strict=True)
        ]
    return found


def _described(snapshot: Snapshot) -> dict[str, Any]:
    state = snapshot.state
    access, pending = state.access, state.pending
    facts = {
        "identification": asdict(state.identity),
        "link": asdict(state.link),
        "pending": asdict(replace(pending, owner_requests=()))
        | {"owner_requests": len(pending.owner_requests)},
        "connector": asdict(state.connector),
        "settings": asdict(state.settings),
        "provisioning": _provisioning(state.provisioning),
        "charging": asdict(state.charging),
        "access": asdict(access)
        | {
            "list_sync": {
                "asked": access.list_sync.asked,
                "full": access.list_sync.full,
            },
            # idTags are only redacted as values, and here they are keys.
            "local_list": {
                "version": access.local_list.version,
                "id_tags": list(access.local_list.entries or ()),
            },
        },
        "metering": asdict(state.metering),
        "ledger": state.ledger.to_dict(),
    }
    configuration = facts["settings"].pop("configuration")
    originals = facts["settings"].pop("originals")
    del facts["settings"]["originals_of"], facts["settings"]["other_units"]
    return {
        "identity": snapshot.settings[CONF_IDENTITY],
        "settings": _settings(snapshot.settings),
        "verdict": state.verdict,
        "configuration": list(configuration.values()),
        "originals": [{"key": key, "value": value} for key, value in originals.items()],
        "flapping": state.link.connections.flapping,
        "connections": facts["link"].pop("connections")["history"],
        "state": facts,
    }


def _provisioning(provisioning: Provisioning) -> dict[str, Any]:
    """Describe the progress of provisioning."""
    return {
        "brought_to": provisioning.brought_to,
        "asked": provisioning.asked,
        "run": provisioning.run and provisioning.run.phase,
        "restore": provisioning.restore and provisioning.restore.phase,
    }


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        if name in SHOWN or isinstance(value, int | float | None)
        else REDACTED
        for name, value in settings.items()
    }


def _frame(record: Record) -> Any:
    """Return the parsed frame of a record; None if it is no frame."""
    with suppress(*JSON_DECODE_EXCEPTIONS):
        said = json_loads(record.text)
        if isinstance(said, dict if record.kind is Kind.ASKED else list):
            return said
    return None


def _record(record: Record, frame: Any, redactor: Redactor) -> dict[str, Any]:
    """Describe a record without secrets."""
    described: dict[str, Any] = {
        "at": dt_util.utc_from_timestamp(record.at),
        "what": record.kind,
    }
    if record.kind is Kind.OPENED:
        return described
    if record.kind is Kind.CLOSED:
        return {**described, "ending": redactor.hide(record.text, "ending")}
    if record.kind is Kind.ASKED:
        return {**described, "asked": redactor.hide(frame)}
    if frame is not None:
        return {**described, "frame": redactor.hide_frame(frame)}
    return {
        **described,
        "length": len(record.text),
        "masked": masked(record.text[:MASKED]),
    }
