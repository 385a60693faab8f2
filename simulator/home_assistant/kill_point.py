"""The point at which a Home Assistant is to be killed, in a file of its configuration folder."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

_FILE: Final = "kill_point"


class Moment(StrEnum):
    """A moment in the handling of a charger's message."""

    RECEIVED = "received"
    """It has arrived, and was not handled yet."""

    SAVED = "saved"
    """The state is on disk, and the answer is about to be sent."""

    ANSWERED = "answered"
    """The answer was sent, and nothing was announced."""

    ANNOUNCED = "announced"
    """Listeners were informed, and that is about to be saved."""


@dataclass(frozen=True, slots=True)
class KillPoint:
    """A moment of the next message with an action, at which to kill Home Assistant."""

    action: str
    moment: Moment

    def set(self, folder: Path) -> None:
        """Write it into a configuration folder."""
        (folder / _FILE).write_text(f"{self.action} {self.moment}")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return that of a configuration folder, if any."""
        file = folder / _FILE
        if not file.exists():
            return None
        action, moment = file.read_text().split()
        return cls(action, Moment(moment))

    @staticmethod
    def clear(folder: Path) -> None:
        """Delete it from a configuration folder."""
        (folder / _FILE).unlink(missing_ok=True)
