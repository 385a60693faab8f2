"""The address to type into the Wallbox app, where the identity is a field of its own."""

from ipaddress import IPv4Address, ip_address

from yarl import URL

from homeassistant.components.network import (
    async_get_enabled_source_ips,
    async_get_source_ip,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from ..localize import text
from .certificate import CertificateError, files_of, load
from .view import PATH


async def async_address(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the address of our own port for Markdown between backticks; there may be several."""
    scheme, name = "ws", None
    try:
        if files := files_of(hass, entry.data):
            scheme = "wss"
            certificate = await hass.async_add_executor_job(
                load, files, dt_util.utcnow()
            )
            name = certificate.name
    except CertificateError:
        scheme = "wss"
    # A charger compares the host with the name in the certificate.
    hosts = [name] if name else await _async_hosts(hass)
    urls = [
        URL.build(scheme=scheme, host=host, port=entry.data[CONF_PORT], path="/")
        for host in hosts
    ]
    return f"` {text(hass, 'or')} `".join(url.human_repr() for url in urls)


async def _async_hosts(hass: HomeAssistant) -> list[str]:
    """Return the hosts under which chargers may reach this machine, best first.

    In a container, the address may not be reachable from outside.
    """
    internal = _host(hass.config.internal_url)
    # Not every charger can resolve names with multicast DNS (RFC 6762).
    if internal and not internal.endswith(".local"):
        return [internal]
    source = await async_get_source_ip(hass)
    others = [
        str(ip)
        for ip in await async_get_enabled_source_ips(hass)
        if isinstance(ip, IPv4Address) and not (ip.is_loopback or ip.is_link_local)
    ]
    return list(dict.fromkeys(filter(None, (internal, source, *others))))


def _host(url: str | None) -> str | None:
    """Return the host of a URL, unless it is a loopback address."""
    host = URL(url or "").host
    if not host or host == "localhost":
        return None
    try:
        return None if ip_address(host).is_loopback else host
    except ValueError:
        return host


def address_through_home_assistant(hass: HomeAssistant) -> str:
    """Return the address of the view on Home Assistant's own web server."""
    try:
        url = get_url(hass, require_ssl=True, allow_ip=False)
    except NoURLAvailableError:
        url = "https://homeassistant.example"
    return url.replace("http", "ws", 1) + PATH
