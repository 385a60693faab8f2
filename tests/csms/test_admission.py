"""Who may knock, and how often."""

import pytest

from custom_components.wallbox_ocpp.csms.admission import (
    MAX_ADDRESSES,
    MAX_HANDSHAKES,
    MAX_STRANGERS,
    WINDOW,
    Admission,
)


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


def test_an_address_may_knock_only_so_often(admission: Admission) -> None:
    assert all(admission.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES))
    assert not admission.allows("10.0.0.1")
    assert admission.allows("10.0.0.2")


def test_an_address_may_knock_again_after_a_minute(
    admission: Admission, clock: Clock
) -> None:
    assert admission.allows("10.0.0.1")
    clock.time += 1
    assert all(admission.allows("10.0.0.1") for _ in range(MAX_HANDSHAKES - 1))
    clock.time += WINDOW - 1.5
    assert not admission.allows("10.0.0.1")
    clock.time += 0.5
    assert admission.allows("10.0.0.1")
    assert not admission.allows("10.0.0.1")


def test_knocking_at_a_shut_door_does_not_keep_it_shut(
    admission: Admission, clock: Clock
) -> None:
    for _ in range(MAX_HANDSHAKES):
        admission.allows("10.0.0.1")
    for _ in range(int(WINDOW)):
        clock.time += 1
        allowed = admission.allows("10.0.0.1")
    assert allowed


def test_a_wallbox_with_a_bad_link_is_always_let_in(
    admission: Admission, clock: Clock
) -> None:
    for _ in range(500):
        assert admission.allows("10.0.0.1")
        clock.time += 24


def test_only_so_many_addresses_are_remembered(admission: Admission) -> None:
    for number in range(MAX_ADDRESSES * 2):
        assert admission.allows(f"address {number}")
    assert len(admission._handshakes) == MAX_ADDRESSES


def test_a_stranger_is_new_once(admission: Admission) -> None:
    assert admission.remember("100001", "10.0.0.1")
    assert not admission.remember("100001", "10.0.0.2")
    assert admission.strangers == {"100001": "10.0.0.1"}


def test_only_so_many_strangers_are_remembered(admission: Admission) -> None:
    for number in range(MAX_STRANGERS):
        assert admission.remember(str(number), "10.0.0.1")
    assert not admission.remember("one more", "10.0.0.1")
    assert len(admission.strangers) == MAX_STRANGERS
