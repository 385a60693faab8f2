"""Who knocks, how often, and what became of it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
import re
from typing import Final

IDENTITY_LENGTH: Final = 48
"""Characters of an identity at most, as OCPP-J allows."""
IDENTITY: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{IDENTITY_LENGTH - 1}}}")
"""What survives the way through a URL unchanged."""
MAX_UNFIT: Final = 64
"""Characters that are kept of an identity that nobody can register; more than one may have."""
MAX_UNKNOWN_CHARGERS: Final = 16
MAX_UNKNOWN_CHARGERS_PER_ADDRESS: Final = 4
"""So that no address can take up all the room."""
FORGET_AFTER: Final = 3600.0
"""Seconds since its last knock until an unknown charger is forgotten."""
MAX_COUNTED: Final = 256
"""Addresses or identities; who has been there longest is counted anew."""
WINDOW: Final = 60.0
"""Seconds over which is counted."""
_PEER_NETWORK_PREFIX: Final = 64
"""Bits that the IPv6 addresses of one network have in common (RFC 4291 §2.5.4)."""


class HandshakeResult(StrEnum):
    """What became of a handshake."""

    ADMITTED = "admitted"
    NAMELESS = "nameless"
    """The path ends without an identity."""
    UNKNOWN = "unknown"
    """Nobody has registered this identity."""
    WRONG_PASSWORD = "wrong_password"
    """Or none at all, where one is wanted."""
    WRONG_SUBPROTOCOL = "wrong_subprotocol"


@dataclass(frozen=True, slots=True)
class HandshakeAttempt:
    """A handshake and what became of it."""

    identity: str
    address: str
    result: HandshakeResult


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionInfo:
    """How a charge point came in."""

    address: str = ""
    encrypted: bool = False
    proof: str | None = None
    """The hash that its password fitted; None if it needed none."""


@dataclass(frozen=True, slots=True)
class UnknownCharger:
    """A charge point that knocks, and that nobody has registered."""

    address: str
    seen_at: float
    has_password: bool


def peer_network(address: str) -> str:
    """Return whom an address belongs to: with IPv6, one peer may use a whole /64 of them."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    return str(
        ip.ipv4_mapped or IPv6Network((int(ip), _PEER_NETWORK_PREFIX), strict=False)
    )


@dataclass(slots=True)
class SlidingWindow:
    """How often somebody may do something in a minute. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    most: int
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def allows(self, who: str) -> bool:
        """Count once more, and say whether it may be."""
        now = self.now()
        recent = self._times.setdefault(who, deque(maxlen=self.most))
        if len(recent) == self.most and now - recent[0] < WINDOW:
            return False
        recent.append(now)
        if len(self._times) > MAX_COUNTED:
            self._times.pop(next(iter(self._times)))
        return True


@dataclass(slots=True)
class UnknownChargers:
    """Remembers unknown chargers, within limits. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    fit: bool = True
    """Those whose identity could be registered; otherwise the others, which must change theirs."""
    _chargers: dict[str, UnknownCharger] = field(default_factory=dict)
    _passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """Those of unknown chargers, in case they are to keep them."""

    @property
    def recent(self) -> dict[str, UnknownCharger]:
        """Unknown chargers that have knocked lately, by identity."""
        now = self.now()
        for identity, charger in list(self._chargers.items()):
            if now - charger.seen_at >= FORGET_AFTER:
                self.forget(identity)
        return dict(self._chargers)

    def remember(self, identity: str, address: str, password: str | None) -> bool:
        """Remember an unknown charger of this kind; True the first time."""
        recent = self.recent
        new = identity not in recent
        network = peer_network(address)
        neighbours = sum(
            peer_network(known.address) == network for known in recent.values()
        )
        if bool(IDENTITY.fullmatch(identity)) is not self.fit or (
            new
            and (
                len(recent) >= MAX_UNKNOWN_CHARGERS
                or neighbours >= MAX_UNKNOWN_CHARGERS_PER_ADDRESS
            )
        ):
            return False
        self._chargers[identity] = UnknownCharger(
            address, self.now(), password is not None
        )
        self._passwords.pop(identity, None)
        if password is not None:
            self._passwords[identity] = password
        return new

    def forget(self, identity: str) -> None:
        """Forget an unknown charger; one that has been registered is none any more."""
        self._chargers.pop(identity, None)
        self._passwords.pop(identity, None)

    def password_of(self, identity: str) -> str | None:
        """Return the password an unknown charger has knocked with last."""
        return self._passwords.get(identity)
