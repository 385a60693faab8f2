"""The charging profiles that a charger should hold: the owner's wish, in the dialect in use."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargingProfileKindType

from ...csms.requests import OcppPayload
from ..model.charging_profiles import (
    Course,
    Dialect,
    default_profile,
    dialects_for,
    plan_dialects_for,
    transaction_profile,
)
from ..model.failsafe import MARGIN, TRIAL, FailSafeMode, Lease
from ..model.held_profiles import LaterLimit, ProfileSpec
from ..state import ChargerState

MOST_PERIODS: Final = 24
"""The most limits to put into one profile: a frame of 1.1 kB (docs/chargers.md §8.5)."""
BEGUN_BEFORE: Final = timedelta(minutes=2)
"""By how much the start of an absolute profile is set in the past: one in the future, by the
charger's clock, allows full current until then (docs/chargers.md §8.5)."""


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
    failsafe, dialect = state.charging.failsafe, dialect_in_use(state)
    capabilities, running = state.settings.capabilities, state.transaction
    room_for_two = capabilities is not None and capabilities.two_profiles
    level = capabilities.highest_level if capabilities and dialect.highest_level else 0
    limit = ProfileSpec(amps(state, now), dialect, level)
    none = replace(limit, amps=0)
    later = later_limits(state, now)
    # Without Home Assistant, a plan goes on with fewer amps.
    caps = (
        failsafe.mode is FailSafeMode.LIMIT
        and state.policy.plan is not None
        and not state.charging.held.lease_ignored
    )
    several = later or (caps and limit.amps > failsafe.current)
    plan_dialect = plan_dialect_in_use(state) if several else None
    allowed = none if state.refuses(now) else limit
    # In a charger without room for a TxProfile, the default one allows charging.
    lifted = running is not None and not (room_for_two and dialect.in_transaction)
    if running is not None and plan_dialect and not state.refuses(now):
        # One that jumps to its maximum at a second profile has to be cleared first.
        sent = replace(plan_dialect, clear_first=dialect.clear_first)
        allowed = replace(limit, dialect=sent, later=later)
        lifted = not plan_dialect.in_transaction
    # Under a plan, whatever begins without Home Assistant gets nothing.
    alone = limit.amps if state.policy.plan is None else state.amps_in_absence
    default: ProfileSpec | None
    default = allowed if lifted else replace(limit, amps=failsafe.lasting(alone))
    # With its original configuration, the charger must not keep a profile of ours beyond the
    # transaction.
    if not (state.settings.fix_enabled or (capabilities and lifted)):
        default = None
    if running is None or not room_for_two:
        return Wanted(default, None, None, allowed)
    number = running.transaction_id
    if not allowed.dialect.in_transaction:
        return Wanted(default, None, number, allowed)
    own = replace(allowed, transaction_id=number)
    if _ends(state, own):
        capped = failsafe.current if caps and plan_dialect else None
        own = replace(own, lease=_lease_of(state), capped=capped)
    return Wanted(default, own, number, allowed)


def _ends(state: ChargerState, spec: ProfileSpec) -> bool:
    """Return whether a limit has to end without Home Assistant: it allows more than the fail-safe."""
    failsafe = state.charging.failsafe
    if failsafe.renewal is None or state.charging.held.lease_ignored:
        return False
    allowed = (spec.amps, *(limit.amps for limit in spec.later))
    return any(failsafe.lasting(amps) < amps for amps in allowed)


def _lease_of(state: ChargerState) -> timedelta:
    """Return how long a limit goes on without being renewed."""
    trial = state.charging.held.lease_trial
    return TRIAL if trial and trial.short else state.charging.failsafe.lease


def dialect_in_use(state: ChargerState) -> Dialect:
    """Return the dialect to use; after a firmware update, others may apply."""
    dialects = dialects_for(state.identity.firmware)
    return (
        state.charging.held.dialect
        if state.charging.held.dialect in dialects
        else dialects[0]
    )


def plan_dialect_in_use(state: ChargerState) -> Dialect | None:
    """Return the dialect for limits one after the other; None if the charger follows none.

    Then each is sent when its time has come.
    """
    capabilities = state.settings.capabilities
    if capabilities is None:
        return None
    dialects = plan_dialects_for(
        state.identity.firmware, two_profiles=capabilities.two_profiles
    )
    held, running = state.charging.held, state.transaction
    failed = held.plan_failures if _same_firmware(state) else ()
    # Of one that was not told when it began, nobody knows from when the charger counts.
    adopted = running is not None and running.start_delayed and running.stamp is None
    return next(
        (
            dialect
            for dialect in dialects
            if dialect not in failed
            and not (adopted and dialect.kind is ChargingProfileKindType.relative)
        ),
        None,
    )


def _same_firmware(state: ChargerState) -> bool:
    """Return whether what is known of plans is of the present firmware."""
    return state.charging.held.plan_firmware == state.identity.firmware


def later_limits(state: ChargerState, now: datetime) -> tuple[LaterLimit, ...]:
    """Return the limits of the plan after the present one, as far as they fit into one profile.

    The last one allows nothing, unless the plan goes on without an end. What does not fit is sent
    later.
    """
    plan, later = state.policy.plan, list[LaterLimit]()
    if plan is None:
        return ()
    before, edge = amps(state, now), plan.next_edge(now)
    room = _most_periods(state) - 1
    while edge is not None and len(later) <= room:
        if (following := amps(state, edge)) != before:
            later.append(LaterLimit(edge, following))
            before = following
        edge = plan.next_edge(edge)
    return _shortened(later, room)


def _shortened(later: list[LaterLimit], room: int) -> tuple[LaterLimit, ...]:
    """Return limits of which the last allows nothing if there is no room for all."""
    if len(later) > room:
        later = [*later[: room - 1], replace(later[room - 1], amps=0)]
    return tuple(later)


def _most_periods(state: ChargerState) -> int:
    most = state.charging.held.most_periods if _same_firmware(state) else None
    return most or MOST_PERIODS


def amps(state: ChargerState, moment: datetime) -> int:
    """Return the amps to send for a moment: what the owner wishes, or less if that was refused."""
    wished, most = state.amps_at(moment), state.charging.held.most
    if state.charging.wish.current_limit is None and most is not None:
        return min(wished, most)
    return wished


def as_request(
    state: ChargerState, spec: ProfileSpec, now: datetime, *, leased: bool
) -> OcppPayload:
    """Return the SetChargingProfile request for a profile."""
    course = _course(state, spec, now, leased=leased)
    if spec.transaction_id is None:
        return default_profile(spec.amps, spec.dialect, spec.level, course)
    ends = leased and spec.capped is None
    lease = _lease(state, spec, now) if ends else None
    if lease and course and course.start_schedule:
        # It counts from an earlier start.
        earlier = int((BEGUN_BEFORE - MARGIN).total_seconds())
        lease = replace(lease, seconds=lease.seconds + earlier)
    return transaction_profile(
        spec.amps, spec.transaction_id, spec.dialect, spec.level, lease, course
    )


def _course(
    state: ChargerState, spec: ProfileSpec, now: datetime, *, leased: bool
) -> Course | None:
    """Return the periods of a profile, from when its dialect counts; None if there is only one."""
    later = _capped(state, spec, now) if leased else spec.later
    if not later:
        return None
    absolute = spec.dialect.kind is ChargingProfileKindType.absolute
    start = (now - BEGUN_BEFORE).replace(microsecond=0) if absolute else None
    begun = start or _limited_since(state, spec, now)
    periods = (
        (max(round((limit.start - begun).total_seconds()), 1), limit.amps)
        for limit in later
    )
    theirs = start and start - state.metering.clock.behind
    return Course(
        periods=((0, spec.amps), *periods),
        start_schedule=f"{theirs:%Y-%m-%dT%H:%M:%SZ}" if theirs else None,
    )


def _capped(
    state: ChargerState, spec: ProfileSpec, now: datetime
) -> tuple[LaterLimit, ...]:
    """Return the later limits of a profile that allows fewer amps once its lease is over."""
    if spec.capped is None or spec.lease is None:
        return spec.later
    over = now + spec.lease
    then = LaterLimit(over, spec.at(over).amps)
    limits, before = list[LaterLimit](), spec.amps
    for limit in sorted({*spec.later, then}, key=lambda limit: limit.start):
        late = limit.start >= over
        amps = min(limit.amps, spec.capped) if late else limit.amps
        if amps != before:
            limits.append(replace(limit, amps=amps))
            before = amps
    return _shortened(limits, _most_periods(state) - 1)


def _lease(state: ChargerState, spec: ProfileSpec, now: datetime) -> Lease:
    lasting = spec.lease or timedelta()
    theirs = now - state.metering.clock.behind
    if spec.dialect.kind is ChargingProfileKindType.absolute:
        return Lease.absolute(theirs, lasting)
    begun = _limited_since(state, spec, now) - state.metering.clock.behind
    return Lease.relative(theirs, begun, lasting)


def _limited_since(state: ChargerState, spec: ProfileSpec, now: datetime) -> datetime:
    """Return when the transaction began, by our clock: a relative profile counts from then.

    If the charger's clock is ahead without our knowing, its start may lie in the future.
    """
    held = state.charging.held
    limited = now
    if held.limited_since and held.limited_since[0] == spec.transaction_id:
        limited = held.limited_since[1]
    running = state.transaction
    if running is None or running.started is None:
        return limited
    return min(running.started + state.metering.clock.behind, limited)
