"""The price of a kWh from the settings: fixed, or that of an entity."""

from dataclasses import replace
from math import isfinite

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
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
from ..wallbox.model.price_unit import per_kwh
from ..wallbox.model.tariff import Tariff


class Price:
    """Keeps the price of a kWh at one charger up to date. An entity wins over a fixed price.

    While the entity has no value, the price stays as it was.
    """

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Create it; nothing is followed yet."""
        self._coordinator = coordinator
        self._unfollow: CALLBACK_TYPE | None = None

    @callback
    def async_follow(self) -> None:
        """Follow the price in the settings, and nothing else."""
        self.async_shutdown()
        hass, settings = self._coordinator.hass, self._coordinator.subentry.data
        if (entity_id := settings.get(CONF_PRICE_ENTITY)) is None:
            self._note(settings.get(CONF_PRICE))
            return
        self._look(hass.states.get(entity_id))
        self._unfollow = async_track_state_change_event(hass, entity_id, self._changed)

    @callback
    def async_shutdown(self) -> None:
        """Stop."""
        if self._unfollow:
            self._unfollow()
            self._unfollow = None

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self._look(event.data["new_state"])

    def _look(self, state: State | None) -> None:
        if state and (price := self._price(state)) is not None:
            self._note(price)

    def _note(self, price: float | None) -> None:
        state = self._coordinator.data
        before = state.metering.tariff
        tariff = Tariff() if price is None else before.changed(dt_util.utcnow(), price)
        if tariff != before:
            metering = replace(state.metering, tariff=tariff)
            self._coordinator.async_set(replace(state, metering=metering))

    def _price(self, state: State) -> float | None:
        try:
            value = float(state.state)
        except ValueError:
            return None
        factor = per_kwh(unit_of(state), self._coordinator.hass.config.currency)
        return value * factor if isfinite(value) and factor is not None else None


def unit_of(state: State) -> str:
    """Return the unit of a price."""
    return str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) or "")
