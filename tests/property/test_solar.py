"""Solar charging in any weather, with any meter."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings as hypothesis, strategies as st

from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    SolarMode,
    SolarReason,
    SolarSettings,
    SolarState,
)
from custom_components.wallbox_ocpp.wallbox.policy.solar import (
    CHANGES_A_DAY,
    CHARGE_AT_LEAST,
    DOWN_APART,
    PAUSE_AT_LEAST,
    SPARING_APART,
    UP_APART,
    decide,
)
from custom_components.wallbox_ocpp.wallbox.policy.surplus import RESERVE, Measured
from tests.wallbox.policy.sunny import NOON, Home
from tests.wallbox.states import restored

WATTS = st.floats(-12_000, 12_000, allow_nan=False)

MODES = st.sampled_from(SolarMode)
SETTINGS = st.builds(
    SolarSettings,
    mode=MODES,
    most=st.integers(0, 32),
    least=st.integers(6, 10),
    grid_share=st.floats(0, 4000),
    battery_first_below=st.floats(0, 100),
)
MOMENTS = st.lists(
    st.tuples(
        st.floats(-600, 600),  # Seconds that pass; the clock may be set back.
        st.booleans(),  # Whether the grid's meter says something then,
        st.booleans(),  # … the car's,
        st.booleans(),  # … and the battery's.
        WATTS,
        WATTS,
        SETTINGS,
    ),
    max_size=40,
)


@given(
    MOMENTS,
    st.none() | st.integers(0, 4),
    st.floats(0, 260),
    st.none() | st.floats(0, 100),
)
def test_it_is_never_above_the_limit_nor_between_0_and_the_least(
    moments: list[tuple[float, bool, bool, bool, float, float, SolarSettings]],
    phases: int | None,
    voltage: float,
    charge: float | None,
) -> None:
    measured = Measured(grid=(), phases=phases, voltage=voltage, battery_charge=charge)
    state, now = SolarState(), NOON
    for passed, grid, car, battery, watts, other, settings in moments:
        now += timedelta(seconds=passed)
        if grid:
            measured = replace(measured, grid=added(measured.grid, Sample(now, watts)))
        if car:
            measured = replace(measured, car=added(measured.car, Sample(now, other)))
        if battery:
            sample = Sample(now, other)
            known = added(measured.battery or (), sample)
            measured = replace(measured, battery=known)
        decision = decide(measured, state, settings, now)
        state = decision.state
        assert decision.amps == 0 or settings.least <= decision.amps <= settings.most
        assert decision.look_again is None or decision.look_again > now
        assert all(
            at is None or at <= now for at in (state.changed_at, state.switched_at)
        )
        assert restored(state).amps == decision.amps


@hypothesis(deadline=None)
@given(st.lists(WATTS, min_size=10, max_size=80), MODES, st.integers(1, 3))
def test_changes_are_rare_whatever_the_weather(
    weather: list[float], mode: SolarMode, phases: int
) -> None:
    home = Home(
        settings=SolarSettings(mode=mode, most=16),
        measured=Measured(grid=(), phases=phases),
    )
    for surplus in weather:
        home.surplus = surplus
        home.run(45)
    for (before, old), (at, new) in pairwise(home.history):
        apart = timedelta(seconds=at - before)
        if old == 0:
            assert apart >= PAUSE_AT_LEAST
        elif new > old:
            assert apart >= UP_APART
        elif new > 0:
            assert apart >= DOWN_APART
    starts = [at for at, new in home.history if new == 0]
    shortest = CHARGE_AT_LEAST + PAUSE_AT_LEAST
    assert all(
        timedelta(seconds=later - earlier) >= shortest
        for earlier, later in pairwise(starts)
    )


@hypothesis(deadline=None)
@given(st.lists(WATTS, min_size=10, max_size=80))
def test_after_too_many_changes_steps_are_five_minutes_apart(
    weather: list[float],
) -> None:
    home = Home(
        settings=SolarSettings(mode=SolarMode.MIN_SOLAR, most=16),
        state=SolarState(amps=6, changes=CHANGES_A_DAY, counted_from=NOON),
    )
    for surplus in weather:
        home.surplus = surplus
        home.run(45)
    for (before, _), (at, _) in pairwise(home.history):
        assert timedelta(seconds=at - before) >= SPARING_APART


@hypothesis(deadline=None)
@given(st.floats(-3000, 9000), st.integers(1, 3), st.floats(200, 250), MODES)
def test_a_constant_surplus_leads_to_the_right_amps_in_one_change(
    surplus: float, phases: int, voltage: float, mode: SolarMode
) -> None:
    measured = Measured(grid=(), phases=phases, voltage=voltage)
    home = Home(surplus=surplus, settings=SolarSettings(mode=mode), measured=measured)
    home.run(900)
    available = (surplus - RESERVE) / measured.watts_per_amp
    expected = min(int(available), 32) if available >= 6 else 0
    if mode is SolarMode.MIN_SOLAR:
        expected = max(expected, 6)
    # On the very edge of an ampere, rounding decides.
    if abs(available - round(available)) > 1e-6:
        assert home.state.amps == expected
    assert len(home.history) <= 2


@hypothesis(deadline=None)
@given(st.lists(WATTS, max_size=20), WATTS, MODES)
def test_a_frozen_meter_ends_in_the_fail_safe(
    weather: list[float], last: float, mode: SolarMode
) -> None:
    home = Home(settings=SolarSettings(mode=mode))
    for surplus in [*weather, last]:
        home.surplus = surplus
        home.run(45)
    home.silent = True
    home.run(600)
    assert home.state.amps == (6 if mode is SolarMode.MIN_SOLAR else 0)
    assert home.state.reason is SolarReason.METER_STALE


@hypothesis(deadline=None)
@given(
    st.lists(WATTS, min_size=1, max_size=20),
    MODES,
    st.floats(0, 1),
    st.floats(-5000, 5000) | st.none(),
    st.floats(0, 100),
)
def test_nothing_changes_before_it_is_time_to_look_again(
    weather: list[float],
    mode: SolarMode,
    share: float,
    battery: float | None,
    charge: float,
) -> None:
    """Without a new sample, that is."""
    home = Home(
        settings=SolarSettings(mode=mode),
        battery=battery,
        measured=Measured(grid=(), battery_charge=charge),
    )
    for surplus in weather:
        home.surplus = surplus
        home.run(45)
    home.silent = True
    for _ in range(20):
        decision = decide(home.measured, home.state, home.settings, home.now)
        home.state = decision.state
        if decision.look_again is None:
            break
        between = home.now + share * (decision.look_again - home.now)
        if between < decision.look_again:
            early = decide(home.measured, decision.state, home.settings, between)
            assert early.amps == decision.amps
            assert early.reason is decision.reason
        home.now = decision.look_again
    assert home.state.reason is SolarReason.METER_STALE
