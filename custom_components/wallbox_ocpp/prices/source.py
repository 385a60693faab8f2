"""Follows the forecast of a price entity."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from random import randrange
from typing import Any, Final

from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_utc_time_change,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..wallbox.model.prices import PriceForecast
from .actions import Action
from .fetch import action_of, async_read
from .problem import PriceProblem
from .related import related_to

_LOGGER = logging.getLogger(__name__)

QUARTERS: Final = (0, 15, 30, 45)
SPREAD_SECONDS: Final = (5, 50)
"""After a quarter, at a moment that differs between homes: servers are asked."""

PUBLISHED: Final = timedelta(hours=12, minutes=45)
"""From when on local clock tomorrow's prices are looked for every quarter of an hour."""

ASKED_EVERY: Final = timedelta(hours=1)
"""How often a server is asked otherwise."""

COOLDOWN_SECONDS: Final = 10
"""Between two readings: attributes of several entities change one after another."""

type OnForecast = Callable[[PriceForecast | None, PriceProblem | None], None]


class PriceSource:
    """Keeps the last good forecast of a price entity, and says when it or its problem changes.

    A forecast is replaced only by another one. With a problem beside it, it is stale.
    """

    def __init__(
        self, hass: HomeAssistant, entity_id: str, on_forecast: OnForecast
    ) -> None:
        """Create it; nothing is followed yet."""
        self._hass = hass
        self._entity_id = entity_id
        self._on_forecast = on_forecast
        self._unfollow: list[CALLBACK_TYPE] = []
        self._debouncer: Debouncer[Coroutine[Any, Any, None]] | None = None
        self.forecast: PriceForecast | None = None
        self.problem: PriceProblem | None = None

    @callback
    def async_follow(self) -> None:
        """Read the forecast, and again whenever it may have changed."""
        self.async_shutdown()
        hass = self._hass
        debouncer = self._debouncer = Debouncer(
            hass,
            _LOGGER,
            cooldown=COOLDOWN_SECONDS,
            immediate=True,
            function=self._async_refresh,
            background=True,
        )
        entities = (self._entity_id, *related_to(hass, self._entity_id))
        self._unfollow = [
            debouncer.async_shutdown,
            async_track_state_change_event(hass, entities, self._changed),
            async_track_utc_time_change(
                hass, self._quarter, minute=QUARTERS, second=randrange(*SPREAD_SECONDS)
            ),
            # Before, other integrations may still be on their way.
            async_at_started(hass, self._refresh),
        ]

    @callback
    def async_shutdown(self) -> None:
        """Stop."""
        while self._unfollow:
            self._unfollow.pop()()
        self._debouncer = None

    @callback
    def _changed(self, _: Event[EventStateChangedData]) -> None:
        action = self._action
        if not action or not action.remote or self.forecast is None or self.problem:
            self._refresh()

    @callback
    def _quarter(self, now: datetime) -> None:
        action = self._action
        if not action or not action.remote or self._is_due(action, now):
            self._refresh()

    @property
    def _action(self) -> Action | None:
        return action_of(self._hass, self._entity_id)

    def _is_due(self, action: Action, now: datetime) -> bool:
        """Return whether it is time to ask a server."""
        if self.forecast is None or self.problem:
            return True
        if now - self.forecast.fetched_at >= ASKED_EVERY:
            return True
        today = dt_util.start_of_local_day(dt_util.as_local(now))
        tomorrow = dt_util.start_of_local_day(today + timedelta(days=1, hours=12))
        return (
            action.daily
            and now >= today + PUBLISHED
            and self.forecast.until <= tomorrow + timedelta(hours=12)
        )

    @callback
    def _refresh(self, _: object = None) -> None:
        if self._debouncer:
            self._debouncer.async_schedule_call()

    async def _async_refresh(self) -> None:
        debouncer = self._debouncer
        try:
            forecast = await async_read(self._hass, self._entity_id)
        except PriceProblem as problem:
            if self._debouncer is debouncer and self._hass.state is CoreState.running:
                self._note(self.forecast, problem)
            return
        if self._debouncer is debouncer:
            self._note(forecast, None)

    def _note(
        self, forecast: PriceForecast | None, problem: PriceProblem | None
    ) -> None:
        before = self._relevant
        self.forecast, self.problem = forecast, problem
        if self._relevant != before:
            self._on_forecast(forecast, problem)

    @property
    def _relevant(self) -> tuple[object, ...]:
        """Return what makes a difference to whoever listens."""
        forecast, problem = self.forecast, self.problem
        return (
            forecast and forecast.prices,
            problem and (problem.key, problem.placeholders),
        )
