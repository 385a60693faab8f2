"""The sessions of a charger, a year at a time: for the dashboard, and as a file."""

from datetime import date
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
import voluptuous as vol

from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from ..charger.charger import Charger
from ..charger.file_name import async_file_name
from ..const import DOMAIN
from ..storage import csv_export
from ..wallbox.model.charging_session import ChargingSession
from ..wallbox.views.session_record import account
from .permitted_charger import async_asked_charger, async_permitted_charger

ATTR_YEAR: Final = "year"
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""The clock of a charger may be wrong, but nobody asks for sessions of other centuries."""
YEAR: Final = vol.All(int, vol.Range(min=FIRST_YEAR, max=LAST_YEAR))

MOST: Final = 5000
"""Sessions in an answer, the latest ones: thirteen a day."""

SHOWN: Final = frozenset(
    {
        "started",
        "ended",
        "charging_time",
        "energy",
        "cost",
        "started_by",
        "who",
        "offline",
        "id_tag",
    }
)
"""The figures of a session that the dashboard shows."""


@callback
def async_setup_sessions(hass: HomeAssistant) -> None:
    """Set up the WebSocket command and the view, which exist also without a config entry."""
    async_register_command(hass, _async_send_sessions)
    hass.http.register_view(SessionsView)


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/sessions",
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_YEAR): YEAR,
    }
)
@async_response
async def _async_send_sessions(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the sessions of a charger that ended in a year, oldest first."""
    if (charger := async_asked_charger(hass, connection, msg)) is None:
        return
    sessions = await _async_of_year(charger, msg[ATTR_YEAR])
    figures = {
        name: figure
        for name, figure in charger.coordinator.figures.items()
        if name in SHOWN
    }
    connection.send_result(
        msg["id"],
        {
            "currency": hass.config.currency,
            "years": await charger.session_events.async_years(),
            "people": {
                card.name: card.person
                for card in charger.state.access.cards
                if card.person
            },
            # A year of sessions takes longer than Home Assistant wants to wait.
            "sessions": await hass.async_add_executor_job(
                lambda: [account(session, figures) for session in sessions[-MOST:]]
            ),
            "left_out": max(len(sessions) - MOST, 0),
        },
    )


class SessionsView(HomeAssistantView):
    """Serves the sessions of a year as a CSV file to those who may see the charger."""

    url = f"/api/{DOMAIN}/sessions/{{device_id}}/{{year}}.csv"
    name = f"api:{DOMAIN}:sessions"

    async def get(
        self, request: web.Request, device_id: str, year: str
    ) -> web.StreamResponse:
        """Answer with the file."""
        hass, user = request.app[KEY_HASS], request[KEY_HASS_USER]
        charger = async_permitted_charger(hass, user, device_id)
        if charger is None or not _is_asked_for(year):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        sessions = await _async_of_year(charger, int(year))
        text = await hass.async_add_executor_job(_csv, charger, sessions)
        name = f"{async_file_name(charger.coordinator)}_{year}"
        return web.Response(
            text=csv_export.marked(text),
            content_type="text/csv",
            headers={
                "Content-Disposition": (
                    f'attachment; filename="{name}{csv_export.SUFFIX}"'
                )
            },
        )


async def _async_of_year(charger: Charger, year: int) -> list[ChargingSession]:
    """Return the sessions that ended in a year by the clock at home, oldest first."""
    start, end = (
        dt_util.as_utc(dt_util.start_of_local_day(date(number, 1, 1)))
        for number in (year, year + 1)
    )
    return await charger.session_events.async_ended_between(start, end)


def _csv(charger: Charger, sessions: list[ChargingSession]) -> str:
    figures = charger.coordinator.figures
    rows = [account(session, figures, csv_export.local_time) for session in sessions]
    return csv_export.table(rows, figures)


def _is_asked_for(year: str) -> bool:
    # Python converts no text of thousands of digits.
    four = len(year) == len(str(LAST_YEAR)) and year.isdecimal()
    return four and FIRST_YEAR <= int(year) <= LAST_YEAR
