"""Conditions: how a charger is. Thin over its entities."""

from collections.abc import Set as AbstractSet
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .sensor import PLUGGED_IN
from .target import PROTECTION, REASON, STATUS, OfCharger, Watched
from .wallbox.views.reasons import Reason


def _is(watched: Watched, values: AbstractSet[str | bool]) -> type[Condition]:
    class CustomCondition(OfCharger, EntityStateConditionBase):
        """Holds while the value is one of these."""

        _watched = watched
        _domain_specs = watched.spec
        _states = set(values)

    return CustomCondition


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_charging": _is(REASON, {Reason.CHARGING}),
    "is_plugged_in": _is(STATUS, PLUGGED_IN),
    "is_protected": _is(PROTECTION, {True}),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
