"""Triggers: what happens at a charger. Thin over its entities.

An entity that comes back from *unavailable* fires nothing, so changes while the charger was not
connected are not reported. Sessions are: their event entity reports each of them, once.
"""

from collections.abc import Set as AbstractSet
from typing import Final, override

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.trigger import (
    EntityTransitionTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .event import CARD_ACCEPTED, CARD_REFUSED, SESSION_ENDED, SESSION_STARTED
from .sensor import NOT_PLUGGED_IN, PLUGGED_IN
from .target import CARD, PROTECTION, REASON, SESSION, STATUS, OfCharger, Watched
from .wallbox.views.reasons import Reason

_NOT_CHARGING: Final = frozenset(Reason) - {Reason.CHARGING, Reason.NO_CONNECTION}
"""Reasons of a charger whose car is known not to charge."""


class EventTrigger(OfCharger, StatelessEntityTriggerBase):
    """Fires when an event entity reports one of some kinds of events."""

    _event_types: AbstractSet[str]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the event is of one of these kinds."""
        return state.attributes.get(ATTR_EVENT_TYPE) in self._event_types


class ConnectionLostTrigger(OfCharger, EntityTriggerBase):
    """Fires when a charger that was connected is not any more."""

    _watched = REASON
    _domain_specs = REASON.spec
    # A charger that has not said yet how it is may leave, too.
    _excluded_from_states = frozenset({STATE_UNAVAILABLE})

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the charger is not connected."""
        return state.state == Reason.NO_CONNECTION


def _event(watched: Watched, *event_types: str) -> type[Trigger]:
    class CustomTrigger(EventTrigger):
        """Fires on events of some kinds."""

        _watched = watched
        _domain_specs = watched.spec
        _event_types = frozenset(event_types)

    return CustomTrigger


def _change(
    watched: Watched, before: AbstractSet[str | bool], after: AbstractSet[str | bool]
) -> type[Trigger]:
    class CustomTrigger(OfCharger, EntityTransitionTriggerBase):
        """Fires on a change from some values to some others."""

        _watched = watched
        _domain_specs = watched.spec
        _from_states = set(before)
        _to_states = set(after)

    return CustomTrigger


_NOT_LOCKED: Final = set(Reason) - {Reason.LOCKED, Reason.NO_CONNECTION}

TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "car_waits": _change(REASON, _NOT_LOCKED, {Reason.LOCKED}),
    "card_refused": _event(CARD, CARD_REFUSED),
    "card_shown": _event(CARD, CARD_ACCEPTED, CARD_REFUSED),
    "charging_started": _change(REASON, _NOT_CHARGING, {Reason.CHARGING}),
    "charging_stopped": _change(REASON, {Reason.CHARGING}, _NOT_CHARGING),
    "connection_lost": ConnectionLostTrigger,
    "plugged_in": _change(STATUS, NOT_PLUGGED_IN, PLUGGED_IN),
    "protection_lost": _change(PROTECTION, {True}, {False}),
    "session_ended": _event(SESSION, SESSION_ENDED),
    "session_started": _event(SESSION, SESSION_STARTED),
    "unplugged": _change(STATUS, PLUGGED_IN, NOT_PLUGGED_IN),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
