"""The record of what went over the wire."""

from collections.abc import Mapping
from enum import StrEnum
import json
from typing import Any, NamedTuple

from .line import CALL, ERROR, RESULT


class Direction(StrEnum):
    """Who sent a frame."""

    SENT = "sent"
    RECEIVED = "received"


class WireFrame(NamedTuple):
    """One frame, seen from the charger.

    Attributes:
        time: Charger second.
        direction: Who sent it.
        kind: 2 CALL, 3 CALLRESULT, 4 CALLERROR, 0 for what is none of these.
        id: Message id.
        action: OCPP action; for an answer that of its CALL.
        payload: The payload; for a CALLERROR its code and description.
    """

    time: float
    direction: Direction
    kind: int
    id: str
    action: str
    payload: Mapping[str, Any]


class Wire:
    """All frames of one charger, in order."""

    def __init__(self) -> None:
        """Start with none."""
        self.frames: list[WireFrame] = []

    def add(self, time: float, direction: Direction, text: str) -> None:
        """Record a frame."""
        self.frames.append(self._read(time, direction, text))

    def calls(self, direction: Direction, action: str | None = None) -> list[WireFrame]:
        """Return the CALLs that went one way, all or those of one action."""
        return [
            frame
            for frame in self.frames
            if frame.kind == CALL
            and frame.direction is direction
            and action in {None, frame.action}
        ]

    def reply_to(self, call: WireFrame) -> WireFrame | None:
        """Return the answer to a CALL, if there was one."""
        later = self.frames[self.frames.index(call) + 1 :]
        answers = (
            f
            for f in later
            if f.id == call.id and f.kind != CALL and f.direction is not call.direction
        )
        return next(answers, None)

    def _read(self, time: float, direction: Direction, text: str) -> WireFrame:
        match _json(text):
            case [2, str(message_id), str(action), dict(payload)]:
                return WireFrame(time, direction, CALL, message_id, action, payload)
            case [3, str(message_id), dict(payload)]:
                action = self._action(message_id, direction)
                return WireFrame(time, direction, RESULT, message_id, action, payload)
            case [4, str(message_id), str(code), str(description), *_]:
                action = self._action(message_id, direction)
                error = {"errorCode": code, "errorDescription": description}
                return WireFrame(time, direction, ERROR, message_id, action, error)
            case _:
                return WireFrame(time, direction, 0, "", "", {"text": text})

    def _action(self, message_id: str, direction: Direction) -> str:
        calls = (
            frame.action
            for frame in reversed(self.frames)
            if frame.kind == CALL
            and frame.id == message_id
            and frame.direction is not direction
        )
        return next(calls, "")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
