"""Why a car draws what it draws, and why it draws nothing."""

from datetime import UTC, datetime
from typing import Any, Final

from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.csms.requests import ConfigurationKey
from custom_components.wallbox_ocpp.wallbox.model.charging import RemoteStart
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import ChargingPlan
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.model.policy import Policy
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.views.reasons import (
    Limiter,
    Reason,
    limited_by,
    why_not_charging,
)
from tests.wallbox.states import a_state, changed

A_MOMENT: Final = datetime(2026, 11, 27, 18, tzinfo=UTC)

CHARGING = a_state(
    connected=True,
    status=ChargePointStatus.charging,
    limit=Limit(amps=32),
    ledger=Ledger(sessions=(ChargingSession(transaction_id=1),)),
    readings=Readings(currents={1: 15.9, 2: 15.8}),
)


def configured(**values: str) -> dict[str, ConfigurationKey]:
    """Return a configuration."""
    return {
        key: ConfigurationKey(key=key, value=value) for key, value in values.items()
    }


@pytest.mark.parametrize(
    ("changes", "limiter"),
    [
        ({}, Limiter.CAR),
        ({"limit": Limit(amps=16)}, Limiter.OWNER),
        ({"limit": Limit(amps=17)}, Limiter.OWNER),
        ({"limit": Limit(amps=20)}, Limiter.CAR),
        ({"readings": Readings(currents={1: 31.2})}, Limiter.CEILING),
        (
            {"configuration": configured(chargingALimitConn1="16")},
            Limiter.CEILING,
        ),
        (
            {
                "limit": Limit(amps=10),
                "readings": Readings(currents={1: 9.8}),
                "configuration": configured(chargingALimitConn1="16"),
            },
            Limiter.OWNER,
        ),
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0),
                "readings": Readings(currents={1: 0.0}),
            },
            Limiter.OWNER,
        ),
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0, by_failsafe=True),
                "readings": Readings(currents={1: 0.0}),
            },
            Limiter.FAILSAFE,
        ),
        # A pause needs no phases to be understood.
        ({"limit": Limit(amps=0), "readings": Readings(power=0.0)}, Limiter.OWNER),
        (
            {
                "status": ChargePointStatus.suspended_ev,
                "readings": Readings(currents={1: 0.0}),
            },
            Limiter.CAR,
        ),
    ],
)
def test_what_limits_the_current_is_reported(
    changes: dict[str, Any], limiter: Limiter
) -> None:
    assert limited_by(changed(CHARGING, **changes)) is limiter


@pytest.mark.parametrize(
    "changes",
    [
        {"ledger": Ledger()},
        {"limit": Limit()},
        {"readings": Readings()},
        # More than is allowed: nothing limits it.
        {"limit": Limit(amps=6)},
        # Over how many phases?
        {"readings": Readings(power=7360.0)},
        # The charger holds back and does not tell why.
        {
            "status": ChargePointStatus.suspended_evse,
            "readings": Readings(currents={1: 0.0}),
        },
        # It has just begun, and the meter still says what it said before.
        {"readings": Readings(currents={1: 0.0})},
        # It was raised from 16 A, and nothing has changed.
        {"limit": Limit(amps=32, before=16)},
    ],
)
def test_what_is_not_clear_is_not_told(changes: dict[str, Any]) -> None:
    assert limited_by(changed(CHARGING, **changes)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, Reason.CHARGING),
        ({"readings": Readings()}, Reason.CHARGING),
        ({"connected": False, "status": None}, Reason.NO_CONNECTION),
        ({"status": ChargePointStatus.available}, Reason.NOT_PLUGGED_IN),
        ({"status": ChargePointStatus.reserved}, Reason.NOT_PLUGGED_IN),
        ({"status": ChargePointStatus.faulted}, Reason.FAULT),
        ({"status": ChargePointStatus.unavailable}, Reason.OUT_OF_SERVICE),
        ({"status": ChargePointStatus.finishing}, Reason.SESSION_ENDED),
        ({"status": ChargePointStatus.preparing}, Reason.STARTING),
        (
            {
                "status": ChargePointStatus.preparing,
                "configuration": configured(AuthEnabled="true"),
            },
            Reason.LOCKED,
        ),
        (
            {
                "status": ChargePointStatus.preparing,
                "wish": Wish(charging=False),
                "configuration": configured(AuthEnabled="true"),
            },
            Reason.PAUSED,
        ),
        (
            {
                "status": ChargePointStatus.preparing,
                "remote_start": RemoteStart(started=False),
            },
            Reason.START_REFUSED,
        ),
        # The fail-safe is only the reason for a car that has a session.
        (
            {
                "status": ChargePointStatus.preparing,
                "limit": Limit(amps=0, by_failsafe=True),
            },
            Reason.STARTING,
        ),
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0, by_failsafe=True),
            },
            Reason.GUARDED,
        ),
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "wish": Wish(charging=False),
            },
            Reason.PAUSED,
        ),
        # It was resumed, and the charger does not know yet.
        (
            {"status": ChargePointStatus.suspended_evse, "limit": Limit(amps=0)},
            Reason.PAUSED,
        ),
        # What it can have got is enough, and no reading has come yet.
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0),
                "wish": Wish(energy_target=10_000),
                "policy": Policy(plan=ChargingPlan()),
            },
            Reason.TARGET_REACHED,
        ),
        ({"status": ChargePointStatus.suspended_ev}, Reason.WAITING_FOR_CAR),
        ({"status": ChargePointStatus.suspended_evse}, Reason.LIMIT_TOO_LOW),
        # It was resumed, and the charger has not said yet what becomes of it.
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0).confirmed(16),
            },
            Reason.STARTING,
        ),
        (
            {
                "status": ChargePointStatus.suspended_evse,
                "limit": Limit(amps=0).confirmed(16).observed(0.0, A_MOMENT),
            },
            Reason.LIMIT_TOO_LOW,
        ),
        # Some call themselves charging while they are paused, and some are.
        (
            {"wish": Wish(charging=False), "readings": Readings(currents={1: 0.0})},
            Reason.PAUSED,
        ),
        ({"wish": Wish(charging=False)}, Reason.CHARGING),
    ],
)
def test_why_a_car_is_not_charging_is_reported(
    changes: dict[str, Any], reason: Reason
) -> None:
    assert why_not_charging(changed(CHARGING, **changes)) is reason


def test_nothing_is_said_before_the_charger_has_said_how_it_is() -> None:
    assert why_not_charging(changed(CHARGING, status=None)) is None
