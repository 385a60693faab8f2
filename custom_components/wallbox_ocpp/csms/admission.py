"""Who may knock, and how often."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MAX_STRANGERS: Final = 16
MAX_ADDRESSES: Final = 256
MAX_HANDSHAKES: Final = 60
"""Per address and minute; a Wallbox with a bad link knocks every 24 s (wallbox-facts §5)."""
WINDOW: Final = 60.0
"""Seconds over which handshakes are counted."""


@dataclass(slots=True)
class Admission:
    """Bounds on strangers and on handshakes. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    strangers: dict[str, str] = field(default_factory=dict)
    """Unknown identities that knocked, with the address they knocked from; the first ones."""
    _handshakes: dict[str, deque[float]] = field(default_factory=dict)

    def allows(self, address: str) -> bool:
        """Count a handshake and say whether this address may go on."""
        now = self.now()
        recent = self._handshakes.setdefault(address, deque(maxlen=MAX_HANDSHAKES))
        if len(recent) == MAX_HANDSHAKES and now - recent[0] < WINDOW:
            return False
        recent.append(now)
        if len(self._handshakes) > MAX_ADDRESSES:
            self._handshakes.pop(next(iter(self._handshakes)))
        return True

    def remember(self, identity: str, address: str) -> bool:
        """Remember a stranger; True the first time."""
        if identity in self.strangers or len(self.strangers) >= MAX_STRANGERS:
            return False
        self.strangers[identity] = address
        return True
