"""The security of a connection: password, encryption."""

from enum import StrEnum


class Security(StrEnum):
    """Whether a connection is encrypted, and the charger proves its identity."""

    OPEN = "open"
    PASSWORD = "password"
    """OCPP's security profile 1."""
    ENCRYPTED = "encrypted"
    PASSWORD_AND_ENCRYPTED = "password_and_encrypted"
    """OCPP's security profile 2."""


def security(*, has_password: bool, encrypted: bool) -> Security:
    """Return the security of a connection."""
    return {
        (False, False): Security.OPEN,
        (True, False): Security.PASSWORD,
        (False, True): Security.ENCRYPTED,
        (True, True): Security.PASSWORD_AND_ENCRYPTED,
    }[has_password, encrypted]
