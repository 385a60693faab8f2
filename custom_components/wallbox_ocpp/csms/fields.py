"""Readers for the fields of a peer's JSON: tolerant where a value is optional, always typed.

Chargers send ``""`` for what they leave out, numbers as text, text as numbers and clocks
without a zone (docs/chargers.md §3.0, §8.1.12). A reader takes one JSON value
and returns it typed, or raises `ValueError`; `required` and `optional` turn readers into
dataclass fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final, Self

from mashumaro import DataClassDictMixin, field_options
from mashumaro.exceptions import MissingField

type Reader[T] = Callable[[Any], T]

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
"""A timestamp of a later year is not a time."""

UNREADABLE = (MissingField, ValueError)
"""What mashumaro and a reader raise. Its text may quote the value, so it must never reach a log."""


class Readable(DataClassDictMixin):
    """A dataclass that reads itself from a peer's JSON object; unknown fields are ignored."""

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """Read, or raise one of `UNREADABLE`."""
        return cls.from_dict(payload)


def required(name: str, reader: Reader[Any]) -> Any:
    """Declare a field without which a message is unreadable."""
    return field(metadata=field_options(alias=name, deserialize=reader))


def optional(name: str, reader: Reader[Any], default: Any = None) -> Any:
    """Declare a field that falls back to ``default`` when it is absent, empty or unreadable."""

    def read(value: Any) -> Any:
        try:
            return default if value in (None, "") else reader(value)
        except ValueError:
            return default

    return field(default=default, metadata=field_options(alias=name, deserialize=read))


MAX_TEXT_LENGTH: Final = 500
"""Characters of the longest text in OCPP 1.6; a longer one is cut off."""

MAX_CONNECTORS: Final = 8
"""More than any charger has; a greater connector id is unreadable."""


def text(value: Any) -> str:
    """Read text; a bare number is converted to text."""
    if isinstance(value, str):
        return value[:MAX_TEXT_LENGTH]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError("not text")


def integer(value: Any) -> int:
    """Read a whole number, also from text or from a float without a fraction.

    It must fit into 32 bits, as in OCPP 1.6's SOAP schema: a greater one could neither be stored
    nor be sent back.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("not a number")  # noqa: TRY004  ValueError is the contract of a reader
    number = float(value)
    if not number.is_integer():
        raise ValueError("not a whole number")
    if not -(2**31) <= number < 2**31:
        raise ValueError("out of range")
    return int(number)


def connector(value: Any) -> int:
    """Read the number of a connector; 0 is the charge point itself."""
    if not 0 <= (number := integer(value)) <= MAX_CONNECTORS:
        raise ValueError("not a connector")
    return number


def boolean(value: Any) -> bool:
    """Read a Boolean; some chargers send it as text."""
    match value:
        case bool():
            return value
        case str() if value.lower() in ("true", "false"):
            return value.lower() == "true"
    raise ValueError("not a Boolean")


def moment(value: Any) -> datetime:
    """Read an ISO 8601 timestamp as UTC; one without a zone is taken as UTC.

    Some firmwares send the lowest or the highest possible date where they know none.
    """
    if not isinstance(value, str):
        raise ValueError("not a timestamp")  # noqa: TRY004  ValueError is the contract of a reader
    read = datetime.fromisoformat(value)
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise ValueError("out of range")
    if read.tzinfo is None:
        return read.replace(tzinfo=UTC)
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


def choice[T](options: Callable[[str], T]) -> Reader[T]:
    """Make a reader for a value of an enumeration."""

    def read(value: Any) -> T:
        return options(text(value))

    return read


def each[T](read_item: Callable[[Mapping[str, Any]], T]) -> Reader[tuple[T, ...]]:
    """Make a reader for a list of objects; unreadable ones are dropped."""

    def read(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError("not a list")  # noqa: TRY004  ValueError is the contract of a reader
        return tuple(_readable(read_item, value))

    return read


def _readable[T](
    read_item: Callable[[Mapping[str, Any]], T], values: list[Any]
) -> list[T]:
    found = []
    for value in values:
        if isinstance(value, dict):
            try:
                found.append(read_item(value))
            except UNREADABLE:
                continue
    return found
