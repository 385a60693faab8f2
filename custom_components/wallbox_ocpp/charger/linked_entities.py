"""The entities in a charger's settings: prices, allowed hours, sensors of the sun, and persons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.const import CONF_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_time_change,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_ALLOWED_HOURS,
    CONF_CARDS,
    CONF_PERSON,
    CONF_PRICE_ENTITY,
    CONF_SOLAR,
)
from ..localize import verbatim
from ..wallbox.model.price_unit import per_kwh, understood
from ..wallbox.policy.solar_mode import MODES
from .follower import Follower
from .issues import (
    LONG,
    PERSON_GONE,
    PRICE_GONE,
    PRICE_UNIT,
    SCHEDULE_GONE,
    SENSOR_GONE,
    SENSOR_SILENT,
    async_update_issue,
    local_time,
)
from .price import unit_of
from .solar_settings import ENTITIES as SENSORS, Sensors


class LinkedEntities(Follower):
    """Updates the settings when these entities are renamed, and creates issues when they are away."""

    @override
    def _follow(self) -> None:
        hass = self._hass
        named = {card[CONF_PERSON] for card in self._cards if card.get(CONF_PERSON)}
        named.update(filter(None, (self._price, self._allowed_hours)))
        sensors = self._sensors.all if self._sensors else []
        self._unsubscribe = [
            async_track_entity_registry_updated_event(
                hass, named.union(sensors), self._registry_changed
            ),
            async_track_state_change_event(hass, named, self._look),
            async_track_state_change_event(hass, sensors, self._sensor_changed),
            async_track_time_change(hass, self._look, minute=0, second=1),
            async_at_started(hass, self._look),
        ]

    @property
    def _price(self) -> str | None:
        return self._coordinator.subentry.data.get(CONF_PRICE_ENTITY)

    @property
    def _allowed_hours(self) -> str | None:
        return self._coordinator.subentry.data.get(CONF_ALLOWED_HOURS)

    @property
    def _sensors(self) -> Sensors | None:
        return Sensors.of(self._coordinator.subentry.data.get(CONF_SOLAR, {}))

    @property
    def _cards(self) -> list[Mapping[str, Any]]:
        return list(self._coordinator.subentry.data.get(CONF_CARDS, ()))

    @callback
    def _registry_changed(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        change = event.data
        if change["action"] == "update" and "old_entity_id" in change:
            self._rename(change["old_entity_id"], change["entity_id"])
        self._look()

    @callback
    def _sensor_changed(self, event: Event[EventStateChangedData]) -> None:
        """Look only if it begins or ceases to show something: it may change each second."""
        entity_id, sensors = event.data["entity_id"], self._sensors
        states = (event.data["old_state"], event.data["new_state"])
        if sensors and None in [sensors.read(entity_id, state) for state in states]:
            self._look()

    def _rename(self, old: str, new: str) -> None:
        settings = dict(self._coordinator.subentry.data)
        for name in (CONF_PRICE_ENTITY, CONF_ALLOWED_HOURS):
            if settings.get(name) == old:
                settings[name] = new
        if CONF_SOLAR in settings:
            settings[CONF_SOLAR] = {
                name: new if name in SENSORS and value == old else value
                for name, value in settings[CONF_SOLAR].items()
            }
        if CONF_CARDS in settings:
            settings[CONF_CARDS] = [
                {**card, CONF_PERSON: new} if card.get(CONF_PERSON) == old else card
                for card in self._cards
            ]
        self._coordinator.async_change_settings(settings)

    @callback
    def _look(self, _: object = None) -> None:
        """Create or delete the issues for entities that are away and for a wrong unit of the price."""
        hass = self._hass
        if hass.state is not CoreState.running:
            # Entities may still be added.
            return
        subentry, currency = self._coordinator.subentry, hass.config.currency
        price = hass.states.get(self._price or "")
        lost = [
            card[CONF_NAME]
            for card in self._cards
            if (person := card.get(CONF_PERSON)) and async_is_gone(hass, person)
        ]
        sensors = self._sensors.all if self._sensors else []
        gone = [sensor for sensor in sensors if async_is_gone(hass, sensor)]
        silent = self._silent_for_long()
        unit = unit_of(price) if price else ""
        silent_states = (STATE_UNAVAILABLE, STATE_UNKNOWN)
        says = price is not None and price.state not in silent_states
        exists = {
            PERSON_GONE: bool(lost),
            PRICE_GONE: bool(self._price and async_is_gone(hass, self._price)),
            SCHEDULE_GONE: bool(
                self._allowed_hours and async_is_gone(hass, self._allowed_hours)
            ),
            SENSOR_GONE: bool(gone),
            SENSOR_SILENT: bool(silent) and not gone,
            PRICE_UNIT: says and per_kwh(unit, currency) is None,
        }
        placeholders = {
            "charger": self._coordinator.display_name,
            "cards": ", ".join(lost),
            "entity": self._price or "",
            "schedule": self._allowed_hours or "",
            "sensors": ", ".join(map(verbatim, gone or silent)),
            "since": local_time(min(silent.values())) if silent else "",
            "unit": unit,
            "units": ", ".join(understood(currency)),
            "currency": currency,
        }
        for key, there in exists.items():
            async_update_issue(
                hass, key, subentry.subentry_id, placeholders if there else None
            )

    def _silent_for_long(self) -> dict[str, datetime]:
        """Return which sensors of the sun show nothing, and since when, while it is charged by.

        One of the grid in both directions never rests; others may show the same for days.
        """
        sensors = self._sensors
        if not sensors or self._coordinator.data.charging.wish.mode_shown not in MODES:
            return {}
        silent: dict[str, datetime] = {}
        for entity_id in sensors.all:
            if (state := self._hass.states.get(entity_id)) is None:
                continue
            if sensors.read(entity_id, state) is None:
                silent[entity_id] = state.last_changed
            elif entity_id == sensors.grid and not sensors.export:
                silent[entity_id] = state.last_reported
        before = dt_util.utcnow() - LONG
        return {entity_id: at for entity_id, at in silent.items() if at <= before}


@callback
def async_is_gone(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity has been removed or disabled; one that is registered may come back."""
    if known := er.async_get(hass).async_get(entity_id):
        return known.disabled
    return hass.states.get(entity_id) is None
