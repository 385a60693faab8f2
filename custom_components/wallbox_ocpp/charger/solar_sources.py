"""What solar charging is decided from: the sensors of the home in a charger's settings."""

from dataclasses import replace
from typing import override

from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    State,
    callback,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)

from ..const import CONF_SOLAR
from ..coordinator import ChargerCoordinator
from ..wallbox.model.power_samples import Sample, added, net
from ..wallbox.model.solar_charging import HomeMeters
from .follower import Follower
from .solar_settings import Sensors, law_settings, number, power


class SolarSources(Follower):
    """Keeps the samples of the sensors of the home, for one charger."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Apply the settings; nothing is followed yet."""
        super().__init__(coordinator)
        self._sensors: Sensors | None = None
        self._taken: Sample | None = None
        self._given: Sample | None = None
        """The last import and export, if each has a sensor."""
        self._apply()

    @override
    def _follow(self) -> None:
        self._apply()
        coordinator, sensors = self._coordinator, self._sensors
        if sensors is not None:
            hass = coordinator.hass
            self._unsubscribe = [
                async_track_state_change_event(hass, sensors.all, self._changed),
                async_track_state_report_event(hass, sensors.all, self._reported),
            ]
            for entity_id in sensors.all:
                self._take(sensors, entity_id, hass.states.get(entity_id))
        coordinator.async_set(coordinator.data)

    def _apply(self) -> None:
        """Put the settings into the state; until they are, nothing may be decided."""
        coordinator = self._coordinator
        settings = coordinator.subentry.data.get(CONF_SOLAR, {})
        before, self._sensors = self._sensors, Sensors.of(settings)
        solar = coordinator.data.solar
        if self._sensors != before:
            self._taken = self._given = None
            has_battery = self._sensors and self._sensors.battery
            meters = HomeMeters(battery=() if has_battery else None)
            solar = replace(solar, meters=meters)
        solar = replace(
            solar, settings=law_settings(settings) if self._sensors else None
        )
        coordinator.data = replace(coordinator.data, solar=solar)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if self._sensors:
            self._take(self._sensors, event.data["entity_id"], event.data["new_state"])

    @callback
    def _reported(self, event: Event[EventStateReportedData]) -> None:
        """Take a value that is the same as before: also a steady one is a sign of life."""
        if self._sensors:
            self._take(self._sensors, event.data["entity_id"], event.data["new_state"])

    def _take(self, sensors: Sensors, entity_id: str, state: State | None) -> None:
        """Take the value of a sensor; an entity may have several tasks."""
        meters = before = self._coordinator.data.solar.meters
        if entity_id in (sensors.grid, sensors.export):
            if sample := self._grid(sensors, entity_id, state):
                meters = replace(meters, grid=added(meters.grid, sample))
        if entity_id == sensors.battery:
            sample = power(state, inverted=sensors.battery_inverted)
            battery = added(meters.battery or (), sample) if sample else ()
            meters = replace(meters, battery=battery)
        if entity_id == sensors.battery_charge:
            meters = replace(meters, battery_charge=number(state))
        if meters != before:
            data = self._coordinator.data
            solar = replace(data.solar, meters=meters)
            self._coordinator.async_sense(replace(data, solar=solar))

    def _grid(
        self, sensors: Sensors, entity_id: str, state: State | None
    ) -> Sample | None:
        if sensors.export is None:
            return power(state, inverted=sensors.grid_inverted)
        if entity_id == sensors.grid:
            self._taken = power(state)
        else:
            self._given = power(state)
        return net(self._taken, self._given)
