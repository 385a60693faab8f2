"""Limits one after the other in one profile: what the charger takes of them, and what it follows.

"Accepted" proves nothing: a change that the charger has made by itself shows in the current of the
car. One that does not make them gets each limit when its time has come (docs/chargers.md §8.5).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_profiles import Change, PlanProof
from ..model.connector import WITHIN_TRANSACTION
from ..model.held_features import TRIED_FOR, HeldPlans, PlanDoubt
from ..model.held_profiles import Course, ProfileSpec, Reply
from ..model.limits import SETTLE, TOLERANCE, Limit, at_least
from ..state import ChargerState
from .step import RETRY_AFTER
from .wanted_profiles import MOST_PERIODS, plan_dialect_in_use

LENGTHS: Final = (MOST_PERIODS, 10, 5, 3, 2)
"""How many limits to try to put into one profile: what chargers say about it is wrong both ways."""
MADE_WITHIN: Final = timedelta(seconds=20)
"""A charger makes a change within 1.3 s, and sends a reading within 10 s of it."""
LOOK_AFTER: Final = (
    timedelta(seconds=3),
    timedelta(seconds=10),
    MADE_WITHIN,
    MADE_WITHIN + SETTLE,
)
"""After what times readings show whether the charger has changed its limit by itself; the last one shows
that it has not, if it sends none otherwise."""
CLOSED_WITHIN: Final = timedelta(seconds=80)
"""After a sleep of Home Assistant, a dead connection is closed within 70 s; then the status is that of now."""
EARLY: Final = timedelta(seconds=5)
"""By how much the charger may be ahead of us with a change."""
FLOWS: Final = 200.0
"""Wh after a pause that show that there is none: 22 kW for half a minute."""
MISSES: Final = 2
"""How many changes a charger may miss until another dialect is tried."""


def course_of(
    spec: ProfileSpec, periods: int, state: ChargerState, now: datetime
) -> Course | None:
    """Return how far a charger is in a profile that it has just accepted; None if it has one limit.

    The end of a lease may be one of its limits, too.
    """
    if periods == 1:
        return None
    cleared_until = state.charging.held.plans.suspicion.cleared_until or now
    doubt_at = max(now + MADE_WITHIN, cleared_until) if spec.amps else None
    return Course(periods=periods, doubt_at=doubt_at)


def begun(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state once the charger should have gone on to a later limit of its profile."""
    slot = state.charging.held.planned
    if slot is None or slot.spec is None or slot.course is None:
        return state
    if (spec := slot.spec.at(now)) is slot.spec:
        return state
    charging, until, pauses = state.charging, now + MADE_WITHIN, not spec.amps
    # After a sleep of Home Assistant, status and readings are those of before.
    edge = max(limit.start for limit in slot.spec.later if limit.start <= now)
    slept = now - edge > MADE_WITHIN
    course = Course(
        periods=slot.course.periods,
        begun=now,
        shows=None if slept else _shown(state, spec.amps, now),
        doubt_at=None if pauses else now + (CLOSED_WITHIN if slept else MADE_WITHIN),
        open_until=until,
    )
    held = charging.held.retried()
    held = held.with_planned(replace(slot, spec=spec, course=course))
    charging = replace(
        charging, held=held, limit=Limit(amps=spec.amps, before=charging.limit.amps)
    )
    checks = tuple(now + delay for delay in LOOK_AFTER)
    return replace(
        state,
        charging=charging,
        pending=replace(state.pending, checks=checks),
    )


def _shown(state: ChargerState, amps: int, now: datetime) -> Change | None:
    """Return the change to a limit, if the current of the car will show it."""
    drawn, before = at_least(state.metering.readings), state.charging.limit.amps
    if drawn is not None and drawn > amps + TOLERANCE:
        return Change.LOWERED
    if amps:
        return Change.RAISED if before == 0 else None
    # Its clock may be a little ahead of ours.
    connector, behind = state.connector, state.metering.clock.behind
    paused = connector.status is ChargePointStatus.suspended_evse and connector.since
    just = paused and now - (paused + behind) <= EARLY
    return Change.LOWERED if before and just else None


def next_moment(state: ChargerState) -> datetime | None:
    """Return when the charger should go on to the next limit of its profile, or has missed it."""
    held = state.charging.held
    moments = [held.plans.doubt.until if held.plans.doubt else None]
    if (slot := held.planned) and slot.course:
        later = slot.spec.later if slot.spec else ()
        moments += [limit.start for limit in later[:1]]
        moments += [slot.course.doubt_at, slot.course.open_until]
    return min(filter(None, moments), default=None)


def elapsed(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after all that was due by now."""
    held = state.charging.held
    if held.plans.doubt and held.plans.doubt.until <= now:
        state = _undecided(state, now)
    slot = held.planned
    if slot is None or (course := slot.course) is None:
        return state
    if course.energy_at is None:
        course = _counted_from(course, slot.spec, state)
    elif state.delivered - course.energy_at > FLOWS:
        # Also a meter that reports nothing but energy shows that the car was not paused.
        return _doubted(state, now)
    if course.doubt_at and course.doubt_at <= now:
        if state.connector.status is ChargePointStatus.suspended_evse:
            return _doubted(state, now)
        course = replace(course, doubt_at=None)
    if course.open_until and course.open_until <= now:
        course = replace(course, open_until=None)
    if course is not slot.course:
        held = state.charging.held.with_planned(replace(slot, course=course))
        state = state.holding(held)
    return begun(state, now)


def _counted_from(
    course: Course, spec: ProfileSpec | None, state: ChargerState
) -> Course:
    """Return the course with what the car had got, if there is a reading since it should be paused.

    Much may have flowed between the reading before and the pause.
    """
    last, away = state.metering.register.last, state.metering.offline_period
    if course.begun is None or spec is None or spec.amps or away:
        return course
    fresh = last is not None and last.read_at >= course.begun
    return replace(course, energy_at=state.delivered) if fresh else course


def judged(state: ChargerState, now: datetime) -> ChargerState:
    """Learn from the current of the car whether the charger has changed its limit by itself."""
    held, dialect = state.charging.held, plan_dialect_in_use(state)
    if state.charging.limit.followed is False:
        cleared = held.plans.suspicion.clears(now)
        return state if cleared else _doubted(state, now)
    slot = held.planned
    if slot is None or (course := slot.course) is None or not course.shows:
        return state
    shown = replace(course, shows=None, open_until=None)
    held = held.with_planned(replace(slot, course=shown))
    held = replace(held, plans=replace(held.plans, misses=0))
    if dialect is None:
        return state.holding(held)
    known = state.charging.plan_proof
    proof = PlanProof.of(known, state.identity.firmware, dialect)
    proof = proof.with_shown(course.shows, course.periods)
    charging = replace(state.charging, held=held, plan_proof=proof)
    return replace(state, charging=charging)


def tried(state: ChargerState, now: datetime) -> ChargerState:
    """Learn from a limit that was sent alone whether several in a profile were the reason before."""
    known = state.charging.held.plans
    if (doubt := known.doubt) is None:
        return state
    if not state.charging.limit.followed:
        return _cleared(state, now)
    misses = known.misses + doubt.misses
    known = replace(known, doubt=None, misses=misses)
    if not doubt.misses:
        known = replace(known, suspicion=known.suspicion.suspected(now))
    state = _knowing(state, known)
    return failed(state) if misses >= MISSES else state


def refused(
    state: ChargerState, spec: ProfileSpec, periods: int, now: datetime
) -> ChargerState:
    """Return the state after so many limits in a profile were refused: fewer, or another dialect.

    Nothing is learned from the refusal for a transaction that may be over.
    """
    running, held = state.transaction, state.charging.held
    if spec.transaction_id is not None and running is not None:
        late = running.start_delayed and running.transaction_id
        if late and late != held.late_transaction:
            held = replace(held, late_transaction=late)
            return state.holding(replace(held, retry_at=retry_at(state, now)))
        unknown = state.connector.status not in WITHIN_TRANSACTION
        if unknown or may_be_over(state, now):
            return state.holding(replace(held, retry_at=retry_at(state, now)))
    shorter = shortened(state, periods)
    return shorter if shorter is not state else failed(state)


def may_be_over(state: ChargerState, now: datetime) -> bool:
    """Return whether the open transaction may have ended offline, and its end is still to come.

    A charger that connects tells of it, but it may be asked for something first.
    """
    running, since = state.transaction, state.link.connected_at
    if running is None or since is None or now - since >= RETRY_AFTER:
        return False
    began = running.started
    return began is None or began + state.metering.clock.behind < since


def unanswered(state: ChargerState, periods: int) -> ChargerState:
    """Return the state after no answer, which is how some refuse a long frame: again, then shorter."""
    known = state.charging.held.plans
    if not known.silences:
        return _knowing(state, replace(known, silences=1))
    return shortened(_knowing(state, replace(known, silences=0)), periods)


def shortened(state: ChargerState, periods: int) -> ChargerState:
    """Return the state in which fewer limits are sent in one profile; itself if there are two."""
    fewer = next((length for length in LENGTHS if length < periods), None)
    if fewer is None:
        return state
    known = state.charging.held.plans.of(state.identity.firmware)
    return _knowing(state, replace(known, most_periods=fewer))


def retry_at(state: ChargerState, now: datetime) -> datetime:
    """Return when to try again what was refused: at the next change of the plan at the latest."""
    plan, moment = state.policy.plan, now + RETRY_AFTER
    edge = plan.next_edge(now) if plan else None
    return min(edge or moment, moment)


def _doubted(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after a change that was not made: the limit is sent alone, to see the reason.

    Another system, or a temperature, may keep a charger from following any limit.
    """
    held = state.charging.held
    if (slot := held.planned) is None or (course := slot.course) is None:
        return state
    # That it does not even begin may be an accident once.
    sure = held.plans.suspicion.suspects(now)
    misses = 1 if course.begun else MISSES if sure else 0
    doubt = PlanDoubt(until=now + TRIED_FOR, misses=misses)
    state = state.holding(held.with_planned(replace(slot, reply=None, course=None)))
    return _knowing(state, replace(held.plans, doubt=doubt))


def _undecided(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state after a limit that was sent alone in vain; nothing shows if it was not accepted."""
    held = state.charging.held
    slots = [slot for slot in (held.default, held.transaction) if slot.spec]
    if all(slot.reply is Reply.ACCEPTED for slot in slots):
        return _cleared(state, now)
    return _knowing(state, replace(held.plans, doubt=None))


def _cleared(state: ChargerState, now: datetime) -> ChargerState:
    """Return the state in which several limits in a profile are not the reason, and sent again."""
    known = state.charging.held.plans
    suspicion = known.suspicion.cleared(now)
    return _knowing(state, replace(known, doubt=None, suspicion=suspicion))


def failed(state: ChargerState) -> ChargerState:
    """Go on to the next dialect for limits one after the other."""
    known, dialect = state.charging.held.plans, plan_dialect_in_use(state)
    if dialect is None:
        return state
    return _knowing(state, known.of(state.identity.firmware).failed(dialect))


def _knowing(state: ChargerState, known: HeldPlans) -> ChargerState:
    return state.holding(replace(state.charging.held, plans=known))
