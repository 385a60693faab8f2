"""The trial of a plan, in the test of the offline protection: the one request, and what it shows.

"Accepted" proves nothing. While the car charges, a profile with three limits is sent: as now, somewhat
less, and as now. The current of the car has to go down and up again by itself. It never gets more
than is wanted, and nothing happens to it if the charger follows none of them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import floor
from typing import Final

from ocpp.v16.enums import ChargePointStatus, ChargingProfileKindType

from ..model.charging_profiles import Change, PlanProof
from ..model.held_profiles import LaterLimit, ProfileSpec, Reply, Slot
from ..model.limits import TOLERANCE, at_least
from ..model.meter import Readings
from ..model.offline_test import Ongoing
from ..model.plan_trial import (
    LEAST_DRAWN,
    LESS,
    LOWERED_AFTER,
    LOWERED_FOR,
    Following,
    PlanTrial,
)
from ..state import ChargerState
from . import limits, plans
from .step import Answer, Result, Step
from .wanted_profiles import amps, as_request, dialect_in_use, plan_dialect_in_use

PERIODS: Final = 3
READ_WITHIN: Final = timedelta(seconds=30)
"""Time for a first reading of the current: some send one each minute, and take 7.5 s if they are asked
(docs/chargers.md §3.5)."""
LOOK_EVERY: Final = timedelta(seconds=5)
"""Between two looks at the current of the car."""
LAG: Final = timedelta(seconds=5)
"""A charger makes a change within 1.3 s (docs/chargers.md §8.5), and a car some seconds later."""
SURE: Final = timedelta(seconds=15)
"""After a change, a look finds a reading that shows it: one may be 8 s old when it arrives, and was found
up to `LOOK_EVERY` later."""
SHOWN_WITHIN: Final = timedelta(seconds=25)
"""After the last change: a reading comes every ten seconds."""
LASTS: Final = LOWERED_AFTER + LOWERED_FOR + SHOWN_WITHIN
NOT_BEFORE: Final = timedelta(minutes=1)
"""How long a transaction has had its limit: one that counts a relative profile from its arrival is then
told from one that counts from the start."""


def next_step(state: ChargerState, ongoing: Ongoing, now: datetime) -> Step | None:
    """Return the request with the three limits, once nothing else is about to be sent."""
    dialect, running = plan_dialect_in_use(state), state.transaction
    if ongoing.trial or dialect is None or running is None:
        return None
    if not (_is_read(state, ongoing, now) and _is_quiet(state, now)):
        return None
    drawn, limit = at_least(state.metering.readings), amps(state, now)
    if drawn is None or drawn < LEAST_DRAWN or drawn > limit + TOLERANCE:
        return None
    relative = dialect.kind is ChargingProfileKindType.relative
    since = state.charging.held.limited_since
    if relative and (since is None or now - since[1] < NOT_BEFORE):
        return None
    trial = PlanTrial(
        dialect=dialect,
        low=floor(drawn + TOLERANCE / 2) - LESS,
        low_at=now + LOWERED_AFTER,
        back_at=now + LOWERED_AFTER + LOWERED_FOR,
    )
    spec = ProfileSpec(
        amps=limit,
        dialect=dialect,
        level=0,
        transaction_id=running.transaction_id if dialect.in_transaction else None,
        later=(
            LaterLimit(trial.low_at, trial.low),
            LaterLimit(trial.back_at, limit),
        ),
        behind=state.metering.clock.behind,
    )
    return Step(
        request=as_request(state, spec, spec.later, now, leased=False),
        learn=partial(_learn, trial),
    )


def advanced(
    state: ChargerState, ongoing: Ongoing, now: datetime, *, over: bool
) -> tuple[ChargerState, Following | None]:
    """Go on with the trial of each dialect, unless time is over; also return what was found in the end."""
    known, trial = ongoing.facts.following, ongoing.trial
    if trial is None:
        found = known if known and _is_all(state, known) else None
        found = found or (None if known else _hindrance(state, ongoing, now))
        if over:
            found = found or known or Following.UNCLEAR
        return _looking(state, ongoing, now), found
    trial = _seen(trial, state, now)
    if (found := _result(trial, state, now)) is None:
        return _looking(state, replace(ongoing, trial=trial), now), None
    facts = replace(ongoing.facts, following=found)
    ongoing = replace(ongoing, trial=None, facts=facts, look_at=now)
    return _with(_concluded(state, trial, found), ongoing), None


def given_back(state: ChargerState, trial: PlanTrial) -> ChargerState:
    """Return the state of a charger that may hold the limits of a trial: the usual one is sent again."""
    held = state.charging.held
    if trial.dialect.in_transaction:
        return state.holding(replace(held, transaction=Slot()))
    return state.holding(replace(held, default=Slot()))


def _hindrance(
    state: ChargerState, ongoing: Ongoing, now: datetime
) -> Following | None:
    """Return what is known without a trial, or why there can be none; None if it can be made."""
    if state.connector.status is not ChargePointStatus.charging:
        return Following.TOO_LITTLE
    if not _is_read(state, ongoing, now):
        return None
    drawn = at_least(state.metering.readings)
    if drawn is None or dialect_in_use(state).clear_first:
        return Following.UNCLEAR
    if drawn < LEAST_DRAWN:
        return Following.TOO_LITTLE
    return None if plan_dialect_in_use(state) else Following.IGNORED


def _is_read(state: ChargerState, ongoing: Ongoing, now: datetime) -> bool:
    """Return whether there is a reading since the test began, or none is to be expected any more."""
    last = state.metering.register.last
    fresh = last is not None and last.read_at >= ongoing.since
    return fresh or now - ongoing.since >= READ_WITHIN


def _is_all(state: ChargerState, known: Following) -> bool:
    """Return whether no other dialect has to be tried after what was found."""
    failed = known in (Following.IGNORED, Following.REFUSED)
    return not failed or plan_dialect_in_use(state) is None


def _looking(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    """Look again soon, in a trial with a new reading: changes of the current alone wake nobody."""
    if ongoing.look_at is None or ongoing.look_at <= now:
        ongoing = replace(ongoing, look_at=now + LOOK_EVERY)
        if ongoing.trial or not _is_read(state, ongoing, now):
            pending = replace(state.pending, readings_due=True)
            state = replace(state, pending=pending)
    return state if ongoing == state.offline_test.ongoing else _with(state, ongoing)


def _seen(trial: PlanTrial, state: ChargerState, now: datetime) -> PlanTrial:
    """Return the trial with what the current of the car shows now."""
    readings = state.metering.readings
    if _is_news(readings, trial.readings):
        trial = replace(trial, readings=readings, read_at=now)
    if (drawn := at_least(readings)) is None or now >= trial.back_at:
        return trial
    if drawn <= trial.low + TOLERANCE:
        return replace(trial, fell=True) if now >= trial.low_at + LAG else trial
    shown = trial.read_at is not None and trial.read_at >= trial.low_at + SURE
    return replace(trial, stayed=True) if shown else trial


def _is_news(readings: Readings, before: Readings | None) -> bool:
    """Return whether the current was read since; a reading of the energy alone keeps the one before."""
    if before is None or not readings.currents:
        return readings is not before
    return readings.currents is not before.currents


def _result(trial: PlanTrial, state: ChargerState, now: datetime) -> Following | None:
    """Return what a trial has shown; None as long as that is open."""
    drawn, status = at_least(state.metering.readings), state.connector.status
    if not trial.accepted:
        return Following.REFUSED
    if now < trial.back_at + LAG:
        return None
    draws_more = drawn is not None and drawn > trial.low + TOLERANCE
    if trial.fell and draws_more:
        return Following.FOLLOWED
    if now < trial.back_at + SHOWN_WITHIN:
        return None
    if status is ChargePointStatus.suspended_evse:
        return Following.IGNORED
    if drawn is None or drawn < trial.low - TOLERANCE:
        # The car takes less by itself.
        return Following.UNCLEAR
    if trial.fell:
        read = trial.read_at is not None and trial.read_at >= trial.back_at + SURE
        return Following.IGNORED if read else Following.UNCLEAR
    # One with a wrong clock may follow them late.
    ignored = trial.stayed and draws_more
    return Following.IGNORED if ignored else Following.UNCLEAR


def _concluded(
    state: ChargerState, trial: PlanTrial, following: Following
) -> ChargerState:
    """Return the state after a trial: what it has shown is known, and the usual limit is sent again."""
    if following is Following.FOLLOWED:
        known = state.charging.plan_proof
        proof = PlanProof.of(known, state.identity.firmware, trial.dialect)
        for change in Change:
            proof = proof.with_shown(change, PERIODS)
        state = replace(state, charging=replace(state.charging, plan_proof=proof))
    elif following in (Following.IGNORED, Following.REFUSED):
        state = plans.failed(state)
    return given_back(state, trial)


def _is_quiet(state: ChargerState, now: datetime) -> bool:
    """Return whether no other limit has to be sent for as long as a trial lasts."""
    held, plan = state.charging.held, state.policy.plan
    renewal = held.transaction.renew_at
    edge = plan.next_edge(now) if plan else None
    slots = (held.default, held.transaction)
    return (
        all(slot.reply is not Reply.REFUSED for slot in slots)
        and any(slot.reply for slot in slots)
        and not state.charging.held.plans.doubt
        and all(moment is None or moment > now + LASTS for moment in (renewal, edge))
        and limits.settled(state, now) is True
    )


def _learn(
    trial: PlanTrial, state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    """Learn from the answer to the three limits."""
    if (ongoing := state.offline_test.ongoing) is None:
        return state
    pace = state.charging.held.pace.written(now.timestamp())
    state = state.holding(replace(state.charging.held, pace=pace))
    if answer.given or answer.result is Result.SILENT:
        # What does not answer may hold them all the same.
        trial = replace(trial, accepted=answer.accepted)
        return _with(state, replace(ongoing, trial=trial))
    return given_back(state, trial)


def _with(state: ChargerState, ongoing: Ongoing) -> ChargerState:
    return replace(state, offline_test=replace(state.offline_test, ongoing=ongoing))
