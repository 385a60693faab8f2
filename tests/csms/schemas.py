"""The JSON schemas of OCPP 1.6, which come with the ``ocpp`` package."""

from collections.abc import Mapping
from typing import Any

from ocpp.messages import MessageType, get_validator
import orjson


def validate_request(action: str, payload: Mapping[str, Any]) -> None:
    """Raise if the payload of a CALL is not valid."""
    _validate(MessageType.Call, action, payload)


def validate_answer(action: str, payload: Mapping[str, Any]) -> None:
    """Raise if the payload of a CALLRESULT is not valid."""
    _validate(MessageType.CallResult, action, payload)


def _validate(message_type: int, action: str, payload: Mapping[str, Any]) -> None:
    on_the_wire = orjson.loads(orjson.dumps(payload))
    get_validator(message_type, action, "1.6").validate(on_the_wire)
