"""Planner of a restore: clears our cards and limits, and writes the original configuration."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from ocpp.v16 import call
from ocpp.v16.enums import ClearChargingProfileStatus

from ...csms.requests import ConfigurationKey
from ..model.offline_fix import ACCEPTED, Protection, Setting, is_only_idle, same
from ..model.provisioning import CARDS, IGNORED, LIMITS, Restore, RestorePhase
from ..model.reading import WRITTEN, Write
from ..state import ChargerState
from . import limits, local_list
from .notice import forgotten
from .step import Answer, Result, Step, silent, write_condition


def next_step(state: ChargerState, now: datetime) -> Step | None:
    """Return the next request."""
    if (restore := state.provisioning.restore) is None:
        return None
    match restore.phase:
        case RestorePhase.WRITE if write := restore.write:
            return Step(
                request=write.request,
                only_if=write_condition(write),
                learn=_learn_written,
            )
        case RestorePhase.CLEAR_LIMITS:
            return Step(request=call.ClearChargingProfile(), learn=_learn_cleared)
        case RestorePhase.CLEAR_CARDS:
            step = local_list.step_to_clear(state, now)
            return step and replace(step, learn=partial(_learn_cards, step))
        case RestorePhase.READ_BACK:
            return Step(request=restore.read.request, learn=_learn_read)
        case _:
            return None


def advanced(state: ChargerState, now: datetime) -> ChargerState:
    """Go to the next phase, as far as no request is needed."""
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
            return _with(state, replace(restore, phase=RestorePhase.WRITE))
        case _:
            return state


def begun(state: ChargerState) -> ChargerState:
    """Return the state once the owner has requested a restore."""
    changes = tuple(
        Setting(key=key, value=value, only_idle=is_only_idle(key))
        for key, value in state.settings.originals.items()
    )
    provisioning = replace(
        state.provisioning, run=None, asked=False, restore=Restore(changes=changes)
    )
    return replace(
        local_list.tried_again(state),
        settings=replace(state.settings, fix_enabled=False, not_restored=()),
        provisioning=provisioning,
    )


def outcome(state: ChargerState) -> Mapping[str, str] | None:
    """Return the status of each key, and of what was not cleared; None as long as it is not done."""
    restore = state.provisioning.restore
    return restore.answers if restore and restore.phase is RestorePhase.DONE else None


def _learn_written(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    restore = state.provisioning.restore
    if restore is None or restore.write is None:
        return state
    if answer.result is Result.WITHDRAWN:
        withdrawn = restore.with_answer(restore.write.setting.key, answer.result.value)
        return _with(state, replace(withdrawn, write=None))
    if not answer.given:
        return silent(state, answer, now)
    return _with(state, restore.answered(restore.write, answer.status))


def _learn_cleared(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    cleared = answer.accepted or answer.status == ClearChargingProfileStatus.unknown
    if cleared:
        state = limits.default_cleared(state)
    # A charger that refuses limits holds none of ours.
    if not cleared and not state.charging.held.default_refused:
        restore = restore.with_answer(LIMITS, answer.status)
    return _with(state, replace(restore, phase=RestorePhase.READ_BACK))


def _learn_cards(
    step: Step, state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    state = step.learn(state, answer, now)
    restore = state.provisioning.restore
    sent = isinstance(step.request, call.SendLocalList)
    if restore and sent and (answer.given or answer.result is Result.SILENT):
        status = answer.status if answer.given else answer.result.value
        answers = {name: was for name, was in restore.answers.items() if name != CARDS}
        restore = replace(restore, answers=answers)
        if not answer.accepted:
            restore = restore.with_answer(CARDS, status)
        state = _with(state, restore)
    return silent(state, answer, now)


def _learn_read(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    if (restore := state.provisioning.restore) is None:
        return state
    if not answer.given:
        return silent(state, answer, now)
    read = restore.read.answered(answer.result_payload)
    if not read.done:
        return _with(state, replace(restore, read=read))
    answers = _seen(restore.answers, state.settings.originals, read.found)
    refused = tuple(name for name, said in answers.items() if said not in WRITTEN)
    settings = state.settings.read(read.found).judged(Protection())
    settings = replace(settings, not_restored=refused)
    # The cards were cleared in the phase before.
    access = state.access
    state = replace(forgotten(state), access=access, settings=settings)
    provisioning = replace(state.provisioning, brought_to=state.settings_wanted)
    return _with(
        replace(state, provisioning=provisioning),
        replace(restore, phase=RestorePhase.DONE, answers=answers),
    )


def _seen(
    answers: Mapping[str, str],
    originals: Mapping[str, str],
    found: Mapping[str, ConfigurationKey],
) -> dict[str, str]:
    """Return the statuses, corrected by what was read back: "Accepted" alone is no success."""
    return {
        name: IGNORED
        if said == ACCEPTED
        and name in found
        and not same(found[name].value, originals[name])
        else said
        for name, said in answers.items()
    }


def _with(state: ChargerState, restore: Restore) -> ChargerState:
    return replace(state, provisioning=replace(state.provisioning, restore=restore))
