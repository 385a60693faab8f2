"""Which charging profiles a charger should hold."""

from datetime import timedelta
from typing import Any, Final

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DIALECTS,
    PLAIN,
    Dialect,
    Wish,
    plan_dialects_for,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe, FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.held_features import (
    HeldLeases,
    HeldPlans,
    PlanDoubt,
)
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import (
    HeldProfiles,
    ProfileSpec,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.solar_charging import SolarCharging
from custom_components.wallbox_ocpp.wallbox.plan.wanted_profiles import (
    dialect_in_use,
    wanted_profiles,
)
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import NOW, ROOM_FOR_ONE, ROOM_FOR_TWO, a_charger, a_ledger, settings

NONE, START, LEASE = FailSafeMode.OFF, FailSafeMode.NO_START, FailSafeMode.LEASE
TWO, ONE, UNKNOWN = ROOM_FOR_TWO, ROOM_FOR_ONE, settings()
OWN_DEFAULT: Final = Dialect(in_transaction=False)
"""The dialect that leaves the transaction without a limit of its own."""


def short(spec: ProfileSpec | None) -> str:
    if spec is None:
        return "-"
    return f"{spec.amps}" + (f" for {spec.lease}" if spec.lease else "")


@pytest.mark.parametrize(
    ("mode", "room", "default"),
    [
        (NONE, TWO, "16"),
        (NONE, ONE, "16"),
        (NONE, UNKNOWN, "16"),
        (START, TWO, "0"),
        (START, ONE, "0"),
        (START, UNKNOWN, "0"),
        (LEASE, TWO, "0"),
        (LEASE, ONE, "0"),
    ],
)
def test_without_a_transaction_only_the_default_is_wanted(
    mode: FailSafeMode, room: Any, default: str
) -> None:
    state = a_charger(failsafe=FailSafe(mode=mode), configuration=room)
    wanted = wanted_profiles(state, NOW)
    assert (short(wanted.default), wanted.transaction) == (default, None)
    assert wanted.transaction_id is None
    assert wanted.allowed.amps == 16


@pytest.mark.parametrize(
    ("mode", "room", "refused", "default", "transaction"),
    [
        (NONE, TWO, False, "16", "16"),
        (NONE, TWO, True, "16", "0"),
        (NONE, ONE, False, "16", "-"),
        (NONE, ONE, True, "0", "-"),
        (NONE, UNKNOWN, False, "16", "-"),
        (START, TWO, False, "0", "16"),
        (START, TWO, True, "0", "0"),
        # Without room for two, the default one lifts the transaction.
        (START, ONE, False, "16", "-"),
        (START, ONE, True, "0", "-"),
        (START, UNKNOWN, False, "16", "-"),
        (LEASE, TWO, False, "0", "16 for 0:15:00"),
        # A pause need not end by itself.
        (LEASE, TWO, True, "0", "0"),
        (LEASE, ONE, False, "16", "-"),
        (LEASE, ONE, True, "0", "-"),
    ],
)
def test_within_a_transaction(
    mode: FailSafeMode, room: Any, refused: bool, default: str, transaction: str
) -> None:
    state = a_charger(
        failsafe=FailSafe(mode=mode),
        configuration=room,
        ledger=a_ledger(refused=refused),
        status=Status.charging,
        lock=Lock(locked=refused),
    )
    wanted = wanted_profiles(state, NOW)
    assert (short(wanted.default), short(wanted.transaction)) == (default, transaction)
    assert wanted.transaction_id == (7 if room is TWO else None)


@pytest.mark.parametrize(
    ("mode", "default"), [(NONE, "16"), (START, "16"), (LEASE, "16")]
)
def test_a_dialect_without_one_of_the_transaction_lifts_the_default(
    mode: FailSafeMode, default: str
) -> None:
    state = a_charger(
        failsafe=FailSafe(mode=mode),
        ledger=a_ledger(),
        status=Status.charging,
        held=HeldProfiles(dialect=OWN_DEFAULT),
    )
    wanted = wanted_profiles(state, NOW)
    assert (short(wanted.default), wanted.transaction) == (default, None)
    # One that is there is to be cleared.
    assert wanted.transaction_id == 7


@pytest.mark.parametrize(
    ("room", "running", "default", "transaction"),
    [
        (TWO, False, "-", "-"),
        (TWO, True, "-", "16"),
        (ONE, False, "-", "-"),
        (ONE, True, "16", "-"),
        (UNKNOWN, True, "-", "-"),
    ],
)
def test_without_the_fix_nothing_outlives_a_transaction(
    room: Any, running: bool, default: str, transaction: str
) -> None:
    state = a_charger(fix_enabled=False, configuration=room)
    if running:
        state = changed(state, ledger=a_ledger(), status=Status.charging)
    wanted = wanted_profiles(state, NOW)
    assert (short(wanted.default), short(wanted.transaction)) == (default, transaction)


@pytest.mark.parametrize(
    ("wish", "most", "model", "ceiling", "amps"),
    [
        (Wish(charging=False, current_limit=16), None, "PLP1-0-2-4", None, 0),
        (Wish(charging=False), None, "PLP1-0-2-4", None, 0),
        (Wish(current_limit=6), None, "PLP1-0-2-4", None, 6),
        (Wish(), None, "PLP1-0-2-4", None, 32),
        (Wish(), None, "PUP1-U-1-6", None, 48),
        (Wish(), 32, "PUP1-U-1-6", None, 32),
        (Wish(), None, "PLP1-0-2-4", "40", 40),
        (Wish(), None, "PLP1-0-2-4", "16", 32),
        (Wish(current_limit=48), None, "PLP1-0-2-4", None, 32),
        # What was refused without a limit of the owner's says nothing of his own.
        (Wish(current_limit=40), 32, "PUP1-U-1-6", None, 40),
    ],
)
def test_the_amps(
    wish: Wish, most: int | None, model: str, ceiling: str | None, amps: int
) -> None:
    state = a_charger(
        wish=wish,
        held=HeldProfiles(most=most),
        identity=Identity(model=model, firmware="6.7.38"),
        configuration=settings(chargingALimitConn1=ceiling) if ceiling else {},
    )
    assert wanted_profiles(state, NOW).allowed.amps == amps


@pytest.mark.parametrize(
    ("lock", "waits"),
    [
        (Lock(), False),
        (Lock(locked=True), True),
        (Lock(locked=True, guest_until=NOW + timedelta(hours=1)), False),
        (Lock(locked=True, guest_until=NOW), True),
    ],
)
def test_a_transaction_that_was_refused_waits_while_the_charger_is_locked(
    lock: Lock, waits: bool
) -> None:
    state = a_charger(lock=lock, ledger=a_ledger(refused=True), status=Status.charging)
    assert wanted_profiles(state, NOW).allowed.amps == (0 if waits else 16)


def test_a_lease_that_is_ignored_is_done_without() -> None:
    state = a_charger(
        failsafe=FailSafe(mode=LEASE),
        ledger=a_ledger(),
        status=Status.charging,
        held=HeldProfiles(leases=HeldLeases(ignored=True)),
    )
    assert short(wanted_profiles(state, NOW).transaction) == "16"


def in_the_sun(failsafe: FailSafeMode, held: HeldProfiles) -> ChargerState:
    """Return the state with 12 A of sun for a quarter of an hour."""
    sun = PlannedSlot(start=NOW, end=NOW + timedelta(minutes=15), amps=12)
    return a_charger(
        wish=Wish(mode=Mode.SOLAR),
        failsafe=FailSafe(mode=failsafe),
        solar=SolarCharging(offered=sun),
        plan=ChargingPlan(slots=(sun,)),
        identity=Identity(firmware="6.7.38"),
        ledger=a_ledger(),
        status=Status.charging,
        held=held,
    )


@pytest.mark.parametrize("failsafe", FailSafeMode)
@pytest.mark.parametrize(
    "held",
    [
        HeldProfiles(),
        HeldProfiles(
            plans=HeldPlans(
                doubt=PlanDoubt(until=NOW + timedelta(seconds=45), misses=1)
            )
        ),
        HeldProfiles(
            plans=HeldPlans(
                failures=plan_dialects_for("6.7.38", two_profiles=True),
                firmware="6.7.38",
            )
        ),
    ],
    ids=["as usual", "in doubt", "one limit at a time"],
)
def test_the_sun_of_now_always_has_a_lease(
    failsafe: FailSafeMode, held: HeldProfiles
) -> None:
    wanted = wanted_profiles(in_the_sun(failsafe, held), NOW)
    assert short(wanted.transaction) == "12 for 0:15:00"
    assert short(wanted.default) == "0"


@pytest.mark.parametrize(
    ("firmware", "known", "used"),
    [
        ("6.7.38", None, PLAIN),
        ("6.7.38", OWN_DEFAULT, OWN_DEFAULT),
        # Another firmware may have other dialects.
        ("5.17.87", OWN_DEFAULT, PLAIN),
        (None, None, PLAIN),
    ],
)
def test_the_dialect_in_use(
    firmware: str | None, known: Dialect | None, used: Dialect
) -> None:
    state = a_charger(
        identity=Identity(firmware=firmware), held=HeldProfiles(dialect=known)
    )
    assert dialect_in_use(state) == used


@pytest.mark.parametrize("dialect", DIALECTS[0][1])
def test_the_highest_level_is_used_where_the_dialect_says_so(dialect: Dialect) -> None:
    state = a_charger(held=HeldProfiles(dialect=dialect))
    wanted = wanted_profiles(state, NOW)
    assert wanted.default
    assert wanted.default.level == (3 if dialect.highest_level else 0)
