"""The price of a kWh as the owner gave it: fixed, or of an entity that follows a tariff."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from .const import CONF_PRICE, CONF_PRICE_ENTITY

_KWH_PER_UNIT: Final[dict[str, float]] = {
    UnitOfEnergy.WATT_HOUR: 0.001,
    UnitOfEnergy.MEGA_WATT_HOUR: 1000.0,
}
"""Of a price's unit, such as EUR/MWh; anything else is taken for the price of a kWh."""

_HUNDREDTHS: Final = frozenset(
    {"c", "ct", "cts", "cent", "cents", "¢", "p", "pence", "öre", "øre", "ore"}
)
"""Of a price's unit, such as ct/kWh; anything else is taken for the currency of the home."""


@callback
def async_follow_price(
    hass: HomeAssistant,
    settings: Mapping[str, Any],
    tell: Callable[[float | None], None],
) -> CALLBACK_TYPE:
    """Tell the price of a kWh, now and whenever it changes; None if the owner gave none.

    An entity wins over a fixed price. While it has no value, the price stays as it was.
    """
    if (entity_id := settings.get(CONF_PRICE_ENTITY)) is None:
        tell(settings.get(CONF_PRICE))
        return lambda: None

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        look(event.data["new_state"])

    @callback
    def look(state: State | None) -> None:
        if state and (price := _price(state)) is not None:
            tell(price)

    look(hass.states.get(entity_id))
    return async_track_state_change_event(hass, entity_id, follow)


def _price(state: State) -> float | None:
    try:
        value = float(state.state)
    except ValueError:
        return None
    if not isfinite(value):
        return None
    unit = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, ""))
    money, _, energy = (part.strip() for part in unit.partition("/"))
    if money.casefold() in _HUNDREDTHS:
        value /= 100
    return value / _KWH_PER_UNIT.get(energy, 1.0)
