"""Tells automations that hours have been planned for a car, or planned anew."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from ..coordinator import ChargerCoordinator
from ..wallbox.model.charging_plan import ChargingPlan, Mode
from ..wallbox.state import ChargerState
from .plan import summary

PLAN_CHANGED: Final = SignalType[str, str, dict[str, Any]](f"{DOMAIN}_plan_changed")
"""With the config entry and the identity of the charger, and the plan in figures."""

SETTLING: Final = timedelta(seconds=10)
"""A plan may be of a car whose end the charger has yet to tell, or of settings that change together."""


@callback
def async_watch_plan(coordinator: ChargerCoordinator) -> CALLBACK_TYPE:
    """Tell of each plan that differs from the one told of before, until the returned function is called.

    What was planned before a restart has been told of. That a plan ends, or goes with its car,
    is no news.
    """
    hass = coordinator.hass
    looked_at = coordinator.data.policy
    told = _planned(coordinator.data), _is_late(coordinator.data)
    waiting: CALLBACK_TYPE | None = None

    @callback
    def changed() -> None:
        nonlocal looked_at, waiting
        if coordinator.data.policy is not looked_at and waiting is None:
            looked_at = coordinator.data.policy
            waiting = async_call_later(hass, SETTLING, look)

    @callback
    def look(_: datetime) -> None:
        nonlocal looked_at, told, waiting
        waiting = None
        state, now = coordinator.data, dt_util.utcnow()
        looked_at = state.policy
        (before, was_late), plan, late = told, _planned(state), _is_late(state)
        if plan is None:
            told = None, False
        elif plan.from_now_on(now).slots and (
            before is None or not plan.resembles(before, now) or (late and not was_late)
        ):
            told = plan, late
            async_dispatcher_send(
                hass,
                PLAN_CHANGED,
                coordinator.config_entry.entry_id,
                coordinator.identity,
                summary(state, now, hass.config.currency),
            )

    unsubscribe = coordinator.async_on_change(changed)

    @callback
    def stop() -> None:
        unsubscribe()
        if waiting:
            waiting()

    return stop


def _planned(state: ChargerState) -> ChargingPlan | None:
    """Return the hours for this car as they were planned: how far the target reaches changes at any time."""
    wish, policy = state.charging.wish, state.policy
    if not wish.charging or wish.mode is not Mode.PLANNED or policy.target_reached:
        return None
    return policy.own or policy.hours


def _is_late(state: ChargerState) -> bool:
    return state.policy.own is None and state.policy.outlook.late > 0
