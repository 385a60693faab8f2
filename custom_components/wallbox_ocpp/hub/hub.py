"""Starts the central system on its port, and creates a repair if that fails."""

import ssl
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, URL_TROUBLESHOOTING
from ..csms.server import CentralSystem
from .certificate import (
    CertificateError,
    async_create_certificate_issue,
    async_delete_certificate_issue,
    async_follow_renewal,
    files_of,
    load,
)
from .unknown_chargers import async_watch_unknown_chargers

PORT_IN_USE: Final = "port_in_use"


async def async_listen(
    hass: HomeAssistant, entry: ConfigEntry, central_system: CentralSystem
) -> None:
    """Listen for chargers, with TLS if configured, until Home Assistant stops.

    Raises:
        ConfigEntryNotReady: The certificate cannot be used, or the port cannot be opened.
    """
    port: int = entry.data[CONF_PORT]
    try:
        tls = await _async_tls(hass, entry)
    except CertificateError as error:
        # The port was not tried, and may be free by now.
        ir.async_delete_issue(hass, DOMAIN, PORT_IN_USE)
        async_create_certificate_issue(hass, error)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key=error.key,
            translation_placeholders=error.placeholders,
        ) from error
    async_delete_certificate_issue(hass)
    try:
        await central_system.start(port, tls=tls)
    except OSError as error:
        _async_create_port_issue(hass, port)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="port_in_use",
            translation_placeholders={"port": str(port)},
        ) from error
    ir.async_delete_issue(hass, DOMAIN, PORT_IN_USE)

    async def stop(_: Event) -> None:
        # Home Assistant does not unload entries when it stops, and would wait for open
        # connections.
        await central_system.stop()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(
        async_watch_unknown_chargers(hass, entry.entry_id, central_system)
    )


@callback
def async_delete_hub_issues(hass: HomeAssistant) -> None:
    """Delete the repairs for a port that cannot be opened, and for a certificate that cannot be used."""
    ir.async_delete_issue(hass, DOMAIN, PORT_IN_USE)
    async_delete_certificate_issue(hass)


@callback
def _async_create_port_issue(hass: HomeAssistant, port: int) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        PORT_IN_USE,
        data={"key": PORT_IN_USE},
        is_fixable=True,
        learn_more_url=URL_TROUBLESHOOTING,
        severity=ir.IssueSeverity.ERROR,
        translation_key=PORT_IN_USE,
        translation_placeholders={"port": str(port)},
    )


async def _async_tls(hass: HomeAssistant, entry: ConfigEntry) -> ssl.SSLContext | None:
    """Load the certificate, and follow its renewal; None without encryption.

    Raises:
        CertificateError: Encryption is on, and the certificate cannot be used.
    """
    if (files := files_of(hass, entry.data)) is None:
        return None
    certificate = await hass.async_add_executor_job(load, files, dt_util.utcnow())
    entry.async_on_unload(async_follow_renewal(hass, files, certificate.context))
    return certificate.context
