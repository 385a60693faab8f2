"""Where chargers find us, as the Wallbox app wants it: the identity is a field of its own."""

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from .certificate import CertificateError, files_of, load
from .view import PATH


async def async_address(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the address of our own port."""
    ip = await async_get_source_ip(hass)
    host = f"[{ip}]" if ":" in ip else ip
    scheme = "ws"
    try:
        if files := files_of(hass, entry.data):
            scheme = "wss"
            certificate = await hass.async_add_executor_job(
                load, files, dt_util.utcnow()
            )
            # A charger compares the host with the one in the certificate.
            host = certificate.name or host
    except CertificateError:
        scheme = "wss"
    return f"{scheme}://{host}:{entry.data[CONF_PORT]}/"


def address_through_home_assistant(hass: HomeAssistant) -> str:
    """Return the address under Home Assistant's own."""
    try:
        url = get_url(hass, require_ssl=True, allow_ip=False)
    except NoURLAvailableError:
        url = "https://homeassistant.example"
    return url.replace("http", "ws", 1) + PATH
