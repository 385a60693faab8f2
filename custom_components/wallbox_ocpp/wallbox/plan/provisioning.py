"""The settings of a charger: read, write the differences, read back, judge; or put back as found.

It is done after every start of the charger, once in a run of Home Assistant without one, and
whenever the owner wants another profile or asks for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ocpp.v16 import call

from ..model import capabilities
from ..model.drift import drifted_keys
from ..model.firmware import supports_offline_fix
from ..model.offline_fix import (
    PROFILES,
    REPORTING,
    Attempt,
    ProfileName,
    Protection,
    Setting,
    Verdict,
    judge,
    needs_authorisation,
    plan,
)
from ..model.provisioning import Phase, Restore, RestorePhase, Run
from ..model.reading import Read, Write
from ..state import ChargerState
from . import limits, local_list
from .notice import forgotten
from .step import Answer, Result, Step, Wait, silent

BRIGHTNESS: Final = "LightIntensity"
KEYS: Final = (
    *dict.fromkeys(
        setting.key
        for settings in (*PROFILES.values(), REPORTING)
        for setting in settings
    ),
    capabilities.CEILING,
    capabilities.LEVELS,
    capabilities.PROFILES,
    BRIGHTNESS,
)
"""All that we need to know of a charger, should it not tell everything at once."""
_ONLY_IDLE: Final = frozenset(
    setting.key
    for settings in PROFILES.values()
    for setting in settings
    if setting.only_idle
)


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request of what `advanced` has begun."""
    provisioning = state.provisioning
    if restore := provisioning.restore:
        return _restore_step(state, restore, now)
    if run := provisioning.run:
        return _run_step(state, run, now)
    return None


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Begin, go on or end where that needs no request."""
    state, before = _advanced(state, now), state
    while state is not before:
        state, before = _advanced(state, now), state
    return state


def wanted(state: ChargerState) -> tuple[ProfileName, bool]:
    """Return what the settings are to be brought to."""
    return state.lock.profile, state.fix_enabled


def restore_begun(state: ChargerState) -> ChargerState:
    """Return the state once the owner wants the original configuration back."""
    changes = tuple(
        Setting(key=key, value=value, only_idle=key in _ONLY_IDLE)
        for key, value in state.originals.items()
    )
    provisioning = replace(
        state.provisioning, run=None, asked=False, restore=Restore(changes=changes)
    )
    return replace(state, fix_enabled=False, provisioning=provisioning)


def restore_outcome(state: ChargerState) -> Mapping[str, str] | None:
    """Return the charger's answer to each key; None as long as it is not put back."""
    restore = state.provisioning.restore
    return restore.answers if restore and restore.phase is RestorePhase.DONE else None


def requested(state: ChargerState) -> ChargerState:
    """Return the state once the owner wants the offline fix applied, or verified."""
    provisioning = replace(state.provisioning, asked=True, restore=None)
    return replace(state, fix_enabled=True, provisioning=provisioning)


def outcome(state: ChargerState) -> Protection | None:
    """Return what a comparison came to; None as long as it is not done."""
    waits = state.provisioning.asked or state.link.silent_until or not state.connected
    return None if waits else state.protection


def doubted(state: ChargerState) -> ChargerState:
    """Compare again: what the charger holds has changed."""
    return replace(state, provisioning=replace(state.provisioning, brought_to=None))


def _is_due(state: ChargerState) -> bool:
    provisioning = state.provisioning
    if provisioning.asked:
        return True
    if not state.is_wallbox or state.rebooting:
        return False
    if provisioning.brought_to != wanted(state):
        return True
    # Also a charger that is protected may lack what is not essential.
    waits = bool(provisioning.deferred) or state.verdict is Verdict.WAITING_FOR_UNPLUG
    return waits and state.may_change_authorisation


# Bringing the settings to what is wanted.


def _advanced(state: ChargerState, now: datetime) -> ChargerState:
    provisioning = state.provisioning
    if restore := provisioning.restore:
        return _restore_advanced(state, restore, now)
    if (run := provisioning.run) is None:
        due = not state.link.silent_until and _is_due(state)
        return _with_run(state, wanted=wanted(state)) if due else state
    match run.phase:
        case Phase.LIMIT | Phase.LIMIT_AGAIN:
            if isinstance(limits.next_step_at_once(state, now), Step):
                return state
            if run.phase is Phase.LIMIT:
                read = Read(fallback=KEYS)
                return _with_run(state, run, phase=Phase.READ, read=read)
            return _planned(state, run)
        case Phase.WRITE if _tries_limit(state, now):
            return state
        case Phase.WRITE if not run.changes and run.write is None:
            if run.answers:
                read = Read(keys=tuple(run.answers))
                return _with_run(state, run, phase=Phase.READ_BACK, read=read)
            return _judged(state, run)
        case Phase.WRITE if run.write is None:
            setting, *changes = run.changes
            write = Write.of(setting) if _allows(state, run, setting) else None
            return _with_run(state, run, write=write, changes=tuple(changes))
        case Phase.WRITE if run.write and not _allows(state, run, run.write.setting):
            return _with_run(state, run, write=None)
        case _:
            return state


def _planned(state: ChargerState, run: Run) -> ChargerState:
    """Plan what to write, and keep what was there before we change it for the first time."""
    if not state.fix_enabled:
        return _ended(state, run)
    planned = plan(
        _settings(state), state.configuration, idle=state.may_change_authorisation
    )
    found = {
        setting.key: state.configuration[setting.key].value or ""
        for setting in planned.changes
    }
    # If it is broken off, the settings are neither the old nor the new ones.
    begun = replace(state.provisioning, brought_to=None)
    return _with_run(
        replace(state, originals=found | {**state.originals}, provisioning=begun),
        run,
        # What is wanted may have changed since the run began.
        wanted=wanted(state),
        phase=Phase.WRITE,
        changes=planned.changes,
        deferred=planned.deferred,
    )


def _tries_limit(state: ChargerState, now: datetime) -> bool:
    """Say whether the charger has refused its limit, and other wordings are left."""
    refused = state.held.default_refused
    return refused and isinstance(limits.next_step_at_once(state, now), Step)


def _allows(state: ChargerState, run: Run, setting: Setting) -> bool:
    """Say whether a setting may be written: none that sets a charger free without a limit."""
    locks = needs_authorisation(run.wanted[0])
    return locks or not setting.only_idle or not state.held.default_refused


def _settings(state: ChargerState) -> tuple[Setting, ...]:
    if supports_offline_fix(state.identification.firmware) is False:
        return REPORTING
    return (*REPORTING, *PROFILES[state.lock.profile])


def _judged(state: ChargerState, run: Run) -> ChargerState:
    attempt = Attempt(
        limit_accepted=not state.held.default_refused,
        answers={**state.protection.answers, **run.answers},
        deferred=run.deferred,
        rebooted=state.protection.rebooted,
    )
    protection = judge(
        run.wanted[0], state.identification.firmware, state.configuration, attempt
    )
    return _ended(replace(state, protection=protection), run)


def _ended(state: ChargerState, run: Run) -> ChargerState:
    asked = state.provisioning.asked
    provisioning = replace(
        state.provisioning,
        run=None,
        asked=False,
        brought_to=run.wanted,
        deferred=run.deferred,
    )
    # What it was read with tells what the charger draws only by chance.
    link = replace(state.link, readings_due=state.link.readings_due or not asked)
    return replace(state, provisioning=provisioning, link=link)


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
                only_if=_may_change if write.setting.only_idle else None,
                save_first=True,
                learn=_learn_written,
            )
        case Phase.WRITE:
            return None


def _may_change(state: ChargerState) -> bool:
    return state.may_change_authorisation


def _learn_read(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (run := state.provisioning.run) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = run.read.answered(answer.result_payload)
    if not read.done:
        return _with_run(state, run, read=read)
    if run.phase is Phase.READ_BACK:
        found = {**state.configuration, **read.found}
        return _judged(replace(state, configuration=found), run)
    undone = drifted_keys(state.protection, state.lock.profile, read.found)
    known = state.capabilities
    state = replace(
        state,
        configuration=read.found,
        drift=state.drift.noted(undone, now),
        held=state.held.retried(),
    )
    if state.capabilities != known:
        # What it can hold was not known, and other levels mean other wordings.
        state = replace(state, held=replace(state.held, refused=()))
    return _with_run(state, run, phase=Phase.LIMIT_AGAIN)


def _learn_written(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    run = state.provisioning.run
    if run is None or run.write is None:
        return state
    key = run.write.setting.key
    if answer.result is Result.WITHDRAWN:
        return _with_run(state, run, write=None, deferred=(*run.deferred, key))
    if not answer.given:
        return silent(state, answer, now)
    write = run.write.answered(answer.status)
    return _with_run(
        state,
        run,
        write=None if write.done else write,
        answers={**run.answers, key: write.status},
    )


def _with_run(
    state: ChargerState, run: Run | None = None, **changes: Any
) -> ChargerState:
    changed = replace(run, **changes) if run else Run(**changes)
    return replace(state, provisioning=replace(state.provisioning, run=changed))


# Putting back what was found.


def _restore_advanced(
    state: ChargerState, restore: Restore, now: datetime
) -> ChargerState:
    match restore.phase:
        case RestorePhase.WRITE if restore.write is None:
            if not restore.changes:
                return _with_restore(state, restore, phase=RestorePhase.CLEAR_LIMITS)
            setting, *changes = restore.changes
            return _with_restore(
                state, restore, write=Write.of(setting), changes=tuple(changes)
            )
        case RestorePhase.CLEAR_CARDS:
            if local_list.step_to_clear(state, now):
                return state
            return _with_restore(state, restore, phase=RestorePhase.READ_BACK)
        case _:
            return state


def _restore_step(state: ChargerState, restore: Restore, now: datetime) -> Step | None:
    match restore.phase:
        case RestorePhase.WRITE if write := restore.write:
            return Step(
                request=write.request,
                only_if=_may_change if write.setting.only_idle else None,
                learn=_learn_restored,
            )
        case RestorePhase.CLEAR_LIMITS:
            return Step(request=call.ClearChargingProfile(), learn=_learn_cleared)
        case RestorePhase.CLEAR_CARDS:
            return local_list.step_to_clear(state, now)
        case RestorePhase.READ_BACK:
            return Step(request=restore.read.request, learn=_learn_restore_read)
        case _:
            return None


def _learn_restored(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    restore = state.provisioning.restore
    if restore is None or restore.write is None:
        return state
    if answer.result is Result.WITHDRAWN:
        answers = {**restore.answers, restore.write.setting.key: answer.result.value}
        return _with_restore(state, restore, write=None, answers=answers)
    if not answer.given:
        return silent(state, answer, now)
    write = restore.write.answered(answer.status)
    return _with_restore(
        state,
        restore,
        write=None if write.done else write,
        answers={**restore.answers, write.setting.key: write.status},
    )


def _learn_cleared(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    return _with_restore(state, restore, phase=RestorePhase.CLEAR_CARDS)


def _learn_restore_read(
    state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = restore.read.answered(answer.result_payload)
    if not read.done:
        return _with_restore(state, restore, read=read)
    list_sync = state.list_sync
    state = replace(
        forgotten(state),
        list_sync=list_sync,
        configuration=read.found,
        protection=Protection(),
    )
    provisioning = replace(state.provisioning, brought_to=wanted(state))
    return _with_restore(
        replace(state, provisioning=provisioning), restore, phase=RestorePhase.DONE
    )


def _with_restore(
    state: ChargerState, restore: Restore, **changes: Any
) -> ChargerState:
    changed = replace(restore, **changes)
    return replace(state, provisioning=replace(state.provisioning, restore=changed))
