"""A charger's connections, and why they do not last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final, Self

from ...csms.close_reason import CloseReason

KEPT: Final = 50
WINDOW: Final = timedelta(minutes=30)
"""Time in which connections that end are counted; what is older no longer matters."""
MANY: Final = 6
"""Ends within `WINDOW` that are a trouble: a Wallbox with a bad link has fifty
(docs/chargers.md §5.2), and an owner who tries things out has fewer."""
FEW: Final = 1
"""Ends within `WINDOW` with which the trouble is over."""
AT_ONCE: Final = 15.0
"""Seconds. A connection replaced sooner was alive: the network of one charger takes longer to fail
and to come back."""
IDLE: Final = 120.0
"""Seconds, the longest that anything in between waits for a sign of life that it misses."""
MOSTLY: Final = 0.65
"""The share of connections that has to speak for a cause."""
EVENLY: Final = 0.2
"""By how much the lengths of connections may differ from their median that something cuts
by the clock; 24 to 36 s were seen (docs/chargers.md §5.2)."""


class Flapping(StrEnum):
    """Why connections do not last, most likely."""

    TWO_CHARGERS = "two_chargers"
    """Two of them have the same identity, and each new connection replaces the other one."""
    SECOND_SYSTEM = "second_system"
    """Somebody else configures the charger, too."""
    BOOT_LOOP = "boot_loop"
    """The charger starts again and again."""
    IDLE_DROPS = "idle_drops"
    """Something cuts each connection after the same time."""
    WEAK_LINK = "weak_link"
    """Nothing but the network is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One connection."""

    began: datetime
    address: str = ""
    ended: datetime | None = None
    close_reason: CloseReason | None = None
    boots: int = 0
    """How often the charger said in it that it has started."""
    serial_number: str | None = None
    """As told in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connections:
    """The latest connections, oldest first, and what to think of them."""

    history: tuple[Connection, ...] = ()
    flapping: Flapping | None = None
    """Why they do not last, while they do not."""

    def opened(self, now: datetime, address: str) -> Self:
        """Note a new one; one that lasts has been replaced by it."""
        known = self.closed(now, CloseReason.REPLACED).history
        connection = Connection(began=now, address=address)
        return replace(self, history=(*known, connection)[-KEPT:])

    def booted(self, serial_number: str | None, *, asked: bool) -> Self:
        """Note which charger it is, and that it has started unless it was asked to say so."""
        if not self.history:
            return self
        *earlier, last = self.history
        boots = last.boots + (not asked)
        booted = replace(last, boots=boots, serial_number=serial_number)
        return replace(self, history=(*earlier, booted))

    def closed(self, now: datetime, close_reason: CloseReason) -> Self:
        """Note the end of the one that lasts, if any."""
        if not self.history or self.history[-1].ended:
            return self
        *earlier, last = self.history
        return replace(
            self,
            history=(*earlier, replace(last, ended=now, close_reason=close_reason)),
        )

    def judged(self, now: datetime, *, contested: bool) -> Self:
        """Look whether they last. ``contested``: somebody else changes settings back."""
        ended = [
            connection
            for connection in self.history
            if connection.ended
            and connection.close_reason is not CloseReason.STOPPED
            and now - connection.ended < WINDOW
        ]
        if len(ended) >= MANY:
            return replace(self, flapping=_cause(ended, contested=contested))
        return replace(self, flapping=None) if len(ended) <= FEW else self


def _cause(ended: list[Connection], *, contested: bool) -> Flapping:
    # Two chargers seem to undo each other's settings, too.
    if _of_two(ended):
        return Flapping.TWO_CHARGERS
    if contested:
        return Flapping.SECOND_SYSTEM
    if _share(item.boots > 0 for item in ended) > MOSTLY:
        return Flapping.BOOT_LOOP
    if _cut_by_the_clock(ended):
        return Flapping.IDLE_DROPS
    return Flapping.WEAK_LINK


def _of_two(ended: list[Connection]) -> bool:
    serial_numbers = {item.serial_number for item in ended} - {None}
    # A charger that has been given another address stays with it.
    moves = (before.address != after.address for before, after in pairwise(ended))
    elbowed = (
        item.close_reason is CloseReason.REPLACED and _length(item) < AT_ONCE
        for item in ended
    )
    return len(serial_numbers) > 1 or _share(moves) > MOSTLY or _share(elbowed) > MOSTLY


def _cut_by_the_clock(ended: list[Connection]) -> bool:
    lengths = [_length(item) for item in ended]
    usual = median(lengths)
    even = (abs(length - usual) <= EVENLY * usual for length in lengths)
    return usual <= IDLE and _share(even) > MOSTLY


def _length(connection: Connection) -> float:
    ended = connection.ended or connection.began
    return (ended - connection.began).total_seconds()


def _share(facts: Iterable[bool]) -> float:
    known = list(facts)
    return sum(known) / len(known)
