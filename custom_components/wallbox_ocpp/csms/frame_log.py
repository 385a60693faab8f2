"""What is kept of a charge point over all its connections, for whoever looks for a fault."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from sys import getsizeof
import time
from typing import Final, NamedTuple

MAX_RECORDS: Final = 500
MAX_BYTES: Final = 512 * 1024
"""Of all texts together, as they lie in memory."""
LONGEST: Final = 16 * 1024
"""Characters of a text that are kept; a full GetConfiguration answer of a Wallbox is about
5 Ki (docs/chargers.md §2)."""


class Kind(StrEnum):
    """What a record tells of."""

    OPENED = "opened"
    """A connection has begun."""
    RECEIVED = "received"
    """The charge point sent this text."""
    SENT = "sent"
    """This text was sent to the charge point."""
    ASKED = "asked"
    """The charge point's owner asked for something, which the text tells as JSON."""
    CLOSED = "closed"
    """A connection has ended; the text says how."""


class Record(NamedTuple):
    """One thing that happened on the wire."""

    at: float
    """Seconds since 1970."""
    kind: Kind
    text: str = ""


class FlightRecorder:
    """The last that went over the wire, word for word: nothing is read before somebody asks."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        """Begin with nothing. ``now`` returns seconds since 1970, by default the system's."""
        self._now = now or time.time
        self._records: deque[Record] = deque()
        self._bytes = 0

    def __iter__(self) -> Iterator[Record]:
        """Return the records, oldest first."""
        return iter(tuple(self._records))

    def note(self, kind: Kind, text: str = "") -> None:
        """Add a record; the oldest make room for it."""
        kept = text[:LONGEST]
        self._records.append(Record(self._now(), kind, kept))
        self._bytes += getsizeof(kept)
        while self._bytes > MAX_BYTES or len(self._records) > MAX_RECORDS:
            self._bytes -= getsizeof(self._records.popleft().text)


@dataclass(slots=True)
class FrameLog:
    """What is kept of one charge point."""

    violations: Counter[str] = field(default_factory=Counter)
    """What it sent against the protocol, by kind."""
    recorder: FlightRecorder = field(default_factory=FlightRecorder)
    slow_to_boot: bool = False
    """It was asked for something when it connected last, before it could say that it starts."""
