"""The dialects in which a limit may be sent: tried in order, and given up where they are not followed."""

from dataclasses import replace
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import (
    DIALECTS,
    PLAIN,
)
from custom_components.wallbox_ocpp.wallbox.model.events import LimitJudged
from custom_components.wallbox_ocpp.wallbox.plan import limits, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer
from tests.wallbox.states import changed

from .drive import (
    ERROR,
    NOW,
    PAUSE,
    POLICIES,
    REJECTED,
    a_charger,
    about_limits,
    after,
    answered,
    asked_next,
    before_comparison,
    drive,
    driven,
    within_transaction,
)

TO_LEVEL_3 = ["default 16 A", "clear default", "default 16 A", "default 16 A level 3"]
TO_ABSOLUTE = [*TO_LEVEL_3, "clear default", "default 16 A absolute level 3"]


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        ("refuses level 0", TO_LEVEL_3),
        ("refuses relative ones", TO_ABSOLUTE),
        ("refuses all", [*TO_ABSOLUTE, "default 16 A"]),
    ],
)
def test_dialects_are_tried_in_order(policy: str, asked: list[str]) -> None:
    assert before_comparison(drive(a_charger(), policy)) == asked


@pytest.mark.parametrize("policy", ["refuses all", "answers all with a CALLERROR"])
def test_what_is_refused_in_every_dialect_is_tried_again_after_a_minute(
    policy: str,
) -> None:
    run = driven(limits.wished(a_charger(), PAUSE, NOW), policy)
    assert limits.settled(run.state, NOW) is False
    assert run.state.charging.held.retry_at == after(60)
    run.wait(59)
    assert run.run() == []
    run.wait(1)
    assert before_comparison(run.run()) == ["default 0 A"]
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


@pytest.mark.parametrize("answer", [REJECTED, ERROR])
def test_a_refusal_moves_on_to_the_next_dialect(answer: Answer) -> None:
    state = answered(a_charger(), answer)
    assert state.charging.held.refused == (PLAIN,)
    assert state.charging.held.default_refused
    assert asked_next(state) == "clear default"


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
