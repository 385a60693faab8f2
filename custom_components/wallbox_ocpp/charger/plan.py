"""The plan of a charger as people and automations see it."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ..wallbox.model.charging_plan import ChargingPlan
from ..wallbox.model.electricity import WH_PER_KWH
from ..wallbox.model.policy import Outlook, Policy
from ..wallbox.model.prices import Interval
from ..wallbox.plan.wanted_profiles import plan_dialect_in_use
from ..wallbox.policy.decide import plan_state
from ..wallbox.policy.expected import expected, planned
from ..wallbox.policy.hours import are_followed
from ..wallbox.policy.solar_mode import MODES
from ..wallbox.state import ChargerState

MOST_ENERGY: Final = 200
"""kWh of an energy target, more than the battery of any car takes."""
SECONDS_PER_MINUTE: Final = 60
PRICE_DIGITS: Final = 5


class Followed(StrEnum):
    """Whether a charger follows a plan by itself, which matters without a connection."""

    SEEN = "seen"
    """With this firmware it was seen to raise and to lower the current by itself."""
    NOT_SEEN = "not_seen"
    """It has accepted plans, or was never given one."""
    NO = "no"
    """Home Assistant has to tell it each change, when its time has come."""


def followed(state: ChargerState) -> Followed:
    """Return whether the charger follows a plan by itself, as far as known."""
    if state.settings.capabilities is None:
        return Followed.NOT_SEEN
    if (dialect := plan_dialect_in_use(state)) is None:
        return Followed.NO
    proof, slot = state.charging.plan_proof, state.charging.held.planned
    if proof is None:
        return Followed.NOT_SEEN
    known = (proof.firmware, proof.dialect) == (state.identity.firmware, dialect)
    periods = slot.course.periods if slot and slot.course else 0
    return Followed.SEEN if known and proof.seen(periods) else Followed.NOT_SEEN


def policy_shown(state: ChargerState) -> Policy:
    """Return what is planned. With the sun nothing is: what the charger holds is put off again and again."""
    if state.charging.wish.mode in MODES:
        return Policy()
    if are_followed(state):
        return state.policy
    # The hours that were planned here may be followed again, but are not now.
    return replace(state.policy, deadline=None, outlook=Outlook())


def details(state: ChargerState, now: datetime, currency: str) -> dict[str, Any]:
    """Return the plan and what it was made from: the response of the action that gets it."""
    sources = policy_shown(state).sources
    return summary(state, now, currency) | {
        "prices": [
            _time(price) | {"price": round(price.per_kwh, PRICE_DIGITS)}
            for price in sources.prices
            if price.end > now
        ],
        "allowed": None
        if sources.allowed is None
        else [_time(hours) for hours in sources.allowed if hours.end > now],
    }


def summary(state: ChargerState, now: datetime, currency: str) -> dict[str, Any]:
    """Return the plan in figures."""
    policy = policy_shown(state)
    plan = expected(state, now) or ChargingPlan()
    return {
        "state": plan_state(state, now),
        "mode": state.charging.wish.mode_shown.value,
        "slots": [
            {
                "start": slot.start.isoformat(),
                "end": slot.end.isoformat() if slot.end else None,
                "limit": slot.amps,
            }
            for slot in plan.slots
        ],
        "next_start": _iso(plan.next_start(now)),
        "end": _iso(plan.end),
        "energy_target": state.charging.wish.energy_target / WH_PER_KWH or None,
        "delivered": round(state.delivered / WH_PER_KWH, 3),
        "ready_by": _iso(policy.deadline),
        **_outlook(policy),
        "estimated": policy.outlook.estimated,
        "followed": followed(state).value,
        "until": _iso(state.solar.state.until),
        "changes": state.solar.state.changes,
        "currency": currency,
    }


def attributes(state: ChargerState, now: datetime) -> dict[str, Any]:
    """Return the attributes of the sensor of the plan."""
    policy = policy_shown(state)
    plan = planned(state) or ChargingPlan()
    return {
        "next_start": plan.next_start(now),
        "end": plan.end,
        "ready_by": policy.deadline,
        **_outlook(policy),
        "followed": followed(state).value,
        "until": state.solar.state.until,
        "changes": state.solar.state.changes,
    }


def _outlook(policy: Policy) -> dict[str, Any]:
    outlook = policy.outlook
    return {
        "missing": round(outlook.missing / WH_PER_KWH, 1),
        "late": round(outlook.late / SECONDS_PER_MINUTE),
        "cost": None if outlook.cost is None else round(outlook.cost, 2),
        "saved": None if outlook.saved is None else round(outlook.saved, 2),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(interval: Interval) -> dict[str, Any]:
    return {"start": interval.start.isoformat(), "end": interval.end.isoformat()}
