"""The answers of a charger in a replay."""

from dataclasses import dataclass, replace
from typing import Any

from custom_components.wallbox_ocpp.csms.frame_log import Kind

from .recording import Recording

type Payload = dict[str, Any]


@dataclass(slots=True)
class Asked:
    """A recorded request of ours, and its answer."""

    action: str
    payload: Payload
    answer: list[Any] | None = None
    """None if the charger did not answer."""
    answered: bool = False
    """The replay is past the answer."""
    used: bool = False


class Answers:
    """Answers as recorded if possible, and else as a charger that accepts all."""

    def __init__(self, recording: Recording) -> None:
        """Collect the recorded requests and answers."""
        self._configuration = dict(recording.configuration)
        self._asked: dict[str, Asked] = {}
        """By message id."""
        for entry in recording.entries:
            if entry.what is Kind.SENT and (call := entry.call):
                unique_id, action, payload = call
                self._asked[unique_id] = Asked(action, payload)
            elif entry.what is Kind.RECEIVED and (answer := entry.answer):
                unique_id, frame = answer
                if asked := self._asked.get(unique_id):
                    asked.answer = frame
        self.guessed: list[str] = []
        """The actions without a recorded answer."""

    def due(self, unique_id: str) -> Asked | None:
        """Mark a recorded answer as due, and return the request that it answers."""
        if asked := self._asked.get(unique_id):
            asked.answered = True
        return asked

    def find(self, action: str, payload: Payload) -> Asked:
        """Return the most similar recorded request, or a made-up one."""
        alike = [
            item
            for item in self._asked.values()
            if item.action == action and _plain(item.payload) == _plain(payload)
        ]
        for item in alike:
            if not item.used:
                item.used = True
                return item
        if alike:
            return replace(alike[-1], answered=True)
        self.guessed.append(action)
        answer = [3, "", self._guess(action, payload)]
        return Asked(action, payload, answer, answered=True)

    def _guess(self, action: str, payload: Payload) -> Payload:
        if action == "ChangeConfiguration":
            self._configuration[payload["key"]] = payload["value"]
        if action != "GetConfiguration":
            return {"status": "Accepted"}
        keys = payload.get("key", self._configuration)
        return {
            "configurationKey": [
                {"key": key, "readonly": False, "value": self._configuration[key]}
                for key in keys
                if key in self._configuration
            ]
        }


def _plain(value: Any) -> Any:
    """Return a payload without transaction ids, which differ in a replay."""
    if isinstance(value, dict):
        return {
            name: _plain(item)
            for name, item in value.items()
            if name != "transactionId"
        }
    return [_plain(item) for item in value] if isinstance(value, list) else value
