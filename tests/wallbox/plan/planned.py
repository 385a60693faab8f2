"""A charger with a plan, and a run of its plan of requests through time."""

from datetime import timedelta
from typing import Any

from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.policy import Policy
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.policy.decide import decided
from custom_components.wallbox_ocpp.wallbox.state import ChargerState

from .drive import NOW, Drive, accepts_all, after, within_transaction

HOUR = 3600


def slots(*times: tuple[float, float]) -> ChargingPlan:
    return ChargingPlan(
        slots=tuple(
            PlannedSlot(start=after(a * HOUR), end=after(b * HOUR)) for a, b in times
        )
    )


def planned(plan: ChargingPlan, **fields: Any) -> ChargerState:
    state = within_transaction(
        **{
            "wish": Wish(current_limit=16, mode=Mode.PLANNED),
            "policy": Policy(own=plan),
            **fields,
        }
    )
    return decided(state, NOW)


def session(delivered: float, number: int = 7) -> Ledger:
    return Ledger(
        next_transaction_id=number + 1,
        sessions=(
            ChargingSession(
                transaction_id=number,
                started=NOW,
                meter_start=0.0,
                meter_last=delivered,
            ),
        ),
    )


def go(run: Drive, seconds: float, policy: Any = accepts_all) -> list[str]:
    """Do as the reconciler, with all that follows from each change, until some seconds later."""
    asked: list[str] = []
    until = run.now + timedelta(seconds=seconds)
    for _ in range(5000):
        run.state = consequences.of_change(run.state, run.now)
        asked += run.run(policy)
        run.state = consequences.of_change(run.state, run.now)
        asked += run.run(policy)
        rests = run.rests.until if run.rests else None
        moments = (rests, consequences.next_moment(run.state))
        moment = min(filter(None, moments), default=None)
        if moment is None or moment > until:
            run.now = until
            return asked
        run.now = max(moment, run.now)
    raise AssertionError("busy loop")
