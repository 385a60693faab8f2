"""Planner of the local authorisation list: a locked charger accepts the valid cards offline."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from ocpp.v16 import call
from ocpp.v16.enums import UpdateType

from ...csms.requests import UNSUPPORTED, read_list_version
from ..model.local_list import (
    NO_LIST,
    Entries,
    ListSync,
    LocalList,
    Update,
    most_per_message,
    supports_list,
    updates,
    valid_entries,
)
from ..state import ChargerState
from .step import Answer, Result, Step, Wait


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request, if the charger is locked and has a list."""
    if not state.identity.is_wallbox or state.link.rebooting:
        return None
    if not (state.locked and supports_list(state.settings.configuration)):
        return None
    return _towards(state, valid_entries(state.access.cards, now), now)


def step_to_clear(state: ChargerState, now: datetime) -> Step | None:
    """Return the next request to remove our cards from a charger that may hold some."""
    entries = state.access.local_list.entries
    return _towards(state, {}, now) if entries or entries is None else None


def tried_again(state: ChargerState) -> ChargerState:
    """Return the state in which a refused list is sent again."""
    return _with(state, replace(state.access.list_sync, refused=None))


def _towards(state: ChargerState, wanted: Entries, now: datetime) -> Step | None:
    sync = state.access.list_sync
    if wanted == sync.refused:
        return None
    if not sync.asked:
        return Step(request=call.GetLocalListVersion(), learn=_learn_version)
    most = most_per_message(state.settings.configuration)
    update = next(iter(updates(state.access.local_list, wanted, now, most)), None)
    if update is None:
        return None
    return Step(request=update.request, learn=partial(_learn, update, wanted))


def _learn_version(state: ChargerState, answer: Answer, _: datetime) -> ChargerState:
    """Learn which list the charger has: another version means that it is another operator's."""
    if answer.result in (Result.DROPPED, Result.NOT_SENT):
        return state
    answered = answer.result is Result.ANSWERED
    version = read_list_version(answer.payload) if answered else UNSUPPORTED
    held = state.access.local_list
    if version != held.version:
        entries: dict[str, datetime | None] | None = {} if version == NO_LIST else None
        held = LocalList(version=version, entries=entries)
    return _with(state, replace(state.access.list_sync, asked=True), held)


def _learn(
    update: Update, wanted: Entries, state: ChargerState, answer: Answer, _: datetime
) -> ChargerState:
    sync = state.access.list_sync
    if answer.result is Result.NOT_SENT:
        return state
    if answer.result is Result.DROPPED:
        # It may have been accepted all the same; its version will show that.
        return _with(state, replace(sync, asked=False))
    whole = sync.full or update.request.update_type is UpdateType.full
    if answer.accepted:
        complete = update.after.entries == wanted
        sync = replace(sync, full=whole and not complete, refused=None)
        return _with(state, sync, update.after)
    # After a refused differential update, a full update may be accepted.
    held = LocalList(version=state.access.local_list.version, entries=None)
    sync = replace(sync, full=False, refused=wanted if whole else None)
    return _with(state, sync, held)


def _with(
    state: ChargerState, sync: ListSync, held: LocalList | None = None
) -> ChargerState:
    held = held or state.access.local_list
    return replace(state, access=replace(state.access, local_list=held, list_sync=sync))
