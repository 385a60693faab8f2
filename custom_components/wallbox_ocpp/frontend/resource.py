"""Serves the JavaScript modules, and has the dashboards of Home Assistant load them."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url, remove_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.components.lovelace.const import LOVELACE_DATA, MODE_STORAGE
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

FRONTEND: Final = "frontend"
"""The integration without which there are no dashboards."""

FOLDER: Final = Path(__file__).parent
SERVED: Final = f"/{DOMAIN}/frontend/"
MODULE: Final = "wallbox-ocpp.js"
"""The one that a browser loads, and which imports the others."""
DIGITS: Final = 10
"""Of the hash in the address: enough to tell two versions apart."""

URL: Final[HassKey[str]] = HassKey(f"{DOMAIN}_module")
"""The address of the module."""


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the modules, once for as long as Home Assistant runs: it can never be undone.

    Browsers keep what they have loaded for a month, so what is in the files is in their address.
    """
    version = await hass.async_add_executor_job(_version)
    folder = f"{SERVED}{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(folder, str(FOLDER))])
    hass.data[URL] = f"{folder}/{MODULE}"


async def async_register(hass: HomeAssistant) -> None:
    """Have dashboards load the module, in this version, and once."""
    url = hass.data[URL]
    if (resources := _stored(hass)) is None:
        if FRONTEND in hass.config.components:
            # Those who keep their resources in YAML load it with every page instead.
            add_extra_js_url(hass, url)
        return
    module = {"res_type": "module", "url": url}
    if not (ours := await _async_ours(resources)):
        await resources.async_create_item(module)
        return
    first, *others = ours
    for item_id in others:
        await resources.async_delete_item(item_id)
    if resources.data[first]["url"] != url:
        await resources.async_update_item(first, module)


async def async_unregister(hass: HomeAssistant) -> None:
    """Have no dashboard load the module any more."""
    if (resources := _stored(hass)) is None:
        if FRONTEND in hass.config.components:
            remove_extra_js_url(hass, hass.data[URL])
        return
    for item_id in await _async_ours(resources):
        await resources.async_delete_item(item_id)


@callback
def loaded_by(hass: HomeAssistant) -> str:
    """Return what loads the module, for Home Assistant's system information."""
    if FRONTEND not in hass.config.components:
        return "nothing: there are no dashboards"
    return "every page (resources in YAML)" if _stored(hass) is None else "resource"


def _stored(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the resources that can be changed; None if they are in YAML, or there are none."""
    lovelace = hass.data.get(LOVELACE_DATA)
    if lovelace is None or lovelace.resource_mode != MODE_STORAGE:
        return None
    resources = lovelace.resources
    return resources if isinstance(resources, ResourceStorageCollection) else None


async def _async_ours(resources: ResourceStorageCollection) -> list[str]:
    """Return the ids of the resources that are our module, in whatever version."""
    # There seem to be none until they are loaded, and only this does that.
    await resources.async_get_info()
    return [
        item["id"] for item in resources.async_items() if item["url"].startswith(SERVED)
    ]


def _version() -> str:
    """Return a hash of the modules."""
    content = sha256()
    for file in sorted(FOLDER.glob("*.js")):
        content.update(file.read_bytes())
    return content.hexdigest()[:DIGITS]
