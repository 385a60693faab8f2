"""Triggers: what happens at a charger. Thin over its entities, but for the plan, which needs none.

An entity that comes back from *unavailable* fires nothing, so changes while the charger was not
connected are not reported. Sessions are: their event entity reports each of them, once.
"""

from collections.abc import Set as AbstractSet
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import (
    ATTR_DEVICE_ID,
    CONF_OPTIONS,
    CONF_TARGET,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.trigger import (
    EntityTransitionTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from .charger.plan_notice import PLAN_CHANGED
from .const import DOMAIN
from .event import CARD_ACCEPTED, CARD_REFUSED, SESSION_ENDED, SESSION_STARTED
from .sensor import NOT_PLUGGED_IN, PLUGGED_IN
from .target import CARD, PROTECTION, REASON, SESSION, STATUS, OfCharger, Watched
from .wallbox.views.reasons import Reason

_NOT_CHARGING: Final = frozenset(Reason) - {Reason.CHARGING, Reason.NO_CONNECTION}
"""Reasons of a charger whose car is known not to charge."""

_TARGETED: Final = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default={}): {},
    }
)


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


class PlanChangedTrigger(Trigger):
    """Fires when the hours for a car have been planned, or planned anew."""

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take the target."""
        super().__init__(hass, config)
        self._target = TargetSelection(config.target or {})

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Check that there is a target."""
        validated: ConfigType = _TARGETED(config)
        return validated

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action with each plan of a charger in the target."""

        @callback
        def changed(entry_id: str, identity: str, plan: dict[str, Any]) -> None:
            if device_id := self._targeted(entry_id, identity):
                run_action(
                    {ATTR_DEVICE_ID: device_id, "plan": plan}, f"plan of {identity}"
                )

        return async_dispatcher_connect(self._hass, PLAN_CHANGED, changed)

    def _targeted(self, entry_id: str, identity: str) -> str | None:
        """Return the device of a charger; None if neither it nor an entity of it is in the target."""
        found = async_extract_referenced_entity_ids(
            self._hass, self._target, primary_entities_only=False
        )
        entities = er.async_get(self._hass)
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, identity), entry_id
        )
        owned = (
            entry.device_id
            for entity_id in found.referenced | found.indirectly_referenced
            if (entry := entities.async_get(entity_id)) and entry.platform == DOMAIN
        )
        return device.id if device and device.id in owned else None


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
    "plan_changed": PlanChangedTrigger,
    "plugged_in": _change(STATUS, NOT_PLUGGED_IN, PLUGGED_IN),
    "protection_lost": _change(PROTECTION, {True}, {False}),
    "session_ended": _event(SESSION, SESSION_ENDED),
    "session_started": _event(SESSION, SESSION_STARTED),
    "unplugged": _change(STATUS, PLUGGED_IN, NOT_PLUGGED_IN),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
