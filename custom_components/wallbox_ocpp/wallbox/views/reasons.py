"""Why a car draws what it draws, and why it draws nothing, in plain words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.limits import TOLERANCE, at_least
from ..state import ChargerState

NEAR: Final = 2.0
"""Amps below its limit at which a car still makes the most of it."""


class Limiter(StrEnum):
    """What keeps the current from being higher."""

    OWNER = "owner"
    """The owner's wish: a pause, or the current limit."""
    CEILING = "ceiling"
    """What the charger is made for or was set to, whichever is lower."""
    GUARD = "guard"
    """The owner's guard, which Home Assistant has not lifted."""
    CAR = "car"


class Reason(StrEnum):
    """Why a car is not charging, if it is not."""

    CHARGING = "charging"
    NO_CONNECTION = "no_connection"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"
    NOT_PLUGGED_IN = "not_plugged_in"
    PAUSED = "paused"
    GUARDED = "guarded"
    LOCKED = "locked"
    STARTING = "starting"
    START_REFUSED = "start_refused"
    WAITING_FOR_CAR = "waiting_for_car"
    LIMIT_TOO_LOW = "limit_too_low"
    SESSION_ENDED = "session_ended"


def limited_by(state: ChargerState) -> Limiter | None:
    """Say what limits the current now; None while nobody charges, and where it is not clear."""
    drawn = at_least(state.metering.readings)
    allowed = state.charging.limit.amps
    if state.transaction is None or allowed is None or drawn is None:
        return None
    if drawn > allowed + TOLERANCE:
        return None
    if allowed == 0:
        return Limiter.GUARD if state.charging.limit.by_failsafe else Limiter.OWNER
    if not state.metering.readings.currents:
        # Power alone does not tell over how many phases it flows.
        return None
    if drawn <= TOLERANCE:
        # A charger that holds back has reasons that it does not tell, and one that has just
        # begun to charge has not measured yet.
        waits = state.connector.status is ChargePointStatus.suspended_ev
        return Limiter.CAR if waits else None
    if drawn >= min(allowed, state.maximum) - NEAR:
        return Limiter.OWNER if allowed < state.maximum else Limiter.CEILING
    if (
        state.charging.limit.before
        and abs(drawn - state.charging.limit.before) <= TOLERANCE
    ):
        # A limit that was raised without effect looks just like a car that takes no more.
        return None
    return Limiter.CAR


def why_not_charging(state: ChargerState) -> Reason | None:
    """Say why the car is not charging; None while the charger has not said how it is."""
    if not state.link.connected:
        return Reason.NO_CONNECTION
    if whole := _OF_THE_WHOLE.get(state.connector.charge_point_status):
        # What is wrong with the whole charger does not always end what its connector does.
        return Reason.CHARGING if _drawing(state) else whole
    if state.connector.status is None:
        return None
    if plain := _PLAIN.get(state.connector.status):
        return plain
    if state.connector.status is ChargePointStatus.preparing:
        return _why_not_started(state)
    paused = _paused(state)
    if state.connector.status is ChargePointStatus.charging:
        # Some stay in this status while they are paused (docs/chargers.md §8.1.8).
        return paused if paused and not _drawing(state) else Reason.CHARGING
    if paused:
        return paused
    if state.connector.status is ChargePointStatus.suspended_ev:
        return Reason.WAITING_FOR_CAR
    return Reason.LIMIT_TOO_LOW


_PLAIN: Final = {
    ChargePointStatus.available: Reason.NOT_PLUGGED_IN,
    ChargePointStatus.reserved: Reason.NOT_PLUGGED_IN,
    ChargePointStatus.finishing: Reason.SESSION_ENDED,
    ChargePointStatus.faulted: Reason.FAULT,
    ChargePointStatus.unavailable: Reason.OUT_OF_SERVICE,
}
"""The statuses that say it all."""
_OF_THE_WHOLE: Final[Mapping[ChargePointStatus | None, Reason]] = {
    ChargePointStatus.faulted: Reason.FAULT,
    ChargePointStatus.unavailable: Reason.OUT_OF_SERVICE,
}
"""Those of the charger as a whole that keep its connector from charging."""


def _why_not_started(state: ChargerState) -> Reason:
    # A guard is lifted as soon as there is a transaction, so it is not what is waited for.
    if not state.charging.wish.charging:
        return Reason.PAUSED
    if state.charging.remote_start.refused:
        return Reason.START_REFUSED
    asks = state.settings.needs_authorisation or state.judges_cards
    return Reason.LOCKED if asks else Reason.STARTING


def _paused(state: ChargerState) -> Reason | None:
    if state.charging.wish.charging and state.charging.limit.by_failsafe:
        return Reason.GUARDED
    if not state.charging.wish.charging:
        return Reason.PAUSED
    if state.charging.limit.amps != 0:
        return None
    refused = state.transaction and state.transaction.refused
    return Reason.LOCKED if refused else Reason.PAUSED


def _drawing(state: ChargerState) -> bool:
    return (at_least(state.metering.readings) or 0.0) > TOLERANCE
