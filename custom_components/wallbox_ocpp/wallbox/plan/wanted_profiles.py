"""The charging profiles that a charger should hold: the owner's wish, in the dialect in use."""

from dataclasses import dataclass, replace
from datetime import datetime

from ocpp.v16.enums import ChargingProfileKindType

from ...csms.requests import OcppPayload
from ..model.charging_profiles import (
    Dialect,
    default_profile,
    dialects_for,
    transaction_profile,
)
from ..model.failsafe import Lease
from ..model.held_profiles import ProfileSpec
from ..state import ChargerState


@dataclass(frozen=True, slots=True)
class Wanted:
    """The profiles that a charger should hold."""

    default: ProfileSpec | None
    """TxDefaultProfile; None for none of ours."""
    transaction: ProfileSpec | None
    """TxProfile; None for none, so that the default one applies."""
    transaction_id: int | None
    allowed: ProfileSpec
    """The limit for the car now, apart from the fail-safe."""


def wanted_profiles(state: ChargerState, now: datetime) -> Wanted:
    """Return the profiles that the charger should hold."""
    held, dialect = state.charging.held, dialect_in_use(state)
    capabilities, running = state.settings.capabilities, state.transaction
    room_for_two = capabilities is not None and capabilities.two_profiles
    level = capabilities.highest_level if capabilities and dialect.highest_level else 0
    limit = ProfileSpec(amps(state), dialect, level)
    none = replace(limit, amps=0)
    allowed = none if state.refuses(now) else limit
    # In a charger without room for a TxProfile, the default one allows charging.
    lifted = running is not None and not (room_for_two and dialect.in_transaction)
    default: ProfileSpec | None
    default = allowed if lifted else none if state.charging.failsafe.holds else limit
    # With its original configuration, the charger must not keep a profile of ours beyond the
    # transaction.
    if not (state.settings.fix_enabled or (capabilities and lifted)):
        default = None
    if running is None or not room_for_two:
        return Wanted(default, None, None, allowed)
    number = running.transaction_id
    if not dialect.in_transaction:
        return Wanted(default, None, number, allowed)
    leased = state.charging.failsafe.renewal and allowed.amps and not held.lease_ignored
    own = replace(
        allowed,
        transaction_id=number,
        lease=state.charging.failsafe.lease if leased else None,
    )
    return Wanted(default, own, number, allowed)


def dialect_in_use(state: ChargerState) -> Dialect:
    """Return the dialect to use; after a firmware update, others may apply."""
    dialects = dialects_for(state.identity.firmware)
    return (
        state.charging.held.dialect
        if state.charging.held.dialect in dialects
        else dialects[0]
    )


def amps(state: ChargerState) -> int:
    """Return the amps to send: what the owner wishes, or less if that was refused."""
    most = state.charging.held.most
    if state.charging.wish.current_limit is None and most is not None:
        return min(state.wished_amps, most)
    return state.wished_amps


def as_request(
    state: ChargerState, spec: ProfileSpec, now: datetime, *, leased: bool
) -> OcppPayload:
    """Return the SetChargingProfile request for a profile."""
    if spec.transaction_id is None:
        return default_profile(spec.amps, spec.dialect, spec.level)
    lease = _lease(state, spec, now) if leased else None
    return transaction_profile(
        spec.amps, spec.transaction_id, spec.dialect, spec.level, lease
    )


def _lease(state: ChargerState, spec: ProfileSpec, now: datetime) -> Lease:
    held, lasting = state.charging.held, state.charging.failsafe.lease
    theirs = now - state.metering.clock.behind
    if spec.dialect.kind is ChargingProfileKindType.absolute:
        return Lease.absolute(theirs, lasting)
    started = state.transaction and state.transaction.started
    # If the charger's clock is ahead without our knowing, its start may lie in the future.
    limited = theirs
    if held.limited_since and held.limited_since[0] == spec.transaction_id:
        limited = held.limited_since[1] - state.metering.clock.behind
    return Lease.relative(theirs, min(started or limited, limited), lasting)
