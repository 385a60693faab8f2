"""The JSON schemas of OCPP 1.6, which come with the `ocpp` package, for what a central system sends.

They bind the central system more than the charger is bound to complain: a Wallbox may take a
payload that is not valid, and the next firmware may not.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
import json
from typing import Final

from jsonschema import FormatChecker
from jsonschema.protocols import Validator
from ocpp.messages import MessageType, get_validator

_FORMATS: Final = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """Return whether a text is a time with its distance from UTC; it may be no text at all."""
    if not isinstance(value, str):
        return True
    return datetime.fromisoformat(value).tzinfo is not None


class ViolationError(Exception):
    """A central system has sent what is not valid."""


def raise_violations(violations: Sequence[str]) -> None:
    """Make known what has been found.

    Raises:
        ViolationError: Something has.
    """
    if violations:
        raise ViolationError("\n".join(violations))


def violation_of_call(action: str, payload: object) -> str | None:
    """Return what is wrong with the payload of a CALL."""
    return _violation(MessageType.Call, action, payload)


def violation_of_result(action: str, payload: object) -> str | None:
    """Return what is wrong with the payload of the CALLRESULT to an action."""
    return _violation(MessageType.CallResult, action, payload)


def _violation(kind: int, action: str, payload: object) -> str | None:
    try:
        validator = _validator(kind, action)
    except OSError:
        return f"{action}: no such action"
    # 6.3 is a multiple of 0.1 only where neither is binary.
    exact = json.loads(json.dumps(payload), parse_float=Decimal)
    error = next(iter(validator.iter_errors(exact)), None)
    return f"{action}: {error.json_path}: {error.message}" if error else None


@cache
def _validator(kind: int, action: str) -> Validator:
    validator: Validator = get_validator(kind, action, "1.6", parse_float=Decimal)
    return validator.evolve(format_checker=_FORMATS)
