"""The recording of one charger in a diagnostics file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from custom_components.wallbox_ocpp.csms.frame_log import Kind
from custom_components.wallbox_ocpp.wallbox.views.redaction import REDACTED

CALL = 2
"""The first element of a request (OCPP-J 1.6 §4.1.3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One record of the flight recorder."""

    at: datetime
    what: Kind
    frame: list[Any] | None = None
    """The frame that was sent or received, if it was JSON."""
    masked: str = ""
    """The masked text of a message that was no JSON."""
    ending: str = ""
    """Why a connection ended."""
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The command of the owner."""

    @property
    def call(self) -> tuple[str, str, dict[str, Any]] | None:
        """The message id, action and payload, if it is a request."""
        match self.frame:
            case [2, str(unique_id), str(action), dict(payload), *_]:
                return unique_id, action, payload
            case _:
                return None

    @property
    def answer(self) -> tuple[str, list[Any]] | None:
        """The message id and what follows it, if it is the answer to a request."""
        match self.frame:
            case [3 | 4, str(unique_id), *_]:
                return unique_id, self.frame
            case _:
                return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """One charger of a diagnostics file."""

    entries: tuple[Entry, ...]
    configuration: Mapping[str, str | None]
    """The charger's configuration at the end."""
    settings: Mapping[str, Any]
    """The charger's settings in Home Assistant that are not secret."""
    state: Mapping[str, Any]
    """The charger's state at the end."""

    @classmethod
    def read(cls, file: Mapping[str, Any], number: int = 0) -> Self:
        """Read a file of the entry, or of a charger's device.

        Raises:
            ValueError: There is no such charger in it, or no frame of it.
        """
        chargers = file.get("data", file).get("chargers", [])
        if not 0 <= number < len(chargers):
            raise ValueError(f"chargers in the file: {len(chargers)}")
        charger = chargers[number]
        entries = tuple(
            Entry(
                at=datetime.fromisoformat(record["at"]),
                what=Kind(record["what"]),
                frame=record.get("frame"),
                masked=record.get("masked", ""),
                ending=record.get("ending", ""),
                asked=record.get("asked", {}),
            )
            for record in charger["records"]
        )
        if not entries:
            raise ValueError("the charger has said nothing")
        return cls(
            entries=entries,
            configuration=charger["configuration"],
            settings={
                name: value
                for name, value in charger["settings"].items()
                if value not in (None, REDACTED)
            },
            state=charger["state"],
        )
