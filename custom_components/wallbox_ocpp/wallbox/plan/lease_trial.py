"""The trial of a lease: whether a charger ends a limit by itself, seen once with each firmware.

"Accepted" proves nothing. While a car charges, a lease of half a minute is sent instead of a long one:
the current of the car has to fall when it is over, and to rise again when the long one is back. If the
charger ignores its duration, the same is tried with a later limit in its place. Under a plan its end is a
later limit from the start; there, only that one is kept can be seen.

A reading may be old when it arrives, and a charger's clock wrong: a lease that does not end is looked at once
more, and none is tried before the clock is known if its end depends on that.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus, ChargingProfileKindType

from ..model.charging_plan import WITH_SUN
from ..model.clock import REPLAY
from ..model.failsafe import TRIAL, LeaseProof, LeaseTrial, TrialPhase
from ..model.held_profiles import Reply
from ..model.limits import TOLERANCE, at_least
from ..model.meter import Readings
from ..state import ChargerState
from .leases import lasting
from .wanted_profiles import amps, plan_dialect_in_use

GIVEN_WITHIN: Final = timedelta(minutes=1)
"""Time in which the short lease has to be accepted: a little more than one time-out."""
SETTLED: Final = timedelta(seconds=10)
"""A charger ends a limit within 2 s (docs/chargers.md §8.5), and a car follows some seconds later."""
LATER: Final = timedelta(seconds=30)
"""After what time it is looked at once more if the car draws as before."""
READ_WITHIN: Final = timedelta(seconds=20)
"""Time for two readings, of which a charger sends one every ten seconds."""
RISES_WITHIN: Final = timedelta(minutes=2)
"""Time that a car takes at most to draw more again."""
NOT_BEFORE: Final = timedelta(seconds=75)
"""How long a transaction has had its limit before a trial: a charger which counts from the arrival of a
relative one ends it so much later, after the last look."""
CERTAIN: Final = timedelta(seconds=10)
"""By how much earlier than it got its limit a transaction may seem to have begun: that is told by the
charger's clock."""
LASTS: Final = timedelta(minutes=5)
"""Time that a trial takes at most: no change of a plan may come between."""


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Begin a trial, go on with it, or end it."""
    trial = state.charging.held.leases.trial
    if trial is None or not trial.ongoing:
        return _begun(state, now) if _is_due(state, now) else state
    if not _may_go_on(state, trial):
        return _with(state, replace(trial, phase=TrialPhase.OVER))
    if not _is_of_limit(state, now):
        # An automation may change it each minute.
        again = not trial.repeated
        return _with(state, replace(trial, phase=TrialPhase.OVER, again=again))
    least = lasting(state, now) + TOLERANCE
    drawn, over = at_least(state.metering.readings), trial.until <= now
    shown_at = _shown_at(state, trial)
    if trial.short and shown_at and now < shown_at:
        # A plan may have changed meanwhile, so that another short lease was sent.
        running = replace(trial, phase=TrialPhase.RUNNING, until=shown_at)
        return state if running == trial else _with(state, running)
    match trial.phase:
        case TrialPhase.RUNNING if over and shown_at:
            return _ended(state, trial, now)
        case TrialPhase.ENDED if _is_news(state.metering.readings, trial.before):
            if drawn is None or drawn <= least:
                return _lowered(state, trial, now)
            if not trial.late:
                return _looked_at_later(state, trial, now)
            if state.policy.plan is not None:
                # It may follow a duration, and no plan.
                return _with(state, replace(trial, phase=TrialPhase.OVER))
            return _proven(state, trial, kept=False)
        case TrialPhase.LOWERED if drawn is not None and drawn > least:
            return _proven(state, trial, kept=True)
        case _ if over:
            # The meter tells nothing, or the car has had enough.
            return _with(state, replace(trial, phase=TrialPhase.OVER))
        case _:
            return state


def next_moment(state: ChargerState) -> datetime | None:
    """Return when a trial goes on by the time alone; None if there is none."""
    trial = state.charging.held.leases.trial
    return trial.until if trial and trial.ongoing else None


def _is_due(state: ChargerState, now: datetime) -> bool:
    """Return whether a trial would show something, and has not been made."""
    held, proof = state.charging.held, state.lease_proof
    by_limits = _is_by_limits(state)
    # One that was seen to follow later limits, and cannot have them any more, may keep durations.
    lost = proof and proof.by_limits and plan_dialect_in_use(state) is None
    if proof and (proof.kept or proof.by_limits or not by_limits) and not lost:
        return False
    if not _may_begin(state, now) or held.limited_since is None:
        return False
    (number, since), trial = held.limited_since, held.leases.trial
    if trial and trial.made_of(number, by_limits=by_limits) and not trial.again:
        return False
    drawn = at_least(state.metering.readings)
    much = lasting(state, now) + 2 * TOLERANCE
    return since <= now - NOT_BEFORE and drawn is not None and drawn > much


def _may_begin(state: ChargerState, now: datetime) -> bool:
    """Return whether a car charges with a lease, and the charger follows its limit."""
    held = state.charging.held
    return (
        held.transaction.ends_at is not None
        and held.transaction.reply is held.default.reply is Reply.ACCEPTED
        and state.charging.limit.followed is True
        and state.connector.status is ChargePointStatus.charging
        and state.transaction is not None
        and _is_of_limit(state, now)
        and _is_undisturbed(state)
        and _ends_in_time(state)
        and not _changes_soon(state, now)
    )


def _may_go_on(state: ChargerState, trial: LeaseTrial) -> bool:
    """Return whether the session goes on undisturbed, with the same fail-safe."""
    running = state.transaction
    return (
        state.charging.failsafe.later is not None
        and running is not None
        and running.transaction_id == trial.transaction_id
        and state.charging.held.transaction.spec is not None
        and _is_undisturbed(state)
    )


def _is_of_limit(state: ChargerState, now: datetime) -> bool:
    """Return whether the charger has the limit that is wanted now."""
    spec = state.charging.held.transaction.spec
    return spec is not None and spec.amps == amps(state, now)


def _is_undisturbed(state: ChargerState) -> bool:
    tested = state.offline_test.ongoing is not None
    return state.link.connected and not tested


def _ends_in_time(state: ChargerState) -> bool:
    """Return whether the end of a lease is certain: the charger's clock is known, or does not matter."""
    connected_at, seen = state.link.connected_at, state.metering.clock.seen
    if connected_at and seen and seen[-1].at - connected_at >= REPLAY:
        return True
    held, running = state.charging.held, state.transaction
    spec, limited = held.transaction.spec, held.limited_since
    if spec is None or limited is None or running is None:
        return False
    if spec.dialect.kind is ChargingProfileKindType.absolute:
        return False
    if running.started is None:
        return True
    # They count from its start.
    return limited[1] - (running.started + state.metering.clock.behind) <= CERTAIN


def _changes_soon(state: ChargerState, now: datetime) -> bool:
    """Return whether the limit may change before a trial is over; with the sun, it may at any time."""
    if (plan := state.policy.plan) is None:
        return False
    edge = plan.next_edge(now)
    by_sun = state.charging.wish.mode in WITH_SUN
    return by_sun or (edge is not None and edge <= now + LASTS)


def _begun(state: ChargerState, now: datetime) -> ChargerState:
    if state.transaction is None:
        return state
    before, number = state.charging.held.leases.trial, state.transaction.transaction_id
    by_limits = _is_by_limits(state)
    trial = LeaseTrial(
        transaction_id=number,
        by_limits=by_limits,
        until=now + GIVEN_WITHIN,
        repeated=before is not None and before.made_of(number, by_limits=by_limits),
    )
    return _with(state, trial)


def _is_by_limits(state: ChargerState) -> bool:
    """Return whether the end of the present lease is a later limit."""
    spec = state.charging.held.transaction.spec
    return spec is not None and spec.capped is not None


def _shown_at(state: ChargerState, trial: LeaseTrial) -> datetime | None:
    """Return when the car shows that the short lease has ended; None as long as that was not accepted."""
    slot = state.charging.held.transaction
    is_short = slot.spec is not None and slot.spec.lease == TRIAL
    settled = SETTLED + LATER if trial.late else SETTLED
    return slot.ends_at + settled if is_short and slot.ends_at else None


def _ended(state: ChargerState, trial: LeaseTrial, now: datetime) -> ChargerState:
    """Request readings, now that the charger should have ended the limit."""
    state = replace(state, pending=replace(state.pending, readings_due=True))
    ended = replace(
        trial,
        phase=TrialPhase.ENDED,
        until=now + READ_WITHIN,
        before=state.metering.readings,
    )
    return _with(state, ended)


def _looked_at_later(
    state: ChargerState, trial: LeaseTrial, now: datetime
) -> ChargerState:
    """Have it looked at once more, and not renewed before that."""
    trial = replace(trial, phase=TrialPhase.RUNNING, late=True)
    until = _shown_at(state, trial) or now
    slot = replace(state.charging.held.transaction, renew_at=until + LATER)
    state = state.holding(replace(state.charging.held, transaction=slot))
    return _with(state, replace(trial, until=until))


def _lowered(state: ChargerState, trial: LeaseTrial, now: datetime) -> ChargerState:
    """Have the limit renewed at once, and wait for the car to draw more again."""
    slot = replace(state.charging.held.transaction, renew_at=now)
    state = state.holding(replace(state.charging.held, transaction=slot))
    until = now + RISES_WITHIN
    return _with(state, replace(trial, phase=TrialPhase.LOWERED, until=until))


def _proven(state: ChargerState, trial: LeaseTrial, *, kept: bool) -> ChargerState:
    proof = LeaseProof(
        firmware=state.identity.firmware, kept=kept, by_limits=trial.by_limits
    )
    state = replace(state, charging=replace(state.charging, lease_proof=proof))
    return _with(state, replace(trial, phase=TrialPhase.OVER))


def _is_news(readings: Readings, before: Readings | None) -> bool:
    """Return whether the current was read since; readings of the energy alone keep the one before."""
    if before is None:
        return False
    return readings.currents is not before.currents or readings.power != before.power


def _with(state: ChargerState, trial: LeaseTrial) -> ChargerState:
    held = state.charging.held
    return state.holding(replace(held, leases=replace(held.leases, trial=trial)))
