"""The car in a test of the offline protection: one that wants nothing, and one that leaves."""

from dataclasses import replace

import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.offline_test import Phase, Variant
from custom_components.wallbox_ocpp.wallbox.plan import offline_test
from tests.wallbox.said import start, status

from .drive import within_transaction
from .offline_trial import FREE, PROTECTION, WISH, Trial, waited_for


@pytest.mark.parametrize(
    ("wish", "shows", "outcome"),
    [
        (WISH, "SuspendedEV", ("inconclusive", "car_full")),
        # It may just begin to draw current.
        (WISH, "Charging", ("proven",)),
        # Why one that is paused draws nothing does not show.
        (replace(WISH, charging=False), "SuspendedEV", ("proven",)),
        (replace(WISH, charging=False), "Charging", ("proven",)),
    ],
)
def test_a_car_that_wanted_nothing_proves_nothing(
    wish: Wish, shows: str, outcome: tuple[str, ...]
) -> None:
    """Not even at a charger that loses all its limits would it have charged."""
    run = Trial(within_transaction(protection=PROTECTION, wish=wish))
    run.box.settings |= FREE
    run.run()
    run.hears(status(shows))
    run.reads(1000.0)
    run.state = offline_test.begun(run.state, Variant(), run.now)
    run.run()
    while run.phase() is Phase.FOLLOWING:
        run.wait(60)
        run.run()
    run.pauses()
    run.leaves()
    run.box.profiles.clear()
    run.elapse(300)
    run.returns(status("SuspendedEV"))
    run.ends(1001.0)
    assert run.outcome == outcome


def test_a_car_that_has_gone_leaves_no_target_to_the_next_one() -> None:
    run = waited_for(replug=True)
    changed = replace(run.state.charging.wish, energy_target=10_000)
    run.state = replace(run.state, charging=replace(run.state.charging, wish=changed))
    run.returns(start(1001, run.now), status("SuspendedEVSE"))
    run.ends()
    assert run.outcome == ("proven",)
    assert run.state.charging.wish == replace(WISH, energy_target=10_000)
