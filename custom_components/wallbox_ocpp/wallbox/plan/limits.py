"""Planner of the limits: sends the charging profiles that the charger should hold.

The owner's wish becomes a TxDefaultProfile, for every later transaction, and a TxProfile for the
open one. Chargers differ in what they follow, so dialects are tried in order.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ocpp.v16.enums import ChargingProfilePurposeType as Purpose

from ..model.charging_profiles import (
    DEFAULT,
    IN_TRANSACTION,
    Dialect,
    Wish,
    clearing,
    dialects_for,
)
from ..model.connector import SUSPENDED, WITHIN_TRANSACTION
from ..model.failsafe import FailSafeMode
from ..model.firmware import RATED_CURRENT
from ..model.held_profiles import HeldProfiles, ProfileSpec, Reply, Slot
from ..state import ChargerState
from . import leases, plans
from .step import Answer, Result, Step, Wait, silent
from .wanted_profiles import (
    Wanted,
    amps,
    as_request,
    dialect_in_use,
    later_in_request,
    may_be_sent,
    wanted_profiles,
)

CHECK_AFTER: Final = (timedelta(seconds=15), timedelta(seconds=50))
"""Times after a change of the limit at which readings are requested: once the current has settled,
and once it has exceeded the limit for too long."""


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request, within the write budget."""
    if not may_be_sent(state):
        return None
    if state.provisioning.restoring:
        # A restore clears the limits itself, once the charger waits for authorisation again.
        return None
    step = next_step_at_once(state, now)
    if isinstance(step, Step) and (seconds := pause(state, now)):
        return Wait(now + timedelta(seconds=seconds))
    return step


def next_step_at_once(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request, regardless of the write budget."""
    if retry_at := state.charging.held.retry_at:
        return Wait(retry_at)
    wanted = wanted_profiles(state, now)
    default = _towards(state, DEFAULT, wanted.default, now)
    if wanted.transaction_id is None:
        return default
    transaction = _towards(state, IN_TRANSACTION, wanted.transaction, now)
    if _lowers_default(state, wanted):
        # A car that may charge must not be stopped by the lower limit for later ones.
        default, transaction = transaction, default
    if step := default or transaction:
        return step
    return Wait(renewal) if (renewal := leases.renews_at(state, now)) else None


def pause(state: ChargerState, now: datetime) -> float:
    """Return the seconds until a change may be written.

    Pausing never waits, nor does the renewal of a lease, which would end. Lowering, and what is to show why
    a car does not charge, waits for no budget.
    """
    allowed, held = state.amps_at(now), state.charging.limit.amps
    pauses = not allowed and not _allows_nothing(state, now)
    if pauses or leases.is_due(state, now):
        return 0.0
    lowers = held is not None and allowed < held
    owed = lowers or state.charging.held.plans.doubt is not None
    return state.charging.held.pace.wait(now.timestamp(), owed=owed)


def _allows_nothing(state: ChargerState, now: datetime) -> bool:
    """Return whether the charger has accepted a profile that pauses the car already, and has a plan."""
    slot = state.charging.held.transaction
    if state.policy.plan is None or slot.reply is not Reply.ACCEPTED or not slot.spec:
        return False
    return slot.spec.at(now).amps == 0


def wished(state: ChargerState, wish: Wish, now: datetime) -> ChargerState:
    """Return the state once the owner wishes something else."""
    before = state.charging
    held = replace(before.held.retried(), asked=True)
    if wish != before.wish:
        switched = wish.mode_shown != before.wish.mode_shown
        pace = held.pace.wished(now.timestamp(), at_once=switched)
        held = replace(held, pace=pace)
    metering = state.metering.allowed() if wish.charging else state.metering
    charging = replace(before, wish=wish, held=held)
    return replace(state, charging=charging, metering=metering)


def unasked(state: ChargerState) -> ChargerState:
    """Return the state once the owner no longer waits for the result."""
    return state.holding(replace(state.charging.held, asked=False))


def settled(state: ChargerState, now: datetime) -> bool | None:
    """Return whether the charger has accepted the wish; None as long as that is unknown."""
    if isinstance(next_step_at_once(state, now), Step):
        return None
    return state.charging.held.retry_at is None


def judged(state: ChargerState, now: datetime) -> ChargerState:
    """Learn from the current of the car whether the dialect in use is followed."""
    if (slot := state.charging.held.planned) and slot.has_plan:
        return plans.judged(state, now)
    state = plans.tried(state, now)
    charging, held = state.charging, state.charging.held
    if charging.limit.followed:
        return replace(state, charging=replace(charging, dialect=held.dialect))
    ignored = _with_failed(held.ignored, dialect_in_use(state))
    return _moved_on(state.holding(replace(held, ignored=ignored)))[0]


def default_cleared(state: ChargerState) -> ChargerState:
    """Return the state after our TxDefaultProfile was cleared."""
    return replace(state, charging=replace(state.charging, default_given=False))


def _lowers_default(state: ChargerState, wanted: Wanted) -> bool:
    """Return whether the TxDefaultProfile is lowered to less than the open transaction may draw."""
    held, default, own = (
        state.charging.held.default.spec,
        wanted.default,
        wanted.transaction,
    )
    if held is None or default is None or own is None:
        return False
    return default.amps < min(held.amps, own.amps)


def _towards(
    state: ChargerState,
    purpose: Purpose,
    wanted: ProfileSpec | None,
    now: datetime,
) -> Step | None:
    """Return the next request for the profile with one purpose."""
    slot = _slot(state.charging.held, purpose)
    due = slot.renew_at is not None and leases.is_due(state, now)
    if slot.says(wanted, now) and not due:
        return None
    if wanted is None and purpose is DEFAULT and not state.charging.default_given:
        # There is none of ours.
        return None
    if wanted is None or (wanted.dialect.clear_first and not slot.cleared):
        # A TxProfile would overrule the default one. There may be none to clear.
        return Step(
            request=clearing(purpose),
            learn=partial(_learn_cleared, slot, purpose, wanted),
        )
    without = slot.lease_refused and slot.spec == wanted
    leased = wanted.lease is not None and not without
    later = later_in_request(state, wanted, now, leased=leased)
    return Step(
        request=as_request(state, wanted, later, now, leased=leased),
        learn=partial(_learn, slot, purpose, wanted, leased, 1 + len(later)),
    )


def _learn_cleared(
    before: Slot,
    purpose: Purpose,
    wanted: ProfileSpec | None,
    state: ChargerState,
    answer: Answer,
    now: datetime,
) -> ChargerState:
    """Learn from the answer to a ClearChargingProfile; Unknown (nothing to clear) is fine, too."""
    if not answer.given:
        return silent(_unsure(state, purpose, before.spec), answer, now)
    if purpose is DEFAULT and answer.result is Result.ANSWERED:
        state = default_cleared(state)
    if _slot(state.charging.held, purpose) is not before:
        return state
    slot = Slot(reply=Reply.ACCEPTED) if wanted is None else Slot(cleared=True)
    if wanted is None and purpose is DEFAULT:
        # The limit in force is not this one.
        return _with_slot(state, purpose, slot)
    return _concluded(_with_slot(_limited(state, purpose, now), purpose, slot), now)


def _learn(
    before: Slot,
    purpose: Purpose,
    wanted: ProfileSpec,
    leased: bool,
    periods: int,
    state: ChargerState,
    answer: Answer,
    now: datetime,
) -> ChargerState:
    """Learn from the answer to a profile, which was sent with so many limits."""
    if answer.result is Result.WITHDRAWN:
        return state
    held = state.charging.held
    held = replace(held, pace=held.pace.written(now.timestamp()))
    if answer.given and not answer.accepted and _is_over(state, wanted):
        # It is rightly refused, and nothing is learned from that.
        return _concluded(state.holding(held), now)
    maybe = answer.accepted or answer.result in (Result.SILENT, Result.DROPPED)
    if purpose is DEFAULT and maybe:
        state = replace(state, charging=replace(state.charging, default_given=True))
    several = periods > 1
    if several and answer.given:
        held = replace(held, plans=replace(held.plans, silences=0))
    if purpose is DEFAULT and answer.given and not wanted.later:
        held = replace(held, default_refused=not answer.accepted)
    elif answer.given:
        held = replace(held, transaction_taken=answer.accepted)
    # The end of a lease may be one of these limits, and is then refused as they are.
    lasts = leased and wanted.capped is None
    if leased and (answer.accepted or (lasts and answer.given)):
        shown = replace(held.leases, refused=not answer.accepted)
        held = replace(held, leases=shown)
    state = _limited(state.holding(held), purpose, now)
    if not answer.given:
        if several and answer.result is Result.SILENT:
            state = plans.unanswered(state, periods)
        return silent(_unsure(state, purpose, wanted), answer, now)
    if _slot(state.charging.held, purpose) is not before:
        # The profile may have been lost meanwhile, for example when a transaction began.
        return state
    if several and not lasts and not answer.accepted:
        # What it holds stays in force.
        return plans.refused(state, wanted, periods, now)
    if lasts and not answer.accepted:
        # Next it is sent without a lease.
        slot = replace(before, spec=wanted, reply=None, lease_refused=True)
        return _with_slot(state, purpose, slot)
    lease = wanted.lease if leased else None
    course = plans.course_of(wanted, periods, state, now)
    slot = Slot(
        spec=wanted,
        reply=Reply.ACCEPTED if answer.accepted else Reply.REFUSED,
        renew_at=now + leases.renewal(lease) if lease else None,
        ends_at=now + lease if lease else None,
        lease_refused=wanted.lease is not None and not leased,
        course=course if answer.accepted else None,
    )
    state = _with_slot(state, purpose, slot)
    if lease:
        state = leases.doubted_from(state, now)
    return _concluded(state, now)


def _is_over(state: ChargerState, spec: ProfileSpec) -> bool:
    """Return whether a profile is for a transaction that is not the open one any more."""
    running = state.transaction
    number = running.transaction_id if running else None
    return spec.transaction_id not in (None, number)


def _unsure(
    state: ChargerState, purpose: Purpose, spec: ProfileSpec | None
) -> ChargerState:
    """Return the state of a charger that may hold the old profile or the new one."""
    return _with_slot(state, purpose, Slot(spec=spec))


def _limited(state: ChargerState, purpose: Purpose, now: datetime) -> ChargerState:
    """Record when the transaction first got a limit."""
    running, held = state.transaction, state.charging.held
    if purpose is DEFAULT or running is None:
        return state
    if held.limited_since and held.limited_since[0] == running.transaction_id:
        return state
    since = running.transaction_id, now
    return state.holding(replace(held, limited_since=since))


def _concluded(state: ChargerState, now: datetime) -> ChargerState:
    """Once nothing is left to send in this dialect: confirm the limit, or try another dialect."""
    if isinstance(next_step_at_once(state, now), Step):
        return state
    held = state.charging.held
    if not _refused(state, now):
        return _confirmed(state.holding(replace(held, refused=())), now)
    running = state.transaction
    late = running.transaction_id if running and running.start_delayed else None
    if late not in (None, held.late_transaction):
        # A transaction from the queue may be over; its StopTransaction is still to come.
        return _given_up(state.holding(replace(held, late_transaction=late)), now)
    if held.default.reply is not Reply.REFUSED and plans.may_be_over(state, now):
        return _given_up(state, now)
    refused = _with_failed(held.refused, dialect_in_use(state))
    state, moved = _moved_on(state.holding(replace(held, refused=refused)))
    if moved:
        return state.holding(state.charging.held.retried())
    modest = min(RATED_CURRENT, state.maximum)
    if state.charging.wish.current_limit is None and amps(state, now) > modest:
        held = replace(state.charging.held, most=modest, refused=())
        return state.holding(held.retried())
    return _given_up(state, now)


def _refused(state: ChargerState, now: datetime) -> bool:
    if state.charging.held.default.reply is Reply.REFUSED:
        return True
    # A charger refuses a TxProfile rightly if the transaction has ended meanwhile or has another
    # id.
    spec = state.charging.held.transaction.spec
    counts = (
        state.connector.status in WITHIN_TRANSACTION
        and not state.refuses(now)
        and spec is not None
        and state.transaction is not None
        and state.transaction.transaction_id == spec.transaction_id
    )
    return counts and state.charging.held.transaction.reply is Reply.REFUSED


def _given_up(state: ChargerState, now: datetime) -> ChargerState:
    return state.holding(
        replace(state.charging.held, retry_at=plans.retry_at(state, now))
    )


def _with_failed(failed: tuple[Dialect, ...], dialect: Dialect) -> tuple[Dialect, ...]:
    return failed if dialect in failed else (*failed, dialect)


def _moved_on(state: ChargerState) -> tuple[ChargerState, bool]:
    """Go on to a dialect that has not failed; also return whether there is one."""
    charging, held = state.charging, state.charging.held
    failed = {*held.refused, *held.ignored}
    for dialect in dialects_for(state.identity.firmware):
        if dialect not in failed:
            return state.holding(replace(held, dialect=dialect)), True
    limit = charging.limit
    if limit.followed is False:
        limit = replace(limit, ignored=True)
    held = replace(held, dialect=charging.dialect)
    return replace(state, charging=replace(charging, held=held, limit=limit)), False


def _confirmed(state: ChargerState, now: datetime) -> ChargerState:
    """Record the limit that is in force now."""
    wanted = wanted_profiles(state, now)
    if state.transaction:
        amps = wanted.allowed.amps
    elif wanted.default:
        amps = wanted.default.amps
    else:
        amps = state.charging.failsafe.lasting(wanted.allowed.amps)
    fails_safe = state.charging.failsafe.mode is not FailSafeMode.OFF
    by_failsafe = fails_safe and amps < wanted.allowed.amps
    limit = state.charging.limit.confirmed(amps, by_failsafe=by_failsafe)
    if state.connector.status in SUSPENDED:
        limit = limit.observed(0.0, now)
    checks = tuple(now + delay for delay in CHECK_AFTER)
    state = replace(
        state,
        charging=replace(state.charging, limit=limit),
        pending=replace(state.pending, checks=checks),
    )
    return judged(state, now) if limit.followed else state


def _slot(held: HeldProfiles, purpose: Purpose) -> Slot:
    return held.default if purpose is DEFAULT else held.transaction


def _with_slot(state: ChargerState, purpose: Purpose, slot: Slot) -> ChargerState:
    held = state.charging.held
    if purpose is DEFAULT:
        return state.holding(replace(held, default=slot))
    return state.holding(replace(held, transaction=slot))
