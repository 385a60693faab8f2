"""Passwords of charge points: HTTP Basic authentication, OCPP's security profile 1."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
import hashlib
import hmac
import secrets
from typing import Final, Self

TYPED_LENGTH: Final = 16
"""Characters of a password that a person types; the least that OCPP's security profiles want."""
SENT_LENGTH: Final = 20
"""Characters of a password that a charge point is told; some take 40 hexadecimal digits only
(docs/chargers.md §8.2)."""

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what looks alike on a phone."""
_SCRYPT: Final = (2**14, 8, 1)
"""Cost, block size and parallelism: 16 MiB and some 50 ms, once per charge point and start."""
_SALT_LENGTH: Final = 16
MOST_WAITING: Final = 8
"""Passwords that may wait to be compared; the next one has to come again."""


class BusyError(Exception):
    """Too many passwords are being compared already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What a charge point proves itself with: hashes of passwords."""

    current: str | None = None
    """Without one it is let in without a password."""
    upcoming: str | None = None
    """Accepted as well: its owner has chosen it, and has yet to type it into the charge point."""
    told: str | None = None
    """Accepted as well: we have told the charge point, and nobody knows yet whether it uses it."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """All that count."""
        return tuple(filter(None, (self.current, self.upcoming, self.told)))

    def proven(self, proof: str) -> Self:
        """Return what counts once the charge point has used one of them."""
        if proof == self.told:
            # What its owner is about to type is still to come.
            return replace(self, current=proof, told=None)
        return type(self)(current=proof) if proof == self.upcoming else self


def generate(length: int = TYPED_LENGTH) -> str:
    """Return a new password."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def hashed(password: str) -> str:
    """Return what to keep of a password; takes long on purpose."""
    salt = secrets.token_bytes(_SALT_LENGTH)
    parts = (b64encode(part).decode() for part in (salt, _scrypt(password, salt)))
    return "$".join(("scrypt", *map(str, _SCRYPT), *parts))


def fits(password: str, kept: str) -> bool:
    """Compare a password with what was kept of one; takes long on purpose."""
    _, cost, size, parallelism, salt, wanted = kept.split("$")
    found = _scrypt(password, b64decode(salt), int(cost), int(size), int(parallelism))
    return hmac.compare_digest(found, b64decode(wanted))


def as_key(password: str) -> str:
    """Return a password as the value of ``AuthorizationKey``: hexadecimal digits."""
    return password.encode().hex()


def spellings(password: str) -> tuple[str, ...]:
    """Return what a charge point may mean that sends this.

    One that was told hexadecimal digits sends them as they are, or the characters they stand for
    (docs/chargers.md §8.2).
    """
    try:
        return password, bytes.fromhex(password).decode()
    except ValueError:
        return (password,)


def read_basic(header: str) -> tuple[str, str] | None:
    """Return user and password of an ``Authorization`` header; None if it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon else None


class Verifier:
    """Compares passwords aside from the event loop, one after the other.

    What has fitted once is recognised at once from then on, so that nobody who guesses can keep
    a charge point waiting that knows its password.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self._key = secrets.token_bytes(32)
        self._fitted: dict[str, bytes] = {}
        """Digests of passwords that have fitted, by the hash they fitted."""
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def match(self, password: str, hashes: Iterable[str]) -> str | None:
        """Return the hash that a password fits.

        Raises:
            BusyError: Too many wait already.
        """
        digest = hmac.digest(self._key, password.encode(), "sha256")
        hashes = list(hashes)
        for kept in hashes:
            known = self._fitted.get(kept)
            if known is not None and hmac.compare_digest(known, digest):
                return kept
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                return await self._match_slowly(password, hashes, digest)
        finally:
            self._waiting -= 1

    async def _match_slowly(
        self, password: str, hashes: Iterable[str], digest: bytes
    ) -> str | None:
        for kept in hashes:
            for spelling in spellings(password):
                if await asyncio.to_thread(fits, spelling, kept):
                    self._fitted[kept] = digest
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
