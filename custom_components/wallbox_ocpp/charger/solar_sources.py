"""What solar charging is decided from: the sensors of the home in a charger's settings."""

from dataclasses import replace
from typing import override

from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    callback,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)

from ..const import CONF_SOLAR
from ..coordinator import ChargerCoordinator
from ..wallbox.model.power_samples import added
from ..wallbox.model.solar_charging import HomeMeters
from .follower import Follower
from .solar_settings import Sensors, law_settings, number


class SolarSources(Follower):
    """Keeps the samples of the sensors of the home, for one charger."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Apply the settings; nothing is followed yet."""
        super().__init__(coordinator)
        self._sensors: Sensors | None = None
        self._apply()

    @override
    def _follow(self) -> None:
        self._apply()
        coordinator, sensors = self._coordinator, self._sensors
        if sensors is not None:
            self._unsubscribe = [
                async_track_state_change_event(self._hass, sensors.all, self._heard),
                async_track_state_report_event(self._hass, sensors.all, self._heard),
            ]
            for entity_id in sensors.all:
                self._take(sensors, entity_id)
        coordinator.async_set(coordinator.data)

    def _apply(self) -> None:
        """Put the settings into the state; until they are, nothing may be decided."""
        coordinator = self._coordinator
        settings = coordinator.subentry.data.get(CONF_SOLAR, {})
        before, self._sensors = self._sensors, Sensors.of(settings)
        solar = coordinator.data.solar
        if self._sensors != before:
            has_battery = self._sensors and self._sensors.battery
            meters = HomeMeters(battery=() if has_battery else None)
            solar = replace(solar, meters=meters)
        solar = replace(
            solar, settings=law_settings(settings) if self._sensors else None
        )
        coordinator.data = replace(coordinator.data, solar=solar)

    @callback
    def _heard(
        self, event: Event[EventStateChangedData] | Event[EventStateReportedData]
    ) -> None:
        """Take a value, also if it is the same as before: a steady one is a sign of life."""
        if self._sensors:
            self._take(self._sensors, event.data["entity_id"])

    def _take(self, sensors: Sensors, entity_id: str) -> None:
        """Take the value of a sensor; an entity may have several tasks."""
        meters = before = self._coordinator.data.solar.meters
        if entity_id in (sensors.grid, sensors.export):
            if sample := sensors.grid_power(self._hass):
                meters = replace(meters, grid=added(meters.grid, sample))
        if entity_id == sensors.battery:
            sample = sensors.battery_power(self._hass)
            battery = added(meters.battery or (), sample) if sample else ()
            meters = replace(meters, battery=battery)
        if entity_id == sensors.battery_charge:
            charge = number(self._hass.states.get(entity_id))
            meters = replace(meters, battery_charge=charge)
        if meters != before:
            data = self._coordinator.data
            solar = replace(data.solar, meters=meters)
            self._coordinator.async_sense(replace(data, solar=solar))
