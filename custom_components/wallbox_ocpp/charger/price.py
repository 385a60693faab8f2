"""The price of a kWh from the settings: fixed, or that of an entity."""

from dataclasses import replace
from math import isfinite
from typing import override

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import Event, EventStateChangedData, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..const import CONF_PRICE, CONF_PRICE_ENTITY
from ..wallbox.model.price_unit import per_kwh
from ..wallbox.model.tariff import Tariff
from .follower import Follower


class Price(Follower):
    """Keeps the price of a kWh at one charger up to date. An entity wins over a fixed price.

    While the entity has no value, the price stays as it was.
    """

    @override
    def _follow(self) -> None:
        hass, settings = self._hass, self._coordinator.subentry.data
        if (entity_id := settings.get(CONF_PRICE_ENTITY)) is None:
            self._note(settings.get(CONF_PRICE))
            return
        self._look(hass.states.get(entity_id))
        self._unsubscribe.append(
            async_track_state_change_event(hass, entity_id, self._changed)
        )

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
        factor = per_kwh(unit_of(state), self._hass.config.currency)
        return value * factor if isfinite(value) and factor is not None else None


def unit_of(state: State) -> str:
    """Return the unit of a price."""
    return str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) or "")
