"""Who knocks, how often, and whether it is let in."""

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
"""Seconds over which is counted, unless said otherwise."""
_PEER_NETWORK_PREFIX: Final = 64
"""Bits that the IPv6 addresses of one network have in common (RFC 4291 §2.5.4)."""


class HandshakeResult(StrEnum):
    """What became of a handshake."""

    ADMITTED = "admitted"
    BUSY = "busy"
    """Too many passwords wait to be compared."""
    CLOSED = "closed"
    """Nobody is let in at the moment."""
    NAMELESS = "nameless"
    """The path ends without an identity."""
    TOO_OFTEN = "too_often"
    UNKNOWN = "unknown"
    """Nobody has registered this identity."""
    WRONG_PASSWORD = "wrong_password"
    """Or none at all, where one is wanted."""
    WRONG_SUBPROTOCOL = "wrong_subprotocol"


@dataclass(frozen=True, kw_only=True, slots=True)
class Handshake:
    """What a peer says of itself before it is let in."""

    identity: str
    address: str = ""
    encrypted: bool = False
    subprotocols: tuple[str, ...] = ()
    """On however many lines they were offered."""
    password: str | None = field(default=None, repr=False)

    @property
    def speaks_ocpp(self) -> bool:
        """Whether it speaks our version, or does not say."""
        return not self.subprotocols or SUBPROTOCOL in self.subprotocols

    @classmethod
    def read(cls, request: web.BaseRequest, path: str) -> Self:
        """Read a request; the last segment of the path that is not empty is the identity."""
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
    """Say whether a peer is let in.

    Args:
        handshake: What it says.
        credentials: What counts for its identity; None if that is not registered.
        proof: The hash that its password fits.
        must_prove: Nobody is let in without a password.
        too_often: Its address has had all its handshakes. Who has a proof need not care, because
            others may have the same address.
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
    """How often somebody may do something. ``now`` is a monotonic clock in seconds."""

    now: Callable[[], float]
    most: int
    seconds: float = WINDOW
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def allows(self, who: str) -> bool:
        """Count once more, and say whether it may be."""
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
