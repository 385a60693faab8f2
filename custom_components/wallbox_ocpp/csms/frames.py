"""OCPP-J frames: ``[2|3|4, …]`` ⇄ Call, CallResult, CallError (OCPP-J 1.6 §4.2).

Reading never raises: text that is not a frame is returned as `Malformed`, with the CALLERROR
to answer it with.
"""

from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import orjson


class ErrorCode(StrEnum):
    """The CALLERROR codes that we send, as OCPP-J 1.6 §4.2.3 spells them."""

    FORMATION_VIOLATION = "FormationViolation"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


class Call(NamedTuple):
    """A request, from either side."""

    unique_id: str
    action: str
    payload: dict[str, Any]


class CallResult(NamedTuple):
    """The answer to a Call."""

    unique_id: str
    payload: dict[str, Any]


class CallError(NamedTuple):
    """The CALLERROR that refuses a Call."""

    unique_id: str
    code: str
    description: str = ""
    """Not read from a peer: it may quote secrets."""


class Malformed(NamedTuple):
    """Text that is not a frame.

    ``refusal`` is the CALLERROR to send back; None where the peer could not match one to
    a request of its own.
    """

    reason: str
    refusal: CallError | None = None


type Frame = Call | CallResult | CallError


def read_frame(text: str) -> Frame | Malformed:
    """Read one WebSocket text message."""
    try:
        parts = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Malformed("not JSON")
    match parts:
        case [_MessageType.CALL, str(unique_id), *rest]:
            return _read_call(unique_id, rest)
        case [_MessageType.CALL_RESULT, str(unique_id), payload, *_]:
            return CallResult(unique_id, payload if isinstance(payload, dict) else {})
        case [_MessageType.CALL_ERROR, str(unique_id), str(code), *_]:
            return CallError(unique_id, code)
        case [_MessageType.CALL_ERROR, str(unique_id), *_]:
            return CallError(unique_id, "")
        case [int(), str(), *_]:
            return Malformed("unknown message type")
        case _:
            return Malformed("not a frame")


def write_frame(frame: Frame) -> str:
    """Write one WebSocket text message.

    Raises:
        TypeError: A text has half of a surrogate pair, or a number more than 64 bits.
    """
    parts: list[Any]
    match frame:
        case Call(unique_id, action, payload):
            parts = [_MessageType.CALL, unique_id, action, payload]
        case CallResult(unique_id, payload):
            parts = [_MessageType.CALL_RESULT, unique_id, payload]
        case CallError(unique_id, code, description):
            parts = [_MessageType.CALL_ERROR, unique_id, code, description, {}]
    return orjson.dumps(parts).decode()


class _MessageType(IntEnum):
    """The first element of a frame (OCPP-J 1.6 §4.1.3)."""

    CALL = 2
    CALL_RESULT = 3
    CALL_ERROR = 4


def _read_call(unique_id: str, rest: list[Any]) -> Call | Malformed:
    match rest:
        case [str(action), dict(payload), *_]:
            return Call(unique_id, action, payload)
        case [str(action), *_]:
            # A request without a payload is answered like any other of its action:
            # StopTransaction must be acknowledged whatever it looks like.
            return Call(unique_id, action, {})
        case _:
            reason = "no action"
            return Malformed(
                reason, CallError(unique_id, ErrorCode.FORMATION_VIOLATION, reason)
            )
