"""The cards in a charger: how its list is brought to the owner's, in one message or several."""

from typing import Any

import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.cards import Card
from custom_components.wallbox_ocpp.wallbox.model.events import Booted
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.local_list import ListSync, LocalList
from custom_components.wallbox_ocpp.wallbox.plan import local_list, notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result, Step
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
    SILENT,
    Drive,
    a_charger,
    after,
    settings,
    words,
)

LIST_ON = settings(LocalAuthListEnabled="true")
TWO_AT_ONCE = settings(LocalAuthListEnabled="true", SendLocalListMaxLength="2")


def cards(*tags: str) -> tuple[Card, ...]:
    return tuple(Card(id_tag=tag, name=tag) for tag in tags)


def locked(*tags: str, **fields: Any) -> ChargerState:
    """Return a locked charger with a list, and the owner's cards."""
    return a_charger(
        **{
            "lock": Lock(locked=True),
            "configuration": LIST_ON,
            "cards": cards(*tags),
            **fields,
        }
    )


def run_list(run: Drive, policy: str = "accepts all") -> list[str]:
    """Run to rest, and return what was asked about the list."""
    return [asked for asked in run.run(POLICIES[policy]) if asked.startswith("list")]


def learned(state: ChargerState, answer: Answer) -> ChargerState:
    step = local_list.next_step(state, NOW)
    assert isinstance(step, Step)
    return step.learn(state, answer, NOW)


def asked(state: ChargerState) -> str | None:
    step = local_list.next_step(state, NOW)
    return words(step.request) if isinstance(step, Step) else None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (locked("A", "B"), ["list version", "list full: A,B"]),
        (locked(), ["list version"]),
        (locked("A", lock=Lock()), []),
        (locked("A", fix_enabled=False), []),
        (locked("A", configuration=settings()), []),
        (locked("A", configuration=settings(LocalAuthListEnabled="false")), []),
        (locked("A", rebooting=True), []),
        (locked("A", identity=Identity(vendor="Another")), []),
        (
            locked(cards=(Card(id_tag="A", name="A", enabled=False),)),
            ["list version"],
        ),
        (
            locked(cards=(Card(id_tag="A", name="A", expires=after(-1)),)),
            ["list version"],
        ),
        (
            locked(cards=(Card(id_tag="A", name="A", expires=after(1)),)),
            ["list version", "list full: A"],
        ),
    ],
)
def test_who_may_charge_is_in_the_list_of_a_locked_charger(
    state: ChargerState, expected: list[str]
) -> None:
    assert run_list(Drive(state)) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("A", "A", []),
        ("A", "AB", ["list differential: B"]),
        ("AB", "B", ["list differential: -A"]),
        ("A", "B", ["list differential: -A,B"]),
        ("ABC", "", ["list differential: -A,-B,-C"]),
    ],
)
def test_only_differences_are_sent(before: str, now: str, expected: list[str]) -> None:
    run = Drive(locked(*before))
    run.run()
    run.state = changed(run.state, cards=cards(*now))
    assert run_list(run) == expected
    assert run.box.cards == set(now)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (0, ["list version", "list full: A"]),
        (5, ["list version", "list full: A"]),
        (-1, ["list version", "list full: A"]),
    ],
)
def test_a_list_with_another_version_is_another_operators(
    version: int, expected: list[str]
) -> None:
    run = Drive(locked("A"))
    run.box.list_version = version
    assert run_list(run) == expected
    assert run.box.cards == {"A"}


@pytest.mark.parametrize(
    ("policy", "expected", "held"),
    [
        (
            "accepts all",
            [
                "list version",
                "list full: A,B",
                "list differential: C,D",
                "list differential: E",
            ],
            "ABCDE",
        ),
        (
            "refuses differences",
            ["list version", "list full: A,B", "list differential: C,D"],
            "AB",
        ),
        ("refuses lists", ["list version", "list full: A,B"], ""),
        (
            "has no list",
            [
                "list version",
                "list full: A,B",
                "list differential: C,D",
                "list differential: E",
            ],
            "ABCDE",
        ),
        ("is silent to lists", ["list version", "list full: A,B"], ""),
    ],
)
def test_a_list_that_needs_several_messages(
    policy: str, expected: list[str], held: str
) -> None:
    run = Drive(locked(*"ABCDE", configuration=TWO_AT_ONCE))
    assert run_list(run, policy) == expected
    assert run.box.cards == set(held)
    assert run_list(run, policy) == []


def test_a_batch_that_is_refused_makes_the_whole_list_be_sent() -> None:
    def refuses_second(action: str, payload: Any) -> Answer | None:
        if action != "SendLocalList" or payload["listVersion"] != 9:
            return None
        return Answer(Result.ANSWERED, {"status": "Failed"})

    run = Drive(
        locked(
            *"ABCD",
            configuration=TWO_AT_ONCE,
            local_list=LocalList(version=7, entries={}),
        )
    )
    run.box.list_version = 7
    lists = [words for words in run.run(refuses_second) if words.startswith("list")]
    assert lists == [
        "list version",
        "list differential: A,B",
        "list differential: C,D",
        "list full: A,B",
        "list differential: C,D",
    ]
    assert run.box.cards == set("ABCD")


def test_cards_that_change_between_two_batches() -> None:
    run = Drive(locked(*"ABCD", configuration=TWO_AT_ONCE))
    for _ in range(3):
        step = run.next()
        assert step
        run.take(step)
    run.state = changed(run.state, cards=cards(*"BCE"))
    run.run()
    assert run.box.cards == set("BCE")


# What an answer makes true.


@pytest.mark.parametrize(
    ("answer", "sync", "known"),
    [
        (Answer(Result.ANSWERED, {"listVersion": 0}), ListSync(asked=True), {}),
        (Answer(Result.ANSWERED, {"listVersion": 9}), ListSync(asked=True), None),
        (ERROR, ListSync(asked=True), None),
        (SILENT, ListSync(asked=True), None),
        (DROPPED, ListSync(), {}),
        (NOT_SENT, ListSync(), {}),
    ],
)
def test_what_an_answer_to_the_version_makes_true(
    answer: Answer, sync: ListSync, known: dict[str, None] | None
) -> None:
    state = learned(locked("A"), answer)
    assert (state.access.list_sync, state.access.local_list.entries) == (sync, known)


@pytest.mark.parametrize(
    ("answer", "known", "next_"),
    [
        (ACCEPTED, {"A": None}, None),
        (REJECTED, None, "list full: A"),
        (ERROR, None, "list full: A"),
        (SILENT, None, "list full: A"),
        # It may have been taken: its version tells.
        (DROPPED, {}, "list version"),
        (NOT_SENT, {}, "list differential: A"),
    ],
)
def test_what_an_answer_to_a_difference_makes_true(
    answer: Answer, known: dict[str, None] | None, next_: str | None
) -> None:
    held = LocalList(version=3, entries={})
    state = locked("A", list_sync=ListSync(asked=True), local_list=held)
    assert asked(state) == "list differential: A"
    state = learned(state, answer)
    assert state.access.local_list.entries == known
    assert asked(state) == next_


@pytest.mark.parametrize(
    ("answer", "next_"),
    [
        (ACCEPTED, None),
        (REJECTED, None),
        (ERROR, None),
        (SILENT, None),
        (DROPPED, "list version"),
        (NOT_SENT, "list full: A"),
    ],
)
def test_what_an_answer_to_a_whole_list_makes_true(
    answer: Answer, next_: str | None
) -> None:
    state = locked(
        "A",
        list_sync=ListSync(asked=True),
        local_list=LocalList(version=3, entries=None),
    )
    assert asked(state) == "list full: A"
    state = learned(state, answer)
    assert asked(state) == next_
    assert bool(state.access.list_sync.refused) == (answer in (REJECTED, ERROR, SILENT))


def test_a_list_that_was_taken_although_the_charger_left_is_written_in_full() -> None:
    run = Drive(locked("A", "B", list_sync=ListSync(asked=True)))
    step = local_list.next_step(run.state, NOW)
    assert isinstance(step, Step)
    run.box.answer(step.request)
    run.state = step.learn(run.state, DROPPED, NOW)
    # Its owner blocks a card before the charger is back.
    run.state = changed(run.state, cards=cards("A"))
    run.state = notice.connected(run.state)
    assert run_list(run) == ["list version", "list full: A"]
    assert run.box.cards == {"A"}


@pytest.mark.parametrize("policy", ["refuses lists", "is silent to lists"])
def test_what_was_refused_is_left_alone_until_it_is_tried_again(policy: str) -> None:
    run = Drive(locked("A"))
    run_list(run, policy)
    run.wait(3600)
    assert run_list(run) == []
    run.state = local_list.tried_again(run.state)
    assert run_list(run) == ["list full: A"]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("boot", ["list version", "list full: A"]),
        ("cards", ["list full: A,B"]),
    ],
)
def test_what_was_refused_is_tried_again(way: str, expected: list[str]) -> None:
    run = Drive(locked("A"))
    run_list(run, "refuses lists")
    if way == "boot":
        run.state = notice.noticed(run.state, Booted(), NOW)
    else:
        run.state = changed(run.state, cards=cards("A", "B"))
    assert run_list(run) == expected


def test_a_card_that_is_taken_back_goes_though_that_was_refused_before() -> None:
    run = Drive(locked("A"))
    run_list(run, "refuses lists")
    run.state = changed(run.state, cards=cards("A", "B"))
    run_list(run)
    assert run.box.cards == {"A", "B"}
    run.state = changed(run.state, cards=cards("A"))
    assert run_list(run) == ["list differential: -B"]
    assert run.box.cards == {"A"}


# Taking our cards out.


@pytest.mark.parametrize(
    ("held", "sync", "expected"),
    [
        (LocalList(), ListSync(asked=True), None),
        (LocalList(version=3, entries=None), ListSync(asked=True), "list full: "),
        (LocalList(entries=None), ListSync(asked=True, refused={}), None),
        (LocalList(entries={"A": None}), ListSync(), "list version"),
        (
            LocalList(version=3, entries={"A": None}),
            ListSync(asked=True),
            "list differential: -A",
        ),
    ],
)
def test_only_our_cards_are_taken_out(
    held: LocalList, sync: ListSync, expected: str | None
) -> None:
    state = a_charger(local_list=held, list_sync=sync)
    step = local_list.step_to_clear(state, NOW)
    assert (words(step.request) if step else None) == expected
