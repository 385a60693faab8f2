"""Triggers: a session starts, a session ends. Thin over the session event entity."""

from typing import Final, override

from homeassistant.components.event import ATTR_EVENT_TYPE, DOMAIN as EVENT_DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .entity import only_ours
from .event import SESSION, SESSION_ENDED, SESSION_STARTED


class SessionTrigger(StatelessEntityTriggerBase):
    """Fires when a session event entity reports one kind of event."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}
    _event_type: str

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out the other events of a device or an area."""
        return only_ours(self._hass, entities, SESSION.key)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Say whether the event is of this kind."""
        return state.attributes.get(ATTR_EVENT_TYPE) == self._event_type


class SessionStartedTrigger(SessionTrigger):
    """Fires when a session has started."""

    _event_type = SESSION_STARTED


class SessionEndedTrigger(SessionTrigger):
    """Fires when a session has ended."""

    _event_type = SESSION_ENDED


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "session_ended": SessionEndedTrigger,
    "session_started": SessionStartedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
