"""The settings of a charger that say what its owner wants of each car: how much, and until when."""

from dataclasses import replace

from homeassistant.util import dt as dt_util

from ..const import CONF_ENERGY_TARGET, CONF_READY_BY
from ..coordinator import ChargerCoordinator
from ..wallbox.model.electricity import WH_PER_KWH
from ..wallbox.policy.present_car import with_default_target
from ..wallbox.state import ChargerState


def following(coordinator: ChargerCoordinator) -> ChargerState:
    """Return the state of a charger with what its settings say."""
    settings, state = coordinator.subentry.data, coordinator.data
    target = round(settings.get(CONF_ENERGY_TARGET, 0) * WH_PER_KWH)
    if target != state.policy.default_target:
        state = with_default_target(state, target)
    at = settings.get(CONF_READY_BY)
    ready_by = dt_util.parse_time(at) if at else None
    policy = state.policy
    if ready_by != policy.ready_by:
        # After a start, the time is not another one.
        deadline = policy.deadline if policy.ready_by is None else None
        policy = replace(policy, ready_by=ready_by, deadline=deadline)
        state = replace(state, policy=policy)
    return state
