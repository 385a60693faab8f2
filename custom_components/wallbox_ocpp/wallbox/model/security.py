"""How well a connection is secured."""

from enum import StrEnum


class Security(StrEnum):
    """What keeps others from listening in or from posing as the charger."""

    OPEN = "open"
    PASSWORD = "password"
    """OCPP's security profile 1."""
    ENCRYPTED = "encrypted"
    PASSWORD_AND_ENCRYPTED = "password_and_encrypted"
    """OCPP's security profile 2."""


def security(*, has_password: bool, encrypted: bool) -> Security:
    """Return the name of what there is."""
    return {
        (False, False): Security.OPEN,
        (True, False): Security.PASSWORD,
        (False, True): Security.ENCRYPTED,
        (True, True): Security.PASSWORD_AND_ENCRYPTED,
    }[has_password, encrypted]
