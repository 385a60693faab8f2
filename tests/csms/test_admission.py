"""Who may knock, and how often."""

import pytest

from custom_components.wallbox_ocpp.csms.admission import (
    FORGET_AFTER,
    MAX_COUNTED,
    MAX_STRANGERS,
    MAX_STRANGERS_PER_ADDRESS,
    WINDOW,
    Admission,
    Rate,
)
from custom_components.wallbox_ocpp.csms.bounds import Bounds

MAX_HANDSHAKES = Bounds().handshakes


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
def admission(clock: Clock) -> Admission:
    return Admission(clock)


@pytest.fixture
def rate(clock: Clock) -> Rate:
    return Rate(clock, MAX_HANDSHAKES)


def test_an_address_may_knock_only_so_often(rate: Rate) -> None:
    assert all(rate.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES))
    assert not rate.allows("10.0.0.1")
    assert rate.allows("10.0.0.2")


def test_an_address_may_knock_again_after_a_minute(rate: Rate, clock: Clock) -> None:
    assert rate.allows("10.0.0.1")
    clock.time += 1
    assert all(rate.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES - 1))
    clock.time += WINDOW - 1.5
    assert not rate.allows("10.0.0.1")
    clock.time += 0.5
    assert rate.allows("10.0.0.1")
    assert not rate.allows("10.0.0.1")


def test_knocking_at_a_shut_door_does_not_keep_it_shut(
    rate: Rate, clock: Clock
) -> None:
    for _ in range(MAX_HANDSHAKES):
        rate.allows("10.0.0.1")
    for _ in range(int(WINDOW)):
        clock.time += 1
        allowed = rate.allows("10.0.0.1")
    assert allowed


def test_a_wallbox_with_a_bad_link_is_always_let_in(rate: Rate, clock: Clock) -> None:
    for _ in range(500):
        assert rate.allows("10.0.0.1")
        clock.time += 24


def test_only_so_many_addresses_are_remembered(rate: Rate) -> None:
    for number in range(MAX_COUNTED * 2):
        assert rate.allows(f"address {number}")
    assert len(rate._times) == MAX_COUNTED


def test_a_stranger_is_new_once(admission: Admission) -> None:
    assert admission.remember("100001", "10.0.0.1", None)
    assert not admission.remember("100001", "10.0.0.2", None)
    assert admission.strangers["100001"].address == "10.0.0.2"


def test_only_so_many_strangers_are_remembered(admission: Admission) -> None:
    for number in range(MAX_STRANGERS):
        assert admission.remember(str(number), f"10.0.0.{number}", None)
    assert not admission.remember("more", "10.0.1.1", None)
    assert len(admission.strangers) == MAX_STRANGERS
    assert not admission.remember("0", "10.0.0.0", "known, and still welcome")
    assert admission.strangers["0"].has_password


def test_no_address_takes_up_all_the_room_for_strangers(admission: Admission) -> None:
    for number in range(MAX_STRANGERS_PER_ADDRESS):
        assert admission.remember(str(number), "10.0.0.1", None)
    assert not admission.remember("more", "10.0.0.1", None)
    assert admission.remember("other", "10.0.0.2", None)


@pytest.mark.parametrize("identity", ["", "a b", "[x](http://y)", "ü", "1" * 49, ".."])
def test_a_stranger_that_could_not_be_added_is_not_remembered(
    admission: Admission, identity: str
) -> None:
    assert not admission.remember(identity, "10.0.0.1", "secret")
    assert not admission.strangers
    assert admission.password_of(identity) is None


def test_a_stranger_that_has_gone_is_forgotten_with_its_password(
    admission: Admission, clock: Clock
) -> None:
    admission.remember("100001", "10.0.0.1", "secret")
    clock.time += FORGET_AFTER - 1
    assert admission.password_of("100001") == "secret"
    assert admission.strangers
    clock.time += 1
    assert not admission.strangers
    assert admission.password_of("100001") is None


def test_a_stranger_is_taken_by_its_last_word(admission: Admission) -> None:
    admission.remember("100001", "10.0.0.1", "secret")
    admission.remember("100001", "10.0.0.1", None)
    assert not admission.strangers["100001"].has_password
    assert admission.password_of("100001") is None


def test_the_password_of_a_stranger_is_not_in_its_description(
    admission: Admission,
) -> None:
    admission.remember("100001", "10.0.0.1", "secret")
    assert "secret" not in repr(admission)
