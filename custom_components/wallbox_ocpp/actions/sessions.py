"""The actions of past sessions: getting and exporting them."""

from datetime import UTC, datetime
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError

from ..charger.charger import Charger
from ..charger.file_name import async_file_name
from ..errors import failed, invalid
from ..storage import csv_export
from ..storage.download import async_link
from ..wallbox.model.charging_plan import FOREVER
from ..wallbox.model.charging_session import ChargingSession
from ..wallbox.model.money import rounded
from ..wallbox.views.session_record import Figures, account, charges
from .charger_action import ChargerAction, Data, moment

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)

ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_FILENAME: Final = "filename"

_PERIOD: Final = {
    vol.Optional(ATTR_START): moment,
    vol.Optional(ATTR_END): moment,
}


async def _async_get_sessions(charger: Charger, data: Data) -> ServiceResponse:
    hass, figures = charger.coordinator.hass, charger.coordinator.figures
    sessions = await _async_sessions(charger, data)
    return {
        "currency": hass.config.currency,
        # Years of sessions would block the event loop.
        "sessions": await hass.async_add_executor_job(
            lambda: [
                account(session, figures) | {"charges": charges(session)}
                for session in sessions
            ]
        ),
    }


async def _async_export_sessions(charger: Charger, data: Data) -> ServiceResponse:
    hass, figures = charger.coordinator.hass, charger.coordinator.figures
    currency = hass.config.currency
    sessions = await _async_sessions(charger, data)
    rows, text = await hass.async_add_executor_job(_table, sessions, figures)
    name = data.get(ATTR_FILENAME) or _filename(charger, data)
    try:
        path = await hass.async_add_executor_job(
            csv_export.write, csv_export.folder(hass), name, text
        )
    except ValueError as error:
        raise invalid("export_outside", folder=str(csv_export.folder(hass))) from error
    except (OSError, WriteError) as error:
        raise failed("export_failed", folder=str(csv_export.folder(hass))) from error
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    return {
        "path": str(path),
        "download": async_link(hass, path.name),
        "csv": text,
        "sessions": len(rows),
        "energy": round(sum(row["energy"] or 0.0 for row in rows), 3),
        "cost": rounded(sum(costs), currency) if costs else None,
        "currency": currency,
    }


async def _async_sessions(charger: Charger, data: Data) -> list[ChargingSession]:
    """Return the sessions that ended in the requested period, oldest first."""
    start: datetime = data.get(ATTR_START, ALWAYS)
    # If a charger's clock is wrong, a session may end in the future.
    end: datetime = data.get(ATTR_END, FOREVER)
    if end < start:
        raise invalid("end_before_start")
    return await charger.session_events.async_ended_between(start, end)


def _table(
    sessions: list[ChargingSession], figures: Figures
) -> tuple[list[dict[str, Any]], str]:
    """Return a row for each session, and all of them as CSV."""
    rows = [account(session, figures, csv_export.local_time) for session in sessions]
    return rows, csv_export.table(rows, figures)


def _filename(charger: Charger, data: Data) -> str:
    days = [
        f"{dt_util.as_local(data[name]):%Y-%m-%d}"
        for name in (ATTR_START, ATTR_END)
        if name in data
    ]
    name = async_file_name(charger.coordinator)
    return "_".join([name, *days]) + csv_export.SUFFIX


SESSION_ACTIONS: Final = (
    ChargerAction(
        name="export_sessions",
        work=_async_export_sessions,
        fields=_PERIOD | {vol.Optional(ATTR_FILENAME): cv.string},
        permission=POLICY_READ,
        admin_only=True,
    ),
    ChargerAction(
        name="get_sessions",
        work=_async_get_sessions,
        fields=_PERIOD,
        permission=POLICY_READ,
        response=SupportsResponse.ONLY,
    ),
)
