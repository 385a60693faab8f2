"""Planner of the owner's direct requests, one after the other."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from ocpp.v16 import call
from ocpp.v16.enums import MessageTrigger

from ..model.offline_fix import ACCEPTED
from ..model.pending import OwnerRequest, PlainRequest
from ..model.reading import Read, Write
from ..state import ChargerState
from .step import Answer, Result, Step, Wait, silent, write_condition


def next_step(state: ChargerState, _: datetime) -> Step | Wait | None:
    """Return the next request; reads and writes wait for provisioning."""
    for number, request in state.pending.owner_requests.items():
        item = request.item
        if not request.done and not (
            state.provisioning.busy and isinstance(item, Read | Write)
        ):
            return Step(
                request=item.request,
                sending=partial(_sent, number),
                only_if=write_condition(item) if isinstance(item, Write) else None,
                learn=partial(_learn, number),
                save_first=isinstance(item, Write),
            )
    return None


def added(
    state: ChargerState, item: Read | Write | PlainRequest
) -> tuple[ChargerState, int]:
    """Return the state with a request added, and its number."""
    number = max(state.pending.owner_requests, default=0) + 1
    return _changed(state, number, OwnerRequest(item=item)), number


def removed(state: ChargerState, number: int) -> ChargerState:
    """Return the state without a request."""
    known = state.pending.owner_requests
    return _with(state, {other: known[other] for other in known if other != number})


def booted(state: ChargerState) -> ChargerState:
    """Return the state after a boot: requests that were sent and not answered are dropped.

    A request for a BootNotification counts as accepted: its message may come before the answer.
    """
    left = {
        number: request
        for number, request in state.pending.owner_requests.items()
        if not request.sent or request.done or _asks_for_boot(request)
    }
    for number, request in left.items():
        if request.sent and isinstance(request.item, PlainRequest):
            item = replace(request.item, status=ACCEPTED, done=True)
            left[number] = replace(request, item=item)
    return _with(state, left)


def _asks_for_boot(request: OwnerRequest) -> bool:
    asked = request.item.request
    return (
        isinstance(asked, call.TriggerMessage)
        and asked.requested_message is MessageTrigger.boot_notification
    )


def _sent(number: int, state: ChargerState) -> ChargerState:
    request = state.pending.owner_requests.get(number)
    return _changed(state, number, replace(request, sent=True)) if request else state


def _learn(
    number: int, state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    if (request := state.pending.owner_requests.get(number)) is None:
        return state
    item: Read | Write | PlainRequest
    if answer.result is Result.WITHDRAWN and isinstance(request.item, Write):
        item = replace(request.item, status=answer.result.value, values=())
        return _changed(state, number, replace(request, item=item, sent=False))
    if not answer.given:
        return silent(removed(state, number), answer, now)
    match request.item:
        case Read() as read:
            item = read.answered(answer.result_payload)
            state = _with_settings(state, item) if item.done else state
        case Write() as write:
            item = write.answered(answer.status)
        case PlainRequest() as plain:
            item = replace(plain, status=answer.status, done=True)
    return _changed(state, number, replace(request, item=item, sent=False))


def _changed(state: ChargerState, number: int, request: OwnerRequest) -> ChargerState:
    return _with(state, {**state.pending.owner_requests, number: request})


def _with(state: ChargerState, requests: Mapping[int, OwnerRequest]) -> ChargerState:
    return replace(state, pending=replace(state.pending, owner_requests=requests))


def _with_settings(state: ChargerState, read: Read) -> ChargerState:
    """Return the state with settings that were read."""
    if read.keys is None:
        return replace(state, settings=state.settings.read(read.found))
    # Keys that were not asked for are dropped, so that they cannot pile up.
    asked = {key: read.found[key] for key in read.keys if key in read.found}
    return replace(state, settings=state.settings.partly_read(asked))
