"""Solar charging, in tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    SolarMode,
    SolarReason,
    SolarSettings,
    SolarState,
)
from custom_components.wallbox_ocpp.wallbox.policy.solar import (
    CHANGES_A_DAY,
    SPARING_APART,
    decide,
)
from custom_components.wallbox_ocpp.wallbox.policy.surplus import Measured
from tests.wallbox.policy.sunny import NOON, Home
from tests.wallbox.states import restored

MIN_SOLAR = SolarSettings(mode=SolarMode.MIN_SOLAR)
MINUTE = 60
HOUR = 3600
ONE_AMP = 230.0


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("surplus", "phases", "amps"),
    [
        (0, 1, 0),
        (1379, 1, 0),
        (1429, 1, 0),
        (1430, 1, 6),
        (2300, 1, 9),
        (2350, 1, 10),
        (9000, 1, 32),
        (4000, 3, 0),
        (4200, 3, 6),
        (7000, 3, 10),
        (-500, 1, 0),
    ],
)
def test_a_constant_surplus_leads_to_these_amps(
    surplus: float, phases: int, amps: int
) -> None:
    home = Home(surplus=surplus, measured=Measured(grid=(), phases=phases))
    assert home.run(HOUR) == amps
    assert len(home.history) == (amps > 0)


@pytest.mark.parametrize(("phases", "amps"), [(1, 12), (2, 13), (3, 14)])
def test_a_car_whose_phases_are_never_known_gets_no_more_than_there_is(
    phases: int, amps: int
) -> None:
    """It gets up to two amps less if it uses fewer than three, for the sake of one that does not."""
    one_amp = phases * ONE_AMP
    unknown = Measured(grid=(), phases=None)
    home = Home(surplus=14.5 * one_amp, measured=unknown, silent=True)

    def report() -> None:
        grid = home.state.amps * one_amp - home.surplus
        samples = added(home.measured.grid, Sample(home.now, grid))
        home.measured = replace(home.measured, grid=samples)

    assert home.run(HOUR, report) == amps
    given = [amps for _, amps in home.history]
    assert given == sorted(given)
    home.surplus = 7.5 * one_amp
    assert home.run(HOUR, report) == 7
    given = [amps for _, amps in home.history][len(given) :]
    assert given == sorted(given, reverse=True)


@pytest.mark.parametrize("most", [10, 16])
def test_a_reading_of_the_car_each_quarter_of_an_hour_leads_to_no_more_changes(
    most: int,
) -> None:
    home = Home(surplus=8.5 * ONE_AMP, silent=True)

    def report() -> None:
        drawn = min(home.state.amps, most) * ONE_AMP
        grid = added(home.measured.grid, Sample(home.now, drawn - home.surplus))
        car = home.measured.car
        if not (home.now - NOON) % at(900):
            car = added(car, Sample(home.now, drawn))
        home.measured = replace(home.measured, grid=grid, car=car)

    assert home.run(HOUR, report) == 8
    assert len(home.history) <= 2
    home.surplus = 14.5 * ONE_AMP
    home.run(HOUR, report)
    assert min(home.state.amps, most) == min(14, most)
    assert len(home.history) <= 4
    home.surplus = 7.5 * ONE_AMP
    assert home.run(HOUR, report) == 7
    assert len(home.history) <= 7


@pytest.mark.parametrize(
    ("surplus", "voltage", "amps"),
    [
        (1500, 230.0, 6),
        (1500, 250.0, 0),
        (1000, 120.0, 7),
        # No voltage of a phase: 230 V are assumed.
        (500, 0.0, 0),
        (500, 1.5, 0),
        (2500, 400.0, 10),
    ],
)
def test_the_voltage_counts_if_it_can_be(
    surplus: float, voltage: float, amps: int
) -> None:
    home = Home(surplus=surplus, measured=Measured(grid=(), voltage=voltage))
    assert home.run(HOUR) == amps


def test_it_starts_after_two_minutes_of_sun_and_says_when() -> None:
    home = Home(surplus=2000)
    decision = home.step()
    assert (decision.amps, decision.reason) == (0, SolarReason.STARTING)
    assert decision.look_again == NOON + at(60)  # When the meter would be silent.
    assert decision.state.until == NOON + at(120)
    home.run(HOUR)
    assert home.history == [(120, 8)]
    assert home.why() is SolarReason.CHARGING_WITH_SUN


def test_it_does_not_start_with_breaks() -> None:
    home = Home()
    for _ in range(20):
        home.surplus = 3000
        home.run(100)
        home.surplus = 0
        home.run(60)
    assert home.history == []
    assert home.why() is SolarReason.WAITING_FOR_SUN


def test_a_kettle_pushes_it_down_at_once_and_does_not_stop_it() -> None:
    home = Home(surplus=3000)
    home.run(10 * MINUTE)
    home.surplus -= 2500
    home.run(3 * MINUTE)
    assert (home.state.amps, home.why()) == (6, SolarReason.STOPPING)
    home.surplus += 2500
    home.run(10 * MINUTE)
    assert [amps for _, amps in home.history] == [12, 6, 12]
    down = home.history[1][0] - 10 * MINUTE
    assert 20 <= down <= 60


def test_it_stops_after_five_minutes_of_lack_and_says_when() -> None:
    home = Home(surplus=2000)
    home.run(20 * MINUTE)
    home.surplus = 0
    home.run(2 * MINUTE)
    assert home.why() is SolarReason.STOPPING
    until = home.state.until
    home.run(10 * MINUTE)
    assert home.why() is SolarReason.WAITING_FOR_SUN
    assert home.history[-1][1] == 0
    assert until == NOON + at(home.history[-1][0])
    # Counted from the lack, and not from the step down to 6 A after it.
    assert 300 <= home.history[-1][0] - 20 * MINUTE <= 320


def test_it_charges_for_ten_minutes_at_least_and_pauses_for_five() -> None:
    home = Home(surplus=2000)
    home.run(3 * MINUTE)
    home.surplus = 0
    while home.state.charging:
        home.run(home.every)
    home.surplus = 2000
    home.run(10 * MINUTE)
    times = [second for second, amps in home.history if amps in (0, 8)]
    assert times == [120, 120 + 10 * MINUTE, 120 + 15 * MINUTE]


def test_more_sun_is_followed_slowly() -> None:
    home = Home(surplus=1500)
    home.run(10 * MINUTE)
    home.surplus = 2000
    home.run(30)
    assert home.state.amps == 6
    home.run(60)
    assert home.state.amps == 8


def test_the_grid_helps_as_far_as_the_owner_allows() -> None:
    home = Home(surplus=800, settings=SolarSettings(grid_share=700.0))
    assert home.run(HOUR) == 6
    assert home.why() is SolarReason.GRID_HELPS
    home.surplus = 600
    assert home.run(HOUR) == 0


def test_a_car_that_needs_more_gets_that_or_nothing() -> None:
    home = Home(surplus=1700, settings=SolarSettings(least=8))
    assert home.run(HOUR) == 0
    home.surplus = 1900
    assert home.run(HOUR) == 8


def test_a_full_car_is_not_given_more_and_more() -> None:
    home = Home(surplus=1500, most_drawn=0.0)
    home.run(10 * MINUTE)
    home.surplus = 6000
    home.run(HOUR)
    assert home.history == [(120, 6)]


def test_with_a_minimum_it_charges_from_the_first_moment_and_never_pauses() -> None:
    home = Home(settings=MIN_SOLAR)
    assert home.step().amps == 6
    assert home.why() is SolarReason.GRID_HELPS
    home.run(HOUR)
    assert home.why() is SolarReason.GRID_HELPS
    home.surplus = 3000
    assert home.run(10 * MINUTE) == 12
    assert home.why() is SolarReason.CHARGING_WITH_SUN
    home.surplus = 0
    assert home.run(HOUR) == 6
    assert [amps for _, amps in home.history] == [6, 12, 6]


@pytest.mark.parametrize(
    ("settings", "charge", "battery", "amps"),
    [
        # What charges the battery is the battery's, until it is full.
        (SolarSettings(), 50.0, -2500, 0),
        (SolarSettings(), None, -2500, 0),
        (SolarSettings(), 100.0, -2500, 12),
        (SolarSettings(battery_first_below=80.0), 79.0, -2500, 0),
        (SolarSettings(battery_first_below=80.0), 80.0, -2500, 12),
        (SolarSettings(battery_first_below=0.0), 5.0, -2500, 12),
        (SolarSettings(battery_first_below=0.0), None, -2500, 12),
        # What it gives is no surplus.
        (SolarSettings(), 100.0, 1000, 0),
    ],
)
def test_the_home_battery(
    settings: SolarSettings, charge: float | None, battery: float, amps: int
) -> None:
    """The sun gives as much as goes into the battery, and 500 W more."""
    measured = Measured(grid=(), battery_charge=charge)
    home = Home(
        surplus=500 - battery, battery=battery, settings=settings, measured=measured
    )
    home.run(HOUR / 2)
    assert (home.history[0][1] if home.history else 0) == amps


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (SolarMode.SOLAR, [(0, 13), (180, 6), (480, 0)]),
        (SolarMode.MIN_SOLAR, [(0, 13), (180, 6)]),
    ],
)
def test_a_silent_meter_holds_then_gives_the_least_and_then_pauses(
    mode: SolarMode, expected: list[tuple[float, int]]
) -> None:
    home = Home(surplus=3050, settings=SolarSettings(mode=mode))
    home.run(20 * MINUTE)
    last = home.measured.grid[-1].at
    home.silent = True
    home.run(50)
    assert home.why() is SolarReason.CHARGING_WITH_SUN
    home.run(HOUR)
    assert home.why() is SolarReason.METER_STALE
    after = [
        ((NOON + at(second) - last).total_seconds(), amps)
        for second, amps in home.history
        if NOON + at(second) > last
    ]
    assert after == expected[1:]
    home.silent = False
    assert home.run(HOUR) == expected[0][1]


@pytest.mark.parametrize(
    ("battery", "expected"),
    [
        (-51.0, [(180, 6), (480, 0)]),
        (51.0, [(180, 6), (480, 0)]),
        (50.0, []),
        (0.0, []),
    ],
)
def test_so_it_is_with_a_silent_home_battery_unless_that_rests(
    battery: float, expected: list[tuple[float, int]]
) -> None:
    home = Home(surplus=3050, battery=battery)
    home.run(20 * MINUTE)
    assert home.measured.battery
    last, amps = home.measured.battery[-1].at, home.state.amps
    home.battery_silent = True
    home.run(HOUR)
    after = [
        ((NOON + at(second) - last).total_seconds(), amps)
        for second, amps in home.history
        if NOON + at(second) > last
    ]
    assert after == expected
    assert (home.why() is SolarReason.BATTERY_STALE) is bool(expected)
    home.battery_silent = False
    assert home.run(HOUR) == amps


def test_the_wait_for_a_first_sample_after_a_restart_pauses_nothing() -> None:
    stored = restored(SolarState(amps=9, changed_at=NOON))
    home = Home(surplus=2300, state=stored, silent=True, now=NOON + at(HOUR))
    assert home.step().amps == 9
    assert home.why() is SolarReason.CHARGING_WITH_SUN
    home.run(50)
    home.silent = False
    assert home.run(HOUR) == 9
    assert home.history == []


def test_a_first_sample_that_never_comes_pauses_it() -> None:
    home = Home(state=SolarState(amps=9), silent=True)
    home.run(HOUR)
    assert home.history == [(180, 6), (480, 0)]
    assert home.why() is SolarReason.METER_STALE


def test_a_slow_meter_needs_longer_and_is_not_silent() -> None:
    home = Home(surplus=2000, every=100.0)
    home.run(HOUR)
    assert home.history == [(200, 8)]
    assert home.why() is SolarReason.CHARGING_WITH_SUN


def test_the_limit_counts_at_once() -> None:
    home = Home(surplus=5000)
    home.run(10 * MINUTE)
    home.settings = SolarSettings(most=10)
    assert home.step().amps == 10
    home.settings = SolarSettings(most=5)
    decision = home.step()
    assert (decision.amps, decision.reason) == (0, SolarReason.LIMIT_TOO_LOW)


def test_after_many_changes_steps_are_rare_until_a_day_has_passed() -> None:
    state = SolarState(
        amps=10,
        changed_at=NOON - at(30),
        changes=CHANGES_A_DAY,
        counted_from=NOON - timedelta(hours=23, minutes=50),
    )
    home = Home(surplus=1500, state=state)
    home.run(20 * MINUTE)
    assert home.history[0] == (SPARING_APART.total_seconds() - 30, 6)
    assert home.state.changes == 0
    home.surplus = 3000
    home.run(20 * MINUTE)
    assert home.state.changes == 1


def test_the_next_car_begins_anew_and_the_changes_are_still_counted() -> None:
    home = Home(surplus=3000)
    home.run(20 * MINUTE)
    over = home.state.over()
    assert over == SolarState(changes=1, counted_from=NOON + at(120))


def test_the_clock_set_back_delays_and_does_no_more() -> None:
    home = Home(surplus=3000)
    home.run(20 * MINUTE)
    home.now -= timedelta(hours=1)
    assert home.run(5 * MINUTE) == 12
    home.surplus = 1500
    assert home.run(5 * MINUTE) == 6


def test_nothing_is_looked_for_without_anything_to_come() -> None:
    settings = SolarSettings(most=5)
    assert decide(Measured(grid=()), SolarState(), settings, NOON).look_again is None


def test_patience_does_not_count_a_sleep() -> None:
    """Home Assistant may be suspended, and the first thing afterwards is a sample."""
    home = Home(surplus=3000, every=10)
    home.run(MINUTE)
    assert home.state.more_since is not None
    home.now += at(2 * HOUR)
    assert home.run(100) == 0
    assert home.run(30) == 12
    home.run(HOUR)
    # A lack that was seen for ten seconds.
    home.surplus = 0
    home.run(30)
    assert home.state.lack_since is not None
    home.now += at(2 * HOUR)
    home.run(4 * MINUTE)
    assert home.state.charging
    home.run(2 * MINUTE)
    assert not home.state.charging


def test_patience_goes_on_with_a_slow_meter() -> None:
    home = Home(surplus=3000, every=100)
    home.run(9 * MINUTE)
    assert home.state.charging
