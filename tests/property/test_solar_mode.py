"""The modes with the sun, in any weather, with any meter, and whatever the owner does meanwhile."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings as hypothesis, strategies as st
from ocpp.v16.enums import ChargePointStatus

from custom_components.wallbox_ocpp.storage.store import StoredState
from custom_components.wallbox_ocpp.wallbox.consequences import of_change
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.solar import SolarSettings
from custom_components.wallbox_ocpp.wallbox.model.solar_charging import SolarCharging
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.policy.sunny import NOON
from tests.wallbox.states import a_state, changed

LEASE = timedelta(minutes=15)
STATUSES = (
    ChargePointStatus.charging,
    ChargePointStatus.charging,
    ChargePointStatus.suspended_evse,
    ChargePointStatus.available,
    None,
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("sun"), st.floats(-12_000, 12_000, allow_nan=False)),
        st.tuples(st.just("silence"), st.integers(1, 3600)),
        st.tuples(st.just("mode"), st.sampled_from([*Mode])),
        st.tuples(st.just("limit"), st.integers(6, 32)),
        st.tuples(st.just("target"), st.just(0) | st.integers(3_000, 20_000)),
        st.tuples(st.just("status"), st.sampled_from(STATUSES)),
        st.tuples(st.just("sensor"), st.booleans()),
        st.tuples(st.just("restart"), st.integers(1, 7200)),
    ),
    max_size=30,
)


def sunny(state: ChargerState, event: tuple[str, object]) -> ChargerState:
    """Return the state after something has happened."""
    wish = state.charging.wish
    match event:
        case ("mode", Mode() as mode):
            on = mode is not Mode.OFF
            wish = replace(wish, charging=on, mode=mode if on else wish.mode)
        case ("limit", int(amps)):
            wish = replace(wish, current_limit=amps)
        case ("target", int(energy)):
            wish = replace(wish, energy_target=energy)
        case ("status", status):
            state = changed(state, status=status)
        case ("sensor", named):
            settings = SolarSettings() if named else None
            state = changed(state, solar=replace(state.solar, settings=settings))
        case _:
            pass
    return changed(state, wish=wish)


@hypothesis(deadline=None)
@given(EVENTS, st.sampled_from([Mode.SOLAR, Mode.MIN_SOLAR]))
def test_the_charger_gets_0_or_6_to_the_limit_and_seldom(
    events: list[tuple[str, object]], mode: Mode
) -> None:
    state = a_state(
        wish=Wish(mode=mode, current_limit=16),
        status=ChargePointStatus.charging,
        solar=SolarCharging(settings=SolarSettings()),
    )
    now, surplus = NOON, 0.0
    plans: list[tuple[float, ChargingPlan | None]] = []
    for event in [*events, ("sun", 3000.0)]:
        state = sunny(state, event)
        steps, apart, silent = 30, timedelta(seconds=10), False
        match event:
            case ("sun", float(watts)):
                surplus = watts
            case ("silence", int(seconds)):
                steps, apart, silent = 10, timedelta(seconds=seconds / 10), True
            case ("restart", int(seconds)):
                now += timedelta(seconds=seconds)
                settings = state.solar.settings
                state = StoredState.from_dict(StoredState.of(state).to_dict()).state()
                state = changed(
                    state,
                    status=ChargePointStatus.charging,
                    solar=replace(state.solar, settings=settings),
                )
            case _:
                pass
        for _ in range(steps):
            amps = state.amps_at(now)
            if not silent:
                grid = added(state.solar.meters.grid, Sample(now, amps * 230 - surplus))
                meters = replace(state.solar.meters, grid=grid)
                state = changed(state, solar=replace(state.solar, meters=meters))
                readings = Readings(power=amps * 230.0, currents={1: float(amps)})
                state = changed(state, readings=readings)
            before = state.policy.plan
            state = of_change(state, now)
            if state.policy.plan != before:
                plans.append(((now - NOON).total_seconds(), state.policy.plan))
            with_sun = state.charging.wish.mode_shown in (Mode.SOLAR, Mode.MIN_SOLAR)
            limit = state.charging.wish.current_limit or 32
            for later in (timedelta(), LEASE / 2, LEASE, 4 * LEASE):
                given = state.amps_at(now + later)
                assert given == 0 or 6 <= given <= limit
                if with_sun and later >= LEASE:
                    # Whatever the charger hears no more of has ended.
                    assert given in (0, 6)
            now += apart
    spent = (now - NOON).total_seconds()
    # A change each half a minute at most, and what the owner does.
    assert len(plans) <= spent / 30 + 3 * len(events) + 3
