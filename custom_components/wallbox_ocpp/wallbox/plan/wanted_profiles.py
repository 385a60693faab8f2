"""The charging profiles that a charger should hold: the owner's wish, in the dialect in use."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from ocpp.v16.enums import ChargingProfileKindType

from ...csms.requests import OcppPayload
from ..model.charging_profiles import (
    Dialect,
    Schedule,
    dialects_for,
    plan_dialects_for,
    profile,
)
from ..model.failsafe import BEGUN_BEFORE, TRIAL, Lease
from ..model.held_profiles import LaterLimit, ProfileSpec
from ..state import ChargerState

MOST_PERIODS: Final = 24
"""The most limits to put into one profile: a frame of 1.1 kB (docs/chargers.md §8.5)."""
CLOCK_AT_MOST: Final = timedelta(minutes=1)
"""By how much the charger's clock may be wrong for an absolute profile (docs/chargers.md §8.5)."""
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""From what on another error of the clock is worth sending a plan again."""
NO_CLOCK: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Times before are of a clock that was never set: it starts with 1970."""


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


def may_be_sent(state: ChargerState) -> bool:
    """Return whether limits are sent: to a charger of another make only what its owner has asked for.

    That is a lease or a plan, too, as long as there is one, and what a plan has left behind.
    """
    charging = state.charging
    if charging.held.asked or charging.held.transaction.renew_at is not None:
        return True
    if state.link.rebooting:
        return False
    planned = state.policy.plan is not None or charging.default_given
    return state.identity.is_wallbox or planned


def wanted_profiles(state: ChargerState, now: datetime) -> Wanted:
    """Return the profiles that the charger should hold."""
    failsafe, dialect = state.charging.failsafe, dialect_in_use(state)
    capabilities, running = state.settings.capabilities, state.transaction
    room_for_two = capabilities is not None and capabilities.two_profiles
    level = capabilities.highest_level if capabilities and dialect.highest_level else 0
    limit = ProfileSpec(amps(state, now), dialect, level)
    # Without Home Assistant, a plan goes on with fewer amps, or with none.
    caps = state.policy.plan is not None or _ignores_durations(state)
    capped = (
        failsafe.later if caps and not state.charging.held.leases.left_out else None
    )
    refused = state.refuses(now)
    planned = None if refused else _planned(state, limit, capped, now)
    allowed = planned or (replace(limit, amps=0) if refused else limit)
    in_transaction = room_for_two and allowed.dialect.in_transaction
    # Without a TxProfile, the default one allows charging.
    lifted = running is not None and not in_transaction
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
    if not in_transaction:
        return Wanted(default, None, number, allowed)
    own = replace(allowed, transaction_id=number)
    if _ends(state, own):
        capped = capped if planned else None
        own = replace(own, lease=_lease_of(state), capped=capped)
    return Wanted(default, own, number, allowed)


def _ends(state: ChargerState, spec: ProfileSpec) -> bool:
    """Return whether a limit has to end without Home Assistant: it allows more than the fail-safe."""
    failsafe, offered = state.charging.failsafe, state.solar.offered
    held, least = state.charging.held, state.amps_in_absence
    if held.leases.left_out:
        return False
    # The sun may have gone by then; and a limit that is sent alone for a trial has no later one.
    short = (offered and offered.end) or held.plans.doubt
    # A charger may follow a duration and no later limit. After the duration, it allows what any car gets.
    if short and (failsafe.lasting(least) == least or not spec.later):
        return True
    if failsafe.later is None:
        return False
    allowed = (spec.amps, *(limit.amps for limit in spec.later))
    return any(failsafe.lasting(amps) < amps for amps in allowed)


def _ignores_durations(state: ChargerState) -> bool:
    """Return whether the charger was seen to go on after a duration."""
    proof = state.lease_proof
    return proof is not None and (proof.by_limits or not proof.kept)


def _lease_of(state: ChargerState) -> timedelta:
    """Return how long a limit goes on without being renewed."""
    trial = state.charging.held.leases.trial
    return TRIAL if trial and trial.short else state.charging.failsafe.lease


def _planned(
    state: ChargerState, limit: ProfileSpec, capped: int | None, now: datetime
) -> ProfileSpec | None:
    """Return the profile with the limit now and the later ones; None if they are sent one by one.

    It allows at most `capped` amps once its lease is over; None if it has no lease.
    """
    held, running = state.charging.held, state.transaction
    dialect = plan_dialect_in_use(state)
    if running is None or dialect is None:
        return None
    if state.policy.plan is None and capped is None:
        return None
    if held.plans.doubt:
        return None
    later = later_limits(state, now, ends=capped is not None)
    wanted = replace(
        limit,
        # One that jumps to its maximum at a second profile has to be cleared first.
        dialect=replace(dialect, clear_first=limit.dialect.clear_first),
        later=later,
        behind=_behind(state),
    )
    slot = held.planned
    present = slot.spec.at(now) if slot and slot.spec else None
    if slot and slot.course and present and slot.has_plan:
        if present.transaction_id in (None, running.transaction_id):
            present = replace(present, transaction_id=None, lease=None, capped=None)
        waits = slot.course.open_until is not None and now < slot.course.open_until
        if (waits or not later) and _begins(present, wanted):
            # What the charger does by itself must not be disturbed, so that it shows.
            return present
    falls = capped is not None and limit.amps > capped
    return wanted if later or falls else None


def _behind(state: ChargerState) -> timedelta:
    """Return by how much the charger's clock lags behind: as in the profile it holds, if about the same.

    It is measured anew with each reading, which is no reason to send a profile again.
    """
    behind, held = state.metering.clock.behind, state.charging.held
    return next(
        (
            slot.spec.behind
            for slot in (held.transaction, held.default)
            if slot.spec
            and (slot.course or slot.spec.later or slot.spec.capped is not None)
            and abs(slot.spec.behind - behind) <= CLOCK_TOLERANCE
        ),
        behind,
    )


def _begins(present: ProfileSpec, wanted: ProfileSpec) -> bool:
    """Return whether a profile is the beginning of what is wanted, which the next one goes on with."""
    if replace(present, later=()) != replace(wanted, later=()):
        return False
    if not present.later:
        return True
    *same, last = present.later
    first, following = wanted.later[: len(same)], wanted.later[len(same) :]
    return (
        first == tuple(same)
        and bool(following)
        and last.start == following[0].start
        and last.amps in (0, following[0].amps)
    )


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
    failed = held.plans.of(state.identity.firmware).failures
    by_clock = _clock_is_right(state)
    # Of one that was not told when it began, nobody knows from when the charger counts.
    adopted = running is not None and running.start_delayed and running.stamp is None
    return next(
        (
            dialect
            for dialect in dialects
            if dialect not in failed
            and not (adopted and dialect.kind is ChargingProfileKindType.relative)
            and (by_clock or dialect.kind is ChargingProfileKindType.relative)
        ),
        None,
    )


def _clock_is_right(state: ChargerState) -> bool:
    """Return whether the charger's clock is good enough for a profile that names times."""
    running = state.transaction
    unset = running is not None and running.started and running.started < NO_CLOCK
    return not unset and abs(state.metering.clock.behind) <= CLOCK_AT_MOST


def later_limits(
    state: ChargerState, now: datetime, *, ends: bool
) -> tuple[LaterLimit, ...]:
    """Return the limits of the plan after the present one, as far as they fit into one profile.

    The last one allows nothing, unless the plan goes on without an end. What does not fit is sent
    later. If the profile ends with its lease, there is room for that, too.
    """
    plan, later = state.policy.plan, list[LaterLimit]()
    if plan is None:
        return ()
    present = before = amps(state, now)
    room = max(_most_periods(state) - (2 if ends else 1), 1)
    for edge, slot in plan.changes(now):
        if (following := _taken(state, state.amps_of(slot))) != before:
            later.append(LaterLimit(edge, following))
            before = following
        if len(later) > room:
            break
    return _shortened(present, later, room)


def _shortened(
    present: int, later: list[LaterLimit], room: int
) -> tuple[LaterLimit, ...]:
    """Return limits of which the last allows nothing if there is no room for all."""
    if len(later) > room:
        later = [*later[: room - 1], replace(later[room - 1], amps=0)]
        if not (later[-2].amps if room > 1 else present):
            later.pop()
    return tuple(later)


def _most_periods(state: ChargerState) -> int:
    known = state.charging.held.plans.of(state.identity.firmware)
    return known.most_periods or MOST_PERIODS


def amps(state: ChargerState, moment: datetime) -> int:
    """Return the amps to send for a moment: what the owner wishes, or less if that was refused."""
    return _taken(state, state.amps_at(moment))


def _taken(state: ChargerState, wished: int) -> int:
    most = state.charging.held.most
    if state.charging.wish.current_limit is None and most is not None:
        return min(wished, most)
    return wished


def later_in_request(
    state: ChargerState, spec: ProfileSpec, now: datetime, *, leased: bool
) -> tuple[LaterLimit, ...]:
    """Return the later limits to send for a profile, with the end of its lease if that is one."""
    return _capped(state, spec, now) if leased else spec.later


def as_request(
    state: ChargerState,
    spec: ProfileSpec,
    later: tuple[LaterLimit, ...],
    now: datetime,
    *,
    leased: bool,
) -> OcppPayload:
    """Return the SetChargingProfile request for a profile."""
    return profile(
        spec.amps,
        spec.dialect,
        spec.level,
        spec.transaction_id,
        # After the duration, nothing is allowed under a plan.
        lease=_lease(state, spec, now) if leased and not spec.capped else None,
        schedule=_schedule(state, spec, later, now),
    )


def _schedule(
    state: ChargerState,
    spec: ProfileSpec,
    later: tuple[LaterLimit, ...],
    now: datetime,
) -> Schedule | None:
    """Return the periods of a profile, from when its dialect counts; None if there is only one."""
    if not later:
        return None
    absolute = spec.dialect.kind is ChargingProfileKindType.absolute
    start = (now - BEGUN_BEFORE).replace(microsecond=0) if absolute else None
    begun = start or _limited_since(state, spec, now)
    periods = (
        (max(ceil((limit.start - begun).total_seconds()), 1), limit.amps)
        for limit in later
    )
    theirs = start and start - spec.behind
    return Schedule(
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
    return _shortened(spec.amps, limits, _most_periods(state) - 1)


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
    if running is None or running.started is None or running.started < NO_CLOCK:
        return limited
    return min(running.started + state.metering.clock.behind, limited)
