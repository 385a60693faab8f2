"""Passwords: generated, kept as hashes, compared, and read from a header."""

import asyncio
from base64 import b64encode
import threading
from unittest.mock import patch

import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.passwords import (
    SENT_LENGTH,
    TYPED_LENGTH,
    BusyError,
    Credentials,
    Verifier,
    as_key,
    generate,
    hashed,
    matches,
    spellings,
)

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def kept() -> str:
    """Return what is kept of the password."""
    return hashed(PASSWORD)


def test_a_password_is_new_each_time_and_easy_to_type() -> None:
    made = {generate() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        assert len(password) == TYPED_LENGTH
        assert not set(password) & set("0O1lI ")
    # OCPP's security profiles want 16 to 20 bytes.
    assert 16 <= TYPED_LENGTH <= len(generate(SENT_LENGTH)) <= 20


def test_what_is_kept_of_a_password_does_not_tell_it(kept: str) -> None:
    assert PASSWORD not in kept
    assert b64encode(PASSWORD.encode()).decode() not in kept
    assert hashed(PASSWORD) != kept


def test_only_the_password_itself_fits(kept: str) -> None:
    assert matches(PASSWORD, kept)
    for other in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper()):
        assert not matches(other, kept)


def test_a_key_is_forty_hexadecimal_digits_that_mean_the_password() -> None:
    password = generate(SENT_LENGTH)
    key = as_key(password)
    assert len(key) == 40
    assert spellings(key) == (key, password)
    assert spellings(password) == (password,)
    assert spellings("ff" * 20) == ("ff" * 20,)


# Comparing without holding anybody up.


async def test_what_has_matched_once_is_recognised_without_comparing_again(
    kept: str, comparing: threading.Event
) -> None:
    verifier = Verifier()
    comparing.set()
    assert await verifier.match(PASSWORD, [kept]) == kept
    comparing.clear()
    async with asyncio.timeout(1):
        assert await verifier.match(PASSWORD, ["other", kept]) == kept


async def test_who_knows_the_password_does_not_wait_for_those_who_guess(
    kept: str, comparing: threading.Event
) -> None:
    verifier = Verifier()
    comparing.set()
    await verifier.match(PASSWORD, [kept])
    comparing.clear()
    guesses = [
        asyncio.create_task(verifier.match(f"guess {number}", [kept]))
        for number in range(passwords.MOST_WAITING)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        assert await verifier.match(PASSWORD, [kept]) == kept
    comparing.set()
    assert await asyncio.gather(*guesses) == [None] * len(guesses)
    assert await verifier.match("and now another", [kept]) is None


async def test_a_password_that_is_new_is_compared_before_the_guesses_that_wait(
    kept: str, comparing: threading.Event
) -> None:
    verifier = Verifier()
    guesses = [
        asyncio.create_task(verifier.match(f"guess {number}", [kept]))
        for number in range(5 * passwords.MOST_WAITING)
    ]
    # Until the latest guess is being compared.
    for _ in range(5):
        await asyncio.sleep(0)
    right = asyncio.create_task(verifier.match(PASSWORD, [kept]))
    await asyncio.sleep(0)
    comparing.set()
    # Only the pause after that one is left to wait for.
    async with asyncio.timeout(passwords.GUESS_PAUSE + 0.1):
        assert await right == kept
    found = await asyncio.gather(*guesses, return_exceptions=True)
    # Those that have waited longest have made room.
    compared = [guess for guess in found if not isinstance(guess, BusyError)]
    assert compared == [None] * passwords.MOST_WAITING


async def test_guessing_is_slow(kept: str) -> None:
    verifier = Verifier()
    now = asyncio.get_running_loop().time
    began = now()
    for number in range(10):
        await verifier.match(f"guess {number}", [kept])
    assert now() - began >= 9 * passwords.GUESS_PAUSE


async def test_one_password_at_a_time_is_compared_also_if_whoever_sent_it_hangs_up(
    kept: str,
) -> None:
    comparing, most, total = 0, 0, 0

    def counted(password: str, wanted: str) -> bool:
        nonlocal comparing, most, total
        comparing += 1
        total += 1
        most = max(most, comparing)
        try:
            return matches(password, wanted)
        finally:
            comparing -= 1

    hashing = asyncio.Lock()
    verifiers = [Verifier(hashing) for _ in range(3)]
    with patch.object(passwords, "matches", counted):
        for number in range(5):
            guesses = [
                asyncio.create_task(verifier.match(f"guess {number}", [kept]))
                for verifier in verifiers
            ]
            await asyncio.sleep(passwords.GUESS_PAUSE)
            for guess in guesses:
                guess.cancel()
        assert await verifiers[0].match(PASSWORD, [kept]) == kept
        assert most == 1
        # Who has gone before its turn is not served at all.
        total = 0
        await verifiers[0].match("a guess", [kept])
        waiting = asyncio.create_task(verifiers[0].match("another guess", [kept]))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(2 * passwords.GUESS_PAUSE)
    assert total == 1


def test_a_hash_that_cannot_be_read_fits_nothing() -> None:
    for nonsense in ("", "scrypt$1$2", "scrypt$16384$8$1$***$***", "scrypt$3$8$1$$"):
        assert not matches(PASSWORD, nonsense)


async def test_a_password_that_fits_no_more_is_not_remembered(kept: str) -> None:
    verifier = Verifier()
    await verifier.match(PASSWORD, [kept])
    assert await verifier.match(PASSWORD, [hashed("another one")]) is None
    assert await verifier.match(PASSWORD, []) is None


async def test_the_old_and_the_upcoming_password_both_count(kept: str) -> None:
    upcoming = hashed("another one")
    credentials = Credentials(current=kept, upcoming=upcoming)
    verifier = Verifier()
    assert await verifier.match(PASSWORD, credentials.hashes) == kept
    assert await verifier.match("another one", credentials.hashes) == upcoming
    assert Credentials().hashes == ()


async def test_a_key_that_is_sent_as_digits_counts(kept: str) -> None:
    assert await Verifier().match(as_key(PASSWORD), [kept]) == kept
