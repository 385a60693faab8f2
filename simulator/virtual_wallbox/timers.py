"""What the charger waits for."""

from enum import Enum, auto


class Timer(Enum):
    """One name for each thing that happens after a while."""

    BOOTED = auto()
    RECONNECT = auto()
    OFFLINE = auto()
    QUIET = auto()
    PING = auto()
    PONG = auto()
    HEARTBEAT = auto()
    UPDATED = auto()
    BOOT_RETRY = auto()
    REPLY = auto()
    START = auto()
    PLUG_IN = auto()
    SAMPLE = auto()
    ALIGNED = auto()
    RESET = auto()
    WOUND_DOWN = auto()
    RESERVATION = auto()
    PHYSICS = auto()
    LINE = auto()


class Timers:
    """Due times by name; the caller owns the clock."""

    def __init__(self) -> None:
        """Wait for nothing."""
        self._due: dict[Timer, float] = {}

    def set(self, timer: Timer, due: float | None) -> None:
        """Wait until `due`, charger seconds; `None` stops waiting."""
        self._due.pop(timer, None)
        if due is not None:
            self._due[timer] = due

    def cancel(self, *timers: Timer) -> None:
        """Stop waiting for these."""
        for timer in timers:
            self._due.pop(timer, None)

    def clear(self) -> None:
        """Wait for nothing."""
        self._due.clear()

    def is_set(self, timer: Timer) -> bool:
        """Return whether it is being waited for."""
        return timer in self._due

    @property
    def next_due(self) -> float | None:
        """When the first of them is due."""
        return min(self._due.values(), default=None)

    def pop(self) -> Timer:
        """Take the one that is due first."""
        timer = min(self._due, key=self._due.__getitem__)
        del self._due[timer]
        return timer
