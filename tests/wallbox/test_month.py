"""The month so far: each session by the part of it that flowed in the month."""

from datetime import UTC, datetime

import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.month import Month

MONTH = Month(since=datetime(2026, 11, 1, tzinfo=UTC))


def at(day: int, hour: int = 0, month: int = 11) -> datetime:
    """Return a moment."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def session(
    started: datetime | None,
    ended: datetime | None,
    *charges: Charge,
    energy: float | None = 4000.0,
    cost: float | None = None,
    read: datetime | None = None,
) -> ChargingSession:
    """Return a session."""
    return ChargingSession(
        transaction_id=1,
        started=started,
        ended=ended,
        read=read,
        meter_start=1000.0,
        meter_last=None if energy is None else 1000.0 + energy,
        charges=charges,
        cost=cost,
    )


OVER_MIDNIGHT = (at(31, 20, month=10), at(1, 4))


@pytest.mark.parametrize(
    ("one", "energy"),
    [
        pytest.param(session(at(3), at(4)), 4000.0, id="within the month"),
        pytest.param(session(at(3), None, read=at(4)), 4000.0, id="open"),
        pytest.param(session(at(3), None), 0.0, id="open and never read"),
        pytest.param(session(at(3, month=10), at(4, month=10)), 0.0, id="earlier"),
        pytest.param(session(None, at(4)), 4000.0, id="known by its end"),
        pytest.param(session(at(3), at(4), energy=None), 0.0, id="energy unknown"),
        # Half of the time, as far as is known.
        pytest.param(session(*OVER_MIDNIGHT), 2000.0, id="no charges known"),
        pytest.param(
            session(*OVER_MIDNIGHT, Charge(at(31, 20, month=10), at(1, 4), 4000.0)),
            2000.0,
            id="one charge over midnight",
        ),
        pytest.param(
            session(
                *OVER_MIDNIGHT,
                Charge(at(31, 20, month=10), at(31, 22, month=10), 3000.0),
                Charge(at(1, 2), at(1, 4), 1000.0),
            ),
            1000.0,
            id="a charge on each side",
        ),
        pytest.param(
            session(
                at(31, 20, month=10),
                None,
                Charge(at(31, 20, month=10), None, 4000.0),
                read=at(1, 4),
            ),
            2000.0,
            id="open over midnight",
        ),
        pytest.param(
            session(*OVER_MIDNIGHT, Charge(*OVER_MIDNIGHT, 0.0), energy=0.0),
            0.0,
            id="nothing flowed",
        ),
    ],
)
def test_a_session_counts_by_what_flowed_in_the_month(
    one: ChargingSession, energy: float
) -> None:
    assert MONTH.plus([one]).energy == pytest.approx(energy)


def test_costs_are_shared_as_the_energy_is_and_unknown_without_a_price() -> None:
    assert MONTH.plus([session(at(3), at(4))]).cost is None
    month = MONTH.plus(
        [session(*OVER_MIDNIGHT, cost=2.0), session(at(3), at(4), cost=5.0)]
    )
    assert month.cost == pytest.approx(6.0)
    assert month.plus([session(at(5), at(6))]).cost == pytest.approx(6.0)
