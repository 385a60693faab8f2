"""The trial of a lease at a charger, or a meter, that is some seconds late."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ocpp.v16.enums import ChargingProfileKindType
import pytest

from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    PLAIN,
    Dialect,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import (
    TRIAL,
    FailSafe,
    FailSafeMode,
)
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import HeldProfiles
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from tests.wallbox.said import energy, metered

from .drive import NOW, Drive, a_ledger, after, seconds, within_transaction
from .planned import go

LIMIT = FailSafe(mode=FailSafeMode.LIMIT, current=8)
NEVER = 3600
OLD = Identity(vendor="Wall Box Chargers", model="PLP1-0-2-4", firmware="5.17.68")
ABSOLUTE = Dialect(kind=ChargingProfileKindType.absolute)


def charging(**fields: Any) -> Drive:
    """Return a charger with a car that charges with 16 A, of which 8 are lasting."""
    return Drive(within_transaction(failsafe=LIMIT, **fields))


def goes_on(
    run: Drive,
    lasting: float,
    *,
    late: float = 0,
    lag: float = 0,
    behind: float = 0,
) -> Drive:
    """Let time pass.

    Args:
        lasting: Seconds.
        late: After how many seconds the charger ends a limit.
        lag: How many seconds old a reading is when it arrives.
        behind: By how many seconds its clock lags behind ours.
    """
    drawn = dict[datetime, float]()
    until = run.now + seconds(lasting)
    while run.now < until:
        slot = run.state.charging.held.transaction
        short = slot.spec is not None and slot.spec.lease == TRIAL
        over = slot.ends_at and run.now >= slot.ends_at + seconds(late)
        drawn[run.now] = 8 if short and over else 16
        read_at = run.now - seconds(lag)
        amps = drawn.get(read_at, 16)
        passed = (run.now - NOW) / timedelta(hours=1)
        samples = (
            energy(round(1000 + 3000 * passed, 1)),
            {"value": str(amps), "measurand": "Current.Import", "phase": "L1"},
        )
        values = metered(*samples, at=read_at - seconds(behind), transaction_id=7)
        run.state = consequences.of_message(run.state, values, run.now).state
        go(run, 1)
    return run


def kept(run: Drive) -> bool | None:
    """Return what has come of the trial; None if that is open."""
    proof = run.state.lease_proof
    return proof.kept if proof else None


@pytest.mark.parametrize(
    ("late", "lag"), [(0, 0), (8, 0), (12, 0), (35, 0), (0, 12), (0, 15), (5, 30)]
)
def test_one_that_is_some_seconds_late_keeps_it(late: float, lag: float) -> None:
    assert kept(goes_on(charging(), 300, late=late, lag=lag)) is True


@pytest.mark.parametrize("late", [60, NEVER])
def test_one_that_does_not_end_it_in_time_keeps_none(late: float) -> None:
    run = goes_on(charging(), 300, late=late)
    assert kept(run) is False


@pytest.mark.parametrize("dialect", [PLAIN, ABSOLUTE])
def test_nothing_is_tried_before_the_clock_is_known_by_which_a_lease_ends(
    dialect: Dialect,
) -> None:
    """A relative one goes by when the transaction began, which was told by the charger's clock."""
    began = replace(a_ledger().sessions[0], started=after(-45))
    run = charging(
        connected_at=NOW,
        identity=OLD,
        held=HeldProfiles(dialect=dialect),
        ledger=replace(a_ledger(), sessions=(began,)),
    )
    goes_on(run, 590, behind=45)
    assert run.state.charging.held.leases.trial is None
    goes_on(run, 300, behind=45)
    assert kept(run) is True


def test_a_lease_that_does_not_depend_on_the_clock_is_tried_at_once() -> None:
    assert kept(goes_on(charging(connected_at=NOW), 300)) is True
