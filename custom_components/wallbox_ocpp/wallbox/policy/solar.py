"""The control law of solar charging: samples of power, state, settings and time → amps.

What is available for the car does not depend on what it gets (see `surplus`), so the law is a
threshold with patience: it starts late, steps up slowly, steps down quickly and stops late.
Cars refuse after many interruptions, and chargers keep each change in flash memory.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor
from typing import Final

from ..model.electricity import MOST_PHASES
from ..model.power_samples import usual_gap
from ..model.solar import (
    DAY,
    SolarDecision,
    SolarMode,
    SolarReason,
    SolarSettings,
    SolarState,
)
from .surplus import STALE_AFTER, Measured, available, silent_at, woke_at

CAR_FOLLOWS: Final = 0.75
"""A car that draws less than this share of what it may draw is given no more: it is nearly full, or
cannot draw more."""

START_AFTER: Final = timedelta(minutes=2)
"""How long there must be enough."""
STOP_AFTER: Final = timedelta(minutes=5)
"""How long there must be too little."""
CHARGE_AT_LEAST: Final = timedelta(minutes=10)
PAUSE_AT_LEAST: Final = timedelta(minutes=5)
UP_AFTER: Final = timedelta(seconds=60)
UP_APART: Final = timedelta(seconds=120)
DOWN_AFTER: Final = timedelta(seconds=20)
DOWN_APART: Final = timedelta(seconds=30)
CHANGES_A_DAY: Final = 300
"""After these, steps are `SPARING_APART`."""
SPARING_APART: Final = timedelta(minutes=5)
GAPS_UP: Final = 2
GAPS_STOP: Final = 5
"""How often a slow meter has to say it, up to a step up and up to a stop."""

LEAST_AFTER: Final = timedelta(minutes=3)
"""After the last sample of a sensor that has become silent; until then nothing changes."""
PAUSE_AFTER: Final = timedelta(minutes=5)
"""How long the car then has the least amps, before it is paused; with a minimum it goes on."""

_CHARGES: Final = {
    SolarReason.CHARGING_WITH_SUN,
    SolarReason.GRID_HELPS,
    SolarReason.STOPPING,
}
_WAITS: Final = {SolarReason.WAITING_FOR_SUN, SolarReason.STARTING}


def decide(
    measured: Measured, state: SolarState, settings: SolarSettings, now: datetime
) -> SolarDecision:
    """Return the amps from now on, by the samples and the state that the last decision left."""
    measured = measured.until(now)
    state = _within_limits(state.as_of(now), settings, now)
    if state.charging:
        # Otherwise a car that uses three would get three times too much with each step.
        measured = replace(measured, phases_if_unknown=MOST_PHASES)
    if settings.most < settings.least:
        return _decision(state, SolarReason.LIMIT_TOO_LOW, now)
    waited_since = None if measured.complete else state.silent_since or now
    state = replace(state, silent_since=waited_since)
    silent_from, silent = silent_at(measured, waited_since or now)
    if now >= silent_from:
        return _without_sensor(silent, state, settings, silent_from, now)
    state = _since(state, woke_at(measured.grid))
    known = available(measured, state, settings, now)
    if known.watts is None:
        reason, until = _reason_meanwhile(state, settings)
        return _decision(state, reason, now, until, known.until, silent_from)
    situation = _Situation(known.watts, measured, settings, now)
    law = _charging if state.charging else _paused
    return law(situation, state, known.until, silent_from)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What is available, and under which conditions."""

    available: float
    """W."""
    measured: Measured
    settings: SolarSettings
    now: datetime

    @property
    def missing(self) -> float:
        """W that are missing to the least amps."""
        return self.settings.least * self.measured.watts_per_amp - self.available

    @property
    def lacks(self) -> bool:
        """Whether more is missing than the grid may give."""
        return self.missing > self.settings.grid_share

    @property
    def target(self) -> int:
        """The amps that are available, within the limits."""
        amps = floor(self.available / self.measured.watts_per_amp)
        return min(max(amps, self.settings.least), self.settings.most)

    @property
    def source(self) -> SolarReason:
        """What a car charges with."""
        if self.missing > 0:
            return SolarReason.GRID_HELPS
        return SolarReason.CHARGING_WITH_SUN

    def patience(self, usual: timedelta, gaps: int) -> timedelta:
        """Return a delay, which is longer for a slow meter."""
        return max(usual, gaps * usual_gap(self.measured.grid))


def _paused(
    situation: _Situation, state: SolarState, *looks: datetime | None
) -> SolarDecision:
    """Start, if there is enough for long enough."""
    now = situation.now
    if situation.lacks:
        state = replace(state, more_since=None)
        return _decision(state, SolarReason.WAITING_FOR_SUN, now, None, *looks)
    state = replace(state, more_since=state.more_since or now)
    start_at = _start_at(situation, state)
    if now < start_at:
        return _decision(state, SolarReason.STARTING, now, start_at, *looks)
    phases = situation.measured.phases
    # Of a car whose phases are not known, one ampere may take three times as much.
    amps = situation.target if phases else situation.settings.least
    state = replace(state.offering(amps, now), phases=phases or 1)
    return _decision(state, situation.source, now, None, *looks)


def _charging(
    situation: _Situation, state: SolarState, *looks: datetime | None
) -> SolarDecision:
    """Stop, or step up or down."""
    now, target = situation.now, situation.target
    more = target > state.amps and _follows(situation.measured, state)
    state = replace(
        state,
        more_since=(state.more_since or now) if more else None,
        less_since=(state.less_since or now) if target < state.amps else None,
        lack_since=(state.lack_since or now) if situation.lacks else None,
    )
    stop_at = _stop_at(situation, state)
    if stop_at is not None and now >= stop_at:
        state = state.offering(0, now)
        return _decision(state, SolarReason.WAITING_FOR_SUN, now, None, *looks)
    step_at = _step_at(situation, state)
    if step_at is not None and now >= step_at:
        state = state.offering(target, now)
        step_at = None
    reason = situation.source if stop_at is None else SolarReason.STOPPING
    return _decision(state, reason, now, stop_at, step_at, _recount_at(state), *looks)


def _without_sensor(
    silent: SolarReason,
    state: SolarState,
    settings: SolarSettings,
    silent_from: datetime,
    now: datetime,
) -> SolarDecision:
    """Hold, then give the least amps, and then pause unless there is a minimum."""
    state = replace(state, more_since=None, less_since=None, lack_since=None)
    if not state.charging:
        return _decision(state, silent, now)
    least_at = silent_from + (LEAST_AFTER - STALE_AFTER)
    pause_at = least_at + PAUSE_AFTER if settings.mode is SolarMode.SOLAR else None
    if pause_at is not None and now >= pause_at:
        return _decision(state.offering(0, now), silent, now)
    if now >= least_at:
        state = state.offering(settings.least, now)
    return _decision(state, silent, now, pause_at, least_at)


def _since(state: SolarState, woke_at: datetime | None) -> SolarState:
    """Return the state without what was so before a sensor was silent, if that was not noticed.

    Home Assistant may have been suspended meanwhile.
    """
    if woke_at is None:
        return state
    return replace(
        state,
        more_since=_not_before(woke_at, state.more_since),
        less_since=_not_before(woke_at, state.less_since),
        lack_since=_not_before(woke_at, state.lack_since),
    )


def _not_before(woke_at: datetime, since: datetime | None) -> datetime | None:
    return since if since and since >= woke_at else None


def _within_limits(
    state: SolarState, settings: SolarSettings, now: datetime
) -> SolarState:
    """Return the state within what the owner allows, at once."""
    if settings.most < settings.least:
        return state.offering(0, now)
    if state.charging or settings.mode is SolarMode.MIN_SOLAR:
        amps = min(max(state.amps, settings.least), settings.most)
        return state.offering(amps, now)
    return state


def _reason_meanwhile(
    state: SolarState, settings: SolarSettings
) -> tuple[SolarReason, datetime | None]:
    """Return the reason, and until when, while the meters have nothing new to say."""
    if state.reason in (_CHARGES if state.charging else _WAITS):
        return state.reason, state.until
    if not state.charging:
        return SolarReason.WAITING_FOR_SUN, None
    if settings.mode is SolarMode.MIN_SOLAR:
        return SolarReason.GRID_HELPS, None
    return SolarReason.CHARGING_WITH_SUN, None


def _start_at(situation: _Situation, state: SolarState) -> datetime:
    """Return when a paused car starts, if there is enough until then."""
    enough_since = state.more_since or situation.now
    start_at = enough_since + situation.patience(START_AFTER, GAPS_UP)
    return _apart(start_at, state.switched_at, PAUSE_AT_LEAST)


def _stop_at(situation: _Situation, state: SolarState) -> datetime | None:
    """Return when the car is paused, if there is too little until then."""
    mode, phases = situation.settings.mode, situation.measured.phases
    if state.lack_since is None or mode is SolarMode.MIN_SOLAR:
        return None
    if state.phases and phases and phases > state.phases:
        # There was never enough for the phases that the car turns out to use.
        return state.lack_since + situation.patience(DOWN_AFTER, GAPS_UP)
    stop_at = state.lack_since + situation.patience(STOP_AFTER, GAPS_STOP)
    return _apart(stop_at, state.switched_at, CHARGE_AT_LEAST)


def _step_at(situation: _Situation, state: SolarState) -> datetime | None:
    """Return when the next step up or down is due."""
    if state.less_since is not None:
        due_at, apart = state.less_since + DOWN_AFTER, DOWN_APART
    elif state.more_since is not None:
        due_at = state.more_since + situation.patience(UP_AFTER, GAPS_UP)
        apart = UP_APART
    else:
        return None
    sparing = state.changes >= CHANGES_A_DAY
    return _apart(due_at, state.changed_at, SPARING_APART if sparing else apart)


def _apart(at: datetime, last: datetime | None, apart: timedelta) -> datetime:
    """Return a time, or a later one that is far enough from the last."""
    return at if last is None else max(at, last + apart)


def _recount_at(state: SolarState) -> datetime | None:
    """Return when steps may come faster again, after too many changes."""
    if state.counted_from is None or state.changes < CHANGES_A_DAY:
        return None
    return state.counted_from + DAY


def _follows(measured: Measured, state: SolarState) -> bool:
    """Whether the car draws about what it may draw."""
    if not measured.car:
        return True
    allowed = state.amps * measured.watts_per_amp
    return measured.car[-1].watts >= CAR_FOLLOWS * allowed


def _decision(
    state: SolarState,
    reason: SolarReason,
    now: datetime,
    until: datetime | None = None,
    *looks: datetime | None,
) -> SolarDecision:
    """Return the decision; of the times to look again, those that are still to come."""
    state = replace(state, reason=reason, until=until)
    later = [at for at in (until, *looks) if at is not None and at > now]
    return SolarDecision(state=state, look_again=min(later, default=None))
