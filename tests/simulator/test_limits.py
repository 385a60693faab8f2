"""The limit at an instant and the next edge, as tables; docs/chargers.md §8.5."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.virtual_wallbox.charger import DEFAULT_EPOCH
from simulator.virtual_wallbox.charging_profile import ChargingProfile
from simulator.virtual_wallbox.clock import Clock
from simulator.virtual_wallbox.limits import limit_at, next_edge
from simulator.virtual_wallbox.personality import Periods
from simulator.virtual_wallbox.transaction import Transaction

from .plans import DEFAULT, FOLLOWS, SENT, STARTED, profile, stamp


def says(
    *profiles: dict[str, Any],
    seconds: tuple[float, ...],
    clock: float = 0.0,
    **traits: Any,
) -> list[float | None]:
    """Return the limits at some seconds after the plan was sent."""
    personality = replace(FOLLOWS, **traits)
    installed = [ChargingProfile.read(1, data, SENT) for data in profiles]
    transaction = Transaction("tag", STARTED, DEFAULT_EPOCH, 0)
    ticking = Clock(
        DEFAULT_EPOCH,
        error=clock,
        follows_server=False,
        knows_time=personality.knows_time,
    )
    return [
        limit_at(installed, transaction, ticking, SENT + second, personality)
        for second in seconds
    ]


EDGES = (0, 14.9, 15, 29.9, 30, 44.9, 45, 9000)
AMPS = [16, 16, 0, 0, 10, 10, 0, 0]


@pytest.mark.parametrize("purpose", ["TxProfile", "TxDefaultProfile"])
@pytest.mark.parametrize(
    ("kind", "schedule"),
    [
        ("Absolute", {}),
        ("Relative", {}),
        ("Absolute", {"duration": 60}),
        ("Recurring", {"startSchedule": stamp(SENT), "duration": 60}),
    ],
)
def test_every_edge_is_followed(
    purpose: str, kind: str, schedule: dict[str, Any]
) -> None:
    since = STARTED - SENT if kind == "Relative" else 0
    plan = profile(kind, purpose=purpose, schedule=schedule, recurrencyKind="Daily")
    seconds = tuple(since + edge for edge in EDGES)
    assert says(DEFAULT, plan, seconds=seconds) == AMPS


TRAPS: dict[str, tuple[Any, ...]] = {
    # name: profiles, seconds, amps, traits
    "no duration keeps the last amps": (
        (DEFAULT, profile(periods=((0, 16), (15, 10)))), (99, 9000), [10, 10], {},
    ),
    "duration over, a lower level below": (
        (DEFAULT, profile(periods=((0, 16),), schedule={"duration": 60})),
        (59.9, 60), [16, 0], {},
    ),
    "duration over, nothing below": (
        (profile(schedule={"duration": 60}),), (59.9, 60), [0, None], {},
    ),
    "validFrom and validTo": (
        (DEFAULT, profile(validFrom=stamp(SENT + 5), validTo=stamp(SENT + 10))),
        (4, 5, 9.9, 10), [0, 16, 16, 0], {},
    ),
    "validTo noticed at the next edge": (
        (DEFAULT, profile(validTo=stamp(SENT + 10))),
        (10, 14.9, 15, 31), [16, 16, 0, 0], {"valid_to_needs_edge": True},
    ),
    "validTo never noticed": (
        (DEFAULT, profile(periods=((0, 10),), validTo=stamp(SENT + 10))),
        (10, 75), [10, 10], {"valid_to_needs_edge": True},
    ),
    "a start in the future": (
        (DEFAULT, profile(schedule={"startSchedule": stamp(SENT + 12)})),
        (11.9, 12, 27), [0, 16, 0], {},
    ),
    "first period late": (
        (DEFAULT, profile(periods=((10, 16),))), (9, 10), [0, 16], {},
    ),
    "first period at once": (
        (DEFAULT, profile(periods=((10, 16),))), (9, 10), [16, 16],
        {"first_period_at_once": True},
    ),
    "unsorted": (
        (profile(periods=((0, 16), (45, 0), (15, 0), (30, 10))),),
        (20, 44, 45, 900), [16, 16, 10, 10], {},
    ),
    "minChargingRate": (
        (profile(schedule={"minChargingRate": 6}),), (0, 15, 30), [16, 6, 10],
        {"applies_min_charging_rate": True},
    ),
    "Absolute without a start": (
        (profile("Relative", chargingProfileKind="Absolute"),),
        (-15, 0, 15), [16, 0, 10], {},
    ),
    "TxProfile on 0 outranks TxDefault on 1": (
        (profile(purpose="TxDefaultProfile"), profile(id=3, stack=0, periods=((0, 9),))),
        (0,), [9], {},
    ),
    "late edges": ((profile(),), (0, 15, 16.3), [16, 16, 0], {"edge_lag": 1.3}),
    "first only": ((profile(),), (0, 20, 99), [16] * 3, {"periods_followed": Periods.FIRST}),
    "last at once": ((profile(),), (0, 20, 99), [0] * 3, {"periods_followed": Periods.LAST}),
    "none": ((DEFAULT, profile()), (0, 30), [0, 0], {"periods_followed": Periods.NONE}),
    "Relative from reception": (
        (profile("Relative"),), EDGES, AMPS, {"relative_from_reception": True},
    ),
    "Absolute ignored": ((DEFAULT, profile()), (0, 30), [0, 0], {"ignores_absolute": True}),
    "clock slow": ((DEFAULT, profile()), (0, 30, 45), [0, 16, 0], {"clock": -30.0}),
    "clock fast": ((DEFAULT, profile()), (0, 10, 25), [0, 10, 0], {"clock": 20.0}),
    "1970, Absolute": ((DEFAULT, profile()), (0, 30), [0, 0], {"knows_time": False}),
    "1970, Relative": (
        (DEFAULT, profile("Relative")), (-15, 0, 15), [16, 0, 10], {"knows_time": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TRAPS)
def test_a_trap_is_as_measured(case: str) -> None:
    profiles, seconds, amps, traits = TRAPS[case]
    assert says(*profiles, seconds=seconds, **traits) == amps


@pytest.mark.parametrize(("stack_first", "amps"), [(False, 0), (True, 16)])
def test_mixed_connectors(stack_first: bool, amps: float) -> None:
    personality = replace(FOLLOWS, stack_before_connector=stack_first)
    installed = [
        ChargingProfile.read(1, DEFAULT, SENT),
        ChargingProfile.read(0, profile(purpose="TxDefaultProfile"), SENT),
    ]
    clock = Clock(DEFAULT_EPOCH, error=0, follows_server=False)
    transaction = Transaction("tag", STARTED, DEFAULT_EPOCH, 0)
    assert limit_at(installed, transaction, clock, SENT, personality) == amps


def test_the_next_edge_is_exact() -> None:
    plan = ChargingProfile.read(1, profile(), SENT)
    clock = Clock(DEFAULT_EPOCH, error=0, follows_server=False)
    edges, now = [], 0.0
    while (edge := next_edge([plan], None, clock, now, FOLLOWS)) is not None:
        edges.append(edge - SENT)
        now = edge
    assert edges == [0, 15, 30, 45]
