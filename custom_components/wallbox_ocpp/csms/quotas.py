"""Limits on what peers may use of the central system."""

import asyncio
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotas:
    """The limits. A real Wallbox stays far below each."""

    connections: int = 32
    """Open at once from one address and not admitted; a Wallbox has one. Behind a proxy, or in a
    container's network, all chargers have the same address."""
    unidentified: int = 256
    """The same from all addresses together; Linux grants a process 1,024 files and more. A charger
    that has been admitted does not count, so it cannot be crowded out."""
    handshakes: int = 120
    """Per address and minute; a Wallbox with a bad link reconnects every 24 s
    (docs/chargers.md §5.2), and some that are refused every second (§8.2)."""
    reprieves: int = 20
    """Connections per second from addresses that have used up theirs: one may be a charger that
    shares its address with somebody who guesses passwords."""
    admissions: int = 30
    """Per charge point and minute, from all addresses: each connection replaces the one before."""
    idle: float = 10
    """Seconds that a connection may take to send its request."""
    frame_size: int = 256 * 1024
    """Bytes; a full GetConfiguration answer of a Wallbox is about 5 KiB."""
    unread: int = 32 * 1024
    """Bytes that may wait to be read, and so be read in one go. With much less, big frames crawl
    where packets are big, as within one machine."""
    frames: float = 50
    """Per second and charge point, in the long run. A Wallbox that charges sends one in ten
    seconds; one that comes back with a full queue waits for each answer. A faster peer is not
    disconnected but read more slowly, so that no queue is ever lost."""
    burst: int = 500
    """Frames that may come at once before that; some charge points replay their whole history
    within 20 ms (docs/chargers.md §8.1.5)."""


UNBROKEN: Final = 5
"""Frames that may be taken without a break; together they take a few milliseconds."""


class TokenBucket:
    """Limits the frames per second, and yields to the event loop where many come at once."""

    def __init__(self, quotas: Quotas) -> None:
        """Create a full bucket."""
        self._now = asyncio.get_running_loop().time
        self._rate = quotas.frames
        self._burst = float(quotas.burst)
        self._left = self._burst
        self._since = self._now()

    async def take(self) -> None:
        """Wait until the next frame may be taken."""
        now = self._now()
        self._left = min(self._burst, self._left + (now - self._since) * self._rate) - 1
        self._since = now
        # Also without a delay, it yields: many frames in a buffer would be read without a break.
        if self._left < max(0.0, self._burst - UNBROKEN):
            await asyncio.sleep(max(0.0, -self._left / self._rate))
