"""The calendar of a charger: an event for each session, and for each time in which it is to charge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .charger.plan import policy_shown
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .localize import text
from .wallbox.model.charging_session import ChargingSession
from .wallbox.model.money import digits
from .wallbox.model.prices import Interval
from .wallbox.policy.expected import planned
from .wallbox.policy.intervals import merged

PARALLEL_UPDATES = 0

SHORTEST: Final = timedelta(minutes=1)
"""The shortest duration of an event, so that it can be seen."""


@dataclass(frozen=True, kw_only=True)
class WallboxCalendarDescription(WallboxEntityDescription, CalendarEntityDescription):
    """Describe a calendar of a charger."""


DESCRIPTION: Final = WallboxCalendarDescription(
    key="sessions",
    entity_registry_enabled_default=False,
    lasting=True,
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [WallboxCalendar(charger, DESCRIPTION)],
)


class WallboxCalendar(WallboxEntity, CalendarEntity):
    """The calendar of a charger.

    It is on while a session is open, and not in planned hours: they may pass without a car.
    """

    entity_description: WallboxCalendarDescription

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """The open session, if any."""
        session = self.known.ledger.open
        return self._event(session) if session else None

    @property
    @override
    def showing(self) -> object:
        """Which session is open, and what is planned."""
        session = self.known.ledger.open
        return session and (session.transaction_id, session.started), self._planned

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the sessions and the planned times that overlap a time."""
        ended = await self.charger.session_events.async_between(start_date, end_date)
        # Years of sessions would block the event loop.
        events = await hass.async_add_executor_job(
            lambda: [self._event(session) for session in ended]
        )
        if now := self.event:
            events.append(now)
        events += [self._planned_event(hours) for hours in self._planned]
        return [
            event
            for event in events
            if event.start < end_date and event.end > start_date
        ]

    @property
    def _planned(self) -> tuple[Interval, ...]:
        """When the car may charge from now on, without what goes on for ever.

        What touches is one, and limits do not matter.
        """
        slots = plan.slots if (plan := planned(self.known)) else ()
        return merged(Interval(slot.start, slot.end) for slot in slots if slot.end)

    def _planned_event(self, hours: Interval) -> CalendarEvent:
        start, end = _shown(hours.start, hours.end)
        return CalendarEvent(
            start=start,
            end=end,
            summary=text(self.hass, "planned"),
            description="\n".join(self._outlook()),
            uid=f"plan-{int(hours.start.timestamp())}",
        )

    def _outlook(self) -> list[str]:
        """Return the lines of a planned event's description, which are about the whole plan."""
        policy, lines = policy_shown(self.known), []
        if policy.deadline:
            at = f"{dt_util.as_local(policy.deadline):%H:%M}"
            lines.append(text(self.hass, "planned_ready_by", time=at))
        if (cost := policy.outlook.cost) is not None:
            lines.append(self._cost(cost))
        return lines

    def _event(self, session: ChargingSession) -> CalendarEvent:
        now = dt_util.utcnow()
        start, end = _shown(
            session.started or session.ended or now, session.ended or _next_hour(now)
        )
        return CalendarEvent(
            start=start,
            end=end,
            summary=self._summary(session),
            description="\n".join(self._details(session)),
            uid=f"{session.transaction_id}-{int(start.timestamp())}",
        )

    def _summary(self, session: ChargingSession) -> str:
        if session.ended is None or session.energy is None:
            return text(self.hass, "session")
        return text(self.hass, "session_energy", energy=f"{session.energy / 1000:.1f}")

    def _details(self, session: ChargingSession) -> list[str]:
        """Return the lines of an event's description."""
        details = (
            [text(self.hass, "session_who", who=session.who)] if session.who else []
        )
        if session.ended is None:
            return details
        if session.charging_time:
            details.append(
                text(self.hass, "session_charging", time=_hours(session.charging_time))
            )
        if session.cost is not None:
            details.append(self._cost(session.cost))
        if session.began_offline:
            details.append(text(self.hass, "session_offline"))
        return details

    def _cost(self, cost: float) -> str:
        currency = self.hass.config.currency
        money = f"{cost:.{digits(currency)}f}"
        return text(self.hass, "session_cost", cost=money, currency=currency)


def _shown(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the local times of an event that lasts from one time to another, and can be seen.

    Home Assistant takes no event that ends before it starts by the clock on the wall, which goes back in autumn.
    """
    begins = dt_util.as_local(start)
    ends = dt_util.as_local(max(end, start + SHORTEST))
    return begins, max(ends, begins + SHORTEST)


def _next_hour(now: datetime) -> datetime:
    """Return an end for an open session; it moves on when it has been reached."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _hours(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02}"
