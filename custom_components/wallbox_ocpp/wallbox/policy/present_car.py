"""The present car: from plug-in to unplug, its plan, its target and what it has got belong together."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging import Charging
from ..model.charging_session import ChargingSession
from ..model.events import Booted, Event, SessionChanged, StatusChanged
from ..state import ChargerState

_UNPLUGGED: Final = "EVDisconnected"
"""The reason of a transaction that ended because the cable was unplugged (OCPP 1.6 §7.35)."""

GONE_AFTER: Final = timedelta(minutes=1)
"""How long a charger that has just started has to say that there is no car: some say so for a moment
before they look."""


def counted(state: ChargerState, event: Event, now: datetime) -> ChargerState:
    """Return the state after an event: a transaction more of the present car, or no car."""
    match event:
        case Booted(another=True):
            # Whatever car is there, it is not the one that was at the unit before.
            return _unplugged(state)
        case StatusChanged(before=None, after=ChargePointStatus.available):
            # Only a car that was there can have gone.
            gone_at = now + GONE_AFTER if _had_car(state) else None
            return replace(state, policy=replace(state.policy, gone_at=gone_at))
        case StatusChanged(after=ChargePointStatus.available):
            return _unplugged(state)
        case StatusChanged() if state.policy.gone_at:
            return replace(state, policy=replace(state.policy, gone_at=None))
        case SessionChanged(session) if session.ended is None:
            return _begun(state, session)
        case SessionChanged(session) if _ends_with_its_car(state, session):
            # The end of an earlier session may be told late.
            running = state.ledger.open
            return _with_first(state, running) if running else _unplugged(state)
        case _:
            return state


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state once the car must be gone."""
    gone_at = state.policy.gone_at
    return _unplugged(state) if gone_at and gone_at <= now else state


def with_default_target(state: ChargerState, target: int) -> ChargerState:
    """Return the state with another energy target for each new car, in Wh.

    The next car has it, unless its owner has set one for it already; a car that is there keeps its own.
    """
    before, charging = state.policy.default_target, state.charging
    there = state.connector.plugged_in
    unsure = there is None or state.policy.gone_at is not None
    has_car = _had_car(state) if unsure else there
    if not has_car and charging.wish.energy_target == before:
        charging = _targeting(charging, target)
    policy = replace(state.policy, default_target=target)
    return replace(state, policy=policy, charging=charging)


def _ends_with_its_car(state: ChargerState, session: ChargingSession) -> bool:
    """Return whether the car of a session that has ended is gone, also if that was told before its end."""
    if session.reason == _UNPLUGGED:
        return True
    return session.ended is not None and state.connector.plugged_in is False


def _had_car(state: ChargerState) -> bool:
    return (
        state.ledger.open is not None
        or state.policy.first_transaction is not None
        or state.connector.plugged_in_at is not None
    )


def _begun(state: ChargerState, session: ChargingSession) -> ChargerState:
    """Return the state after a session began: the first of a car, or a later one."""
    first = state.policy.first_transaction
    before = [other.transaction_id for other in state.ledger.sessions]
    return state if first in before else _with_first(state, session)


def _with_first(state: ChargerState, session: ChargingSession) -> ChargerState:
    policy = replace(state.policy, first_transaction=session.transaction_id)
    return replace(state, policy=policy)


def _unplugged(state: ChargerState) -> ChargerState:
    charging = _targeting(state.charging, state.policy.default_target)
    return replace(state, policy=state.policy.unplugged(), charging=charging)


def _targeting(charging: Charging, target: int) -> Charging:
    if charging.wish.energy_target == target:
        return charging
    return replace(charging, wish=replace(charging.wish, energy_target=target))
