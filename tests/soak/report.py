"""What a run came to."""

from dataclasses import dataclass, field
import statistics
from typing import Final

LONG: Final = 20
"""Looks after which memory and tasks have to be flat."""
MORE_MEMORY: Final = 1.15
"""How much more there may be: Home Assistant, which here never leaves its process, keeps some."""
MOST_STORED: Final = 200
"""kB of the file of a charger: all but its archive is bounded."""


class SoakError(AssertionError):
    """What people were told is not what was."""


@dataclass(slots=True)
class Report:
    """What a run came to."""

    chargers: int
    days: int = 0
    sessions: int = 0
    energy: float = 0.0
    """Wh on the meters."""
    restarts: int = 0
    kills: int = 0
    unattended: float = 0.0
    """Wh that were told to have flowed although they should not."""
    memory: list[float] = field(default_factory=list)
    """MB, in the evening, from early on."""
    tasks: list[int] = field(default_factory=list)
    """Of asyncio, at the same time."""
    stored: float = 0.0
    """kB of the largest file of a charger, without its archive."""

    def grown(self) -> list[str]:
        """Return what has not stayed flat; in a short run, little can be said of it."""
        found = []
        if self.stored > MOST_STORED:
            found.append(f"what is stored of a charger takes {self.stored:.0f} kB")
        if len(self.memory) < LONG:
            return found
        memory, tasks = begin_and_end(self.memory), begin_and_end(self.tasks)
        if memory[1] > memory[0] * MORE_MEMORY:
            found.append("memory grew from {:.0f} to {:.0f} MB".format(*memory))
        if tasks[1] > tasks[0]:
            found.append("tasks grew from {:.0f} to {:.0f}".format(*tasks))
        return found


def begin_and_end(values: list[float] | list[int]) -> tuple[float, float]:
    """Return the medians of the first and of the last tenth; the last day is not like the others."""
    part = max(len(values) // 10, 1)
    return statistics.median_low(values[:part]), statistics.median_low(values[-part:])
