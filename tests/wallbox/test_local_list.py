"""The way from the list a charger has to the list it shall have."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st
from ocpp.v16.enums import UpdateType

from custom_components.wallbox_ocpp.csms.requests import ConfigurationKey, payload_of
from custom_components.wallbox_ocpp.wallbox.model.cards import Card
from custom_components.wallbox_ocpp.wallbox.model.local_list import (
    LocalList,
    Update,
    most_per_message,
    supports_list,
    updates,
    valid_entries,
)
from simulator.schemas import violation_of_call
from simulator.virtual_wallbox.local_list import LocalList as ChargersList

from .said import NOW

ANNA = Card(id_tag="0A", name="Anna")
BEN = Card(id_tag="0B", name="Ben")
TOMORROW = NOW + timedelta(days=1)
UNKNOWN = LocalList(version=7, entries=None)


def way(
    held: LocalList, *cards: Card, most: int = 450
) -> tuple[list[Update], list[Any]]:
    """Return the steps to a list of cards, and what each of them says on the wire."""
    steps = list(updates(held, valid_entries(cards, NOW), NOW, most))
    said = [payload_of(step.request) for step in steps]
    for payload in said:
        assert violation_of_call("SendLocalList", payload) is None
    return steps, said


def test_only_cards_that_are_valid_are_in_the_list() -> None:
    cards = [
        ANNA,
        replace(BEN, enabled=False),
        Card(id_tag="0C", name="Carl", expires=NOW),
        Card(id_tag="0D", name="Dora", expires=TOMORROW),
    ]
    assert valid_entries(cards, NOW) == {"0A": None, "0D": TOMORROW}


def test_a_card_with_a_longer_number_than_ocpp_allows_is_left_out() -> None:
    [_], [said] = way(LocalList(), ANNA, replace(BEN, id_tag="B" * 21))
    assert [entry["idTag"] for entry in said["localAuthorizationList"]] == ["0A"]


def test_a_list_that_another_operator_has_written_is_written_in_full() -> None:
    [step], [said] = way(UNKNOWN, ANNA, replace(BEN, expires=TOMORROW))
    assert said["updateType"] == "Full"
    assert said["localAuthorizationList"] == [
        {"idTag": "0A", "idTagInfo": {"status": "Accepted"}},
        {
            "idTag": "0B",
            "idTagInfo": {"status": "Accepted", "expiryDate": "2026-09-02T10:00:00Z"},
        },
    ]
    assert step.after.entries == {"0A": None, "0B": TOMORROW}
    assert step.after.version == said["listVersion"] > UNKNOWN.version


def test_a_list_of_another_operator_is_emptied_where_there_are_no_cards() -> None:
    [step], [said] = way(UNKNOWN)
    assert said["updateType"] == "Full"
    assert said["localAuthorizationList"] == []
    assert step.after.entries == {}


def test_a_charger_that_has_no_list_yet_gets_a_whole_one() -> None:
    _, [said, more] = way(LocalList(), ANNA, BEN, most=1)
    assert said["updateType"] == "Full"
    assert said["localAuthorizationList"][0]["idTag"] == "0A"
    assert more["updateType"] == "Differential"


def test_a_charger_that_has_no_list_needs_none_without_cards() -> None:
    assert way(LocalList()) == ([], [])


def test_a_list_gets_a_version_that_no_other_operator_has_given_by_chance() -> None:
    versions = {
        next(updates(UNKNOWN, {}, NOW + timedelta(hours=hours))).after.version
        for hours in range(24)
    }
    assert len(versions) == 24
    newer = replace(UNKNOWN, version=2_000_000_000)
    [step], _ = way(newer)
    assert step.after.version == 2_000_000_001


def test_only_differences_are_sent_with_the_next_version() -> None:
    held = LocalList(version=41, entries={"0A": None, "0B": None, "0C": TOMORROW})
    dora = Card(id_tag="0D", name="Dora")
    [step], [said] = way(held, ANNA, replace(BEN, expires=TOMORROW), dora)
    assert said["listVersion"] == 42
    assert said["updateType"] == "Differential"
    assert [
        (entry["idTag"], entry.get("idTagInfo", {}).get("status"))
        for entry in said["localAuthorizationList"]
    ] == [("0C", None), ("0B", "Accepted"), ("0D", "Accepted")]
    assert step.after.entries == {"0A": None, "0B": TOMORROW, "0D": None}


def test_nothing_is_sent_where_nothing_differs() -> None:
    assert way(LocalList()) == ([], [])
    assert way(LocalList(version=3, entries={"0A": None}), ANNA) == ([], [])


def test_what_is_too_much_for_one_message_follows_as_differences() -> None:
    cards = [Card(id_tag=f"{number:04X}", name=f"{number}") for number in range(1000)]
    steps, said = way(UNKNOWN, *cards)
    assert [payload["updateType"] for payload in said] == [
        UpdateType.full,
        UpdateType.differential,
        UpdateType.differential,
    ]
    assert [len(payload["localAuthorizationList"]) for payload in said] == [
        450,
        450,
        100,
    ]
    first = said[0]["listVersion"]
    assert [payload["listVersion"] for payload in said] == [first, first + 1, first + 2]
    assert steps[-1].after.entries == dict.fromkeys(card.id_tag for card in cards)


TAGS = st.text(alphabet="0123456789ABCDEF", min_size=1, max_size=3)
EXPIRIES = st.sampled_from([None, TOMORROW, TOMORROW + timedelta(days=1)])
ENTRIES = st.dictionaries(TAGS, EXPIRIES, max_size=8)


@given(held=st.none() | ENTRIES, wanted=ENTRIES, most=st.integers(1, 4))
def test_the_charger_ends_up_with_the_list_that_is_wanted(
    held: dict[str, Any] | None, wanted: dict[str, Any], most: int
) -> None:
    theirs = ChargersList()
    before = {"FOREIGN": None} if held is None else held
    theirs.update(
        5,
        "Full",
        [{"idTag": tag, "idTagInfo": {"status": "Accepted"}} for tag in before],
        most=99,
    )
    known = LocalList(version=5, entries=held)
    for step in updates(known, wanted, NOW, most):
        said = payload_of(step.request)
        answer = theirs.update(
            said["listVersion"],
            said["updateType"],
            said["localAuthorizationList"],
            most=most,
        )
        assert answer == "Accepted"
        assert step.after.version == theirs.version
        assert set(step.after.entries or ()) == theirs.id_tags
        known = step.after
    assert known.entries == wanted
    assert theirs.id_tags == set(wanted)


def test_a_charger_has_a_list_if_it_says_so() -> None:
    def keys(value: str | None) -> dict[str, ConfigurationKey]:
        key = ConfigurationKey(key="LocalAuthListEnabled", value=value)
        return {key.key: key}

    assert supports_list(keys("true"))
    assert supports_list(keys("True"))
    assert not supports_list(keys("false"))
    assert not supports_list(keys(None))
    assert not supports_list({})


def test_a_charger_takes_as_many_entries_as_it_says() -> None:
    def keys(value: str | None) -> dict[str, ConfigurationKey]:
        key = ConfigurationKey(key="SendLocalListMaxLength", value=value)
        return {key.key: key}

    assert most_per_message(keys("20")) == 20
    assert most_per_message(keys("0")) == 1
    for unclear in (keys("many"), keys(None), {}):
        assert most_per_message(unclear) == 450
