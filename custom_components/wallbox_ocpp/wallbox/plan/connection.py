"""Requests for messages (status, readings, BootNotification), and a reboot on request."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ocpp.v16 import call
from ocpp.v16.enums import MessageTrigger, ResetType

from ..model.charging_profiles import CONNECTOR
from ..model.pending import STATUS_WITHIN, Reset
from ..state import ChargerState
from .notice import forgotten
from .step import Answer, Result, Step, Wait, silent

ASK_FOR_BOOT_AFTER: Final = timedelta(seconds=60)
"""Time since the connect without a BootNotification; some chargers never send one."""
ASK_FOR_STATUS_AFTER: Final = timedelta(seconds=10)
"""Time since the connect; a Wallbox sends its status by itself (docs/chargers.md §3.1)."""
BACK_WITHIN: Final = timedelta(seconds=300)
"""Time for a reboot; it can take five minutes (docs/chargers.md §0)."""


def next_step(state: ChargerState, now: datetime) -> Step | Wait | None:
    """Return the next request."""
    pending = state.pending
    if pending.reset:
        return Step(
            request=call.Reset(type=ResetType(pending.reset)), learn=_learn_reset
        )
    connected_at = state.link.connected_at or now
    waits = [*pending.checks]
    if state.connector.status is None and not pending.status_requested:
        if (due := connected_at + ASK_FOR_STATUS_AFTER) <= now:
            return Step(
                request=trigger(MessageTrigger.status_notification),
                sending=_status_requested,
                learn=_learn_nothing,
            )
        waits.append(due)
    if last_call := _last_call(state):
        if last_call <= now:
            return Step(
                request=trigger(MessageTrigger.status_notification),
                sending=partial(_last_called, now + STATUS_WITHIN),
                learn=_learn_last_call,
            )
        waits.append(last_call)
    if state.link.booted_at is None and not pending.boot_requested:
        if (due := connected_at + ASK_FOR_BOOT_AFTER) <= now:
            return Step(
                request=trigger(MessageTrigger.boot_notification),
                sending=_boot_requested,
                learn=_learn_boot,
            )
        waits.append(due)
    return Wait(min(waits)) if waits else None


def next_reading(state: ChargerState, _: datetime) -> Step | None:
    """Return the request for readings, if they are due."""
    if not state.pending.readings_due:
        return None
    return Step(request=trigger(MessageTrigger.meter_values), learn=_learn_nothing)


def reset_requested(state: ChargerState, reset: Reset = Reset.SOFT) -> ChargerState:
    """Return the state once the owner wants a reboot; a refused soft reset is followed by a hard one."""
    return replace(state, pending=replace(state.pending, reset=reset))


def reset_outcome(before: ChargerState, state: ChargerState) -> bool | None:
    """Return whether the charger reboots; None as long as that is unknown.

    Some boot or reconnect before they have answered (docs/chargers.md §8.1.11).
    """
    link, earlier = state.link, before.link
    if link.rebooting or (earlier.booted_at, earlier.connected_at) != (
        link.booted_at,
        link.connected_at,
    ):
        return True
    unclear = state.pending.reset or state.pending.silent_until or not link.connected
    return None if unclear else False


def reset_given_up(state: ChargerState) -> ChargerState:
    """Return the state without a request to reboot, which must not be sent later."""
    return replace(state, pending=replace(state.pending, reset=None))


def trigger(message: MessageTrigger) -> call.TriggerMessage:
    """Return the request for a message."""
    at_connector = message in (
        MessageTrigger.meter_values,
        MessageTrigger.status_notification,
    )
    return call.TriggerMessage(
        requested_message=message, connector_id=CONNECTOR if at_connector else None
    )


def _last_call(state: ChargerState) -> datetime | None:
    """Return when to ask for the status before a session is closed; None if none is, or it was done.

    Its StopTransaction never came, and its car may be there after all.
    """
    session, abandon_at = state.ledger.open, state.pending.abandon_at
    if session is None or abandon_at is None:
        return None
    done = state.pending.last_call == session.transaction_id
    return None if done else abandon_at - STATUS_WITHIN


def _status_requested(state: ChargerState) -> ChargerState:
    return replace(state, pending=replace(state.pending, status_requested=True))


def _last_called(until: datetime, state: ChargerState) -> ChargerState:
    number = state.ledger.open.transaction_id if state.ledger.open else None
    pending = replace(state.pending, status_expected_until=until, last_call=number)
    return replace(state, pending=pending)


def _boot_requested(state: ChargerState) -> ChargerState:
    state = replace(state, link=state.link.expecting_boot(asked=True))
    return replace(state, pending=replace(state.pending, boot_requested=True))


def _learn_nothing(state: ChargerState, _: Answer, __: datetime) -> ChargerState:
    """Drop the request, whether or not the charger sends the message."""
    return replace(state, pending=replace(state.pending, readings_due=False))


def _learn_last_call(
    state: ChargerState, answer: Answer, now: datetime
) -> ChargerState:
    """Expect no status if the charger refuses to send it."""
    if answer.given and not answer.accepted:
        pending = replace(state.pending, status_expected_until=None)
        state = replace(state, pending=pending)
    return _learn_nothing(state, answer, now)


def _learn_boot(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    """Count the next BootNotification as a boot only if the request for one was refused."""
    if answer.result is Result.NOT_SENT:
        state = replace(state, pending=replace(state.pending, boot_requested=False))
    if not answer.accepted and (answer.given or answer.result is Result.NOT_SENT):
        state = replace(state, link=state.link.expecting_boot(asked=False))
    return _learn_nothing(state, answer, now)


def _learn_reset(state: ChargerState, answer: Answer, now: datetime) -> ChargerState:
    """Learn whether the charger reboots; some disconnect without an answer."""
    if answer.accepted or answer.result is Result.DROPPED:
        state = forgotten(state)
        state = replace(state, link=state.link.going_down())
        pending = replace(state.pending, reset=None, back_by=now + BACK_WITHIN)
        return replace(state, pending=pending)
    gentle = state.pending.reset is Reset.SOFT
    harder = Reset.HARD if gentle and answer.given else None
    state = replace(state, pending=replace(state.pending, reset=harder))
    return silent(state, answer, now)
