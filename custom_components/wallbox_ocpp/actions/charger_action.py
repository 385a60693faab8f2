"""What an action of a charger is: its work, its fields, and who may perform it."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..charger.charger import Charger

type Data = Mapping[str, Any]
"""The validated fields of a call."""
type Work = Callable[[Charger, Data], Coroutine[Any, Any, ServiceResponse]]


@dataclass(frozen=True, kw_only=True)
class ChargerAction:
    """Describe an action of a charger."""

    name: str
    work: Work
    permission: str = POLICY_CONTROL
    """The permission that a user needs for the charger's entities."""
    fields: Mapping[vol.Marker, Any] = field(default_factory=dict)
    """Beside the charger itself."""
    admin_only: bool = False
    """It changes the charger's settings or passwords, or files of Home Assistant."""
    response: SupportsResponse = SupportsResponse.OPTIONAL


def moment(value: Any) -> datetime:
    """Validate a time, and convert it to UTC."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as error:
        raise vol.Invalid("a time beyond all calendars") from error
