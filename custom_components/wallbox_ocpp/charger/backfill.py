"""Sees to it that energy that is learned of late reaches the hour in which it flowed."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later

from ..const import DOMAIN
from ..coordinator import ChargerCoordinator
from ..wallbox.model.clock import REPLAY
from ..wallbox.model.meter_history import at_full_hours
from .statistics import async_backfill

ENERGY: Final = "energy"


class Backfill:
    """Writes what one charger tells late into the statistics, once it has told everything."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin with nothing to do."""
        self._coordinator = coordinator
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_reconsider(self) -> None:
        """Look whether there is something to write, now or after a restart."""
        history = self._coordinator.data.metering.history
        if history is None or not history.ended or self._cancel:
            return

        @callback
        def due(_: datetime) -> None:
            self._cancel = None
            self._coordinator.config_entry.async_create_background_task(
                self._coordinator.hass, self._async_write(), name=__name__
            )

        self._cancel = async_call_later(self._coordinator.hass, REPLAY, due)

    @callback
    def async_shutdown(self) -> None:
        """Leave it to the next start."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    async def _async_write(self) -> None:
        coordinator = self._coordinator
        history = coordinator.data.metering.history
        entity_id = er.async_get(coordinator.hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{coordinator.identity}_{ENERGY}"
        )
        # A charger that has left again meanwhile is waited for.
        if history is None or not history.ended or entity_id is None:
            return
        await async_backfill(coordinator.hass, entity_id, at_full_hours(history))
        state = coordinator.data
        if state.metering.history is history:
            metering = replace(state.metering, history=None)
            coordinator.async_set(replace(state, metering=metering))
