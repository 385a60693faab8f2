"""The handshake: who is admitted, how often, and unknown chargers."""

from typing import Any

from aiohttp.test_utils import make_mocked_request
from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.handshake import (
    FORGET_AFTER,
    MAX_COUNTED,
    MAX_UNKNOWN_CHARGERS,
    MAX_UNKNOWN_CHARGERS_PER_ADDRESS,
    WINDOW,
    Handshake,
    HandshakeResult,
    SlidingWindow,
    UnknownChargers,
    judge,
    peer_network,
)
from custom_components.wallbox_ocpp.csms.passwords import Credentials
from custom_components.wallbox_ocpp.csms.quotas import Quotas

MAX_HANDSHAKES = Quotas().handshakes


FREE = Credentials()
GUARDED = Credentials(current="hash")


@pytest.mark.parametrize(
    ("said", "credentials", "given", "result"),
    [
        ({}, FREE, {}, "admitted"),
        ({}, FREE, {"too_often": True}, "too_often"),
        ({}, FREE, {"must_prove": True}, "wrong_password"),
        ({}, GUARDED, {}, "wrong_password"),
        ({}, GUARDED, {"too_often": True}, "too_often"),
        ({}, GUARDED, {"proof": "hash"}, "admitted"),
        ({}, GUARDED, {"proof": "hash", "must_prove": True}, "admitted"),
        ({}, GUARDED, {"proof": "hash", "too_often": True}, "admitted"),
        ({}, Credentials(upcoming="hash"), {}, "admitted"),
        ({}, None, {}, "unknown"),
        ({}, None, {"too_often": True}, "too_often"),
        ({"identity": ""}, None, {}, "nameless"),
        ({"subprotocols": ("ocpp1.6",)}, FREE, {}, "admitted"),
        ({"subprotocols": ("ocpp2.0.1", "ocpp1.6")}, FREE, {}, "admitted"),
        ({"subprotocols": ("ocpp2.0.1",)}, FREE, {}, "wrong_subprotocol"),
        ({"subprotocols": ("",)}, GUARDED, {"proof": "hash"}, "wrong_subprotocol"),
        ({"subprotocols": ("mqtt",)}, FREE, {"too_often": True}, "too_often"),
    ],
)
def test_who_is_admitted(
    said: dict[str, Any],
    credentials: Credentials | None,
    given: dict[str, Any],
    result: str,
) -> None:
    handshake = Handshake(**{"identity": "100001"} | said)
    given = {"proof": None} | given
    assert judge(handshake, credentials, **given) is HandshakeResult(result)


def read(header: str) -> str | None:
    """Return the password of a handshake of 100001."""
    request = make_mocked_request("GET", "/", headers={"Authorization": header})
    return Handshake.read(request, "/ocpp/100001").password


@pytest.mark.parametrize(
    ("header", "password"),
    [
        ("Basic MTAwMDAxOnNlY3JldA==", "secret"),
        ("basic MTAwMDAxOnNlY3JldA==", "secret"),
        ("Basic MTAwMDAxOg==", ""),
        ("Basic MTAwMDAxOmE6Yg==", "a:b"),
        ("Basic MTAwMDAyOnNlY3JldA==", None),
        ("Basic OmE6Yg==", None),
        ("Basic MTAwMDAx", None),
        ("Basic ***", None),
        ("Basic MTAwMDAxOnNlY3JldA", None),
        ("Basic /////w==", None),
        ("Basic", None),
        ("Bearer MTAwMDAxOnNlY3JldA==", None),
        ("", None),
    ],
)
def test_a_password_is_read_or_there_is_none(header: str, password: str | None) -> None:
    assert read(header) == password


@given(st.text())
def test_no_header_breaks_anything(header: str) -> None:
    for attempt in (header, f"Basic {header}"):
        read(attempt)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
        ("unix", "socket", False),
    ],
)
def test_whose_address_it_is(one: str, other: str, same: bool) -> None:
    assert (peer_network(one) == peer_network(other)) is same


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def unknown_chargers(clock: Clock) -> UnknownChargers:
    return UnknownChargers(clock)


@pytest.fixture
def window(clock: Clock) -> SlidingWindow:
    return SlidingWindow(clock, MAX_HANDSHAKES)


def test_an_address_may_connect_only_so_often(window: SlidingWindow) -> None:
    assert all(window.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES))
    assert not window.allows("10.0.0.1")
    assert window.allows("10.0.0.2")


def test_an_address_may_connect_again_after_a_minute(
    window: SlidingWindow, clock: Clock
) -> None:
    assert window.allows("10.0.0.1")
    clock.time += 1
    assert all(window.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES - 1))
    clock.time += WINDOW - 1.5
    assert not window.allows("10.0.0.1")
    clock.time += 0.5
    assert window.allows("10.0.0.1")
    assert not window.allows("10.0.0.1")


def test_attempts_while_it_is_full_do_not_keep_it_full(
    window: SlidingWindow, clock: Clock
) -> None:
    for _ in range(MAX_HANDSHAKES):
        window.allows("10.0.0.1")
    for _ in range(int(WINDOW)):
        clock.time += 1
        allowed = window.allows("10.0.0.1")
    assert allowed


def test_a_wallbox_with_a_bad_link_is_always_admitted(
    window: SlidingWindow, clock: Clock
) -> None:
    for _ in range(500):
        assert window.allows("10.0.0.1")
        clock.time += 24


def test_only_so_many_addresses_are_remembered(window: SlidingWindow) -> None:
    for number in range(MAX_COUNTED * 2):
        assert window.allows(f"address {number}")
    assert len(window._times) == MAX_COUNTED


def test_an_unknown_charger_is_new_once(unknown_chargers: UnknownChargers) -> None:
    assert unknown_chargers.remember("100001", "10.0.0.1", None)
    assert not unknown_chargers.remember("100001", "10.0.0.2", None)
    assert unknown_chargers.recent["100001"].address == "10.0.0.2"


def test_only_so_many_unknown_chargers_are_remembered(
    unknown_chargers: UnknownChargers,
) -> None:
    for number in range(MAX_UNKNOWN_CHARGERS):
        assert unknown_chargers.remember(str(number), f"10.0.0.{number}", None)
    assert not unknown_chargers.remember("more", "10.0.1.1", None)
    assert len(unknown_chargers.recent) == MAX_UNKNOWN_CHARGERS
    assert not unknown_chargers.remember("0", "10.0.0.0", "known, and still welcome")
    assert unknown_chargers.password_of("0")


def test_no_address_takes_up_all_the_room_for_unknown_chargers(
    unknown_chargers: UnknownChargers,
) -> None:
    for number in range(MAX_UNKNOWN_CHARGERS_PER_ADDRESS):
        assert unknown_chargers.remember(str(number), "10.0.0.1", None)
    assert not unknown_chargers.remember("more", "10.0.0.1", None)
    assert unknown_chargers.remember("other", "10.0.0.2", None)


@pytest.mark.parametrize("identity", ["", "a b", "[x](http://y)", "ü", "1" * 49, ".."])
def test_an_unknown_charger_that_could_not_be_added_is_not_remembered(
    unknown_chargers: UnknownChargers, identity: str
) -> None:
    assert not unknown_chargers.remember(identity, "10.0.0.1", "secret")
    assert not unknown_chargers.recent
    assert unknown_chargers.password_of(identity) is None


def test_an_unknown_charger_that_has_gone_is_forgotten_with_its_password(
    unknown_chargers: UnknownChargers, clock: Clock
) -> None:
    unknown_chargers.remember("100001", "10.0.0.1", "secret")
    clock.time += FORGET_AFTER - 1
    assert unknown_chargers.password_of("100001") == "secret"
    assert unknown_chargers.recent
    clock.time += 1
    assert not unknown_chargers.recent
    assert unknown_chargers.password_of("100001") is None


def test_an_unknown_charger_is_taken_by_its_last_word(
    unknown_chargers: UnknownChargers,
) -> None:
    unknown_chargers.remember("100001", "10.0.0.1", "secret")
    unknown_chargers.remember("100001", "10.0.0.1", None)
    assert unknown_chargers.password_of("100001") is None


def test_the_password_of_an_unknown_charger_is_not_in_its_description(
    unknown_chargers: UnknownChargers,
) -> None:
    unknown_chargers.remember("100001", "10.0.0.1", "secret")
    assert "secret" not in repr(unknown_chargers)
