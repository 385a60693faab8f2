"""What a session comes to, in the units people read."""

from dataclasses import replace
from datetime import datetime
import json

from ocpp.v16.enums import Reason
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.views.session_record import (
    FIGURES,
    WHO,
    account,
    charges,
    paid_in,
)

from .said import NOW, ago

SESSION = ChargingSession(
    transaction_id=7,
    id_tag="04A1B2C3",
    who="Anna",
    plugged_in=ago(minutes=61),
    started=ago(hours=1),
    meter_start=1000.4,
    ended=ago(minutes=1),
    unplugged=NOW,
    meter_last=8234.5,
    charges=(
        Charge(ago(minutes=50), ago(minutes=40), 3000.04),
        Charge(ago(minutes=30), None, 4234.06),
    ),
    read=ago(minutes=10),
    peak_power=7212.4,
    cost=2.345678,
    reason="EVDisconnected",
    began_offline=True,
    end_delayed=True,
    unattended=1234.5,
)

UNKNOWN = ChargingSession(transaction_id=0, ended=NOW)
"""Of which nothing is known but that it ended."""


def test_a_reason_that_nobody_knows_is_another_one() -> None:
    later = replace(SESSION, reason="Solar flare")
    assert account(later, FIGURES)["reason"] == "other"


def test_a_session_is_reported_in_units_people_read() -> None:
    assert account(SESSION, FIGURES | paid_in("EUR")) == {
        "transaction_id": 7,
        "plugged_in": "2026-09-01T08:59:00+00:00",
        "started": "2026-09-01T09:00:00+00:00",
        "ended": "2026-09-01T09:59:00+00:00",
        "duration": 59 * 60,
        "plugged_time": 61 * 60,
        "charging_time": 30 * 60,
        "energy": 7.234,
        "peak_power": 7.212,
        "cost": 2.35,
        "started_by": "card",
        "who": "Anna",
        "reason": "ev_disconnected",
        "offline": True,
        "delayed": True,
        "unattended": 1.234,
    }


def test_what_is_not_known_is_left_open() -> None:
    known = account(UNKNOWN, FIGURES)
    assert {name for name, value in known.items() if value is not None} == {
        "transaction_id",
        "ended",
        "charging_time",
        "started_by",
        "offline",
        "delayed",
        "unattended",
    }


def test_a_car_that_was_not_seen_to_come_came_with_the_start() -> None:
    unseen = replace(SESSION, plugged_in=None)
    assert account(unseen, FIGURES)["plugged_in"] == "2026-09-01T09:00:00+00:00"


def test_a_session_that_took_and_cost_nothing_is_known_to_have() -> None:
    idle = replace(SESSION, meter_last=SESSION.meter_start, cost=0.0, peak_power=0.0)
    figures = account(idle, FIGURES)
    assert [figures[name] for name in ("energy", "cost", "peak_power")] == [0, 0, 0]


def test_who_it_was_is_reported_only_if_asked_for() -> None:
    assert "04A1B2C3" not in json.dumps(account(SESSION, FIGURES))
    assert account(SESSION, FIGURES | WHO)["id_tag"] == "04A1B2C3"


def test_times_can_be_put_in_another_way() -> None:
    def clock(moment: datetime) -> str:
        return f"{moment:%H:%M}"

    figures = account(SESSION, FIGURES, clock)
    times = ("plugged_in", "started", "ended")
    assert [figures[name] for name in times] == ["08:59", "09:00", "09:59"]
    assert account(UNKNOWN, FIGURES, clock)["started"] is None


def test_charges_are_reported_one_by_one() -> None:
    assert charges(SESSION) == [
        {
            "started": "2026-09-01T09:10:00+00:00",
            "ended": "2026-09-01T09:20:00+00:00",
            "energy": 3.0,
        },
        {"started": "2026-09-01T09:30:00+00:00", "ended": None, "energy": 4.234},
    ]
    assert charges(UNKNOWN) == []


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_plain_name(reason: Reason) -> None:
    figures = account(replace(SESSION, reason=reason.value), FIGURES)
    assert figures["reason"].replace("_", "") == reason.value.lower()


@pytest.mark.parametrize(
    ("currency", "cost"), [("EUR", 2.35), ("JPY", 2), ("KWD", 2.346), ("XXX", 2.35)]
)
def test_money_is_reported_as_it_can_be_paid(currency: str, cost: float) -> None:
    assert account(SESSION, paid_in(currency)) == {"cost": cost}
    assert account(UNKNOWN, paid_in(currency)) == {"cost": None}
