"""Who may knock, and how often."""

import pytest

from custom_components.wallbox_ocpp.csms.handshake import (
    FORGET_AFTER,
    MAX_COUNTED,
    MAX_UNKNOWN_CHARGERS,
    MAX_UNKNOWN_CHARGERS_PER_ADDRESS,
    WINDOW,
    SlidingWindow,
    UnknownChargers,
)
from custom_components.wallbox_ocpp.csms.quotas import Quotas

MAX_HANDSHAKES = Quotas().handshakes


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


def test_an_address_may_knock_only_so_often(window: SlidingWindow) -> None:
    assert all(window.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES))
    assert not window.allows("10.0.0.1")
    assert window.allows("10.0.0.2")


def test_an_address_may_knock_again_after_a_minute(
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


def test_knocking_at_a_shut_door_does_not_keep_it_shut(
    window: SlidingWindow, clock: Clock
) -> None:
    for _ in range(MAX_HANDSHAKES):
        window.allows("10.0.0.1")
    for _ in range(int(WINDOW)):
        clock.time += 1
        allowed = window.allows("10.0.0.1")
    assert allowed


def test_a_wallbox_with_a_bad_link_is_always_let_in(
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
    assert unknown_chargers.recent["0"].has_password


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
    assert not unknown_chargers.recent["100001"].has_password
    assert unknown_chargers.password_of("100001") is None


def test_the_password_of_an_unknown_charger_is_not_in_its_description(
    unknown_chargers: UnknownChargers,
) -> None:
    unknown_chargers.remember("100001", "10.0.0.1", "secret")
    assert "secret" not in repr(unknown_chargers)
