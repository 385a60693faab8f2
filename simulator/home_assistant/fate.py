"""When a Home Assistant is to be killed; its process finds it in its configuration folder."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

_FILE: Final = "fate"


class Moment(StrEnum):
    """An instant in the life of a charger's message."""

    RECEIVED = "received"
    """It has arrived, and nothing has come of it yet."""

    SAVED = "saved"
    """What came of it is on disk, and its answer is about to go out."""

    ANSWERED = "answered"
    """The charger has been answered, and nobody has been told."""

    TOLD = "told"
    """Everybody has been told, and noting that on disk is about to begin."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Death at a moment of the next message with an action."""

    action: str
    moment: Moment

    def seal(self, folder: Path) -> None:
        """Let it come over the Home Assistant of a configuration folder."""
        (folder / _FILE).write_text(f"{self.action} {self.moment}")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return what is in store for it."""
        file = folder / _FILE
        if not file.exists():
            return None
        action, moment = file.read_text().split()
        return cls(action, Moment(moment))

    @staticmethod
    def avert(folder: Path) -> None:
        """Let it live."""
        (folder / _FILE).unlink(missing_ok=True)
