"""Why the current is limited, and why a car is not charging."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ocpp.v16.enums import ChargePointStatus

from ..model.charging_plan import WITH_SUN, Mode
from ..model.limits import TOLERANCE, at_least
from ..model.offline_test import Phase
from ..model.solar import SolarReason
from ..state import ChargerState

NEAR: Final = 2.0
"""Amps below the limit at which a car still counts as limited by it."""


class Limiter(StrEnum):
    """What limits the current."""

    OWNER = "owner"
    """The owner's wish: a pause, or the current limit."""
    CEILING = "ceiling"
    """The rated current or the set maximum of the charger, whichever is lower."""
    FAILSAFE = "guard"
    """The fail-safe: there is no TxProfile yet, or it has ended. Automations use this value."""
    CAR = "car"


class Reason(StrEnum):
    """Why a car is not charging."""

    CHARGING = "charging"
    NO_CONNECTION = "no_connection"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"
    NOT_PLUGGED_IN = "not_plugged_in"
    PAUSED = "paused"
    TARGET_REACHED = "target_reached"
    WAITING_FOR_TIME = "waiting_for_time"
    """A plan lets the car charge later."""
    WAITING_FOR_SUN = "waiting_for_sun"
    ENOUGH_SUN = "enough_sun"
    """The car starts soon, if the sun lasts."""
    METER_STALE = "meter_stale"
    """The sensor of the grid power is silent."""
    BATTERY_STALE = "battery_stale"
    """The sensor of the home battery is silent."""
    NO_SENSOR = "no_sensor"
    """The settings name no sensor of the grid power."""
    GUARDED = "guarded"
    LOCKED = "locked"
    STARTING = "starting"
    START_REFUSED = "start_refused"
    WAITING_FOR_CAR = "waiting_for_car"
    LIMIT_TOO_LOW = "limit_too_low"
    SESSION_ENDED = "session_ended"
    TEST_PREPARED = "test_prepared"
    """A test of the offline protection pauses the car and reads the meter."""
    TEST_ALONE = "test_alone"
    TEST_RETURNING = "test_returning"
    TEST_CHECKING = "test_checking"


def limited_by(state: ChargerState) -> Limiter | None:
    """Return what limits the current now; None if nothing charges, or if it is unknown."""
    drawn = at_least(state.metering.readings)
    allowed = state.charging.limit.amps
    if state.transaction is None or allowed is None or drawn is None:
        return None
    if drawn > allowed + TOLERANCE:
        return None
    by_failsafe = state.charging.limit.by_failsafe
    if allowed == 0:
        return Limiter.FAILSAFE if by_failsafe else Limiter.OWNER
    if not state.metering.readings.currents:
        # From power alone, the number of phases is unknown.
        return None
    if drawn <= TOLERANCE:
        # The reasons of a charger in SuspendedEVSE are unknown, and one that has just begun to
        # charge has not measured yet.
        waits = state.connector.status is ChargePointStatus.suspended_ev
        return Limiter.CAR if waits else None
    if drawn >= min(allowed, state.maximum) - NEAR:
        if by_failsafe:
            return Limiter.FAILSAFE
        return Limiter.OWNER if allowed < state.maximum else Limiter.CEILING
    if (
        state.charging.limit.before
        and abs(drawn - state.charging.limit.before) <= TOLERANCE
    ):
        # A raised limit without effect cannot be told from a car that takes no more.
        return None
    return Limiter.CAR


def why_not_charging(state: ChargerState) -> Reason | None:
    """Return why the car is not charging; None while the status is unknown."""
    ongoing = state.offline_test.ongoing
    if ongoing and (tested := _TESTED.get(ongoing.phase)):
        return tested
    if not state.link.connected:
        expected = state.offline_test.expected_until is not None
        return Reason.TEST_RETURNING if expected else Reason.NO_CONNECTION
    if whole := _OF_THE_WHOLE.get(state.connector.charge_point_status):
        # A connector may go on charging with a fault of the charger as a whole.
        return Reason.CHARGING if _drawing(state) else whole
    if state.connector.status is None:
        return None
    if plain := _PLAIN.get(state.connector.status):
        return plain
    if state.connector.status is ChargePointStatus.preparing:
        return _why_not_started(state)
    paused = _paused(state)
    if state.connector.status is ChargePointStatus.charging:
        # Some chargers stay in this status while paused (docs/chargers.md §8.1.8).
        return paused if paused and not _drawing(state) else Reason.CHARGING
    if paused:
        return paused
    if state.connector.status is ChargePointStatus.suspended_ev:
        return Reason.WAITING_FOR_CAR
    limit = state.charging.limit
    # A charger that has just been resumed takes some seconds to say so.
    resuming = limit.before == 0 and not limit.measured
    return Reason.STARTING if resuming else Reason.LIMIT_TOO_LOW


_TESTED: Final = {
    Phase.PAUSING: Reason.TEST_PREPARED,
    Phase.READING: Reason.TEST_PREPARED,
    Phase.REBOOTING: Reason.TEST_PREPARED,
    Phase.ALONE: Reason.TEST_ALONE,
    Phase.RETURNING: Reason.TEST_RETURNING,
    Phase.CHECKING: Reason.TEST_CHECKING,
}
"""By the phase of a test of the offline protection, once it has turned charging off."""
_PLAIN: Final = {
    ChargePointStatus.available: Reason.NOT_PLUGGED_IN,
    ChargePointStatus.reserved: Reason.NOT_PLUGGED_IN,
    ChargePointStatus.finishing: Reason.SESSION_ENDED,
    ChargePointStatus.faulted: Reason.FAULT,
    ChargePointStatus.unavailable: Reason.OUT_OF_SERVICE,
}
"""The statuses from which the reason follows alone."""
_OF_THE_WHOLE: Final[Mapping[ChargePointStatus | None, Reason]] = {
    ChargePointStatus.faulted: Reason.FAULT,
    ChargePointStatus.unavailable: Reason.OUT_OF_SERVICE,
}
"""The statuses of the charger as a whole that keep its connector from charging."""


def _why_not_started(state: ChargerState) -> Reason:
    # The fail-safe is no reason here: it allows charging once there is a transaction.
    if not state.charging.wish.charging:
        return Reason.PAUSED
    if state.charging.remote_start.refused:
        return Reason.START_REFUSED
    asks = state.settings.needs_authorisation or state.judges_cards
    return Reason.LOCKED if asks else Reason.STARTING


def _paused(state: ChargerState) -> Reason | None:
    if not state.charging.wish.charging:
        return Reason.PAUSED
    limit, trial = state.charging.limit, state.charging.held.leases.trial
    if (limit.by_failsafe and limit.amps == 0) or (trial and trial.short):
        return Reason.GUARDED
    if state.charging.limit.amps != 0:
        return None
    if state.transaction and state.transaction.refused:
        return Reason.LOCKED
    plan, mode = state.policy.plan, state.charging.wish.mode
    if state.policy.target_reached or (plan and not plan.slots and mode is Mode.NOW):
        return Reason.TARGET_REACHED
    if plan is None:
        return Reason.PAUSED
    if state.charging.wish.mode in WITH_SUN:
        return _OF_SOLAR.get(state.solar.state.reason, Reason.STARTING)
    return Reason.WAITING_FOR_TIME


_OF_SOLAR: Final = {
    SolarReason.WAITING_FOR_SUN: Reason.WAITING_FOR_SUN,
    SolarReason.STARTING: Reason.ENOUGH_SUN,
    SolarReason.METER_STALE: Reason.METER_STALE,
    SolarReason.BATTERY_STALE: Reason.BATTERY_STALE,
    SolarReason.LIMIT_TOO_LOW: Reason.LIMIT_TOO_LOW,
    SolarReason.NO_SENSOR: Reason.NO_SENSOR,
}
"""Why a car is paused in a mode with the sun."""


def _drawing(state: ChargerState) -> bool:
    drawn = at_least(state.metering.readings)
    if drawn is None:
        # A meter may tell energy only.
        return state.charging.limit.followed is False
    return drawn > TOLERANCE
