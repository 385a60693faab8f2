"""Passwords of charge points (HTTP Basic, OCPP security profile 1): hashed and compared."""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
import hashlib
import hmac
import secrets
from typing import Final, Self

from .calls import settle

TYPED_LENGTH: Final = 16
"""Characters of a password that a person types; the minimum of OCPP's security profiles."""
SENT_LENGTH: Final = 20
"""Characters of a password that is set over OCPP; some take 40 hexadecimal digits only
(docs/chargers.md §8.2)."""

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without characters that look alike on a phone."""
_SCRYPT: Final = (2**14, 8, 1)
"""Cost, block size and parallelism: 16 MiB and some 50 ms, once per charge point and start."""
_SALT_LENGTH: Final = 16
MOST_WAITING: Final = 8
"""Passwords for one charge point that may wait to be compared; the oldest is refused as busy."""
GUESS_PAUSE: Final = 0.5
"""Seconds after a wrong password until the next is compared: as many guesses in a minute as one
address may make handshakes (`Quotas.handshakes`), from all addresses together."""


class BusyError(Exception):
    """Too many passwords are waiting to be compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """The hashes of the passwords that a charge point may connect with."""

    current: str | None = None
    """None if it is admitted without a password."""
    upcoming: str | None = None
    """Accepted as well: the owner has chosen it, and has yet to type it into the charge point."""
    told: str | None = None
    """Accepted as well: it was sent to the charge point, which has not used it yet."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """All that are accepted."""
        return tuple(filter(None, (self.current, self.upcoming, self.told)))

    def proven(self, proof: str) -> Self:
        """Return the credentials after the charge point has connected with one of them."""
        if proof == self.told:
            # The owner has yet to type the upcoming one.
            return replace(self, current=proof, told=None)
        return type(self)(current=proof) if proof == self.upcoming else self


def generate(length: int = TYPED_LENGTH) -> str:
    """Return a new password."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def hashed(password: str) -> str:
    """Return the hash to store for a password; slow on purpose."""
    salt = secrets.token_bytes(_SALT_LENGTH)
    parts = (b64encode(part).decode() for part in (salt, _scrypt(password, salt)))
    return "$".join(("scrypt", *map(str, _SCRYPT), *parts))


def matches(password: str, kept: str) -> bool:
    """Return whether a password matches a stored hash; slow on purpose."""
    try:
        _, cost, size, parallelism, salt, wanted = kept.split("$")
        numbers = int(cost), int(size), int(parallelism)
        found = _scrypt(password, b64decode(salt), *numbers)
        return hmac.compare_digest(found, b64decode(wanted))
    except ValueError:
        # The stored value is no hash.
        return False


def as_key(password: str) -> str:
    """Return a password as the value of ``AuthorizationKey``: hexadecimal digits."""
    return password.encode().hex()


def spellings(password: str) -> tuple[str, ...]:
    """Return the passwords that a charge point may mean by what it sends.

    One that was given hexadecimal digits sends them as they are, or the characters they encode
    (docs/chargers.md §8.2).
    """
    try:
        return password, bytes.fromhex(password).decode()
    except ValueError:
        return (password,)


@dataclass(frozen=True, slots=True)
class _Check:
    """A password that waits to be compared."""

    password: str
    hashes: tuple[str, ...]
    digest: bytes
    found: asyncio.Future[str | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Verifier:
    """Compares the passwords that are sent for one charge point, off the event loop.

    A password that has matched once is recognised at once from then on, so that guesses do not
    delay the charge point itself. Others are compared one at a time, the latest first, with a
    pause after a wrong one: guessing is slow, and does not lock out the next peer.
    """

    def __init__(self, hashing: asyncio.Lock | None = None) -> None:
        """Create it. Of all that share ``hashing``, one at a time uses the processor."""
        self._hashing = hashing or asyncio.Lock()
        self._key = secrets.token_bytes(32)
        self._matched: dict[str, bytes] = {}
        """Digests of passwords that have matched, by the hash that they matched."""
        self._waiting: deque[_Check] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._now = asyncio.get_running_loop().time
        self._next_at = self._now()

    async def match(self, password: str, hashes: Iterable[str]) -> str | None:
        """Return the one of the hashes that a password matches; None if it matches none.

        Raises:
            BusyError: Too many others wait.
        """
        digest = hmac.digest(self._key, password.encode(), "sha256")
        hashes = tuple(hashes)
        for kept in hashes:
            known = self._matched.get(kept)
            if known is not None and hmac.compare_digest(known, digest):
                return kept
        check = _Check(password, hashes, digest)
        self._waiting.append(check)
        if len(self._waiting) > MOST_WAITING:
            settle(self._waiting.popleft().found, BusyError())
        if self._worker is None or self._worker.done():
            # A task of its own: if the peer hangs up, its comparison must not run beside the next.
            self._worker = asyncio.create_task(self._compare_all(), name=__name__)
        return await check.found

    def close(self) -> None:
        """Cancel all comparisons."""
        if self._worker:
            self._worker.cancel()
        while self._waiting:
            settle(self._waiting.pop().found, BusyError())

    async def _compare_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._next_at - self._now())
            if (check := self._waiting.pop()).found.done():
                continue
            try:
                async with self._hashing:
                    kept = await self._compare(check)
            except asyncio.CancelledError:
                settle(check.found, BusyError())
                raise
            if kept is None:
                self._next_at = self._now() + GUESS_PAUSE
            settle(check.found, kept)

    async def _compare(self, check: _Check) -> str | None:
        for kept in check.hashes:
            for spelling in spellings(check.password):
                if await asyncio.to_thread(matches, spelling, kept):
                    self._matched[kept] = check.digest
                    return kept
        return None


def _scrypt(
    password: str,
    salt: bytes,
    cost: int = _SCRYPT[0],
    size: int = _SCRYPT[1],
    parallelism: int = _SCRYPT[2],
) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=size, p=parallelism, dklen=32
    )
