"""What the configuration keeps of a charger's password."""

from collections.abc import Mapping
from dataclasses import asdict
import re
from typing import Any, Final

from ..const import CONF_CREDENTIALS
from ..csms.passwords import Credentials

_PASSWORD: Final = re.compile(r"[!-~]{8,40}")
"""What a person can type on a phone and HTTP Basic authentication can carry."""


def credentials_of(data: Mapping[str, Any]) -> Credentials:
    """Read it."""
    return Credentials(**data.get(CONF_CREDENTIALS, {}))


def kept(credentials: Credentials) -> dict[str, Any]:
    """Write it."""
    return {CONF_CREDENTIALS: asdict(credentials)}


def is_password(text: str) -> bool:
    """Say whether a text can be a charger's password."""
    return _PASSWORD.fullmatch(text) is not None
