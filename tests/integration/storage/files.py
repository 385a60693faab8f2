"""Storage files written by an earlier version: how to install them, and how to compare what they say."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
import json
from pathlib import Path
import shutil
from typing import Any, Final

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.storage import STORAGE_DIR
from tests.helpers.past_sessions import sessions_of

FOLDER: Final = Path(__file__).parent
ENTRIES: Final = "core.config_entries"
SEEN: Final = "seen.json"
"""The snapshot that the writing version itself took of these files after a restart."""

GARAGE: Final = "100001"
"""A locked charger with a non-default value in every stored field."""
CARPORT: Final = "100002"
"""A charger whose original configuration was restored, and whose last sessions are unannounced."""

NOW: Final = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""When the files were written."""
ALWAYS: Final = {
    "start_date_time": "2026-01-01T00:00:00+00:00",
    "end_date_time": "2027-01-01T00:00:00+00:00",
}

PRICE: Final = "sensor.price"
PERSON: Final = "person.anna"
PASSWORD: Final = "the-first-password"
NEXT_PASSWORD: Final = "the-second-password"

CHANGES_WITH_TIME: Final = {"session_duration"}
"""Entities whose state depends on when they are read."""
RESTORED: Final = {"button", "event"}
"""Platforms whose states Home Assistant itself restores, from another file."""
ATTRIBUTES: Final = ("guest_until", "last_reset", "max")
"""State attributes that come from the storage."""

VERSION: Final = "0.1.0"
NOTHING: Final = {None, "unavailable", "unknown"}
GONE: Final = {
    (CARPORT, key) for key in ("button.allow_once", "event.card", "lock.access")
}
"""What belongs to access control, of which this one made no use; the other one is locked."""
SUSPECT: Final = 1592533.8
"""What a register was said to stand at, and did not."""
COLUMNS: Final = {field.name for field in fields(ChargingSession)}
"""The names of the columns were values in the file of all sessions."""

type Seen = dict[str, dict[str, Any]]


def prepare(hass: HomeAssistant) -> None:
    """Set the currency, and the entities that the settings of the chargers refer to."""
    hass.config.currency = "EUR"
    attributes = {"unit_of_measurement": "EUR/kWh"}
    hass.states.async_set(PRICE, "0.29", attributes)
    hass.states.async_set(PERSON, "home", {"friendly_name": "Anna Smith"})


def install_files(config_dir: str, version: str, port: int) -> None:
    """Copy the files of a version into the storage of a Home Assistant that starts later."""
    storage = Path(config_dir, STORAGE_DIR)
    storage.mkdir(parents=True)
    for path in (FOLDER / version).iterdir():
        if path.name != SEEN:
            shutil.copyfile(path, storage / path.stem)
    entries = storage / ENTRIES
    # Port 9000 may be in use.
    entries.write_text(entries.read_text().replace('"port": 9000', f'"port": {port}'))


async def async_entry(hass: HomeAssistant, version: str) -> ConfigEntry:
    """Load our entry from the storage, and register the entities that it had."""
    prepare(hass)
    await hass.config_entries.async_initialize()
    [entry] = hass.config_entries.async_entries(DOMAIN)
    registry = er.async_get(hass)
    for subentry in entry.subentries.values():
        identity = str(subentry.unique_id)
        known = seen_by(version).get(identity, {"entities": {}})["entities"]
        for name, entity in known.items():
            domain, _, key = name.partition(".")
            registry.async_get_or_create(
                domain,
                DOMAIN,
                f"{identity}_{key}",
                config_entry=entry,
                config_subentry_id=subentry.subentry_id,
                suggested_object_id=entity["entity_id"].partition(".")[2],
                get_initial_options=partial(entity.get, "options"),
            )
    return entry


def seen_by(version: str) -> Seen:
    """Return the snapshot that a version took of its own files."""
    path = FOLDER / version / SEEN
    seen: Seen = json.loads(path.read_text()) if path.exists() else {}
    return seen


def folder_of(hass: HomeAssistant) -> Path:
    """Return the folder of the storage."""
    return Path(hass.config.path(STORAGE_DIR))


def ours(folder: Path) -> dict[str, Any]:
    """Return the content of our files, by name."""
    return {
        path.name: json.loads(path.read_text())
        for path in sorted(folder.glob(f"{DOMAIN}.*"))
    }


async def snapshot(hass: HomeAssistant, entry: ConfigEntry) -> Seen:
    """Return all that is visible of the chargers: devices, entities, repairs, sessions, calendar."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    seen: Seen = {}
    for subentry in entry.subentries.values():
        prefix = f"{subentry.unique_id}_"
        known = {
            f"{entity.domain}.{entity.unique_id.removeprefix(prefix)}": entity
            for entity in er.async_entries_for_config_entry(entities, entry.entry_id)
            if entity.config_subentry_id == subentry.subentry_id
        }
        device = devices.async_get_device_by_identifier(
            (DOMAIN, str(subentry.unique_id)), entry.entry_id
        )
        assert device
        calendar = known["calendar.sessions"].entity_id
        seen[str(subentry.unique_id)] = {
            "device": {
                "model": device.model,
                "serial_number": device.serial_number,
                "sw_version": device.sw_version,
            },
            "entities": {key: shown(hass, known[key]) for key in sorted(known)},
            "repairs": repairs(hass, subentry.subentry_id),
            "sessions": await sessions_of(hass, device.id),
            "calendar": await calendar_of(hass, calendar),
        }
    # In the form that it has after a round trip through JSON.
    plain: Seen = json.loads(json_dumps(seen))
    return plain


def shown(hass: HomeAssistant, entity: er.RegistryEntry) -> dict[str, Any]:
    """Return id, state and some attributes of an entity."""
    shown: dict[str, Any] = {
        "entity_id": entity.entity_id,
        "options": {name: dict(values) for name, values in entity.options.items()},
    }
    state = hass.states.get(entity.entity_id)
    assert state
    if entity.domain in RESTORED or entity.translation_key in CHANGES_WITH_TIME:
        return shown
    attributes = {
        name: state.attributes[name] for name in ATTRIBUTES if name in state.attributes
    }
    return shown | {"state": state.state} | attributes


def repairs(hass: HomeAssistant, subentry_id: str) -> dict[str, Any]:
    """Return the repairs of a charger with their placeholders."""
    return {
        str(issue.translation_key): issue.translation_placeholders
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.issue_id.endswith(subentry_id)
    }


async def calendar_of(hass: HomeAssistant, calendar: str) -> list[dict[str, Any]]:
    """Return all events of a calendar."""
    found: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": calendar, **ALWAYS},
        blocking=True,
        return_response=True,
    )
    events: list[dict[str, Any]] = found[calendar]["events"]
    return events


def values_in(data: Any) -> set[float | str]:
    """Return all values in stored data, regardless of names and layout.

    Times are returned in seconds since 1970, however they are written. Values that are found
    everywhere are left out: null, true, false, 0 and the empty text.
    """
    return {value for value in _values(data) if value not in (0, "")}


def _values(data: Any) -> Iterator[float | str]:
    match data:
        case None | bool():
            return
        case dict():
            for value in data.values():
                yield from _values(value)
        case list():
            for value in data:
                yield from _values(value)
        case int() | float():
            yield round(float(data), 3)
        case str() if data.startswith(("[", "{")):
            yield from _values(json.loads(data))
        case str():
            yield _moment(data) or data
        case _:
            raise TypeError(type(data))


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round(moment.timestamp(), 3) if moment.tzinfo else None


def is_record(data: dict[str, Any]) -> bool:
    """Return whether the keys are names of fields, as opposed to the keys of a mapping."""
    return bool(data) and all(key.isidentifier() and key == key.lower() for key in data)


def with_unknown_fields(data: Any) -> Any:
    """Return stored data with an unknown field in each record, as a later version may write it."""
    match data:
        case dict():
            more = {key: with_unknown_fields(value) for key, value in data.items()}
            new = {"of_a_later_version": {"since": "2027-01-01T00:00:00+00:00"}}
            return more | new if is_record(data) else more
        case list():
            return [with_unknown_fields(value) for value in data]
        case _:
            return data


def assert_nothing_lost(before: Seen, now: Seen) -> None:
    """Check that all that was visible still is, with the same values."""
    assert now.keys() == before.keys()
    for identity, was in before.items():
        shown = now[identity]
        assert shown["device"] == was["device"]
        assert shown["sessions"] == was["sessions"]
        assert [
            (event["start"], event["end"], event["summary"])
            for event in shown["calendar"]
        ] == [
            (event["start"], event["end"], event["summary"])
            for event in was["calendar"]
        ]
        for key, entity in was["entities"].items():
            if (identity, key) in GONE:
                assert key not in shown["entities"]
                continue
            known = {
                name: value
                for name, value in entity.items()
                # A later version may know what this one did not.
                if not (isinstance(value, str | None) and value in NOTHING)
            }
            assert shown["entities"][key] | known == shown["entities"][key], key


def values_of(files: dict[str, Any]) -> set[float | str]:
    """Return all that our files say."""
    return {value for file in files.values() for value in values_in(file["data"])}


def stored_values() -> set[float | str]:
    """Return all that the files of that version say.

    A reading that was not believed is not missed: others have to confirm it, as before.
    """
    said = values_of(
        {
            path.name: json.loads(path.read_text())
            for path in (FOLDER / VERSION).glob(f"{DOMAIN}.*")
        }
    )
    return said - {SUSPECT}
