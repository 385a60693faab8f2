"""What hours are planned from: the prices, the schedule and the time in a charger's settings."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_change,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import CONF_ALLOWED_HOURS, CONF_PRICE_ENTITY, CONF_READY_BY
from ..coordinator import ChargerCoordinator
from ..prices.problem import PriceProblem
from ..prices.source import PriceSource
from ..wallbox.model.policy import Sources
from ..wallbox.model.prices import PriceForecast
from ..wallbox.policy.allowed_hours import AllowedHours, allowed_hours
from ..wallbox.policy.deadline import next_deadline

DAYS_AHEAD: Final = 3
"""For how many days the times to be ready are worked out."""

_SCHEDULE: Final = "schedule"


class PlanSources:
    """Keeps what hours are planned from up to date, for one charger."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Create it; nothing is followed yet."""
        self._coordinator = coordinator
        self._hass = coordinator.hass
        self._prices: PriceForecast | None = None
        self._allowed: AllowedHours | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @callback
    def async_follow(self) -> None:
        """Follow what the settings name, and nothing else."""
        self.async_shutdown()
        self._prices = self._allowed = None
        hass, settings = self._hass, self._coordinator.subentry.data
        if price := settings.get(CONF_PRICE_ENTITY):
            source = PriceSource(hass, price, self._forecast)
            source.async_follow()
            self._unsubscribe.append(source.async_shutdown)
        if schedule := settings.get(CONF_ALLOWED_HOURS):
            self._unsubscribe += [
                async_track_state_change_event(hass, schedule, self._look_soon),
                async_at_started(hass, self._started),
            ]
        self._unsubscribe += [
            async_track_time_change(hass, self._hour, minute=0, second=1),
            hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._look_soon),
        ]
        self._tell()

    @callback
    def async_shutdown(self) -> None:
        """Stop."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def _forecast(self, forecast: PriceForecast | None, _: PriceProblem | None) -> None:
        self._prices = forecast
        self._tell()

    @callback
    def _hour(self, _: datetime) -> None:
        self._look()

    @callback
    def _look_soon(self, _: Event[Any]) -> None:
        self._look()

    @callback
    def _started(self, _: HomeAssistant) -> None:
        self._look()

    def _look(self) -> None:
        if self._coordinator.subentry.data.get(CONF_ALLOWED_HOURS):
            self._coordinator.config_entry.async_create_background_task(
                self._hass, self._async_read_schedule(), name=__name__
            )
        else:
            self._tell()

    async def _async_read_schedule(self) -> None:
        """Read the schedule helper; if it is gone, what it said last stays."""
        entity_id = self._coordinator.subentry.data[CONF_ALLOWED_HOURS]
        if self._hass.states.get(entity_id) is not None:
            try:
                answer = await self._hass.services.async_call(
                    _SCHEDULE,
                    "get_schedule",
                    {"entity_id": entity_id},
                    blocking=True,
                    return_response=True,
                )
            except HomeAssistantError:
                answer = None
            week = answer.get(entity_id) if answer else None
            if isinstance(week, dict):
                zone = dt_util.get_default_time_zone()
                # Home Assistant's own action answers with lists of blocks.
                blocks = cast(dict[str, list[dict[str, Any]]], week)
                since = _hour_of(dt_util.utcnow())
                self._allowed = allowed_hours(blocks, since, zone)
        self._tell()

    def _tell(self) -> None:
        coordinator, settings = self._coordinator, self._coordinator.subentry.data
        state = coordinator.data
        prices = self._prices.prices if self._prices else ()
        if not prices and self._allowed:
            prices = self._allowed.prices
        allowed = self._allowed.intervals if self._allowed else None
        if allowed is None and settings.get(CONF_ALLOWED_HOURS):
            # Until the schedule is known, what was known of it stays.
            allowed = state.policy.sources.allowed or ()
        sources = Sources(
            by_price=CONF_PRICE_ENTITY in settings,
            prices=prices,
            allowed=allowed,
            ready_at=self._ready_at(settings.get(CONF_READY_BY)),
        )
        if sources != state.policy.sources:
            policy = replace(state.policy, sources=sources)
            coordinator.async_set(replace(state, policy=policy))

    def _ready_at(self, ready_by: str | None) -> tuple[datetime, ...]:
        at = dt_util.parse_time(ready_by) if ready_by else None
        if at is None:
            return ()
        zone, moment = dt_util.get_default_time_zone(), dt_util.utcnow()
        moments: list[datetime] = []
        for _ in range(DAYS_AHEAD):
            moment = next_deadline(at, moment, zone)
            moments.append(moment)
            moment += timedelta(minutes=1)
        return tuple(moments)


def _hour_of(now: datetime) -> datetime:
    """Return when the hour began, so that the same schedule comes out as the same intervals."""
    return now.replace(minute=0, second=0, microsecond=0)
