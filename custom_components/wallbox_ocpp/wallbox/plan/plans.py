"""Limits one after the other in one profile: what the charger takes of them, and what it follows.

"Accepted" proves nothing: a change that the charger has made by itself shows in the current of the
car. One that does not make them gets each limit when its time has come (docs/chargers.md §8.5).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_profiles import PlanProof
from ..model.connector import WITHIN_TRANSACTION
from ..model.held_profiles import HeldProfiles, ProfileSpec, Slot
from ..model.limits import at_least
from ..state import ChargerState
from .step import RETRY_AFTER
from .wanted_profiles import MOST_PERIODS, plan_dialect_in_use

LENGTHS: Final = (MOST_PERIODS, 10, 5, 3, 2)
"""How many limits to try to put into one profile: what chargers say about it is wrong both ways."""
LOOK_AFTER: Final = (timedelta(seconds=3), timedelta(seconds=10))
"""After what times readings show whether the charger has changed its limit by itself."""
MADE_WITHIN: Final = timedelta(seconds=20)
"""A charger makes a change within 1.3 s, and sends a reading within 10 s of it."""
FLOWS: Final = 200.0
"""Wh after a pause that show that there is none: 22 kW for half a minute."""
MISSES: Final = 2
"""How many changes a charger may miss until another dialect is tried."""


def begun(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state once the charger should have gone on to a later limit of its profile."""
    held = state.charging.held
    slot = _planned(held)
    if slot is None or slot.spec is None or (spec := slot.spec.at(now)) is slot.spec:
        return state
    drawn = at_least(state.metering.readings)
    limit = state.charging.limit.planned(spec.amps, drawn)
    limit = limit.doubted_from(now + MADE_WITHIN)
    if not spec.amps:
        limit = replace(limit, energy_at=state.delivered)
    charging = replace(
        state.charging, limit=limit, held=_with(held, replace(slot, spec=spec))
    )
    checks = tuple(now + delay for delay in (*LOOK_AFTER, MADE_WITHIN))
    metering = state.metering.allowed() if spec.amps else state.metering
    return replace(
        state,
        charging=charging,
        metering=metering,
        pending=replace(state.pending, checks=checks),
    )


def next_moment(state: ChargerState) -> datetime | None:
    """Return when the charger should go on to the next limit of its profile, or has missed it."""
    slot = _planned(state.charging.held)
    begins = slot.spec.later[0].start if slot and slot.spec else None
    moments = (begins, state.charging.limit.doubt_at)
    return min(filter(None, moments), default=None)


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after all that was due by now."""
    limit = state.charging.limit
    flowed = limit.energy_at is not None and state.delivered - limit.energy_at
    if limit.by_plan and flowed and flowed > FLOWS:
        # Also a meter that reports nothing but energy shows that the car was not paused.
        return _missed(state)
    if limit.doubt_at and limit.doubt_at <= now:
        limit = replace(limit, doubt_at=None)
        state = replace(state, charging=replace(state.charging, limit=limit))
        if state.connector.status is ChargePointStatus.suspended_evse:
            state = _missed(state)
    return begun(state, now)


def judged(state: ChargerState) -> ChargerState:
    """Learn from the current of the car whether the charger has changed its limit by itself."""
    limit = state.charging.limit
    if limit.followed is False:
        return _missed(state)
    dialect = plan_dialect_in_use(state)
    if not limit.proves or dialect is None:
        return state
    proof = state.charging.plan_proof
    firmware = state.identity.firmware
    if proof is None or (proof.firmware, proof.dialect) != (firmware, dialect):
        proof = PlanProof(firmware=firmware, dialect=dialect)
    raised = limit.amps is not None and limit.amps > (limit.before or 0)
    proof = replace(
        proof, raised=proof.raised or raised, lowered=proof.lowered or not raised
    )
    limit = replace(limit, proves=False)
    return replace(
        state, charging=replace(state.charging, limit=limit, plan_proof=proof)
    ).holding(replace(state.charging.held, plan_misses=0))


def refused(state: ChargerState, spec: ProfileSpec, now: datetime) -> ChargerState:
    """Return the state after a profile with later limits was refused: with fewer, or another dialect.

    Nothing is learned from the refusal for a transaction that may be over.
    """
    running, held = state.transaction, state.charging.held
    if spec.transaction_id is not None and running is not None:
        late = running.start_delayed and running.transaction_id
        if late and late != held.late_transaction:
            held = replace(held, late_transaction=late)
            return state.holding(replace(held, retry_at=now + RETRY_AFTER))
        if state.connector.status not in WITHIN_TRANSACTION:
            return state.holding(replace(held, retry_at=now + RETRY_AFTER))
    shorter = shortened(state, spec)
    return shorter if shorter is not state else _failed(state)


def unanswered(state: ChargerState, spec: ProfileSpec) -> ChargerState:
    """Return the state after no answer, which is how some refuse a long frame: again, then shorter."""
    held = state.charging.held
    if not held.plan_silences:
        return state.holding(replace(held, plan_silences=1))
    return shortened(state.holding(replace(held, plan_silences=0)), spec)


def shortened(state: ChargerState, spec: ProfileSpec) -> ChargerState:
    """Return the state in which fewer limits are sent in one profile; itself if there are two."""
    fewer = next((length for length in LENGTHS if length < spec.periods), None)
    if fewer is None:
        return state
    held = replace(
        state.charging.held,
        most_periods=fewer,
        plan_firmware=state.identity.firmware,
    )
    return state.holding(held)


def _missed(state: ChargerState) -> ChargerState:
    """Return the state after a change that was not made: the limit is sent, as any other."""
    held = state.charging.held
    misses = held.plan_misses + 1
    limit = replace(
        state.charging.limit,
        by_plan=False,
        doubt_at=None,
        energy_at=None,
        proves=False,
    )
    state = replace(state, charging=replace(state.charging, limit=limit))
    slot = _planned_or_last(held)
    state = state.holding(
        _with(replace(held, plan_misses=misses), replace(slot, reply=None))
    )
    return _failed(state) if misses >= MISSES else state


def _failed(state: ChargerState) -> ChargerState:
    """Go on to the next dialect for limits one after the other."""
    held, dialect = state.charging.held, plan_dialect_in_use(state)
    if dialect is None:
        return state
    firmware = state.identity.firmware
    return state.holding(
        replace(
            held,
            plan_failures=(
                *(held.plan_failures if held.plan_firmware == firmware else ()),
                dialect,
            ),
            plan_firmware=firmware,
            plan_misses=0,
            most_periods=None,
        )
    )


def _planned(held: HeldProfiles) -> Slot | None:
    """Return the profile with later limits that the charger has accepted."""
    for slot in (held.transaction, held.default):
        if slot.reply and slot.spec and slot.spec.later:
            return slot
    return None


def _planned_or_last(held: HeldProfiles) -> Slot:
    return held.transaction if held.transaction.spec else held.default


def _with(held: HeldProfiles, slot: Slot) -> HeldProfiles:
    if slot.spec and slot.spec.transaction_id is not None:
        return replace(held, transaction=slot)
    return replace(held, default=slot)
