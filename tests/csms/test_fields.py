"""How single values of a peer's JSON are read."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from ocpp.v16.enums import Reason
import pytest

from custom_components.wallbox_ocpp.csms.fields import (
    MAX_CONNECTORS,
    MAX_TEXT_LENGTH,
    UNREADABLE,
    Readable,
    Reader,
    boolean,
    choice,
    connector,
    each,
    integer,
    moment,
    optional,
    required,
    text,
)

from .strategies import json_values


@dataclass(frozen=True, kw_only=True, slots=True)
class Apple(Readable):
    weight: int = required("weight", integer)
    sort: str = optional("sort", text, "any")


READERS = [text, integer, connector, boolean, moment, choice(Reason), each(Apple.read)]


@pytest.mark.parametrize("reader", READERS)
@given(json_values)
def test_a_reader_returns_or_raises_a_value_error(
    reader: Reader[Any], value: Any
) -> None:
    with suppress(ValueError):
        reader(value)


@pytest.mark.parametrize(
    ("value", "expected"), [("", ""), ("a", "a"), (7, "7"), (7.5, "7.5")]
)
def test_text_is_read_from_numbers_too(value: Any, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_what_is_no_text_is_not_read_as_text(value: Any) -> None:
    with pytest.raises(ValueError):
        text(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(7, 7), (-1, -1), ("7", 7), (" 7 ", 7), (7.0, 7), ("7.0", 7), (1e3, 1000)],
)
def test_a_whole_number_is_read_from_text_and_floats_too(
    value: Any, expected: int
) -> None:
    assert integer(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, True, "", "seven", 7.5, "NaN", "inf", [7], {}, 1e30, 2**31, -(2**33)],
)
def test_what_is_no_whole_number_of_32_bits_is_not_read_as_one(value: Any) -> None:
    with pytest.raises(ValueError):
        integer(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", True), ("False", False)],
)
def test_a_boolean_is_read_from_text_too(value: Any, *, expected: bool) -> None:
    assert boolean(value) is expected


@pytest.mark.parametrize("value", [None, 0, 1, "", "yes", []])
def test_what_is_no_boolean_is_not_read_as_one(value: Any) -> None:
    with pytest.raises(ValueError):
        boolean(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-01T10:00:00Z",
        "2026-09-01T10:00:00",
        "2026-09-01T10:00:00.000Z",
        "2026-09-01T12:00:00+02:00",
        "20260901T100000Z",
    ],
)
def test_a_moment_is_read_as_utc(value: str) -> None:
    read = moment(value)
    assert read == datetime(2026, 9, 1, 10, tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [None, 0, "", "now", "2026-13-01T10:00:00Z", "0001-01-01T00:00:00+14:00"],
)
def test_what_is_no_moment_is_not_read_as_one(value: Any) -> None:
    with pytest.raises(ValueError):
        moment(value)


@pytest.mark.parametrize("value", [-1, MAX_CONNECTORS + 1, "x", None])
def test_what_no_charger_has_is_not_read_as_a_connector(value: Any) -> None:
    """Each connector may have an open session, and they must not pile up."""
    with pytest.raises(ValueError):
        connector(value)


def test_a_text_that_is_too_long_is_cut_off() -> None:
    assert text("9" * 200_000) == "9" * MAX_TEXT_LENGTH


def test_a_value_outside_an_enumeration_is_not_read() -> None:
    assert choice(Reason)("Local") is Reason.local
    with pytest.raises(ValueError):
        choice(Reason)("Boredom")


def test_what_cannot_be_read_in_a_list_is_left_out() -> None:
    good = {"weight": 150}
    assert each(Apple.read)([good, {}, {"weight": "x"}, 5, None, [good], good]) == (
        Apple(weight=150),
        Apple(weight=150),
    )


@pytest.mark.parametrize("value", [None, "", 5, {"weight": 1}])
def test_what_is_no_list_is_not_read_as_one(value: Any) -> None:
    with pytest.raises(ValueError):
        each(Apple.read)(value)


@pytest.mark.parametrize("value", [None, "", [], {}, True])
def test_an_optional_field_that_cannot_be_read_falls_back(value: Any) -> None:
    assert Apple.read({"weight": 1, "sort": value}).sort == "any"


def test_an_optional_field_that_can_be_read_is_read() -> None:
    assert Apple.read({"weight": 1, "sort": "Boskop"}).sort == "Boskop"


@pytest.mark.parametrize("payload", [{}, {"weight": None}, {"weight": ""}])
def test_a_required_field_that_cannot_be_read_is_an_error(
    payload: dict[str, Any],
) -> None:
    with pytest.raises(UNREADABLE):
        Apple.read(payload)


def test_unknown_fields_are_ignored() -> None:
    assert Apple.read({"weight": 1, "colour": "red"}) == Apple(weight=1)
