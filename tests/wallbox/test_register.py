"""The lifetime meter: which readings are believed."""

from datetime import timedelta
from typing import Final

import pytest

from custom_components.wallbox_ocpp.wallbox.model.register import (
    MOST_ENERGY,
    Judgement,
    Register,
    RegisterReading,
)
from tests.wallbox.states import restored

from .said import NOW

MOST_POWER: Final = 24_000.0
"""W, which is 400 Wh a minute."""

OLD, DOUBTED = Judgement.OLD, Judgement.DOUBTED


def reading(
    minutes: float, raw: float, *, stamp: float | None = None
) -> RegisterReading:
    """Read the meter some minutes past ten, by our clock, and maybe by that of the charger."""
    return RegisterReading(
        raw=raw,
        read_at=NOW + timedelta(minutes=minutes),
        stamp=None if stamp is None else NOW + timedelta(minutes=stamp),
    )


def after(*readings: RegisterReading, final: bool = False) -> Register:
    """Return the register after some readings, with the last of which a session may end."""
    register = Register()
    for item in readings:
        last = final and item is readings[-1]
        register, _ = register.judged(item, MOST_POWER, final=last)
    return register


@pytest.mark.parametrize(
    ("raws", "lifetime"),
    [
        ([1000], 1000),
        ([0], None),
        ([-1], None),
        ([MOST_ENERGY + 1], None),
        ([1000, 1000, 1200], 1200),
        ([1000, 999.5], 1000),
        ([1000, 0, 1100], 1100),
        # Too high, once and for all.
        ([1000, 80_000, 1100, 1200], 1200),
        ([1000, 80_000, 81_000, 1100], 1100),
        ([1000, 80_000, 90_000, 5_000_000], 1000),
        ([1000, 80_000, 80_100, 80_200], 80_200),
        # Too low, once and for all.
        ([1000, 500, 1100], 1100),
        ([1000, 500, 510, 1100], 1100),
        ([1000, 500, 510, 520], 1020),
        ([1000, 500, 510, 520, 600], 1100),
        ([1000, 0, 10, 20, 30], 1030),
        # Too low for what was read before a leap as well, so the leap is not taken back.
        ([1000, 12_000, 500, 12_100], 12_100),
    ],
)
def test_what_no_charger_can_have_delivered_is_not_believed(
    raws: list[float], lifetime: float | None
) -> None:
    said = [reading(minutes, raw, stamp=minutes) for minutes, raw in enumerate(raws)]
    assert after(*said).lifetime == lifetime
    unstamped = [reading(minutes, raw) for minutes, raw in enumerate(raws)]
    assert after(*unstamped).lifetime == lifetime


@pytest.mark.parametrize("repeated", [500, 80_000])
def test_the_same_reading_once_more_confirms_nothing(repeated: float) -> None:
    again = reading(1, repeated, stamp=1)
    assert after(reading(0, 1000, stamp=0), again, again, again).lifetime == 1000


def test_what_was_too_high_after_a_long_time_is_taken_back_and_seen_as_no_dip() -> None:
    said = [reading(0, 1000), reading(600, 100_000)]
    said += [reading(600 + minute, 1100 + minute) for minute in range(1, 4)]
    register = after(*said)
    assert (register.value, register.lifetime) == (1103, 100_000)
    assert after(*said, reading(1000, 101_000)).lifetime == 101_000


def test_a_leap_of_some_kwh_is_taken_back_if_the_next_reading_contradicts_it() -> None:
    said = [reading(0, 1000), reading(1, 9000)]
    assert after(*said).value == 9000
    assert after(*said, reading(2, 1200)).value == 1200
    assert after(*said, reading(2, 9100), reading(3, 1200)).value == 1200


@pytest.mark.parametrize("hours", [1, 10])
def test_a_long_time_may_have_brought_much(hours: int) -> None:
    possible = 1000 + 24_000 * hours
    assert after(reading(0, 1000), reading(60 * hours, possible)).lifetime == possible
    assert (
        after(reading(0, 1000), reading(60 * hours, possible + 15_300)).lifetime == 1000
    )


def test_a_queue_comes_at_once_and_was_read_over_hours() -> None:
    said = [reading(0, 1000, stamp=0)]
    said += [reading(600, 1000 + 5000 * hour, stamp=60 * hour) for hour in (1, 2, 3)]
    assert after(*said).lifetime == 16_000


def test_what_was_read_before_is_old_whatever_it_is() -> None:
    register = after(reading(600, 9000, stamp=600))
    for minute, raw in ((1, 3000), (2, 3100), (3, 3200), (4, 3300)):
        register, judged = register.judged(reading(600, raw, stamp=minute), MOST_POWER)
        assert judged == (OLD, raw)
    assert register.lifetime == 9000


def test_after_a_start_a_queue_is_old_and_what_is_read_from_then_on_is_not() -> None:
    register = after(reading(600, 9000, stamp=700)).without_stamp()
    for minute, raw in ((1, 3000), (2, 3100), (3, 3200)):
        register, judged = register.judged(
            reading(601, raw, stamp=minute), MOST_POWER, final=minute > 1
        )
        assert judged.judgement is OLD
    for minute, raw in ((601, 3000), (602, 3100), (603, 3200)):
        register, _ = register.judged(reading(minute, raw, stamp=minute), MOST_POWER)
    assert register.lifetime == 9200


@pytest.mark.parametrize(
    ("raws", "lifetime"),
    [
        ([5000, 3000], 5000),
        ([5000, 100, 2000], 6900),
        ([5000, 80_000], 5000),
        ([5000, 80_000, 80_000], 80_000),
    ],
)
def test_the_end_of_a_session_needs_fewer_that_agree(
    raws: list[float], lifetime: float
) -> None:
    said = [reading(10 * minutes, raw) for minutes, raw in enumerate(raws)]
    assert after(*said, final=True).lifetime == lifetime


def test_what_is_doubted_says_so() -> None:
    _, judged = after(reading(0, 1000)).judged(reading(1, 80_000), MOST_POWER)
    assert judged.judgement is DOUBTED


def test_a_register_of_version_0_1_0_goes_on() -> None:
    register = Register(value=1000.5)
    register, _ = register.judged(reading(0, 1000), MOST_POWER)
    assert register.lifetime == 1000.5
    register, _ = register.judged(reading(1, 300_000), MOST_POWER)
    assert register.lifetime == 1000.5


def test_the_register_of_another_unit_survives_its_way_too() -> None:
    register = after(reading(0, 900)).of_another_unit()
    assert restored(register) == register
    assert register.unread
    assert restored(after(reading(0, 900))).unread is False


def test_a_register_survives_its_way_to_the_disk_and_back() -> None:
    register = after(*(reading(m, raw) for m, raw in enumerate((900, 10, 20, 30))))
    assert register.offset
    assert restored(register) == register
