"""Conditions: how a charger is. Thin over its entities."""

from collections.abc import Set as AbstractSet
from typing import Final

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .sensor import PLUGGED_IN
from .target import CHARGING, PROTECTION, STATUS, OfCharger, Watched


def _is(watched: Watched, values: AbstractSet[str | bool]) -> type[Condition]:
    class CustomCondition(OfCharger, EntityStateConditionBase):
        """Holds while the value is one of these."""

        _watched = watched
        _domain_specs = watched.spec
        _states = set(values)

    return CustomCondition


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_charging": _is(CHARGING, {STATE_ON}),
    "is_plugged_in": _is(STATUS, PLUGGED_IN),
    "is_protected": _is(PROTECTION, {True}),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
