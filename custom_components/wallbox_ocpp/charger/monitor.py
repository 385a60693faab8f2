"""Periodic checks of a charger: what changes with time, and whether the fix is still in place."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from .cloud import async_controls
from .expert import Expert

LOOK_EVERY: Final = timedelta(minutes=1)
VERIFY_EVERY: Final = timedelta(hours=1)
"""Between two checks of the offline fix, each with one request."""


@callback
def async_watch(
    coordinator: ChargerCoordinator, expert: Expert
) -> tuple[CALLBACK_TYPE, ...]:
    """Check a charger periodically until the returned functions are called."""

    @callback
    def look(_: datetime) -> None:
        async_look(coordinator)

    async def verify(_: datetime) -> None:
        link = coordinator.data.link
        if link.connected and not link.rebooting:
            # If this fails, the next check is in an hour, or after a boot.
            with suppress(HomeAssistantError):
                await expert.async_verify()

    return (
        async_track_time_interval(coordinator.hass, look, LOOK_EVERY),
        async_track_time_interval(coordinator.hass, verify, VERIFY_EVERY),
    )


@callback
def async_look(coordinator: ChargerCoordinator) -> None:
    """Check a charger now."""
    state, now = coordinator.data, dt_util.utcnow()
    controls = async_controls(coordinator.hass, state.identity.serial_number)
    drift = state.settings.drift.faded(now)
    # While a test refuses its connections, it is not missed.
    tested = state.offline_test.ongoing is not None
    link = state.link if tested else state.link.looked_for(now)
    connections = link.connections.judged(now, contested=drift.contested)
    seen = replace(
        state,
        link=replace(link, connections=connections),
        settings=replace(state.settings, drift=drift, cloud_controls=bool(controls)),
    )
    if seen != state:
        coordinator.async_set(seen)
