"""What hours are planned from: the prices, the schedule and the time in a charger's settings."""

from dataclasses import replace
from datetime import datetime, time
from typing import Final, override

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import callback
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_change,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import CONF_ALLOWED_HOURS, CONF_PRICE_ENTITY
from ..coordinator import ChargerCoordinator
from ..prices.problem import PriceProblem, Problem, problem_in_words
from ..prices.source import PriceSource
from ..wallbox.model.charging_plan import Mode
from ..wallbox.model.policy import Policy, Sources
from ..wallbox.model.prices import PriceForecast
from ..wallbox.policy.allowed_hours import AllowedHours, allowed_hours
from ..wallbox.policy.deadline import next_deadlines
from .follower import Follower
from .issues import LONG, PRICES_AWAY, async_update_issue, local_time
from .schedule import async_week_of

DAYS_AHEAD: Final = 3
"""For how many days the times to be ready are worked out."""
HAVE_ISSUES: Final = (Problem.GONE, Problem.UNIT_UNKNOWN, Problem.CURRENCY_DIFFERS)
"""Of these, the issues for a price entity tell at once, also where nothing is planned."""


class PlanSources(Follower):
    """Keeps what hours are planned from up to date, for one charger."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Create it; nothing is followed yet."""
        super().__init__(coordinator)
        self._source: PriceSource | None = None
        self._source_of: tuple[str | None, str] | None = None
        """The price entity and the currency of the home."""
        self._prices: PriceForecast | None = None
        self._problem: PriceProblem | None = None
        self._schedule: str | None = None
        self._allowed: AllowedHours | None = None

    @override
    def _follow(self) -> None:
        hass, settings = self._hass, self._coordinator.subentry.data
        price, schedule = (
            settings.get(CONF_PRICE_ENTITY),
            settings.get(CONF_ALLOWED_HOURS),
        )
        # What is known stays when other settings change: its source may be away.
        if self._source_of != (price, hass.config.currency):
            self._source_of = price, hass.config.currency
            self._source = PriceSource(hass, price, self._forecast) if price else None
            self._prices = self._problem = None
        if self._schedule != schedule:
            self._schedule, self._allowed = schedule, None
        if self._source:
            self._source.async_follow()
            self._unsubscribe.append(self._source.async_shutdown)
        else:
            self._note_problem(None)
        if schedule:
            self._unsubscribe += [
                async_track_state_change_event(hass, schedule, self._look),
                async_at_started(hass, self._look),
            ]
        self._unsubscribe += [
            async_track_time_change(hass, self._hour, minute=0, second=1),
            hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._look),
        ]
        self._update_sources()
        self._look_for_issue()

    @callback
    def _forecast(
        self, forecast: PriceForecast | None, problem: PriceProblem | None
    ) -> None:
        self._prices = forecast
        self._note_problem(problem)
        self._update_sources()
        self._look_for_issue()

    def _note_problem(self, problem: PriceProblem | None) -> None:
        """Keep since when there is a problem with the prices, also over a restart."""
        self._problem = problem
        policy = self._coordinator.data.policy
        since = (policy.prices_away_since or dt_util.utcnow()) if problem else None
        if since != policy.prices_away_since:
            self._set(replace(policy, prices_away_since=since))

    def _set(self, policy: Policy) -> None:
        coordinator = self._coordinator
        coordinator.async_set(replace(coordinator.data, policy=policy))

    @callback
    def _hour(self, _: datetime) -> None:
        self._look()
        self._look_for_issue()

    @callback
    def _look(self, _: object = None) -> None:
        if self._coordinator.subentry.data.get(CONF_ALLOWED_HOURS):
            self._coordinator.async_run(self._async_read_schedule())
        else:
            self._update_sources()

    async def _async_read_schedule(self) -> None:
        """Read the schedule helper; if it is gone, what it said last stays."""
        entity_id = self._coordinator.subentry.data[CONF_ALLOWED_HOURS]
        if (week := await async_week_of(self._hass, entity_id)) is not None:
            # From the hour's beginning, so that the same schedule comes out as the same intervals.
            hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
            zone = dt_util.get_default_time_zone()
            self._allowed = allowed_hours(week, hour, zone)
        self._update_sources()

    def _look_for_issue(self) -> None:
        """Create or delete the issue for prices that have been away for long, while they are planned by."""
        subentry, state = self._coordinator.subentry, self._coordinator.data
        wish, since = state.charging.wish, state.policy.prices_away_since
        problem = self._problem
        placeholders = None
        if (
            problem
            and problem.key not in HAVE_ISSUES
            and since
            and dt_util.utcnow() - since >= LONG
            # While Home Assistant starts, an entity may yet have to come.
            and self._hass.is_running
            and wish.charging
            and wish.mode is Mode.PLANNED
        ):
            placeholders = {
                "charger": self._coordinator.display_name,
                "since": local_time(since),
                "problem": problem_in_words(self._hass, problem),
            }
        async_update_issue(self._hass, PRICES_AWAY, subentry.subentry_id, placeholders)

    def _update_sources(self) -> None:
        coordinator = self._coordinator
        settings, policy = coordinator.subentry.data, coordinator.data.policy
        prices = self._prices.prices if self._prices else ()
        if not prices and self._allowed:
            prices = self._allowed.prices
        allowed = self._allowed.intervals if self._allowed else None
        if allowed is None and settings.get(CONF_ALLOWED_HOURS):
            # Until the schedule is known, what was known of it stays.
            allowed = policy.sources.allowed or ()
        sources = Sources(
            by_price=CONF_PRICE_ENTITY in settings,
            prices=prices,
            allowed=allowed,
            ready_at=_next_times(policy.ready_by),
        )
        if sources != policy.sources:
            self._set(replace(policy, sources=sources))


def _next_times(at: time | None) -> tuple[datetime, ...]:
    """Return when a local time of day comes in the next days; none without one."""
    if at is None:
        return ()
    zone = dt_util.get_default_time_zone()
    return next_deadlines(at, dt_util.utcnow(), zone, DAYS_AHEAD)
