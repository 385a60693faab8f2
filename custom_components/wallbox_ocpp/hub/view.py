"""Chargers that come through Home Assistant's own web server, and so under its certificate."""

from typing import Final

from aiohttp import web

from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import HomeAssistantView

from ..const import CONF_THROUGH_HOME_ASSISTANT, DOMAIN

PATH: Final = f"/api/{DOMAIN}/ocpp/"


class ChargerView(HomeAssistantView):
    """Passes chargers on to the central system, if its owner wants that.

    Home Assistant never removes a view, so this one looks for the central system each time. It may
    be reached from everywhere, so nobody is let in without a password.
    """

    url = PATH + "{path:.*}"
    name = f"api:{DOMAIN}:ocpp"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the view."""
        self._hass = hass

    async def get(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer a charger."""
        for entry in self._hass.config_entries.async_loaded_entries(DOMAIN):
            if entry.data.get(CONF_THROUGH_HOME_ASSISTANT):
                response: web.StreamResponse = (
                    await entry.runtime_data.central_system.handle(
                        request, path, must_prove=True
                    )
                )
                return response
        return web.Response(status=404)
