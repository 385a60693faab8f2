"""Credentials of a charger in the config entry: hashes of passwords."""

from collections.abc import Mapping
from dataclasses import asdict
import re
from typing import Any, Final

from ..const import CONF_CREDENTIALS
from ..csms.passwords import Credentials

_PASSWORD: Final = re.compile(r"[!-~]{8,40}")
"""Characters that can be typed on a phone and sent with HTTP Basic authentication."""


def credentials_of(data: Mapping[str, Any]) -> Credentials:
    """Read credentials from the data of a subentry."""
    return Credentials(**data.get(CONF_CREDENTIALS, {}))


def kept(credentials: Credentials) -> dict[str, Any]:
    """Return credentials as data of a subentry."""
    return {CONF_CREDENTIALS: asdict(credentials)}


def is_password(text: str) -> bool:
    """Return whether a text can be a charger's password."""
    return _PASSWORD.fullmatch(text) is not None
