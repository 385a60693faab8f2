"""Passwords: generated, kept as hashes, compared, and read from a header."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
import threading
from unittest.mock import patch

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms import passwords
from custom_components.wallbox_ocpp.csms.passwords import (
    SENT_LENGTH,
    TYPED_LENGTH,
    BusyError,
    Credentials,
    Verifier,
    as_key,
    fits,
    generate,
    hashed,
    read_basic,
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
    assert fits(PASSWORD, kept)
    for other in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper()):
        assert not fits(other, kept)


def test_a_key_is_forty_hexadecimal_digits_that_mean_the_password() -> None:
    password = generate(SENT_LENGTH)
    key = as_key(password)
    assert len(key) == 40
    assert spellings(key) == (key, password)
    assert spellings(password) == (password,)
    assert spellings("ff" * 20) == ("ff" * 20,)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Basic MTAwMDAxOnNlY3JldA==", ("100001", "secret")),
        ("basic   MTAwMDAxOnNlY3JldA==", ("100001", "secret")),
        ("Basic MTAwMDAxOg==", ("100001", "")),
        ("Basic OmE6Yg==", ("", "a:b")),
        ("Basic MTAwMDAx", None),
        ("Basic ***", None),
        ("Basic MTAwMDAxOnNlY3JldA", None),
        ("Basic /////w==", None),
        ("Basic", None),
        ("Bearer MTAwMDAxOnNlY3JldA==", None),
        ("", None),
    ],
)
def test_a_header_is_read_or_it_is_none(
    header: str, found: tuple[str, str] | None
) -> None:
    assert read_basic(header) == found


@given(st.text())
def test_no_header_breaks_anything(header: str) -> None:
    for attempt in (header, f"Basic {header}"):
        read_basic(attempt)


# Comparing without holding anybody up.


@pytest.fixture
def slowness() -> Iterator[threading.Event]:
    """Make comparing take until this is set."""
    done = threading.Event()

    def slowly(password: str, wanted: str) -> bool:
        done.wait(10)
        return fits(password, wanted)

    with patch.object(passwords, "fits", slowly):
        yield done
        done.set()


async def test_what_has_fitted_once_is_recognised_without_comparing_again(
    kept: str, slowness: threading.Event
) -> None:
    verifier = Verifier()
    slowness.set()
    assert await verifier.match(PASSWORD, [kept]) == kept
    slowness.clear()
    async with asyncio.timeout(1):
        assert await verifier.match(PASSWORD, ["other", kept]) == kept


async def test_who_knows_the_password_does_not_wait_for_those_who_guess(
    kept: str, slowness: threading.Event
) -> None:
    verifier = Verifier()
    slowness.set()
    await verifier.match(PASSWORD, [kept])
    slowness.clear()
    guesses = [
        asyncio.create_task(verifier.match(f"guess {number}", [kept]))
        for number in range(passwords.MOST_WAITING)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        assert await verifier.match(PASSWORD, [kept]) == kept
        with pytest.raises(BusyError):
            await verifier.match("one guess too many", [kept])
    slowness.set()
    assert await asyncio.gather(*guesses) == [None] * len(guesses)
    assert await verifier.match("and now another", [kept]) is None


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
