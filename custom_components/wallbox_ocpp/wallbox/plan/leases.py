"""Limits that end by themselves, for the fail-safe: which charger cannot have them, and when one is over."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.failsafe import TRIAL, TRIED_WITHIN, renewed_after
from ..model.held_features import TRIED_FOR, HeldLeases
from ..model.held_profiles import Reply, Slot
from ..model.limits import TOLERANCE, at_least
from ..state import ChargerState
from .wanted_profiles import dialect_in_use, plan_dialect_in_use

DOUBT_AFTER: Final = timedelta(seconds=20)
"""Time after which a charger should have let a car charge that may."""

_ALLOWS: Final = (ChargePointStatus.charging, ChargePointStatus.suspended_ev)
"""The statuses of a charger that allows current, whether a car takes it or not."""


def renewal(lease: timedelta) -> timedelta:
    """Return after what time a lease has to be renewed; that of a trial is to end first."""
    return TRIED_WITHIN if lease == TRIAL else renewed_after(lease)


def renews_at(state: ChargerState, now: datetime) -> datetime | None:
    """Return when the lease is to be renewed; None if there is none, or if it may just end.

    It may while the car wants nothing: once it does, it begins with fewer amps, and gets more at once.
    """
    waits = state.connector.status is ChargePointStatus.suspended_ev
    if waits and lasting(state, now) and not state.charging.limit.by_failsafe:
        return None
    return state.charging.held.transaction.renew_at


def is_due(state: ChargerState, now: datetime) -> bool:
    """Return whether the lease has to be renewed now."""
    moment = renews_at(state, now)
    return moment is not None and moment <= now


def refused(state: ChargerState) -> bool:
    """Return whether the fail-safe wants a lease, and the charger cannot have or does not keep one."""
    if state.charging.failsafe.later is None:
        return False
    capabilities, held = state.settings.capabilities, state.charging.held
    planned = plan_dialect_in_use(state) if state.policy.plan else None
    dialect = planned or dialect_in_use(state)
    if capabilities and not (capabilities.two_profiles and dialect.in_transaction):
        # After a TxDefaultProfile with a lease, nothing would limit the car.
        return True
    proof = state.lease_proof
    if proof is None or proof.kept:
        return held.leases.refused or held.leases.ignored
    # If durations are ignored, later limits are tried.
    return proof.by_limits or plan_dialect_in_use(state) is None


def lasting(state: ChargerState, now: datetime) -> int:
    """Return the amps that the charger allows once the lease of a limit is over."""
    spec, default = state.charging.held.transaction.spec, state.charging.held.default
    if spec is not None and spec.capped is not None:
        return min(spec.at(now).amps, spec.capped)
    return default.spec.at(now).amps if default.spec else 0


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after all that was due by now."""
    known, ends_at = state.charging.held.leases, _ends_at(state)
    if known.doubt_at and known.doubt_at <= now:
        state = _doubted(state, now)
    if known.tried_until and known.tried_until <= now:
        state = _tried(state, now)
    if ends_at and ends_at <= now:
        state = _fallen_back(state, now)
    return state


def next_moment(state: ChargerState) -> datetime | None:
    """Return when something is next due for `elapsed`; None if nothing is."""
    known = state.charging.held.leases
    moments = (known.doubt_at, known.tried_until, _ends_at(state))
    return min(filter(None, moments), default=None)


def _ends_at(state: ChargerState) -> datetime | None:
    """Return when the fail-safe comes into force, as the charger is away; None if it does not."""
    return None if state.link.connected else state.charging.held.transaction.ends_at


def _fallen_back(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state of a charger whose lease is over, until it has been renewed."""
    held, limit = state.charging.held, state.charging.limit
    amps = lasting(state, now)
    if limit.amps is not None and amps < limit.amps:
        limit = limit.confirmed(amps, by_failsafe=True)
    held = replace(held, transaction=replace(held.transaction, ends_at=None))
    return replace(state, charging=replace(state.charging, held=held, limit=limit))


def doubted_from(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state in which a lease is doubted if the charger allows nothing for some time."""
    known = state.charging.held.leases
    doubt_at = max(now + DOUBT_AFTER, known.suspicion.cleared_until or now)
    return _knowing(state, replace(known, doubt_at=doubt_at))


def _doubted(state: ChargerState, now: datetime) -> ChargerState:
    """Send limits without a lease for a while, if the charger may allow 0 A because of it.

    One that was seen to keep a lease, and to let a car charge with it, has another reason.
    """
    held = state.charging.held
    known = replace(held.leases, doubt_at=None)
    slot, trial, proof = held.transaction, known.trial, state.lease_proof
    # A plan may pause the car, and so does a trial. Where several limits are not followed, these are
    # doubted first.
    alone = slot.reply is Reply.ACCEPTED and slot.course is None
    allowed = alone and slot.spec is not None and slot.spec.at(now).amps > 0
    if (
        slot.renew_at
        and state.transaction
        and state.connector.status is ChargePointStatus.suspended_evse
        and allowed
        and not (trial and trial.ongoing)
        and not (proof and proof.kept)
    ):
        if (at_least(state.metering.readings) or 0) > TOLERANCE:
            # Either the status is an old one or the reading is, which the next ones tell.
            known = replace(known, doubt_at=now + DOUBT_AFTER)
        else:
            known = replace(known, tried_until=now + TRIED_FOR)
            state = state.holding(replace(held, transaction=Slot(renew_at=now)))
    return _knowing(state, known)


def _tried(state: ChargerState, now: datetime) -> ChargerState:
    """Go back to leases, unless the charger has allowed current without one twice in a row.

    Once may be an accident: what else kept the car from charging may just have been over.
    """
    held, status = state.charging.held, state.connector.status
    slot, known = held.transaction, replace(held.leases, tried_until=None)
    accepted = slot.reply is Reply.ACCEPTED and slot.spec and slot.spec.lease is None
    if accepted and status in _ALLOWS:
        if known.suspicion.suspects(now):
            return _knowing(state, replace(known, ignored=True))
        known = replace(known, suspicion=known.suspicion.suspected(now))
    elif accepted and status is ChargePointStatus.suspended_evse:
        known = replace(known, suspicion=known.suspicion.cleared(now))
    back = replace(slot, renew_at=now)
    return state.holding(replace(held, leases=known, transaction=back))


def _knowing(state: ChargerState, known: HeldLeases) -> ChargerState:
    return state.holding(replace(state.charging.held, leases=known))
