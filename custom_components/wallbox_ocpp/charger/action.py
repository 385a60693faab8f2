"""What an action of a charger is: its work, its fields, and who may perform it."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol

from homeassistant.core import ServiceResponse, SupportsResponse

from .charger import Charger

type Work = Callable[[Charger, Mapping[str, Any]], Coroutine[Any, Any, ServiceResponse]]


@dataclass(frozen=True, kw_only=True)
class ChargerAction:
    """Describe an action of a charger."""

    name: str
    work: Work
    fields: Mapping[vol.Marker, Any]
    permission: str
    """The permission that a user needs for the charger's entities."""
    admin_only: bool = False
    response: SupportsResponse = SupportsResponse.OPTIONAL
