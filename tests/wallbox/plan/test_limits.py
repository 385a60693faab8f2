"""The limits in a charger: what is asked for, and how soon."""

from datetime import datetime, timedelta

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.plan import limits
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    LEASE,
    LEASED,
    NO_START,
    NOW,
    PAUSE,
    ROOM_FOR_ONE,
    Drive,
    a_charger,
    a_ledger,
    after,
    asked_next,
    before_comparison,
    drive,
    driven,
    within_transaction,
)


def wished(state: ChargerState, wish: Wish, now: datetime = NOW) -> ChargerState:
    return limits.wished(state, wish, now)


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (a_charger(), ["default 16 A"]),
        (a_charger(wish=PAUSE), ["default 0 A"]),
        (a_charger(failsafe=NO_START), ["default 0 A"]),
        (within_transaction(), ["default 16 A", "transaction 7: 16 A"]),
        (within_transaction(failsafe=NO_START), ["default 0 A", "transaction 7: 16 A"]),
        (within_transaction(failsafe=LEASE), ["default 0 A", LEASED]),
        (within_transaction(configuration=ROOM_FOR_ONE), ["default 16 A"]),
        (within_transaction(wish=PAUSE), ["default 0 A", "transaction 7: 0 A"]),
        # Nothing of ours is there, nor shall be.
        (a_charger(fix_enabled=False), []),
        (within_transaction(fix_enabled=False), ["transaction 7: 16 A"]),
        (a_charger(identity=Identity(vendor="Another")), []),
        (a_charger(rebooting=True), []),
    ],
)
def test_what_is_asked_of_a_charger_that_is_known_to_hold_nothing(
    state: ChargerState, asked: list[str]
) -> None:
    assert drive(state) == asked


@pytest.mark.parametrize(
    "state",
    [
        a_charger(identity=Identity(vendor="Another")),
        a_charger(rebooting=True),
    ],
)
def test_what_its_owner_asks_for_is_sent_to_any_charger(state: ChargerState) -> None:
    state = wished(state, PAUSE)
    assert drive(state) == ["default 0 A"]
    assert drive(limits.unasked(state)) == []


def test_what_is_held_is_not_sent_again() -> None:
    run = driven(within_transaction())
    assert run.run() == []
    assert run.state.charging.limit.amps == 16


@pytest.mark.parametrize(
    ("before", "after_", "asked"),
    [
        (16, 10, ["default 10 A", "transaction 7: 10 A"]),
        (10, 16, ["default 16 A", "transaction 7: 16 A"]),
    ],
)
def test_a_change_is_sent_to_both(before: int, after_: int, asked: list[str]) -> None:
    run = driven(within_transaction(wish=Wish(current_limit=before)))
    run.state = changed(run.state, wish=Wish(current_limit=after_))
    assert run.run() == asked


def test_a_car_that_may_charge_is_lifted_before_the_default_is_lowered() -> None:
    run = driven(a_charger())
    ledger = a_ledger()
    run.state = changed(run.state, ledger=ledger, status=Status.charging)
    run.state = changed(run.state, failsafe=NO_START)
    assert run.run() == ["transaction 7: 16 A", "default 0 A"]


@pytest.mark.parametrize(
    ("model", "wish", "last"),
    [
        ("PUP1-U-1-6", Wish(), "default 32 A"),
        ("PUP1-U-1-6", Wish(current_limit=40), "default 40 A"),
        ("PLP1-0-2-4", Wish(), "default 32 A"),
    ],
)
def test_less_is_asked_for_only_where_the_owner_has_set_no_limit(
    model: str, wish: Wish, last: str
) -> None:
    charger = Identity(vendor="Wallbox", model=model, firmware="6.7.38")
    state = a_charger(identity=charger, wish=wish)
    assert before_comparison(drive(state, "refuses above 32 A"))[-1] == last


@pytest.mark.parametrize(
    ("state", "limit"),
    [
        (a_charger(), Limit(amps=16)),
        (a_charger(failsafe=NO_START), Limit(amps=0, by_failsafe=True)),
        (within_transaction(failsafe=NO_START), Limit(amps=16, before=None)),
        (a_charger(wish=PAUSE), Limit(amps=0)),
        (within_transaction(fix_enabled=False), Limit(amps=16)),
    ],
)
def test_the_limit_that_is_in_force(state: ChargerState, limit: Limit) -> None:
    found = driven(state).state.charging.limit
    assert (found.amps, found.by_failsafe) == (limit.amps, limit.by_failsafe)


# Pace.


@pytest.mark.parametrize(
    ("wishes", "waits"),
    [
        # A slider is dragged: a second of quiet, ten at most.
        ([(0.0, 10)], 1.0),
        ([(0.0, 10), (0.5, 11)], 1.0),
        ([(number / 2, 10 + number % 2) for number in range(20)], 0.5),
    ],
)
def test_a_change_waits_until_its_owner_is_quiet(
    wishes: list[tuple[float, int]], waits: float
) -> None:
    run = driven(a_charger())
    for second, amps in wishes:
        run.now = after(second)
        run.state = wished(run.state, Wish(current_limit=amps), run.now)
    assert asked_next(run.state, run.now) == run.now + timedelta(seconds=waits)
    assert limits.settled(run.state, run.now) is None


def test_a_pause_never_waits() -> None:
    run = driven(a_charger())
    run.state = wished(run.state, Wish(current_limit=10))
    run.state = wished(run.state, PAUSE)
    assert run.run() == ["default 0 A"]


def test_a_budget_spares_the_memory_of_the_charger() -> None:
    run = Drive(a_charger())
    sent = 0
    for number in range(80):
        wish = Wish(current_limit=6 + number % 10)
        run.state = wished(run.state, wish, run.now)
        run.wait(2)
        sent += len([words for words in run.run() if words.startswith("default")])
    assert 40 <= sent < 50
    assert limits.pause(run.state, run.now) > 10


@pytest.mark.parametrize(
    ("policy", "settled"),
    [
        ("accepts all", True),
        ("refuses all", False),
        ("refuses level 0", True),
        ("is silent to profiles", None),
    ],
)
def test_the_result_of_a_wish(policy: str, settled: bool | None) -> None:
    run = driven(wished(a_charger(), PAUSE), policy)
    assert limits.settled(run.state, NOW) is settled


def test_a_wish_that_got_no_answer_is_sent_again_though_its_owner_has_gone() -> None:
    run = driven(wished(a_charger(), PAUSE), "is silent to profiles")
    run.state = limits.unasked(run.state)
    run.wait(60)
    assert run.run() == ["default 0 A"]
