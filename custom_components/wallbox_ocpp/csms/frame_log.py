"""A record of the frames of a charge point over all its connections, for diagnostics."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from sys import getsizeof
import time
from typing import Final, NamedTuple, Self
import zlib

import orjson

MAX_RECORDS: Final = 500
MAX_BYTES: Final = 512 * 1024
"""Memory that all texts of one charge point may use."""
PACKED: Final = 20
"""Records that are packed together, within a millisecond; until then they take ten times as much."""
LONGEST: Final = 16 * 1024
"""Characters of one text that are kept; a full GetConfiguration answer of a Wallbox is about
5 Ki (docs/chargers.md §2)."""


_FAST: Final = 1
"""How hard zlib tries."""


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


class _Pack(NamedTuple):
    """Records that take up a tenth of their room."""

    records: int
    """How many there are."""
    size: int
    """Bytes of their texts in memory."""
    content: bytes

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Pack records."""
        plain = [tuple(record) for record in records]
        size = sum(getsizeof(text) for _, _, text in plain)
        return cls(len(plain), size, zlib.compress(orjson.dumps(plain), _FAST))

    def unpacked(self) -> Iterator[Record]:
        """Return the records."""
        for at, kind, text in orjson.loads(zlib.decompress(self.content)):
            yield Record(at, Kind(kind), text)


class FlightRecorder:
    """Keeps the latest frames as unparsed text, and packs them; the oldest pack makes room for new ones."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        """Create an empty record. ``now`` returns seconds since 1970, by default the system's."""
        self._now = now or time.time
        self._packs: deque[_Pack] = deque()
        self._fresh: deque[Record] = deque()
        self._count = self._bytes = 0

    def __iter__(self) -> Iterator[Record]:
        """Return the records, oldest first."""
        packed = chain.from_iterable(pack.unpacked() for pack in self._packs)
        return iter((*packed, *self._fresh))

    def note(self, kind: Kind, text: str = "") -> None:
        """Add a record."""
        kept = text[:LONGEST]
        self._fresh.append(Record(self._now(), kind, kept))
        self._count += 1
        self._bytes += getsizeof(kept)
        if len(self._fresh) == PACKED:
            self._packs.append(_Pack.of(self._fresh))
            self._fresh.clear()
        while self._bytes > MAX_BYTES or self._count > MAX_RECORDS:
            self._drop()

    def _drop(self) -> None:
        if self._packs:
            oldest = self._packs.popleft()
            self._count -= oldest.records
            self._bytes -= oldest.size
        else:
            self._count -= 1
            self._bytes -= getsizeof(self._fresh.popleft().text)


@dataclass(slots=True)
class FrameLog:
    """The frames of one charge point, and what was counted in them."""

    violations: Counter[str] = field(default_factory=Counter)
    """Violations of the protocol by the charge point, counted by kind."""
    recorder: FlightRecorder = field(default_factory=FlightRecorder)
    slow_to_boot: bool = False
    """On its latest connection, a CALL was sent before its BootNotification came."""
