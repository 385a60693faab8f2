"""Our requests to a charge point, and readers for its answers.

A request is a dataclass of `ocpp.v16.call`: the ``ocpp`` package is the vocabulary, and its JSON
schemas prove in the tests that every payload made here is valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ocpp.charge_point import snake_to_camel_case

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

from .fields import Readable, boolean, each, integer, optional, required, text

UNSUPPORTED: Final = -1
"""The version of the list of a charge point that has none (OCPP 1.6 §5.10)."""

type OcppPayload = DataclassInstance
"""A dataclass of `ocpp.v16.call` or `ocpp.v16.call_result`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigurationKey(Readable):
    """One configuration key as the charge point reports it (OCPP 1.6 §7.29)."""

    key: str = required("key", text)
    value: str | None = optional("value", text)
    readonly: bool = optional("readonly", boolean, default=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration(Readable):
    """The answer to GetConfiguration (OCPP 1.6 §5.8)."""

    keys: tuple[ConfigurationKey, ...] = optional(
        "configurationKey", each(ConfigurationKey.read), ()
    )


def action_of(request: OcppPayload) -> str:
    """Return the OCPP action of a request."""
    return type(request).__name__


def payload_of(message: OcppPayload) -> dict[str, Any]:
    """Return the JSON object of a request or of an answer."""
    return {
        key: _plain(value)
        for name, key in _keys_of(type(message))
        if (value := getattr(message, name)) is not None
    }


@cache
def _keys_of(message_type: type[OcppPayload]) -> list[tuple[str, str]]:
    """Return the names of the fields, each with its name in JSON."""
    return [(field.name, _key(field.name)) for field in fields(message_type)]


@cache
def _key(name: str) -> str:
    return str(*snake_to_camel_case({name: None}))  # type: ignore[no-untyped-call]  # ocpp ships without annotations here


def _plain(value: Any) -> Any:
    """Return a value as JSON, without what is None."""
    match value:
        case dict():
            return {
                _key(name): _plain(part)
                for name, part in value.items()
                if part is not None
            }
        case list():
            return [_plain(part) for part in value if part is not None]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return payload_of(value)
        case _:
            return value


def read_status(answer: Mapping[str, Any]) -> str:
    """Return the ``status`` of an answer, or ``""`` where it gives none."""
    return _Status.read(answer).status


def read_list_version(answer: Mapping[str, Any]) -> int:
    """Return the version of an answer to GetLocalListVersion, `UNSUPPORTED` if it has none."""
    return _ListVersion.read(answer).version


def read_configuration(answer: Mapping[str, Any]) -> dict[str, ConfigurationKey]:
    """Return the keys of a GetConfiguration answer by name; unreadable ones are left out."""
    return {key.key: key for key in Configuration.read(answer).keys}


def whole_number(configuration: Mapping[str, ConfigurationKey], key: str) -> int | None:
    """Return the value of a key that is a whole number; None where it is missing or is none."""
    found = configuration.get(key)
    text = (found and found.value) or ""
    return int(text) if text.isascii() and text.isdigit() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _ListVersion(Readable):
    version: int = optional("listVersion", integer, UNSUPPORTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Status(Readable):
    status: str = optional("status", text, "")
