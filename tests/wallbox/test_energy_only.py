"""A meter that tells energy only: what it shows of limits and statuses, and what it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from tests.wallbox.states import changed

from .charger import LIFETIME, Away, at
from .said import stop

HOUR = 3600.0
PAUSED_AT = 1800.0

type Meter = Callable[[float], float]
"""Return what the register shows after some seconds, in Wh."""


def flows(watts: float) -> Meter:
    return lambda seconds: watts * seconds / HOUR


def stops(watts: float) -> Meter:
    """A pause is followed."""
    return lambda seconds: watts * min(seconds, PAUSED_AT) / HOUR


def in_steps(meter: Meter, size: float) -> Meter:
    """Some meters count coarsely."""
    return lambda seconds: meter(seconds) // size * size


def late(meter: Meter, every: float) -> Meter:
    """Some chargers read their meter rarely, and repeat what it showed."""
    return lambda seconds: meter(seconds // every * every)


def verdict(meter: Meter, limits: list[tuple[float, int]], every: int) -> bool | None:
    """Return whether a charger was found to follow its last limit, by readings of an hour."""
    charger, pending = Away(), [*limits]
    charger.start(0, LIFETIME)
    for seconds in range(every, int(HOUR), every):
        while pending and pending[0][0] <= seconds:
            limit = Limit(amps=pending.pop(0)[1])
            charger.state = changed(charger.state, limit=limit)
        charger.read(seconds, LIFETIME + meter(seconds), 1)
        if charger.state.charging.limit.followed is False:
            return False
    return charger.state.charging.limit.followed


@pytest.mark.parametrize("every", [10, 30, 60, 300])
@pytest.mark.parametrize("watts", [1400, 11_000, 22_000])
def test_an_ignored_pause_is_seen(watts: float, every: int) -> None:
    pauses = [(0.0, 32), (PAUSED_AT, 0)]
    assert verdict(flows(watts), pauses, every) is False


@pytest.mark.parametrize("every", [10, 30, 60, 300])
@pytest.mark.parametrize(
    "meter",
    [
        stops(1400),
        stops(22_000),
        in_steps(stops(11_000), 1),
        in_steps(stops(11_000), 100),
        in_steps(stops(11_000), 1000),
        late(stops(11_000), 60),
        late(stops(22_000), 600),
    ],
)
def test_a_pause_that_is_followed_is_not_taken_for_ignored(
    meter: Meter, every: int
) -> None:
    assert verdict(meter, [(0.0, 32), (PAUSED_AT, 0)], every) is not False


@pytest.mark.parametrize("every", [10, 60])
@pytest.mark.parametrize(
    "meter",
    [
        flows(3 * 16 * 253),
        in_steps(flows(3 * 16 * 230), 1000),
        late(flows(3 * 16 * 230), 600),
    ],
)
def test_a_limit_is_not_judged_by_energy(meter: Meter, every: int) -> None:
    """Its voltage is unknown, and its register may stand and leap."""
    assert verdict(meter, [(0.0, 16)], every) is None


def test_a_reading_of_before_does_not_belie_that_the_car_has_gone() -> None:
    charger = Away()
    charger.start(0, LIFETIME)
    for seconds in range(60, 1800, 60):
        charger.read(seconds, LIFETIME + 2 * seconds, 1)
    charger.status(1830, "SuspendedEV")
    charger.status(1832, "Finishing")
    charger.status(1833, "Available")
    # It was requested when the car paused.
    charger.read(1836, LIFETIME + 2 * 1830, 1)
    assert charger.state.connector.status == "Available"
    charger.say(1840, stop(1, LIFETIME + 2 * 1830, at(1832)))
    assert charger.sessions[0].ended == at(1832)
    assert charger.sessions[0].unplugged == at(1833)


@pytest.mark.parametrize("every", [10, 60, 300, 900])
@pytest.mark.parametrize("still", [False, True], ids=["right", "standing"])
def test_what_flows_after_a_loss_is_unattended_however_little_the_meter_tells(
    every: int, still: bool
) -> None:
    """On one phase, by a clock that may stand still; the pause is ignored."""
    watts, lost = 3680, int(HOUR)
    charger = Away()
    charger.pause()
    charger.start(0, LIFETIME)

    def read(seconds: float, register: float) -> None:
        stamp = 10 if still else seconds
        charger.read(stamp, LIFETIME + register, 1, told=seconds)

    for seconds in range(every, lost, every):
        read(seconds, flows(watts)(seconds))
    charger.leave(lost)
    back = lost + HOUR
    charger.come(back)
    # By a clock that stands still, readings look as if they came from the queue at first.
    read(back + 5, flows(watts)(back))
    read(back + 700, flows(watts)(back))
    told = charger.state.metering.unattended_energy
    assert told == pytest.approx(watts, abs=20)


def test_a_loss_just_after_a_pause_makes_no_charge_of_its_own() -> None:
    charger = Away()
    charger.start(0, LIFETIME)
    for seconds in range(10, 600, 10):
        charger.read(seconds, LIFETIME + 2 * seconds, 1)
    charger.status(606, "SuspendedEV")
    charger.leave(610)
    charger.come(650)
    charger.status(651, "SuspendedEV")
    charger.read(652, LIFETIME + 1200, 1)
    [session] = charger.sessions
    assert len(session.charges) == 1
    assert session.charging_time == timedelta(seconds=605)
