"""The data of a charger at one moment, for diagnostics and reports, without secrets."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import inf
from typing import Any, Final, Self

from homeassistant.components.diagnostics import REDACTED
from homeassistant.helpers.json import json_dumps
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from ..const import CONF_FAILSAFE, CONF_IDENTITY, CONF_OFFLINE_PROFILE
from ..csms.frame_log import Kind, Record
from ..wallbox.model.offline_test import Report
from ..wallbox.model.provisioning import Provisioning
from ..wallbox.state import ChargerState
from ..wallbox.views.offline_test import text
from ..wallbox.views.redaction import Redactor, masked
from .charger import Charger
from .solar_settings import CONF_BATTERY_POSITIVE, CONF_GRID_POSITIVE

SHOWN: Final = frozenset(
    {
        CONF_BATTERY_POSITIVE,
        CONF_FAILSAFE,
        CONF_GRID_POSITIVE,
        CONF_OFFLINE_PROFILE,
    }
)
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

    @classmethod
    def of(cls, charger: Charger) -> Self:
        """Take the data of a charger."""
        return cls(
            settings=charger.coordinator.subentry.data,
            state=charger.state,
            violations=dict(charger.frame_log.violations),
            records=tuple(charger.frame_log.recorder),
        )


def without_secrets(snapshots: list[Snapshot]) -> list[dict[str, Any]]:
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
        if report := snapshot.state.offline_test.latest:
            description["offline_test_report"] = text(report).splitlines()
        description["violations"] = snapshot.violations
        description["records"] = [
            _record(record, frame, redactor)
            for record, frame in zip(snapshot.records, said, strict=True)
        ]
    return found


async def async_offline_test_report(charger: Charger, report: Report) -> str:
    """Return the report of a test, with the frames of that time, without secrets."""
    return await charger.coordinator.hass.async_add_executor_job(
        _offline_test_report, Snapshot.of(charger), report
    )


def _offline_test_report(snapshot: Snapshot, report: Report) -> str:
    began = report.facts.began.timestamp()
    ended = report.ended.timestamp() if report.ended else inf
    records = tuple(item for item in snapshot.records if began <= item.at <= ended)
    (described,) = without_secrets([replace(snapshot, records=records)])
    said = [record for record in described["records"] if not _is_empty_answer(record)]
    return text(report, map(_line, said))


def _is_empty_answer(record: Mapping[str, Any]) -> bool:
    match record.get("frame"):
        case [3, _, dict() as payload]:
            return not payload
        case _:
            return False


def _line(record: Mapping[str, Any]) -> tuple[datetime, str]:
    """Return the time of a record and its text, in one line."""
    match record["what"]:
        case Kind.OPENED:
            said = "- connected"
        case Kind.CLOSED:
            said = f"- disconnected: {record['ending']}"
        case Kind.ASKED:
            said = f"- asked by its owner: {json_dumps(record['asked'])}"
        case what:
            sign = "<" if what is Kind.RECEIVED else ">"
            said = f"{sign} {json_dumps(record.get('frame', record.get('masked')))}"
    return record["at"], said


def _described(snapshot: Snapshot) -> dict[str, Any]:
    state = snapshot.state
    access, pending = state.access, state.pending
    facts = {
        "identification": asdict(state.identity),
        "link": asdict(state.link),
        "pending": asdict(replace(pending, owner_requests={}))
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
        "offline_test": asdict(state.offline_test),
        "solar": {
            "phases": state.solar.phases,
            "voltage": state.solar.voltage,
            "offered": state.solar.offered and asdict(state.solar.offered),
            "state": asdict(state.solar.state),
        },
    }
    configuration = facts["settings"].pop("configuration")
    originals = facts["settings"].pop("originals")
    del facts["settings"]["originals_of"], facts["settings"]["other_units"]
    return {
        "identity": snapshot.settings[CONF_IDENTITY],
        "settings": harmless(snapshot.settings),
        "verdict": state.verdict,
        "configuration": list(configuration.values()),
        "originals": [{"key": key, "value": value} for key, value in originals.items()],
        "flapping": state.link.connections.flapping,
        "connections": facts["link"].pop("connections")["history"],
        "state": facts,
    }


def _provisioning(provisioning: Provisioning) -> dict[str, Any]:
    return {
        "brought_to": provisioning.brought_to,
        "asked": provisioning.asked,
        "run": provisioning.run and provisioning.run.phase,
        "restore": provisioning.restore and provisioning.restore.phase,
    }


def harmless(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with texts redacted, which could be personal."""
    return {
        name: harmless(value)
        if isinstance(value, Mapping)
        else value
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
