"""Planner of the offline fix: read the configuration, write differences, read back, judge.

That happens after every boot of the charger, once in a run of Home Assistant without a boot, and
whenever the owner changes the offline profile or requests it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from ..model.drift import drifted_keys
from ..model.firmware import supports_offline_fix
from ..model.offline_fix import (
    PROFILES,
    REPORTING,
    Attempt,
    Plan,
    Protection,
    Setting,
    Verdict,
    following,
    judge,
    needs_authorisation,
    plan,
)
from ..model.provisioning import Phase, Run
from ..model.reading import Read, Write
from ..model.settings import CEILING, FREE_ID_TAG, LEVELS, MOST_PROFILES
from ..state import ChargerState
from . import limits
from .step import Answer, Result, Step, Wait, silent, write_condition

BRIGHTNESS: Final = "LightIntensity"
KEYS: Final = (
    *dict.fromkeys(
        setting.key
        for settings in (*PROFILES.values(), REPORTING)
        for setting in settings
    ),
    CEILING,
    LEVELS,
    MOST_PROFILES,
    BRIGHTNESS,
    FREE_ID_TAG,
)
"""The keys to read one by one, if the charger refuses to send all at once."""


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request of the run that `advanced` has begun."""
    run = state.provisioning.run
    return _run_step(state, run, now) if run else None


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Begin a run, go to its next phase, or end it, as far as no request is needed."""
    if state.provisioning.restore:
        return state
    if (run := state.provisioning.run) is None:
        if state.pending.silent_until:
            return state
        if _is_due(state):
            return _with_run(state, Run(wanted=state.settings_wanted))
        return _judged_again(state) if _is_judged_otherwise(state, now) else state
    match run.phase:
        case Phase.LIMIT | Phase.LIMIT_AGAIN:
            if isinstance(limits.next_step_at_once(state, now), Step):
                return state
            if run.phase is Phase.LIMIT:
                read = Read(fallback=KEYS)
                return _with_run(state, replace(run, phase=Phase.READ, read=read))
            return _planned(state, run)
        case Phase.WRITE if _tries_limit(state, now):
            return state
        case Phase.WRITE if not run.changes and run.write is None:
            if run.answers:
                read = Read(keys=tuple(run.answers))
                return _with_run(state, replace(run, phase=Phase.READ_BACK, read=read))
            return _ended(_judged(state, run), run)
        case Phase.WRITE if run.write is None:
            setting, *changes = run.changes
            write = Write.of(setting) if _allows(state, run, setting) else None
            return _with_run(state, replace(run, write=write, changes=tuple(changes)))
        case Phase.WRITE if run.write and not _allows(state, run, run.write.setting):
            return _with_run(state, replace(run, write=None))
        case _:
            return state


def requested(state: ChargerState) -> ChargerState:
    """Return the state once the owner wants the offline fix applied, or verified."""
    provisioning = replace(state.provisioning, asked=True, restore=None)
    return replace(
        state,
        settings=replace(state.settings, fix_enabled=True, not_restored=()),
        provisioning=provisioning,
    )


def outcome(state: ChargerState) -> Protection | None:
    """Return the result of a comparison; None as long as it is not done."""
    if state.provisioning.asked or state.pending.silent_until:
        return None
    return state.settings.protection if state.link.connected else None


def doubted(state: ChargerState) -> ChargerState:
    """Return the state in which the settings are compared again, because they may have changed."""
    return replace(state, provisioning=replace(state.provisioning, brought_to=None))


def _is_due(state: ChargerState) -> bool:
    provisioning = state.provisioning
    if provisioning.asked:
        return True
    if not state.identity.is_wallbox or state.link.rebooting:
        return False
    if provisioning.brought_to != state.settings_wanted:
        return True
    # A protected charger may still lack settings that are not essential.
    waits = bool(provisioning.deferred) or state.verdict is Verdict.WAITING_FOR_UNPLUG
    return waits and state.may_change_authorisation


def _is_judged_otherwise(state: ChargerState, now: datetime) -> bool:
    """Return whether the settings were judged by another answer of the charger to its limit."""
    known, refused = state.settings.protection, state.charging.held.default_refused
    if known.verdict is Verdict.UNKNOWN or known.limit_accepted != refused:
        return False
    ours = state.settings.fix_enabled and state.identity.is_wallbox
    return ours and not state.link.rebooting and not _tries_limit(state, now)


def _judged_again(state: ChargerState) -> ChargerState:
    """Judge the settings by the present answer; begin a run if there is something to write now."""
    planned = _writes(state)
    run = Run(wanted=state.settings_wanted, deferred=planned.deferred)
    if planned.changes:
        return _with_run(state, run)
    provisioning = replace(state.provisioning, deferred=run.deferred)
    return _judged(replace(state, provisioning=provisioning), run)


def _planned(state: ChargerState, run: Run) -> ChargerState:
    """Plan the writes, and keep the values before our first write as the original ones."""
    if not state.settings.fix_enabled:
        return _ended(state, run)
    planned = _writes(state)
    found = {
        setting.key: state.settings.configuration[setting.key].value or ""
        for setting in planned.changes
    }
    # If the run is interrupted, the settings are neither the old nor the new ones.
    begun = replace(state.provisioning, brought_to=None)
    serial_number = state.identity.serial_number
    state = replace(
        state,
        settings=state.settings.found_in(serial_number, found),
        provisioning=begun,
    )
    return _with_run(
        state,
        replace(
            run,
            wanted=state.settings_wanted,
            phase=Phase.WRITE,
            changes=planned.changes,
            deferred=planned.deferred,
        ),
    )


def _tries_limit(state: ChargerState, now: datetime) -> bool:
    """Return whether the charger has refused its limit, and other dialects are left to try."""
    refused = state.charging.held.default_refused
    return refused and isinstance(limits.next_step_at_once(state, now), Step)


def _allows(state: ChargerState, run: Run, setting: Setting) -> bool:
    """Return whether a setting may be written: not free mode without a limit."""
    locks = needs_authorisation(run.wanted[0])
    return locks or not setting.only_idle or not state.charging.held.default_refused


def _settings(state: ChargerState) -> tuple[Setting, ...]:
    if supports_offline_fix(state.identity.firmware) is False:
        return REPORTING
    return (*REPORTING, *PROFILES[state.access.lock.profile])


def _writes(state: ChargerState) -> Plan:
    """Return what has to be written, now and later."""
    return plan(
        _settings(state),
        state.settings.configuration,
        idle=state.may_change_authorisation,
    )


def _judged(state: ChargerState, run: Run) -> ChargerState:
    settings, known = state.settings, state.settings.protection
    attempt = Attempt(
        limit_accepted=not state.charging.held.default_refused,
        answers={**known.answers, **run.answers},
        deferred=run.deferred,
        rebooted=known.rebooted,
    )
    protection = judge(
        run.wanted[0], state.identity.firmware, settings.configuration, attempt
    )
    protection = following(known, protection)
    return replace(state, settings=settings.judged(protection))


def _ended(state: ChargerState, run: Run) -> ChargerState:
    asked = state.provisioning.asked
    provisioning = replace(
        state.provisioning,
        run=None,
        asked=False,
        brought_to=run.wanted,
        deferred=run.deferred,
    )
    # There may have been no reading since the offline period.
    readings_due = state.pending.readings_due or not asked
    pending = replace(state.pending, readings_due=readings_due)
    return replace(state, provisioning=provisioning, pending=pending)


def _run_step(state: ChargerState, run: Run, now: datetime) -> Step | None:
    match run.phase:
        case Phase.LIMIT | Phase.LIMIT_AGAIN:
            step = limits.next_step_at_once(state, now)
            return step if isinstance(step, Step) else None
        case Phase.READ | Phase.READ_BACK:
            return Step(request=run.read.request, learn=_learn_read)
        case Phase.WRITE if (write := run.write) and not _tries_limit(state, now):
            return Step(
                request=write.request,
                only_if=write_condition(write),
                save_first=True,
                learn=_learn_written,
            )
        case Phase.WRITE:
            return None


def _learn_read(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (run := state.provisioning.run) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = run.read.answered(answer.result_payload)
    if not read.done:
        return _with_run(state, replace(run, read=read))
    if run.phase is Phase.READ_BACK:
        settings = state.settings.partly_read(read.found)
        return _ended(_judged(replace(state, settings=settings), run), run)
    before, held = state.settings, state.charging.held.retried()
    undone = drifted_keys(before.protection, state.access.lock.profile, read.found)
    drift = before.drift.noted(undone, now)
    settings = replace(before.read(read.found), drift=drift)
    if settings.capabilities != before.capabilities:
        # The capabilities have changed, and another stack level may be accepted.
        held = replace(held, refused=())
    state = replace(state, settings=settings).holding(held)
    return _with_run(state, replace(run, phase=Phase.LIMIT_AGAIN))


def _learn_written(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    run = state.provisioning.run
    if run is None or run.write is None:
        return state
    if answer.result is Result.WITHDRAWN:
        key = run.write.setting.key
        return _with_run(state, replace(run, write=None, deferred=(*run.deferred, key)))
    if not answer.given:
        return silent(state, answer, now)
    return _with_run(state, run.answered(run.write, answer.status))


def _with_run(state: ChargerState, run: Run) -> ChargerState:
    return replace(state, provisioning=replace(state.provisioning, run=run))
