"""The actions of a plan: setting, clearing and getting it."""

from datetime import datetime
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..charger.charger import Charger
from ..charger.plan import details
from ..errors import invalid
from ..wallbox.model.charging_plan import (
    FARTHEST,
    ChargingPlan,
    PlannedSlot,
    PlanProblem,
)
from ..wallbox.model.electricity import LOWEST_CURRENT
from .charger_action import ChargerAction, Data, moment

ATTR_SLOTS: Final = "slots"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_LIMIT: Final = "limit"

MOST_AMPS: Final = 80
"""Far more than any charger delivers, which lowers a limit to what it can."""
MOST_SLOTS: Final = 200
"""Two days of quarters of an hour."""


_SLOT: Final = {
    vol.Required(ATTR_START): moment,
    vol.Required(ATTR_END): moment,
    vol.Optional(ATTR_LIMIT): vol.All(
        vol.Coerce(int), vol.Range(min=LOWEST_CURRENT, max=MOST_AMPS)
    ),
}


async def _async_set_plan(charger: Charger, data: Data) -> ServiceResponse:
    now = dt_util.utcnow()
    slots = (
        PlannedSlot(
            start=slot[ATTR_START], end=slot[ATTR_END], amps=slot.get(ATTR_LIMIT)
        )
        for slot in data[ATTR_SLOTS]
    )
    plan = ChargingPlan(slots=tuple(sorted(slots, key=lambda slot: slot.start)))
    match plan.problem(now):
        case PlanProblem.ORDER:
            raise invalid("plan_order")
        case PlanProblem.OVERLAP:
            raise invalid("plan_overlaps")
        case PlanProblem.PAST:
            raise invalid("plan_past")
        case PlanProblem.FAR:
            raise invalid("plan_far", days=str(FARTHEST.days))
        case None:
            pass
    await charger.commands.async_set_plan(plan)
    return _details(charger, now)


async def _async_get_plan(charger: Charger, _: Data) -> ServiceResponse:
    return _details(charger, dt_util.utcnow())


def _details(charger: Charger, now: datetime) -> dict[str, Any]:
    return details(charger.state, now, charger.coordinator.hass.config.currency)


PLAN_ACTIONS: Final = (
    ChargerAction(
        name="clear_plan",
        work=lambda charger, _: charger.commands.async_clear_plan(),
        response=SupportsResponse.NONE,
    ),
    ChargerAction(
        name="get_plan",
        work=_async_get_plan,
        permission=POLICY_READ,
        response=SupportsResponse.ONLY,
    ),
    ChargerAction(
        name="set_plan",
        work=_async_set_plan,
        fields={
            vol.Required(ATTR_SLOTS): vol.All(
                cv.ensure_list, vol.Length(min=1, max=MOST_SLOTS), [_SLOT]
            )
        },
    ),
)
