"""Downloads of exported files through Home Assistant's web server."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from aiohttp import web

from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ..const import DOMAIN
from . import csv_export

PATH: Final = f"/api/{DOMAIN}/exports/"
VALID: Final = timedelta(days=1)
"""How long a link is valid: an automation may have sent it at night."""


@callback
def async_link(hass: HomeAssistant, name: str) -> str:
    """Return a link to an exported file, which needs no login."""
    return async_sign_path(hass, PATH + quote(name), VALID)


class ExportView(HomeAssistantView):
    """Serves exported files to administrators, and to anyone with a signed link."""

    url = PATH + "{name}"
    name = f"api:{DOMAIN}:exports"

    async def get(self, request: web.Request, name: str) -> web.StreamResponse:
        """Answer with a file."""
        hass, user = request.app[KEY_HASS], request[KEY_HASS_USER]
        # Links from automations are signed for a user that Home Assistant has created.
        if not (user.is_admin or user.system_generated):
            raise Unauthorized
        try:
            content = await hass.async_add_executor_job(
                csv_export.read, csv_export.folder(hass), name
            )
        except OSError, ValueError:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(
            body=content,
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{quote(name)}"'},
        )
