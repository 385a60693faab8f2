"""The latest connections of a charger, and why they keep ending."""

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
"""Time over which connections that ended are counted."""
MANY: Final = 6
"""Connections that ended within `WINDOW` to report flapping: a Wallbox with a bad link has fifty
(docs/chargers.md §5.2), an owner who tries things out has fewer."""
FEW: Final = 1
"""Connections that ended within `WINDOW` at which flapping is over."""
AT_ONCE: Final = 15.0
"""Seconds. A connection that is replaced sooner was still alive: one charger takes longer to lose
its network and to come back."""
IDLE: Final = 120.0
"""Seconds: the longest idle time-out of routers and proxies."""
MOSTLY: Final = 0.65
"""The share of connections that have to fit a cause."""
EVENLY: Final = 0.2
"""By what share durations may differ from their median if a time-out cuts connections;
24 to 36 s were seen (docs/chargers.md §5.2)."""


class Flapping(StrEnum):
    """The most likely reason why connections keep ending."""

    TWO_CHARGERS = "two_chargers"
    """Two chargers have the same identity, and replace each other's connection."""
    SECOND_SYSTEM = "second_system"
    """Another system configures the charger, too."""
    BOOT_LOOP = "boot_loop"
    """The charger reboots again and again."""
    IDLE_DROPS = "idle_drops"
    """Something cuts each connection after the same time."""
    WEAK_LINK = "weak_link"
    """None of the others: the network is bad."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One connection."""

    began: datetime
    address: str = ""
    ended: datetime | None = None
    close_reason: CloseReason | None = None
    boots: int = 0
    """How many BootNotifications came in it."""
    serial_number: str | None = None
    """As sent in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connections:
    """The latest connections, oldest first, and whether they are flapping."""

    history: tuple[Connection, ...] = ()
    flapping: Flapping | None = None
    """Why they keep ending; None if they last."""

    def opened(self, now: datetime, address: str) -> Self:
        """Add a new connection, which replaces one that is open."""
        known = self.closed(now, CloseReason.REPLACED).history
        connection = Connection(began=now, address=address)
        return replace(self, history=(*known, connection)[-KEPT:])

    def booted(self, serial_number: str | None, *, asked: bool) -> Self:
        """Record the serial number, and a boot unless we asked for the BootNotification."""
        if not self.history:
            return self
        *earlier, last = self.history
        boots = last.boots + (not asked)
        booted = replace(last, boots=boots, serial_number=serial_number)
        return replace(self, history=(*earlier, booted))

    def closed(self, now: datetime, close_reason: CloseReason) -> Self:
        """End the open connection, if any."""
        if not self.history or self.history[-1].ended:
            return self
        *earlier, last = self.history
        return replace(
            self,
            history=(*earlier, replace(last, ended=now, close_reason=close_reason)),
        )

    def judged(self, now: datetime, *, contested: bool) -> Self:
        """Judge whether they are flapping. ``contested``: another system changes settings back."""
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
    # Checked first: two chargers also seem to undo each other's settings.
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
    # One charger that has got another address keeps it.
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
