"""The price of a kWh as the owner gave it: fixed, or of an entity that follows a tariff."""

from dataclasses import replace
from math import isfinite
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..const import CONF_PRICE, CONF_PRICE_ENTITY
from ..coordinator import ChargerCoordinator
from ..wallbox.model.tariff import Tariff

_KWH_PER_UNIT: Final[dict[str, float]] = {
    UnitOfEnergy.WATT_HOUR: 0.001,
    UnitOfEnergy.MEGA_WATT_HOUR: 1000.0,
}
"""Of a price's unit, such as EUR/MWh; anything else is taken for the price of a kWh."""

_HUNDREDTHS: Final = frozenset(
    {"c", "ct", "cts", "cent", "cents", "¢", "p", "pence", "öre", "øre", "ore"}
)
"""Of a price's unit, such as ct/kWh; anything else is taken for the currency of the home."""


class Price:
    """What a kWh costs at one charger. An entity wins over a fixed price.

    While the entity has no value, the price stays as it was.
    """

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin without following anything."""
        self._coordinator = coordinator
        self._unfollow: CALLBACK_TYPE | None = None

    @callback
    def async_follow(self) -> None:
        """Follow what the owner has chosen, and nothing else any more."""
        self.async_shutdown()
        hass, settings = self._coordinator.hass, self._coordinator.subentry.data
        if (entity_id := settings.get(CONF_PRICE_ENTITY)) is None:
            self._note(settings.get(CONF_PRICE))
            return
        self._look(hass.states.get(entity_id))
        self._unfollow = async_track_state_change_event(hass, entity_id, self._changed)

    @callback
    def async_shutdown(self) -> None:
        """Follow nothing any more."""
        if self._unfollow:
            self._unfollow()
            self._unfollow = None

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self._look(event.data["new_state"])

    def _look(self, state: State | None) -> None:
        if state and (price := _price(state)) is not None:
            self._note(price)

    def _note(self, price: float | None) -> None:
        state = self._coordinator.data
        before = state.metering.tariff
        tariff = Tariff() if price is None else before.changed(dt_util.utcnow(), price)
        if tariff != before:
            metering = replace(state.metering, tariff=tariff)
            self._coordinator.async_set(replace(state, metering=metering))


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
