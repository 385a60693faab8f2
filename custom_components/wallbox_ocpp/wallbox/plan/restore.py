"""The original configuration of a charger, put back: its settings, and none of our limits and cards."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from ocpp.v16 import call

from ..model.offline_fix import PROFILES, Protection, Setting
from ..model.provisioning import Restore, RestorePhase
from ..model.reading import Write
from ..state import ChargerState
from . import local_list
from .notice import forgotten
from .step import Answer, Result, Step, silent

_ONLY_IDLE: Final = frozenset(
    setting.key
    for settings in PROFILES.values()
    for setting in settings
    if setting.only_idle
)


def next_step(state: ChargerState, now: datetime) -> Step | None:
    """Return the next request."""
    if (restore := state.provisioning.restore) is None:
        return None
    match restore.phase:
        case RestorePhase.WRITE if write := restore.write:
            return Step(
                request=write.request,
                only_if=_may_change if write.setting.only_idle else None,
                learn=_learn_written,
            )
        case RestorePhase.CLEAR_LIMITS:
            return Step(request=call.ClearChargingProfile(), learn=_learn_cleared)
        case RestorePhase.CLEAR_CARDS:
            return local_list.step_to_clear(state, now)
        case RestorePhase.READ_BACK:
            return Step(request=restore.read.request, learn=_learn_read)
        case _:
            return None


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Go on to what is next where that needs no request."""
    state, before = _advanced(state, now), state
    while state is not before:
        state, before = _advanced(state, now), state
    return state


def begun(state: ChargerState) -> ChargerState:
    """Return the state once the owner wants the original configuration back."""
    changes = tuple(
        Setting(key=key, value=value, only_idle=key in _ONLY_IDLE)
        for key, value in state.settings.originals.items()
    )
    provisioning = replace(
        state.provisioning, run=None, asked=False, restore=Restore(changes=changes)
    )
    return replace(
        state,
        settings=replace(state.settings, fix_enabled=False),
        provisioning=provisioning,
    )


def outcome(state: ChargerState) -> Mapping[str, str] | None:
    """Return the charger's answer to each key; None as long as it is not put back."""
    restore = state.provisioning.restore
    return restore.answers if restore and restore.phase is RestorePhase.DONE else None


def _advanced(state: ChargerState, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    match restore.phase:
        case RestorePhase.WRITE if restore.write is None:
            if not restore.changes:
                return _with(state, replace(restore, phase=RestorePhase.CLEAR_LIMITS))
            setting, *changes = restore.changes
            return _with(
                state, replace(restore, write=Write.of(setting), changes=tuple(changes))
            )
        case RestorePhase.CLEAR_CARDS:
            if local_list.step_to_clear(state, now):
                return state
            return _with(state, replace(restore, phase=RestorePhase.READ_BACK))
        case _:
            return state


def _may_change(state: ChargerState) -> bool:
    return state.may_change_authorisation


def _learn_written(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    restore = state.provisioning.restore
    if restore is None or restore.write is None:
        return state
    if answer.result is Result.WITHDRAWN:
        answers = {**restore.answers, restore.write.setting.key: answer.result.value}
        return _with(state, replace(restore, write=None, answers=answers))
    if not answer.given:
        return silent(state, answer, now)
    write = restore.write.answered(answer.status)
    return _with(
        state,
        replace(
            restore,
            write=None if write.done else write,
            answers={**restore.answers, write.setting.key: write.status},
        ),
    )


def _learn_cleared(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    return _with(state, replace(restore, phase=RestorePhase.CLEAR_CARDS))


def _learn_read(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = restore.read.answered(answer.result_payload)
    if not read.done:
        return _with(state, replace(restore, read=read))
    settings = state.settings.read(read.found).judged(Protection())
    # The cards have been cleared just now.
    access = state.access
    state = replace(forgotten(state), access=access, settings=settings)
    provisioning = replace(state.provisioning, brought_to=state.settings_wanted)
    return _with(
        replace(state, provisioning=provisioning),
        replace(restore, phase=RestorePhase.DONE),
    )


def _with(state: ChargerState, restore: Restore) -> ChargerState:
    return replace(state, provisioning=replace(state.provisioning, restore=restore))
