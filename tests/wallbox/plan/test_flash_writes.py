"""How often a charger gets its limits while nothing changes: each one is written into its flash memory."""

from datetime import timedelta
from random import Random

import pytest

from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import (
    FailSafe,
    FailSafeMode,
    LeaseProof,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.policy import Policy
from tests.wallbox.said import energy, metered, power

from .drive import NOW, Drive, about_limits, within_transaction

HOUR = timedelta(hours=1)
MOST = 15
"""In an hour: a limit that ends by itself is renewed each ten minutes, and may be tried twice."""


@pytest.mark.parametrize("planned", [False, True])
@pytest.mark.parametrize("proven", [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("mode", FailSafeMode)
@pytest.mark.parametrize("firmware", ["6.7.38", "5.17.87"])
def test_a_clock_that_is_measured_anew_with_each_reading_is_no_reason(
    firmware: str, mode: FailSafeMode, proven: tuple[bool, bool], planned: bool
) -> None:
    """Timestamps are in whole seconds, and readings arrive a little early or late."""
    kept, by_limits = proven
    slots = (
        PlannedSlot(start=NOW - HOUR, end=NOW + 2 * HOUR),
        PlannedSlot(start=NOW + 3 * HOUR, end=NOW + 4 * HOUR, amps=10),
    )
    state = within_transaction(
        identity=Identity(vendor="Wall Box Chargers", firmware=firmware),
        failsafe=FailSafe(mode=mode),
        lease_proof=LeaseProof(firmware=firmware, kept=kept, by_limits=by_limits),
        policy=Policy(plan=ChargingPlan(slots=slots)) if planned else Policy(),
    )
    random, run = Random(1), Drive(state)
    run.run()
    began = len(run.asked)
    for number in range(1, 360):
        run.wait(10 + random.uniform(-0.3, 0.3))
        reading = metered(
            energy(1000 + 30 * number),
            power(11_000),
            at=run.now.replace(microsecond=0),
            transaction_id=7,
        )
        outcome = consequences.of_message(run.state, reading, run.now)
        run.state = outcome.state
        run.run()
    assert len(about_limits(run.asked[began:])) <= MOST, run.asked[began:]
