"""The course of a test of the offline protection: requests, time-outs, and how it ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_profiles import Wish
from ..model.firmware import supports_offline_fix
from ..model.limits import SETTLE, TOLERANCE, at_least
from ..model.link import Presence
from ..model.offline_fix import PROFILES, Verdict, satisfied
from ..model.offline_test import (
    STOPPED,
    Cause,
    Facts,
    Missing,
    Ongoing,
    Phase,
    Result,
    SessionAfter,
    Variant,
    judged,
)
from ..model.pending import Reset
from ..model.plan_trial import Following
from ..model.reading import Read
from ..state import ChargerState
from . import limits, plan_trial, provisioning
from .step import Answer, Step, Wait, silent

FOLLOW_WITHIN: Final = timedelta(minutes=8)
"""Until limits one after the other have been tried in each dialect."""
PAUSE_WITHIN: Final = timedelta(minutes=5)
"""Until no current flows: several dialects may have to be tried."""
READ_WITHIN: Final = timedelta(seconds=90)
"""Until the meter is read. One Wallbox takes 7.5 s to send what it is asked for
(docs/chargers.md §3.5)."""
BACK_WITHIN: Final = timedelta(minutes=15)
"""Until a charger has to be connected again."""
CHECK_WITHIN: Final = timedelta(minutes=3)
"""Until a reconnected charger has to have sent a reading and its settings."""
_PREPARING: Final = frozenset({Phase.FOLLOWING, Phase.PAUSING, Phase.READING})
_CONNECTED: Final = _PREPARING | {Phase.REBOOTING, Phase.CHECKING}
"""Phases that end with the connection."""


def missing(state: ChargerState) -> tuple[Missing, ...]:
    """Return the missing preconditions, without those that follow from another."""
    if not state.link.connected or state.link.rebooting:
        return (Missing.CONNECTION,)
    found: list[Missing] = []
    firmware = state.identity.firmware
    # A result counts for a firmware, which must be known.
    if firmware is None or supports_offline_fix(firmware) is False:
        found.append(Missing.FIRMWARE)
    elif state.verdict is not Verdict.PROTECTED:
        found.append(Missing.PROTECTION)
    if not state.connector.plugged_in:
        found.append(Missing.CAR)
    elif state.transaction is None:
        found.append(Missing.SESSION)
    return tuple(found)


def begun(state: ChargerState, variant: Variant, now: datetime) -> ChargerState:
    """Begin a test with a trial of a plan, or turn charging off. No precondition may be missing."""
    protection, transaction = state.settings.protection, state.transaction
    ongoing = Ongoing(
        variant=variant,
        wish=state.charging.wish,
        phase=Phase.FOLLOWING,
        since=now,
        profile=protection.profile,
        keys=tuple(
            setting.key
            for setting in PROFILES[protection.profile]
            if satisfied(setting, protection.found.get(setting.key))
        ),
        transaction_id=transaction.transaction_id if transaction else None,
        facts=Facts(
            began=now, firmware=state.identity.firmware, model=state.identity.model
        ),
    )
    return _following(_with(state, ongoing), ongoing, now)


def broken_off(state: ChargerState, cause: Cause, now: datetime) -> ChargerState:
    """Break the ongoing test off, if any, and restore the owner's wish."""
    return _over(state, Result.BROKEN_OFF, (cause,), now)


def overruled(state: ChargerState, now: datetime) -> ChargerState:
    """Break the ongoing test off, if any, because the owner's wish changes."""
    return _ended(state, Result.BROKEN_OFF, (Cause.WISH,), now)


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request, or when to look again."""
    ongoing = state.offline_test.ongoing
    if (
        ongoing
        and ongoing.phase is Phase.FOLLOWING
        and (step := plan_trial.next_step(state, ongoing, now))
    ):
        return step
    if ongoing and ongoing.read and not ongoing.read.done:
        return Step(request=ongoing.read.request, learn=_learn)
    return Wait(moment) if (moment := next_moment(state)) else None


def next_moment(state: ChargerState) -> datetime | None:
    """Return when something is next due for `advanced`; None if nothing is."""
    ongoing = state.offline_test.ongoing
    if ongoing is None:
        return state.offline_test.expected_until
    if not state.link.connected and ongoing.phase in _CONNECTED:
        return ongoing.since
    return ongoing.settle_at or ongoing.look_at or _deadline(ongoing)


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Advance the test as far as the state and the time allow."""
    expected_until = state.offline_test.expected_until
    if expected_until and (state.link.connected or expected_until <= now):
        test = replace(state.offline_test, expected_until=None)
        state = replace(state, offline_test=test)
    before = None
    while state is not before and (ongoing := state.offline_test.ongoing):
        before = state
        interruption = _interruption(state) if ongoing.phase in _PREPARING else None
        if interruption:
            return broken_off(state, interruption, now)
        state = _ADVANCE[ongoing.phase](state, ongoing, now)
    return state


def _following(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    """Try limits one after the other; then turn charging off."""
    state, following = plan_trial.advanced(
        state, ongoing, now, over=now >= _deadline(ongoing)
    )
    return _paused(state, ongoing, following, now) if following else state


def _paused(
    state: ChargerState, ongoing: Ongoing, following: Following, now: datetime
) -> ChargerState:
    """Turn charging off."""
    facts = replace(ongoing.facts, following=following, wanting=_is_wanting(state))
    ongoing = replace(ongoing.entered(Phase.PAUSING, now, facts), look_at=None)
    state = _with(state, ongoing)
    return _wishing(state, replace(state.charging.wish, charging=False), now)


def _is_wanting(state: ChargerState) -> bool | None:
    """Return whether the car wants to charge; None if it does not show, as while it is paused."""
    if state.charging.limit.amps == 0:
        return None
    if state.connector.status is ChargePointStatus.suspended_ev:
        return False
    drawn = at_least(state.metering.readings)
    # One that has just begun draws nothing yet.
    return True if drawn is not None and drawn > TOLERANCE else None


def _pausing(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    limit = state.charging.limit
    paused = limit.amps == 0
    if paused and limit.followed:
        facts = replace(ongoing.facts, paused_at=now)
        reading = ongoing.entered(Phase.READING, now, facts)
        return _with(state, replace(reading, settle_at=now + STOPPED))
    if paused and limit.ignored:
        return _over(state, Result.FAILED, (Cause.NOT_PAUSED,), now)
    if now < _deadline(ongoing):
        return state
    if paused and limit.followed is False:
        return _over(state, Result.FAILED, (Cause.NOT_PAUSED,), now)
    return _over(state, Result.INCONCLUSIVE, (Cause.PAUSE_UNCLEAR,), now)


def _reading(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    if ongoing.settle_at:
        return _settling(state, ongoing, now)
    if _read_since(state, ongoing.since):
        register = state.metering.register.value
        facts = replace(ongoing.facts, register_before=register)
        if not ongoing.variant.reboot:
            return _left_alone(state, ongoing, facts, now)
        state = _with(state, ongoing.entered(Phase.REBOOTING, now, facts))
        return replace(state, pending=replace(state.pending, reset=Reset.SOFT))
    if now < _deadline(ongoing):
        return state
    return _over(state, Result.INCONCLUSIVE, (Cause.NO_READING,), now)


def _rebooting(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    """Go on once the charger has answered; if it refuses, the owner has to switch it off."""
    link, pending = state.link, state.pending
    # Some boot before they have answered (docs/chargers.md §8.1.11).
    booted = link.booted_at is not None and link.booted_at >= ongoing.since
    accepted = link.rebooting or booted
    if not (accepted or link.connected):
        return broken_off(state, Cause.CONNECTION_LOST, now)
    asking = pending.reset is not None and not pending.silent_until
    if asking and not accepted and now < _deadline(ongoing):
        return state
    # The test itself watches for its return.
    state = replace(state, pending=replace(pending, reset=None, back_by=None))
    facts = replace(ongoing.facts, reset_accepted=accepted)
    return _left_alone(state, ongoing, facts, now)


def _alone(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    if now < _deadline(ongoing):
        return state
    facts = replace(ongoing.facts, let_in_at=now)
    return _with(state, ongoing.entered(Phase.RETURNING, now, facts))


def _returning(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    if state.link.connected:
        facts = replace(ongoing.facts, back_at=now)
        back = replace(
            ongoing.entered(Phase.CHECKING, now, facts),
            read=Read(keys=ongoing.keys),
            settle_at=now + SETTLE,
        )
        return _read_meter(_with(state, back))
    if now < _deadline(ongoing):
        return state
    # From now on it is missing, and no longer rebooting.
    state = replace(state, link=replace(state.link, presence=Presence.AWAY))
    return broken_off(state, Cause.NOT_BACK, now)


def _checking(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    if not state.link.connected:
        # A charger that comes and goes does not extend the time-out.
        since = ongoing.facts.let_in_at or now
        again = ongoing.entered(Phase.RETURNING, since, ongoing.facts)
        return _with(state, replace(again, read=None, settle_at=None))
    seen = _seen(state, ongoing)
    if seen != ongoing.facts:
        ongoing = replace(ongoing, facts=seen)
        state = _with(state, ongoing)
    if ongoing.settle_at:
        return _settling(state, ongoing, now)
    is_read = ongoing.read is None or ongoing.read.done
    if now < _deadline(ongoing) and not (is_read and _read_since(state, ongoing.since)):
        return state
    facts = _at_the_end(state, ongoing)
    state = _with(state, replace(ongoing, facts=facts))
    result, causes = judged(facts, ongoing.variant)
    if facts.settings_changed:
        state = provisioning.doubted(state)
    return _over(state, result, causes, now)


_ADVANCE: Final = {
    Phase.FOLLOWING: _following,
    Phase.PAUSING: _pausing,
    Phase.READING: _reading,
    Phase.REBOOTING: _rebooting,
    Phase.ALONE: _alone,
    Phase.RETURNING: _returning,
    Phase.CHECKING: _checking,
}
_WITHIN: Final = {
    Phase.FOLLOWING: FOLLOW_WITHIN,
    Phase.PAUSING: PAUSE_WITHIN,
    Phase.READING: READ_WITHIN,
    Phase.REBOOTING: READ_WITHIN,
    Phase.RETURNING: BACK_WITHIN,
    Phase.CHECKING: CHECK_WITHIN,
}
"""The time-out of each phase but ALONE, whose length the owner has chosen."""


def _deadline(ongoing: Ongoing) -> datetime:
    within = _WITHIN.get(ongoing.phase, timedelta(minutes=ongoing.variant.minutes))
    return ongoing.since + within


def _interruption(state: ChargerState) -> Cause | None:
    """Return why the test cannot be prepared; None if it can."""
    if not state.link.connected:
        return Cause.CONNECTION_LOST
    return None if state.transaction else Cause.UNPLUGGED


def _left_alone(
    state: ChargerState, ongoing: Ongoing, facts: Facts, now: datetime
) -> ChargerState:
    facts = replace(facts, alone_at=now)
    return _with(state, ongoing.entered(Phase.ALONE, now, facts))


def _seen(state: ChargerState, ongoing: Ongoing) -> Facts:
    """Return the facts with what a reconnected charger has sent."""
    facts, booted_at = ongoing.facts, state.link.booted_at
    alone_at = facts.alone_at or ongoing.since
    return replace(
        facts,
        booted=facts.booted or (booted_at is not None and booted_at >= alone_at),
        status=facts.status or state.connector.status,
    )


def _at_the_end(state: ChargerState, ongoing: Ongoing) -> Facts:
    transaction = state.transaction
    if transaction is None:
        session = SessionAfter.NONE
    elif transaction.transaction_id == ongoing.transaction_id:
        session = SessionAfter.SAME
    else:
        session = SessionAfter.ANOTHER
    # The first live reading ends the offline period.
    read = state.metering.offline_period is None
    return replace(
        ongoing.facts,
        drawn=at_least(state.metering.readings),
        register_after=state.metering.register.value if read else None,
        session=session,
        plugged_in=state.connector.plugged_in,
    )


def _read_since(state: ChargerState, moment: datetime) -> bool:
    last = state.metering.register.last
    return last is not None and last.read_at > moment


def _settling(state: ChargerState, ongoing: Ongoing, now: datetime) -> ChargerState:
    """Wait, and then request the reading that counts."""
    if ongoing.settle_at and now < ongoing.settle_at:
        return state
    return _read_meter(_with(state, replace(ongoing, settle_at=None, since=now)))


def _read_meter(state: ChargerState) -> ChargerState:
    return replace(state, pending=replace(state.pending, readings_due=True))


def _learn(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    """Compare the settings with those before."""
    ongoing = state.offline_test.ongoing
    if ongoing is None or ongoing.read is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = ongoing.read.answered(answer.result_payload)
    facts = ongoing.facts
    if read.done and read.found:
        changed = tuple(
            setting.key
            for setting in PROFILES[ongoing.profile]
            if setting.key in ongoing.keys
            and (found := read.found.get(setting.key))
            and not satisfied(setting, found.value)
        )
        facts = replace(facts, settings_changed=changed)
    return _with(state, replace(ongoing, read=read, facts=facts))


def _over(
    state: ChargerState, result: Result, causes: tuple[Cause, ...], now: datetime
) -> ChargerState:
    """End the ongoing test, if any, and restore the owner's wish."""
    if state.offline_test.ongoing is None:
        return state
    wish, state = state.owners_wish, _ended(state, result, causes, now)
    if state.connector.status is ChargePointStatus.preparing:
        # A waiting car may get a transaction now.
        start = replace(state.charging.remote_start, due_at=now)
        state = state.starting(start)
    return _wishing(state, wish, now)


def _ended(
    state: ChargerState, result: Result, causes: tuple[Cause, ...], now: datetime
) -> ChargerState:
    ongoing = state.offline_test.ongoing
    if ongoing and ongoing.trial:
        state = plan_trial.given_back(state, ongoing.trial)
    test = state.offline_test.over(result, causes, now)
    if ongoing and ongoing.facts.alone_at and causes != (Cause.NOT_BACK,):
        # It takes a while to connect again.
        test = replace(test, expected_until=now + BACK_WITHIN)
    return replace(state, offline_test=test)


def _wishing(state: ChargerState, wish: Wish, now: datetime) -> ChargerState:
    return limits.unasked(limits.wished(state, wish, now))


def _with(state: ChargerState, ongoing: Ongoing) -> ChargerState:
    return replace(state, offline_test=replace(state.offline_test, ongoing=ongoing))
