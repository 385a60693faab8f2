"""A record of the frames of a charge point over all its connections, for diagnostics."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from sys import getsizeof
import time
from typing import Final, NamedTuple

MAX_RECORDS: Final = 500
MAX_BYTES: Final = 512 * 1024
"""Memory that all texts of one charge point may use."""
LONGEST: Final = 16 * 1024
"""Characters of one text that are kept; a full GetConfiguration answer of a Wallbox is about
5 Ki (docs/chargers.md §2)."""


class Kind(StrEnum):
    """The kinds of records."""

    OPENED = "opened"
    """A connection has begun."""
    RECEIVED = "received"
    """The charge point sent this text."""
    SENT = "sent"
    """This text was sent to the charge point."""
    ASKED = "asked"
    """The owner of the charge point gave a command, which is in the text as JSON."""
    CLOSED = "closed"
    """A connection has ended; the text is the `CloseReason`."""


class Record(NamedTuple):
    """One frame, or the begin or end of a connection."""

    at: float
    """Seconds since 1970."""
    kind: Kind
    text: str = ""


class FlightRecorder:
    """Keeps the latest frames as unparsed text; the oldest make room for new ones."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        """Create an empty record. ``now`` returns seconds since 1970, by default the system's."""
        self._now = now or time.time
        self._records: deque[Record] = deque()
        self._bytes = 0

    def __iter__(self) -> Iterator[Record]:
        """Return the records, oldest first."""
        return iter(tuple(self._records))

    def note(self, kind: Kind, text: str = "") -> None:
        """Add a record."""
        kept = text[:LONGEST]
        self._records.append(Record(self._now(), kind, kept))
        self._bytes += getsizeof(kept)
        while self._bytes > MAX_BYTES or len(self._records) > MAX_RECORDS:
            self._bytes -= getsizeof(self._records.popleft().text)


@dataclass(slots=True)
class FrameLog:
    """The frames of one charge point, and what was counted in them."""

    violations: Counter[str] = field(default_factory=Counter)
    """Violations of the protocol by the charge point, counted by kind."""
    recorder: FlightRecorder = field(default_factory=FlightRecorder)
    slow_to_boot: bool = False
    """On its latest connection, a CALL was sent before its BootNotification came."""
