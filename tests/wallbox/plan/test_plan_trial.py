"""The trial of a plan at a charger whose readings are rare, or some seconds old when they arrive."""

from collections.abc import Collection

import pytest

from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.offline_test import Variant
from custom_components.wallbox_ocpp.wallbox.model.plan_trial import Following
from custom_components.wallbox_ocpp.wallbox.plan import offline_test
from tests.wallbox.said import energy, metered

from .drive import Drive, within_transaction
from .offline_trial import FREE, PROTECTION, WISH
from .planned import go

EACH_SECOND = range(1, 80)
FOLLOWS = {20: 14, 50: 16}
"""The amps that a car draws in a trial, from some seconds after it began."""
IGNORES = {0: 16}
SLOW = {50: 14, 80: 16}
"""Its clock is half a minute slow."""
STAYS = {20: 14}
TAKES_LESS = {20: 9}


def read(run: Drive, amps: float) -> None:
    """Take in a reading."""
    current = {"value": str(amps), "measurand": "Current.Import", "phase": "L1"}
    values = metered(energy(1000.0), current, at=run.now, transaction_id=7)
    run.state = consequences.of_message(run.state, values, run.now).state


def tried(drawn: dict[int, int], moments: Collection[int], lag: int = 0) -> Drive:
    """Try a plan, with readings so many seconds after it was sent, which may be some seconds old."""
    run = Drive(within_transaction(protection=PROTECTION, wish=WISH))
    run.box.settings |= FREE
    go(run, 70)
    read(run, 16)
    run.state = offline_test.begun(run.state, Variant(), run.now)
    go(run, 0)
    assert run.state.offline_test.ongoing
    assert run.state.offline_test.ongoing.trial
    for second in EACH_SECOND:
        go(run, 1)
        if second in moments:
            changes = [amps for since, amps in drawn.items() if since <= second - lag]
            read(run, changes[-1] if changes else 16)
    return run


def result(run: Drive) -> tuple[Following | None, int]:
    """Return what the trial has shown, and how many dialects have failed."""
    ongoing = run.state.offline_test.ongoing
    assert ongoing
    return ongoing.facts.following, len(run.state.charging.held.plans.failures)


@pytest.mark.parametrize(
    ("drawn", "moments", "lag", "expected"),
    [
        (FOLLOWS, EACH_SECOND, 0, ("followed", 0)),
        (FOLLOWS, EACH_SECOND, 8, ("followed", 0)),
        (FOLLOWS, (40, 70), 8, ("followed", 0)),
        (IGNORES, EACH_SECOND, 0, ("ignored", 1)),
        (IGNORES, (40, 70), 0, ("ignored", 1)),
        (STAYS, EACH_SECOND, 0, ("ignored", 1)),
        # Without a reading at the right time, nothing shows.
        (FOLLOWS, (), 0, ("unclear", 0)),
        (IGNORES, (), 0, ("unclear", 0)),
        (FOLLOWS, (60,), 0, ("unclear", 0)),
        (FOLLOWS, (10, 60), 0, ("unclear", 0)),
        (FOLLOWS, (40,), 0, ("unclear", 0)),
        # An old one shows what was before.
        (FOLLOWS, (27, 57), 8, ("unclear", 0)),
        (SLOW, EACH_SECOND, 0, ("unclear", 0)),
        (TAKES_LESS, EACH_SECOND, 0, ("unclear", 0)),
    ],
)
def test_only_readings_at_the_right_time_show_whether_it_follows(
    drawn: dict[int, int],
    moments: Collection[int],
    lag: int,
    expected: tuple[str, int],
) -> None:
    assert result(tried(drawn, moments, lag)) == expected
