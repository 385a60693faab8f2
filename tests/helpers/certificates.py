"""Certificates that are made on the spot."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from tests.conftest import IDENTITY


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate that vouches for itself, and its key."""

    certificate: Path
    key: Path
    serial: int

    def trust(self) -> ssl.SSLContext:
        """Return what a charger needs to trust it, under whichever name."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False
        return context


def make_certificate(
    folder: Path,
    name: str = "home",
    *,
    host: str | None = "home.example",
    days: float = 30,
    password: bytes | None = None,
    by_rsa: bool = False,
) -> CertificateFiles:
    """Make a certificate that is valid for so many days from now, and its key."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if by_rsa
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Home")])
    until = datetime.now(UTC) + timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=days + 365))
        .not_valid_after(until)
    )
    if host:
        names = [x509.DNSName(f"*.{host}"), x509.DNSName(host)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    certificate = builder.sign(key, hashes.SHA256())
    files = CertificateFiles(
        folder / f"{name}.pem", folder / f"{name}.key", certificate.serial_number
    )
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption(),
        )
    )
    return files


async def encrypt(
    hass: HomeAssistant, integration: MockConfigEntry, files: CertificateFiles
) -> str:
    """Turn encryption on; return where chargers connect then."""
    data = {
        **integration.data,
        "encryption": "files",
        "certificate": str(files.certificate),
        "key": str(files.key),
    }
    hass.config_entries.async_update_entry(integration, data=data)
    await hass.async_block_till_done()
    assert integration.state is ConfigEntryState.LOADED
    return f"wss://127.0.0.1:{integration.data[CONF_PORT]}/{IDENTITY}"
