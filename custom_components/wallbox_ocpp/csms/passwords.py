"""Passwords of charge points: HTTP Basic authentication, OCPP's security profile 1."""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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
"""Passwords for one charge point that may wait to be compared; who has waited longest has to come
again."""
GUESS_PAUSE: Final = 0.5
"""Seconds after a wrong password until another one is compared: as many guesses in a minute as one
address has handshakes (`Quotas.handshakes`), wherever they come from."""


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
    try:
        _, cost, size, parallelism, salt, wanted = kept.split("$")
        numbers = int(cost), int(size), int(parallelism)
        found = _scrypt(password, b64decode(salt), *numbers)
        return hmac.compare_digest(found, b64decode(wanted))
    except ValueError:
        # Somebody has edited the file.
        return False


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


@dataclass(frozen=True, slots=True)
class _Check:
    """A password that waits to be compared."""

    password: str
    hashes: tuple[str, ...]
    digest: bytes
    found: asyncio.Future[str | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def resolve(self, found: str | BusyError | None) -> None:
        """Tell whoever waits, if anybody still does."""
        if self.found.done():
            return
        if isinstance(found, BusyError):
            self.found.set_exception(found)
        else:
            self.found.set_result(found)


class Verifier:
    """Compares the passwords that come for one charge point, aside from the event loop.

    What has fitted once is recognised at once from then on, so that nobody who guesses can keep
    a charge point waiting that knows its password. What has not is compared one after the other,
    the latest first, with a pause after a wrong one: guessing is slow, and it does not lock out
    who comes after it.
    """

    def __init__(self, hashing: asyncio.Lock | None = None) -> None:
        """Know nothing. Of all that share a lock, one at a time uses the processor."""
        self._hashing = hashing or asyncio.Lock()
        self._key = secrets.token_bytes(32)
        self._fitted: dict[str, bytes] = {}
        """Digests of passwords that have fitted, by the hash they fitted."""
        self._waiting: deque[_Check] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._now = asyncio.get_running_loop().time
        self._next_at = self._now()

    async def match(self, password: str, hashes: Iterable[str]) -> str | None:
        """Return the hash that a password fits.

        Raises:
            BusyError: Too many that came later wait already.
        """
        digest = hmac.digest(self._key, password.encode(), "sha256")
        hashes = tuple(hashes)
        for kept in hashes:
            known = self._fitted.get(kept)
            if known is not None and hmac.compare_digest(known, digest):
                return kept
        check = _Check(password, hashes, digest)
        self._waiting.append(check)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft().resolve(BusyError())
        if self._worker is None or self._worker.done():
            # On its own: a peer that hangs up must not leave its hash to go on beside the next.
            self._worker = asyncio.create_task(self._compare_all(), name=__name__)
        return await check.found

    def close(self) -> None:
        """Compare nothing any more."""
        if self._worker:
            self._worker.cancel()
        while self._waiting:
            self._waiting.pop().resolve(BusyError())

    async def _compare_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._next_at - self._now())
            if (check := self._waiting.pop()).found.done():
                continue
            try:
                async with self._hashing:
                    kept = await self._compare(check)
            except asyncio.CancelledError:
                check.resolve(BusyError())
                raise
            if kept is None:
                self._next_at = self._now() + GUESS_PAUSE
            check.resolve(kept)

    async def _compare(self, check: _Check) -> str | None:
        for kept in check.hashes:
            for spelling in spellings(check.password):
                if await asyncio.to_thread(fits, spelling, kept):
                    self._fitted[kept] = check.digest
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
