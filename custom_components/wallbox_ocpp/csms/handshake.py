"""The WebSocket handshake: who connects, whether it is admitted, and unknown chargers."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
import re
from typing import Final, Self

from aiohttp import BasicAuth, hdrs, web

from .passwords import Credentials

SUBPROTOCOL: Final = "ocpp1.6"
IDENTITY_LENGTH: Final = 48
"""Characters of an identity at most, as OCPP-J allows."""
IDENTITY: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{IDENTITY_LENGTH - 1}}}")
"""Identities that need no escaping in a URL."""
MAX_UNREGISTRABLE: Final = 64
"""Characters that are kept of an identity that cannot be registered."""
MAX_UNKNOWN_CHARGERS: Final = 16
MAX_UNKNOWN_CHARGERS_PER_ADDRESS: Final = 4
"""So that one address cannot use up all entries."""
FORGET_AFTER: Final = 3600.0
"""Seconds after its last handshake until an unknown charger is forgotten."""
MAX_COUNTED: Final = 256
"""Addresses or identities that are counted at a time; the oldest entry is dropped."""
WINDOW: Final = 60.0
"""Seconds of a `SlidingWindow`, by default."""
_PEER_NETWORK_PREFIX: Final = 64
"""Bits that the IPv6 addresses of one network have in common (RFC 4291 §2.5.4)."""


class HandshakeResult(StrEnum):
    """The result of a handshake."""

    ADMITTED = "admitted"
    BUSY = "busy"
    """Refused: too many passwords are waiting to be compared."""
    CLOSED = "closed"
    """Refused: the central system is not running."""
    NAMELESS = "nameless"
    """Refused: the path has no identity."""
    SHUT_OUT = "shut_out"
    """Disconnected without an answer, because the identity is shut out for a while."""
    TOO_OFTEN = "too_often"
    UNKNOWN = "unknown"
    """Refused: the identity is not registered."""
    WRONG_PASSWORD = "wrong_password"
    """Refused: the password is wrong, or is missing."""
    WRONG_SUBPROTOCOL = "wrong_subprotocol"


@dataclass(frozen=True, kw_only=True, slots=True)
class Handshake:
    """The parts of a handshake request that decide whether the peer is admitted."""

    identity: str
    address: str = ""
    encrypted: bool = False
    subprotocols: tuple[str, ...] = ()
    """Of all header lines."""
    password: str | None = field(default=None, repr=False)

    @property
    def speaks_ocpp(self) -> bool:
        """Whether it offers OCPP 1.6, or names no version."""
        return not self.subprotocols or SUBPROTOCOL in self.subprotocols

    @classmethod
    def read(cls, request: web.BaseRequest, path: str) -> Self:
        """Read a request; the identity is the last segment of the path that is not empty."""
        identity = next((part for part in reversed(path.split("/")) if part), "")
        lines = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
        return cls(
            identity=identity,
            address=request.remote or "",
            encrypted=request.secure,
            subprotocols=tuple(
                name.strip() for line in lines for name in line.split(",")
            ),
            password=_read_password(
                request.headers.get(hdrs.AUTHORIZATION, ""), identity
            ),
        )


def judge(
    handshake: Handshake,
    credentials: Credentials | None,
    proof: str | None,
    *,
    must_prove: bool = False,
    too_often: bool = False,
) -> HandshakeResult:
    """Return whether a peer is admitted, and if not, why.

    Args:
        handshake: What the peer sent.
        credentials: The passwords of its identity; None if that is not registered.
        proof: The stored hash that its password matches; None if it matches none.
        must_prove: A password is required, also where none is set.
        too_often: Its address has used up its handshakes. A peer with the right password is
            admitted all the same, because others may share its address.
    """
    if not handshake.speaks_ocpp:
        result = HandshakeResult.WRONG_SUBPROTOCOL
    elif credentials is None:
        named = bool(handshake.identity)
        result = HandshakeResult.UNKNOWN if named else HandshakeResult.NAMELESS
    elif proof:
        return HandshakeResult.ADMITTED
    elif credentials.current or must_prove:
        result = HandshakeResult.WRONG_PASSWORD
    else:
        result = HandshakeResult.ADMITTED
    return HandshakeResult.TOO_OFTEN if too_often else result


def _read_password(header: str, identity: str) -> str | None:
    """Read the password that a charge point sends as its own user (OCPP security profile 1)."""
    try:
        user, password, _ = BasicAuth.decode(header, "utf-8")
    except ValueError:
        return None
    return password if user == identity else None


@dataclass(frozen=True, slots=True)
class HandshakeAttempt:
    """A handshake and its result."""

    identity: str
    address: str
    result: HandshakeResult


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionInfo:
    """How a charge point is connected."""

    address: str = ""
    encrypted: bool = False
    proof: str | None = None
    """The stored hash that its password matched; None if it needed none."""


@dataclass(frozen=True, slots=True)
class UnknownCharger:
    """A charge point that tries to connect and is not registered."""

    address: str
    seen_at: float
    password: str | None = field(repr=False)
    """That of its latest handshake, so that it can be added with the password that it has."""


def peer_network(address: str) -> str:
    """Return the network to count an address by: its /64 with IPv6, which one peer may use whole."""
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
    """A rate limit per key. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    most: int
    seconds: float = WINDOW
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def allows(self, who: str) -> bool:
        """Count one more, and return whether it is within the limit."""
        now = self.now()
        recent = self._times.setdefault(who, deque(maxlen=self.most))
        if len(recent) == self.most and now - recent[0] < self.seconds:
            return False
        recent.append(now)
        if len(self._times) > MAX_COUNTED:
            self._times.pop(next(iter(self._times)))
        return True


@dataclass(slots=True)
class UnknownChargers:
    """A bounded memory of unknown chargers. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    registrable: bool = True
    """Whether it is for identities that can be registered, or for those that cannot."""
    _chargers: dict[str, UnknownCharger] = field(default_factory=dict)

    @property
    def recent(self) -> dict[str, UnknownCharger]:
        """Unknown chargers that tried to connect within `FORGET_AFTER`, by identity."""
        now = self.now()
        for identity, charger in list(self._chargers.items()):
            if now - charger.seen_at >= FORGET_AFTER:
                self.forget(identity)
        return dict(self._chargers)

    def remember(self, identity: str, address: str, password: str | None) -> bool:
        """Remember an unknown charger; return whether it is new."""
        recent = self.recent
        new = identity not in recent
        network = peer_network(address)
        neighbours = sum(
            peer_network(known.address) == network for known in recent.values()
        )
        if bool(IDENTITY.fullmatch(identity)) is not self.registrable or (
            new
            and (
                len(recent) >= MAX_UNKNOWN_CHARGERS
                or neighbours >= MAX_UNKNOWN_CHARGERS_PER_ADDRESS
            )
        ):
            return False
        self._chargers[identity] = UnknownCharger(address, self.now(), password)
        return new

    def forget(self, identity: str) -> None:
        """Forget an unknown charger, because it has been registered."""
        self._chargers.pop(identity, None)

    def password_of(self, identity: str) -> str | None:
        """Return the password of an unknown charger's latest handshake."""
        charger = self._chargers.get(identity)
        return charger.password if charger else None
