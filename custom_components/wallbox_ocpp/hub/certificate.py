"""The certificate of our own port: loads and checks it, and reloads it when it is renewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
import ssl
from typing import Any, Final

from cryptography import x509

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import CONF_CERTIFICATE, CONF_ENCRYPTION, CONF_KEY, DOMAIN

ERRORS: Final = (
    "certificate_expired",
    "certificate_mismatch",
    "certificate_missing",
    "certificate_not_home_assistant",
    "certificate_unreadable",
    "key_unreadable",
)
"""The errors of the files and of the configuration; each has a repair."""
LOOK_EVERY: Final = timedelta(minutes=10)
ISSUE_ID: Final = "certificate"


class Encryption(StrEnum):
    """Which certificate is used, if any."""

    NONE = "none"
    HOME_ASSISTANT = "home_assistant"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Files:
    """The paths of certificate and key."""

    certificate: Path
    key: Path


class CertificateError(Exception):
    """The certificate cannot be used; has the translation key of the reason."""

    def __init__(self, key: str, files: Files | None = None) -> None:
        """Keep the reason only: the content of the files must not be shown."""
        super().__init__(key)
        self.key = key
        self.placeholders = (
            {"certificate": str(files.certificate), "key": str(files.key)}
            if files
            else {}
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """A loaded certificate."""

    context: ssl.SSLContext
    """The context for the server; after `renew`, new connections use the new certificate."""
    name: str | None
    """The host that it was issued for; None for a wildcard."""


def files_of(hass: HomeAssistant, data: Mapping[str, Any]) -> Files | None:
    """Return the files in a configuration; None without encryption.

    Raises:
        CertificateError: Encryption is on, and there are no files.
    """
    encryption = data.get(CONF_ENCRYPTION, Encryption.NONE)
    if encryption == Encryption.NONE:
        return None
    if encryption == Encryption.HOME_ASSISTANT:
        certificate, key = hass.http.ssl_certificate, hass.http.ssl_key
        missing = "certificate_not_home_assistant"
    else:
        certificate, key = data.get(CONF_CERTIFICATE), data.get(CONF_KEY)
        missing = "certificate_missing"
    if not certificate or not key:
        raise CertificateError(missing)
    return Files(Path(hass.config.path(certificate)), Path(hass.config.path(key)))


def load(files: Files, now: datetime) -> Certificate:
    """Load a certificate from the disk.

    Raises:
        CertificateError: It cannot be used.
    """
    try:
        [leaf, *_] = x509.load_pem_x509_certificates(files.certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError("certificate_unreadable", files) from error
    if leaf.not_valid_after_utc <= now:
        raise CertificateError("certificate_expired", files)
    # The defaults of Python are kept up to date.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        _load_chain(context, files)
    except ssl.SSLError as error:
        mismatch = error.reason in ("KEY_TYPE_MISMATCH", "KEY_VALUES_MISMATCH")
        reason = "certificate_mismatch" if mismatch else "key_unreadable"
        raise CertificateError(reason, files) from error
    except OSError as error:
        raise CertificateError("key_unreadable", files) from error
    return Certificate(context, _name(leaf))


async def async_error(hass: HomeAssistant, data: Mapping[str, Any]) -> str | None:
    """Return the translation key of a certificate that cannot be used."""
    try:
        if files := files_of(hass, data):
            await hass.async_add_executor_job(load, files, dt_util.utcnow())
    except CertificateError as error:
        return error.key
    return None


def renew(context: ssl.SSLContext, files: Files, now: datetime) -> None:
    """Load renewed files from the disk into a context in use.

    Raises:
        CertificateError: They cannot be used; the context is unchanged.
    """
    # Checked first: a context that fails halfway would have a certificate without its key.
    load(files, now)
    _load_chain(context, files)


def _load_chain(context: ssl.SSLContext, files: Files) -> None:
    # Without a password, OpenSSL would ask for that of an encrypted key at the terminal.
    context.load_cert_chain(files.certificate, files.key, password="")


def _name(leaf: x509.Certificate) -> str | None:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    hosts = names.value.get_values_for_type(x509.DNSName)
    return next((host for host in hosts if "*" not in host), None)


@callback
def async_follow_renewal(
    hass: HomeAssistant, files: Files, context: ssl.SSLContext
) -> CALLBACK_TYPE:
    """Load renewed files without a restart, and create a repair if that fails.

    They are checked periodically until the returned function is called.
    """

    async def look(now: datetime) -> None:
        try:
            await hass.async_add_executor_job(renew, context, files, now)
        except CertificateError as error:
            async_create_certificate_issue(hass, error)
        else:
            async_delete_certificate_issue(hass)

    stop = async_track_time_interval(hass, look, LOOK_EVERY)

    @callback
    def unfollow() -> None:
        stop()
        async_delete_certificate_issue(hass)

    return unfollow


@callback
def async_create_certificate_issue(
    hass: HomeAssistant, error: CertificateError
) -> None:
    """Create the repair for a certificate that cannot be used."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE_ID,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=error.key,
        translation_placeholders=error.placeholders,
    )


@callback
def async_delete_certificate_issue(hass: HomeAssistant) -> None:
    """Delete the repair for a certificate that cannot be used."""
    ir.async_delete_issue(hass, DOMAIN, ISSUE_ID)
