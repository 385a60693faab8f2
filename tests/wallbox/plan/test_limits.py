"""The limits in a charger: what is asked for, and what an answer makes true."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DIALECTS,
    PLAIN,
    Wish,
)
from custom_components.wallbox_ocpp.wallbox.model.events import (
    Booted,
    Event,
    LimitJudged,
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe, FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import (
    HeldProfiles,
    Reply,
    Slot,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.plan import leases, limits, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Step
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    DROPPED,
    ERROR,
    NOT_SENT,
    NOW,
    POLICIES,
    REJECTED,
    ROOM_FOR_ONE,
    SILENT,
    WITHDRAWN,
    Drive,
    a_charger,
    a_ledger,
    after,
    answered,
    asked_next,
    drive,
    driven,
    within_transaction,
)

LEASE = FailSafe(mode=FailSafeMode.LEASE)
NO_START = FailSafe(mode=FailSafeMode.NO_START)
PAUSE = Wish(charging=False, current_limit=16)
LEASED = "transaction 7: 16 A for 900 s"


def about_limits(asked: list[str]) -> list[str]:
    """Return the requests for charging profiles, without those for settings and readings."""
    about = ("default", "transaction", "clear")
    return [request for request in asked if request.startswith(about)]


def wished(state: ChargerState, wish: Wish, now: datetime = NOW) -> ChargerState:
    return limits.wished(state, wish, now)


# What is asked for.


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
    ("policy", "asked"),
    [
        (
            "refuses relative ones",
            [
                "default 16 A",
                "clear default",
                "default 16 A",
                "default 16 A level 3",
                "clear default",
                "default 16 A absolute level 3",
            ],
        ),
        (
            "refuses level 0",
            [
                "default 16 A",
                "clear default",
                "default 16 A",
                "default 16 A level 3",
            ],
        ),
        (
            "refuses all",
            [
                "default 16 A",
                "clear default",
                "default 16 A",
                "default 16 A level 3",
                "clear default",
                "default 16 A absolute level 3",
                "default 16 A",
            ],
        ),
    ],
)
def test_dialects_are_tried_in_order(policy: str, asked: list[str]) -> None:
    assert drive(a_charger(), policy) == asked


@pytest.mark.parametrize("policy", ["refuses all", "answers all with a CALLERROR"])
def test_what_is_refused_in_every_dialect_is_tried_again_after_a_minute(
    policy: str,
) -> None:
    run = driven(wished(a_charger(), PAUSE), policy)
    assert limits.settled(run.state, NOW) is False
    assert run.state.charging.held.retry_at == after(60)
    run.wait(59)
    assert run.run() == []
    run.wait(1)
    assert run.run() == ["default 0 A"]
    assert limits.settled(run.state, run.now)
    assert run.state.charging.limit.amps == 0


def test_a_charger_that_refuses_for_days_costs_no_memory() -> None:
    run = driven(a_charger(), "refuses all")
    for _ in range(20):
        run.wait(60)
        run.run(POLICIES["refuses all"])
    assert len(run.state.charging.held.refused) == len(DIALECTS[0][1])


def test_a_limit_that_is_ignored_for_days_costs_no_memory() -> None:
    state = driven(within_transaction()).state
    for _ in range(20):
        for followed in (True, False):
            limit = replace(state.charging.limit, followed=followed)
            state = notice.noticed(
                changed(state, limit=limit),
                LimitJudged(),
                NOW,
            )
    assert len(state.charging.held.ignored) <= len(DIALECTS[0][1])


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
    assert drive(state, "refuses above 32 A")[-1] == last


def test_the_first_refusal_within_a_delayed_transaction_costs_no_dialect() -> None:
    run = driven(within_transaction(delayed=True), "refuses the transaction's")
    assert run.asked == ["default 16 A", "transaction 7: 16 A"]
    assert run.state.charging.held.refused == ()
    run.wait(60)
    assert len(run.run(POLICIES["refuses the transaction's"])) > 5


@pytest.mark.parametrize(
    ("fields", "tried"),
    [
        ({"status": Status.charging}, "again"),
        ({"status": Status.suspended_ev}, "again"),
        # It may have ended while its limit was on its way.
        ({"status": Status.finishing}, "not again"),
        ({"status": None}, "not again"),
    ],
)
def test_a_transaction_that_the_charger_has_lost_costs_no_dialect(
    fields: dict[str, Any], tried: str
) -> None:
    run = driven(within_transaction(**fields), "refuses the transaction's")
    again = len(about_limits(run.asked)) > 2
    assert again == (tried == "again")


# Leases.


@pytest.mark.parametrize(
    ("elapsed", "asked"),
    [(599, []), (600, ["transaction 7: 16 A for 1500 s"])],
)
def test_a_lease_is_renewed_five_minutes_before_its_end(
    elapsed: int, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE))
    assert run.state.charging.held.transaction.renew_at == after(600)
    run.wait(elapsed)
    assert about_limits(run.run()) == asked


def test_the_plan_waits_for_the_renewal() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.wait(60)
    run.run()
    assert run.rests
    assert run.rests.until == after(600)


def test_a_lease_is_done_without_where_it_is_refused() -> None:
    run = driven(within_transaction(failsafe=LEASE), "refuses leases")
    assert run.asked == ["default 0 A", LEASED, "transaction 7: 16 A"]
    assert leases.refused(run.state)
    assert run.state.charging.held.transaction.renew_at is None
    # Nor is it tried again without a reason.
    run.wait(3600)
    assert about_limits(run.run(POLICIES["refuses leases"])) == []


def test_a_refused_lease_is_tried_again_with_the_next_limit() -> None:
    run = driven(within_transaction(failsafe=LEASE), "refuses leases")
    run.state = changed(run.state, wish=Wish(current_limit=10))
    asked = ["transaction 7: 10 A for 900 s", "transaction 7: 10 A"]
    assert run.run(POLICIES["refuses leases"]) == asked
    run.state = changed(run.state, wish=Wish(current_limit=12))
    assert run.run() == ["transaction 7: 12 A for 900 s"]
    assert not leases.refused(run.state)


def test_a_limit_that_changes_between_a_refused_lease_and_its_substitute() -> None:
    state = answered(within_transaction(failsafe=LEASE), ACCEPTED)
    state = answered(state, REJECTED)
    assert asked_next(state) == "transaction 7: 16 A"
    state = changed(state, wish=Wish(current_limit=10))
    assert drive(state) == ["transaction 7: 10 A for 900 s"]


def test_a_pause_is_never_leased() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.state = wished(run.state, PAUSE)
    assert run.run() == ["transaction 7: 0 A"]
    assert run.state.charging.held.transaction.renew_at is None


@pytest.mark.parametrize(
    ("failsafe", "asked"),
    [
        (FailSafe(), ["default 16 A", "transaction 7: 16 A"]),
        (NO_START, ["transaction 7: 16 A"]),
        (
            FailSafe(mode=FailSafeMode.LEASE, lease=timedelta(minutes=30)),
            ["transaction 7: 16 A for 1800 s"],
        ),
    ],
)
def test_another_failsafe_replaces_a_lease(
    failsafe: FailSafe, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.state = changed(run.state, failsafe=failsafe)
    assert run.run() == asked


@pytest.mark.parametrize(
    ("status", "elapsed", "asked"),
    [
        (Status.suspended_evse, 19, []),
        (Status.suspended_evse, 20, ["transaction 7: 16 A"]),
        (Status.charging, 20, []),
        (Status.suspended_ev, 20, []),
    ],
)
def test_a_lease_is_doubted_where_the_charger_allows_nothing(
    status: Status, elapsed: int, asked: list[str]
) -> None:
    run = driven(within_transaction(failsafe=LEASE, status=status))
    run.wait(elapsed)
    assert about_limits(run.run()) == asked
    assert run.state.charging.held.lease_ignored == bool(asked)
    assert leases.refused(run.state) == bool(asked)


def test_a_charger_that_suspends_later_has_its_lease_doubted_from_then_on() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    run.wait(100)
    run.run()
    before = run.state.connector.status
    run.state = changed(run.state, status=Status.suspended_evse)
    event = StatusChanged(before, Status.suspended_evse)
    run.state = notice.noticed(run.state, event, run.now)
    assert run.state.charging.held.doubt_lease_at == after(120)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (a_charger(held=HeldProfiles(lease_refused=True)), False),
        (a_charger(failsafe=LEASE), False),
        (a_charger(failsafe=LEASE, configuration=ROOM_FOR_ONE), True),
        (within_transaction(failsafe=LEASE), False),
    ],
)
def test_what_is_shown_of_a_lease(state: ChargerState, refused: bool) -> None:
    assert leases.refused(driven(state).state) == refused


# What an answer makes true.


@pytest.mark.parametrize(
    ("answer", "reply", "silent_until"),
    [
        (ACCEPTED, Reply.ACCEPTED, None),
        (SILENT, None, after(60)),
        (DROPPED, None, None),
        (NOT_SENT, None, None),
        (WITHDRAWN, None, None),
    ],
)
def test_what_an_answer_to_the_default_profile_makes_true(
    answer: Answer, reply: Reply | None, silent_until: datetime | None
) -> None:
    state = answered(a_charger(), answer)
    assert state.charging.held.default.reply is reply
    assert state.pending.silent_until == silent_until
    assert state.charging.limit.amps == (16 if reply else None)
    assert not state.charging.held.default_refused


@pytest.mark.parametrize("answer", [REJECTED, ERROR])
def test_a_refusal_moves_on_to_the_next_dialect(answer: Answer) -> None:
    state = answered(a_charger(), answer)
    assert state.charging.held.refused == (PLAIN,)
    assert state.charging.held.default_refused
    assert asked_next(state) == "clear default"


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_what_may_have_been_lost_is_sent_again(answer: Answer) -> None:
    run = driven(a_charger())
    run.state = changed(run.state, wish=PAUSE)
    run.state = answered(run.state, answer)
    # Also the limit before counts as lost.
    run.state = changed(run.state, wish=Wish(current_limit=16))
    run.state = notice.looked_again(run.state)
    assert run.run() == ["default 16 A"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda state: notice.noticed(state, Booted(), NOW),
        lambda state: notice.noticed(
            changed(state, ledger=a_ledger(), status=Status.charging),
            SessionChanged(a_ledger().sessions[0]),
            NOW,
        ),
    ],
    ids=["boot", "transaction"],
)
@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED])
def test_an_answer_is_outdated_once_the_charger_may_have_lost_the_profile(
    meanwhile: Callable[[ChargerState], ChargerState], answer: Answer
) -> None:
    state = a_charger()
    step = limits.next_step(state, NOW)
    assert isinstance(step, Step)
    state = step.learn(meanwhile(state), answer, NOW)
    assert state.charging.held.default == Slot()
    assert asked_next(state) == "default 16 A"


@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED, ERROR])
def test_there_may_be_nothing_to_clear(answer: Answer) -> None:
    state = a_charger(held=HeldProfiles(dialect=DIALECTS[0][1][1]))
    assert asked_next(state) == "clear default"
    assert asked_next(answered(state, answer)) == "default 16 A"


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_a_clearing_that_may_have_been_lost_is_done_again(answer: Answer) -> None:
    state = a_charger(held=HeldProfiles(dialect=DIALECTS[0][1][1]))
    state = notice.looked_again(answered(state, answer))
    assert asked_next(state) == "clear default"


@pytest.mark.parametrize("answer", [SILENT, DROPPED, NOT_SENT])
def test_a_limit_that_must_not_stay_is_cleared_until_that_is_answered(
    answer: Answer,
) -> None:
    run = driven(a_charger())
    run.state = changed(run.state, fix_enabled=False)
    assert asked_next(run.state) == "clear default"
    run.state = notice.looked_again(answered(run.state, answer))
    assert about_limits(run.run()) == ["clear default"]
    assert run.run() == []


@pytest.mark.parametrize("answer", [SILENT, DROPPED])
def test_a_limit_that_may_be_there_is_cleared_too(answer: Answer) -> None:
    state = notice.looked_again(answered(a_charger(), answer))
    state = changed(state, fix_enabled=False)
    assert about_limits(drive(state)) == ["clear default"]


def test_after_its_transaction_a_charger_that_has_left_us_is_cleared() -> None:
    run = driven(within_transaction(fix_enabled=False, configuration=ROOM_FOR_ONE))
    assert run.asked == ["default 16 A"]
    run.state = changed(run.state, status=Status.available)
    assert run.run() == ["clear default"]
    assert run.box.profiles == {}


def test_the_transaction_of_a_charger_that_follows_the_default_is_cleared_once() -> (
    None
):
    state = within_transaction(held=HeldProfiles(dialect=DIALECTS[0][1][-1]))
    run = driven(state)
    assert run.asked == ["default 16 A", "clear transaction"]
    assert run.run() == []


# Whether a limit is followed.


@pytest.mark.parametrize(
    ("followed", "dialect", "asked"),
    [
        (True, DIALECTS[0][1][0], []),
        (
            False,
            DIALECTS[0][1][1],
            [
                "clear default",
                "default 16 A",
                "clear transaction",
                "transaction 7: 16 A",
            ],
        ),
    ],
)
def test_a_dialect_that_is_not_followed_is_given_up(
    followed: bool, dialect: Any, asked: list[str]
) -> None:
    run = driven(within_transaction())
    run.state = changed(run.state, held=replace(run.state.charging.held, dialect=PLAIN))
    limit = replace(run.state.charging.limit, followed=followed)
    run.state = notice.noticed(
        changed(run.state, limit=limit),
        LimitJudged(),
        NOW,
    )
    assert run.state.charging.held.dialect == dialect
    assert run.state.charging.dialect == (dialect if followed else None)
    assert run.run() == asked


def test_a_limit_that_is_followed_in_no_dialect_is_ignored() -> None:
    run = driven(within_transaction())
    for _ in DIALECTS[0][1]:
        limit = replace(run.state.charging.limit, followed=False)
        run.state = changed(run.state, limit=limit)
        run.state = notice.noticed(run.state, LimitJudged(), NOW)
        run.run()
    assert run.state.charging.limit.ignored


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


def test_a_lease_that_would_end_is_paid_for_later() -> None:
    run = driven(within_transaction(failsafe=LEASE))
    pace = run.state.charging.held.pace
    for _ in range(60):
        pace = pace.written(run.now.timestamp() + 600)
    run.state = changed(run.state, held=replace(run.state.charging.held, pace=pace))
    run.wait(600)
    assert "transaction 7: 16 A for 1500 s" in run.run()


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


# What is left of ours, and what is another make's.


@pytest.mark.parametrize("event", [Booted(), SessionChanged(a_ledger(8).sessions[0])])
def test_a_default_limit_of_ours_is_cleared_also_after_it_may_have_been_lost(
    event: Event,
) -> None:
    run = Drive(within_transaction(configuration=ROOM_FOR_ONE, fix_enabled=False))
    run.run()
    assert run.box.limit("TxDefaultProfile") == 16
    run.state = notice.noticed(run.state, event, NOW)
    run.state = changed(run.state, ledger=Ledger(), status=Status.available)
    assert "clear default" in run.run()
    assert run.box.profiles == {}
    # Once it is gone, whatever is there is somebody else's.
    run.state = notice.noticed(run.state, event, NOW)
    assert "clear default" not in run.run()


def test_a_lease_in_another_make_is_renewed_once_its_owner_has_asked_for_it() -> None:
    run = Drive(
        within_transaction(
            identity=Identity(vendor="Another"),
            failsafe=LEASE,
        )
    )
    run.state = limits.wished(run.state, Wish(current_limit=10), NOW)
    run.wait(1)
    assert run.run() == ["default 0 A", "transaction 7: 10 A for 901 s"]
    run.state = limits.unasked(run.state)
    run.wait(600)
    assert "transaction 7: 10 A for 1501 s" in run.run()
