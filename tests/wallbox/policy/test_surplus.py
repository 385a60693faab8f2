"""The power that there is for the car."""

from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, Samples
from custom_components.wallbox_ocpp.wallbox.model.solar import SolarSettings, SolarState
from custom_components.wallbox_ocpp.wallbox.policy.surplus import (
    RESERVE,
    Measured,
    available,
)
from tests.wallbox.policy.sunny import NOON

USUAL = SolarSettings()
CAR_FIRST = SolarSettings(battery_first_below=0.0)


def said(*samples: tuple[float, float]) -> Samples:
    """Return samples: seconds before noon, and watts."""
    return tuple(Sample(NOON - timedelta(seconds=ago), watts) for ago, watts in samples)


def changed(ago: float, amps: int = 10) -> SolarState:
    return SolarState(amps=amps, changed_at=NOON - timedelta(seconds=ago))


@pytest.mark.parametrize(
    ("state", "measured", "settings", "watts"),
    [
        # What the car draws, less what the home takes.
        (SolarState(), Measured(grid=said((0, -900))), USUAL, 900),
        (
            changed(600),
            Measured(grid=said((0, 100)), car=said((5, 2200))),
            USUAL,
            2100,
        ),
        # Of 30 seconds, or of the last two of a slow meter.
        (
            SolarState(),
            Measured(grid=said((40, 9000), (20, -400), (0, -800))),
            USUAL,
            600,
        ),
        (
            SolarState(),
            Measured(grid=said((120, 9000), (60, -400), (0, -800))),
            USUAL,
            600,
        ),
        # Not what was measured before a change, or while the car follows.
        (changed(15), Measured(grid=said((0, -900))), USUAL, None),
        (
            changed(30),
            Measured(grid=said((20, 9000), (5, -900)), car=said((5, 0))),
            USUAL,
            900,
        ),
        (changed(30), Measured(grid=said((0, -900)), car=said((60, 0))), USUAL, None),
        # A car whose meter is silent since that changed: what it may draw.
        (
            changed(300),
            Measured(grid=said((0, 0)), car=said((600, 1500))),
            USUAL,
            2300,
        ),
        # A car whose meter is silent: what it drew, and no more than it may.
        (
            changed(300),
            Measured(grid=said((0, 0)), car=said((100, 1500))),
            USUAL,
            1500,
        ),
        (
            changed(300),
            Measured(grid=said((0, 0)), car=said((100, 3000))),
            USUAL,
            2300,
        ),
        (changed(300), Measured(grid=said((0, 0))), USUAL, 2300),
        (
            changed(300, amps=0),
            Measured(grid=said((0, -500)), car=said((100, 3000))),
            USUAL,
            500,
        ),
        # A battery that has said nothing since the change, …
        (
            changed(30),
            Measured(grid=said((0, -900)), car=said((0, 0)), battery=said((40, 0))),
            USUAL,
            None,
        ),
        (SolarState(), Measured(grid=said((0, -900)), battery=()), USUAL, None),
        # … or rests for hours: it gives nothing to the car, and may take from it.
        (
            changed(60),
            Measured(grid=said((0, -900)), battery=said((7200, -40)), car=said((0, 0))),
            CAR_FIRST,
            900,
        ),
        (
            changed(60),
            Measured(grid=said((0, -900)), battery=said((7200, 40)), car=said((0, 0))),
            CAR_FIRST,
            860,
        ),
        (
            SolarState(),
            Measured(grid=said((0, -900)), battery=said((0, -2000))),
            CAR_FIRST,
            2900,
        ),
    ],
)
def test_what_there_is_for_the_car(
    state: SolarState, measured: Measured, settings: SolarSettings, watts: float | None
) -> None:
    known = available(measured, state, settings, NOON).watts
    assert known == (None if watts is None else watts - RESERVE)
