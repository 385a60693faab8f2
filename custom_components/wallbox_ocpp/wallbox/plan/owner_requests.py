"""Planner of the owner's direct requests, one after the other."""

from collections.abc import Iterable
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
    for request in state.pending.owner_requests:
        item = request.item
        if not request.done and not (
            state.provisioning.busy and isinstance(item, Read | Write)
        ):
            return Step(
                request=item.request,
                sending=partial(_sent, request.number),
                only_if=write_condition(item) if isinstance(item, Write) else None,
                learn=partial(_learn, request.number),
                save_first=isinstance(item, Write),
            )
    return None


def added(
    state: ChargerState, item: Read | Write | PlainRequest
) -> tuple[ChargerState, OwnerRequest]:
    """Return the state with a request added, and the request with its number."""
    known = state.pending.owner_requests
    last = max((request.number for request in known), default=0)
    request = OwnerRequest(number=last + 1, item=item)
    return _with(state, (*known, request)), request


def found(state: ChargerState, number: int) -> OwnerRequest | None:
    """Return a request; None if it was dropped, because the charger disconnected."""
    known = state.pending.owner_requests
    return next((request for request in known if request.number == number), None)


def removed(state: ChargerState, number: int) -> ChargerState:
    """Return the state without a request."""
    known = state.pending.owner_requests
    return _with(state, (request for request in known if request.number != number))


def booted(state: ChargerState) -> ChargerState:
    """Return the state after a boot: requests that were sent and not answered are dropped.

    A request for a BootNotification counts as accepted: its message may come before the answer.
    """
    return _with(
        state,
        (
            replace(request, item=replace(request.item, status=ACCEPTED, done=True))
            if isinstance(request.item, PlainRequest) and request.sent
            else request
            for request in state.pending.owner_requests
            if not request.sent or request.done or _asks_for_boot(request)
        ),
    )


def _asks_for_boot(request: OwnerRequest) -> bool:
    asked = request.item.request
    return (
        isinstance(asked, call.TriggerMessage)
        and asked.requested_message is MessageTrigger.boot_notification
    )


def _sent(number: int, state: ChargerState) -> ChargerState:
    request = found(state, number)
    return _changed(state, replace(request, sent=True)) if request else state


def _learn(
    number: int, state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    if (request := found(state, number)) is None:
        return state
    item: Read | Write | PlainRequest
    if answer.result is Result.WITHDRAWN and isinstance(request.item, Write):
        item = replace(request.item, status=answer.result.value, values=())
        return _changed(state, replace(request, item=item, sent=False))
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
    return _changed(state, replace(request, item=item, sent=False))


def _changed(state: ChargerState, changed: OwnerRequest) -> ChargerState:
    return _with(
        state,
        (
            changed if request.number == changed.number else request
            for request in state.pending.owner_requests
        ),
    )


def _with(state: ChargerState, requests: Iterable[OwnerRequest]) -> ChargerState:
    return replace(
        state, pending=replace(state.pending, owner_requests=tuple(requests))
    )


def _with_settings(state: ChargerState, read: Read) -> ChargerState:
    """Return the state with settings that were read."""
    if read.keys is None:
        return replace(state, settings=state.settings.read(read.found))
    # Keys that were not asked for are dropped, so that they cannot pile up.
    asked = {key: read.found[key] for key in read.keys if key in read.found}
    return replace(state, settings=state.settings.partly_read(asked))
