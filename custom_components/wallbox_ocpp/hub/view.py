"""The view for chargers that connect through Home Assistant's own web server."""

from typing import Final

from aiohttp import web

from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ..const import CONF_THROUGH_HOME_ASSISTANT, DOMAIN

PATH: Final = f"/api/{DOMAIN}/ocpp/"


class ChargerView(HomeAssistantView):
    """Hands connections of chargers to the central system, if that is enabled.

    Home Assistant never removes a view, so it looks for the central system each time. It may be
    reachable from the internet, so a password is always required.
    """

    url = PATH + "{path:.*}"
    name = f"api:{DOMAIN}:ocpp"
    requires_auth = False

    async def get(self, request: web.Request, path: str) -> web.StreamResponse:
        """Serve a connection."""
        for entry in request.app[KEY_HASS].config_entries.async_loaded_entries(DOMAIN):
            if entry.data.get(CONF_THROUGH_HOME_ASSISTANT):
                response: web.StreamResponse = (
                    await entry.runtime_data.central_system.handle(
                        request, path, must_prove=True
                    )
                )
                return response
        return web.Response(status=404)
