"""The modes of solar charging: what the charger may give, and what it does if it hears no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.storage.store import StoredState
from custom_components.wallbox_ocpp.wallbox.consequences import next_moment, of_change
from custom_components.wallbox_ocpp.wallbox.model.charging_plan import Mode, PlannedSlot
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.failsafe import LEFT
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.model.metering import Metering
from custom_components.wallbox_ocpp.wallbox.model.power_samples import Sample, added
from custom_components.wallbox_ocpp.wallbox.model.register import (
    Register,
    RegisterReading,
)
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    SolarReason,
    SolarSettings,
    SolarState,
)
from custom_components.wallbox_ocpp.wallbox.model.solar_charging import SolarCharging
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import a_state, changed

NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
LEASE = timedelta(minutes=15)
STEP = timedelta(seconds=5)


def plugged_in(mode: Mode, **solar: Any) -> ChargerState:
    """Return the state with a car, before the sensor has said anything."""
    return a_state(
        wish=Wish(mode=mode, current_limit=16),
        status=ChargePointStatus.charging,
        connected=True,
        solar=SolarCharging(settings=SolarSettings(), **solar),
    )


class Day:
    """Time that passes for a charger, with a sensor that reports each five seconds."""

    def __init__(self, state: ChargerState) -> None:
        self.state = state
        self.now = NOON
        self.plans = [state.policy.plan]

    def passes(self, seconds: float, surplus: float | None) -> None:
        """Let time pass, with a surplus in W that the car does not get yet."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            state = self.state
            if surplus is not None:
                amps = state.amps_at(self.now)
                grid = Sample(self.now, amps * 230 - surplus)
                meters = state.solar.meters
                meters = replace(meters, grid=added(meters.grid, grid))
                state = changed(state, solar=replace(state.solar, meters=meters))
                readings = Readings(
                    power=amps * 230, currents={1: float(amps)}, voltages={1: 230.0}
                )
                state = changed(state, readings=readings)
            self.state = of_change(state, self.now)
            if self.state.policy.plan != self.plans[-1]:
                self.plans.append(self.state.policy.plan)
            self.now += STEP

    @property
    def amps(self) -> int:
        return self.state.amps_at(self.now)

    def later(self, time: timedelta) -> int:
        """Return the amps that the charger gives later by itself."""
        return self.state.amps_at(self.now + time)


@pytest.mark.parametrize(("mode", "without"), [(Mode.SOLAR, 0), (Mode.MIN_SOLAR, 6)])
def test_what_was_given_ends_by_itself(mode: Mode, without: int) -> None:
    day = Day(plugged_in(mode))
    day.passes(60, 3000)
    assert day.amps == without
    day.passes(200, 3000)
    assert day.amps == 12
    for _ in range(20):
        day.passes(97, 3000)
        assert day.later(LEFT - STEP) == 12
        assert day.later(LEASE) == without
    # One change, and a renewal each ten minutes.
    assert len(day.plans) <= 3 + 20 * 97 / 600 + 1
    day.passes(700, -500)
    assert day.amps == without


def test_the_least_of_a_minimum_is_not_renewed() -> None:
    day = Day(plugged_in(Mode.MIN_SOLAR))
    day.passes(10, -300)
    planned = len(day.plans)
    day.passes(3600, -300)
    assert day.amps == 6
    assert day.later(timedelta(days=1)) == 6
    assert len(day.plans) == planned


@pytest.mark.parametrize(("mode", "without"), [(Mode.SOLAR, 0), (Mode.MIN_SOLAR, 6)])
def test_after_a_long_absence_nothing_goes_on(mode: Mode, without: int) -> None:
    """The charger has ended it; the sun of then is not the sun of now."""
    offered = PlannedSlot(start=NOON - LEASE, end=NOON, amps=14)
    day = Day(plugged_in(mode, offered=offered, state=SolarState(amps=14)))
    day.passes(5, None)
    assert day.amps == without


def test_after_a_short_absence_the_car_goes_on() -> None:
    offered = PlannedSlot(start=NOON - LEASE / 3, end=NOON + 2 * LEASE / 3, amps=14)
    day = Day(plugged_in(Mode.SOLAR, offered=offered, state=SolarState(amps=14)))
    day.passes(120, 14 * 230 + 100)
    assert day.amps == 14
    assert day.state.solar.state.changes == 0


def restarted(state: ChargerState) -> ChargerState:
    """Return the state after a restart of Home Assistant, once the charger is back."""
    stored = StoredState.from_dict(StoredState.of(state).to_dict()).state()
    solar = replace(stored.solar, settings=state.solar.settings)
    return replace(stored, connector=state.connector, link=state.link, solar=solar)


@pytest.mark.parametrize(("mode", "without"), [(Mode.SOLAR, 0), (Mode.MIN_SOLAR, 6)])
@pytest.mark.parametrize("minutes", [1, 2, 4, 6])
def test_restarts_again_and_again_do_not_put_the_end_off(
    mode: Mode, without: int, minutes: int
) -> None:
    """The sensor of the grid does not come back, and each restart waits for it anew."""
    day = Day(plugged_in(mode))
    day.passes(600, 3000)
    assert day.amps == 12
    given_until = day.now + LEASE
    while day.now < given_until:
        day.state = restarted(day.state)
        day.passes(minutes * 60, None)
    assert day.amps == without


def test_a_restart_with_the_sensor_changes_nothing() -> None:
    day = Day(plugged_in(Mode.SOLAR))
    day.passes(600, 3000)
    for _ in range(30):
        day.state = restarted(day.state)
        day.passes(120, 3000)
        assert day.amps == 12


@pytest.mark.parametrize(("mode", "without"), [(Mode.SOLAR, 0), (Mode.MIN_SOLAR, 6)])
def test_nothing_is_decided_for_a_charger_out_of_reach(
    mode: Mode, without: int
) -> None:
    """It pauses the car at the end of what it may give, and the sun of the car is left, too."""
    day = Day(plugged_in(mode))
    day.passes(600, 1700)
    changes = day.state.solar.state.changes
    assert day.amps == 7
    day.state = changed(day.state, connected=False)
    day.passes(LEFT.total_seconds() - 60, 3400)
    assert day.amps == 7
    day.passes(2000, 3400)
    assert day.amps == without
    assert day.state.solar.state.changes == changes


@pytest.mark.parametrize(("mode", "without"), [(Mode.SOLAR, 0), (Mode.MIN_SOLAR, 6)])
def test_without_a_sensor_in_the_settings_the_reason_is_told(
    mode: Mode, without: int
) -> None:
    day = Day(plugged_in(mode))
    day.passes(300, 3000)
    day.state = changed(day.state, solar=replace(day.state.solar, settings=None))
    day.passes(5, None)
    assert day.amps == without
    assert day.state.solar.state.reason is SolarReason.NO_SENSOR


def test_a_car_that_comes_while_nobody_is_there_gets_the_minimum() -> None:
    alone = {
        mode: of_change(
            changed(plugged_in(mode), status=ChargePointStatus.available), NOON
        ).amps_in_absence
        for mode in Mode
        if mode is not Mode.OFF
    }
    assert alone == {Mode.NOW: 0, Mode.PLANNED: 0, Mode.SOLAR: 0, Mode.MIN_SOLAR: 6}


def test_a_target_is_kept_under_the_sun() -> None:
    day = Day(plugged_in(Mode.SOLAR))
    wish = replace(day.state.charging.wish, energy_target=1000)
    day.state = changed(day.state, wish=wish)
    day.passes(300, 3000)
    plan = day.state.policy.plan
    assert plan is not None
    assert plan.end is not None
    # At full power on three phases, it would be reached by then.
    assert plan.end - day.now < timedelta(minutes=6)


def test_another_mode_ends_it_and_a_day_is_not_counted_anew() -> None:
    day = Day(plugged_in(Mode.SOLAR))
    day.passes(300, 3000)
    changes = day.state.solar.state.changes
    assert changes
    wish = replace(day.state.charging.wish, mode=Mode.NOW)
    day.state = changed(day.state, wish=wish)
    day.passes(5, 3000)
    assert day.amps == 16
    assert day.state.solar.state == SolarState(
        changes=changes, counted_from=day.state.solar.state.counted_from
    )
    assert day.state.solar.look_at is None


def test_it_is_looked_at_again_when_something_is_due() -> None:
    day = Day(plugged_in(Mode.SOLAR))
    day.passes(60, 3000)
    assert day.state.solar.state.reason is SolarReason.STARTING
    moment = next_moment(day.state)
    assert moment is not None
    assert moment > day.now


@pytest.mark.parametrize(
    ("readings", "phases", "voltage"),
    [
        (Readings(power=4140, currents={1: 6, 2: 6, 3: 6}), 3, 230),
        (
            Readings(power=3700, currents={1: 16, 2: 0.1, 3: 0}, voltages={1: 231}),
            1,
            231,
        ),
        # One current for all phases.
        (Readings(power=11040, currents={1: 16}), 3, 230),
        (Readings(power=3680, currents={1: 16}), 1, 230),
        # A paused car tells nothing.
        (Readings(power=0, currents={1: 0, 2: 0, 3: 0}), 2, 225),
    ],
)
def test_phases_and_volts_are_as_measured(
    readings: Readings, phases: int, voltage: float
) -> None:
    metering = Metering(readings=readings)
    solar = SolarCharging(phases=2, voltage=225).measured(metering, NOON)
    assert (solar.phases, solar.voltage) == (phases, voltage)


@pytest.mark.parametrize(
    ("power", "allowed_for", "phases"),
    [
        (6 * 230, 30, 1),
        (3 * 6 * 230, 30, 3),
        # 5 A of 6.
        (3 * 5 * 230, 30, 2),
        (6 * 230, 20, 1),
        # It may not follow yet.
        (6 * 230, 19, 2),
        # Nearly full, on however many phases.
        (600, 30, 2),
        (0, 30, 2),
    ],
)
def test_phases_are_told_by_the_power_of_a_meter_without_currents(
    power: float, allowed_for: float, phases: int
) -> None:
    readings = Readings(power=power)
    law = SolarState(amps=6, changed_at=NOON - timedelta(seconds=allowed_for))
    solar = SolarCharging(phases=2, state=law)
    assert solar.measured(Metering(readings=readings), NOON).phases == phases


@pytest.mark.parametrize(
    ("energy", "apart", "allowed_for", "phases"),
    [
        (23, 60, 90, 1),
        (69, 60, 90, 3),
        # By a meter that counts in steps of 10 Wh.
        (30, 60, 90, 1),
        (60, 60, 90, 3),
        # It was read before the car followed.
        (69, 60, 75, 2),
        # Too soon one after the other.
        (12, 10, 90, 2),
        (0, 60, 90, 2),
        # Too long ago: it is counted anew.
        (700, 620, 700, 2),
    ],
)
def test_phases_are_told_by_a_meter_of_energy(
    energy: float, apart: float, allowed_for: float, phases: int
) -> None:
    before = RegisterReading(raw=1000, read_at=NOON - timedelta(seconds=apart))
    last = RegisterReading(raw=1000 + energy, read_at=NOON)
    law = SolarState(amps=6, changed_at=NOON - timedelta(seconds=allowed_for))
    solar = SolarCharging(phases=2, state=law)
    for reading in (before, last):
        register = Register(value=reading.raw, last=reading)
        metering = Metering(readings=Readings(energy=reading.raw), register=register)
        solar = solar.measured(metering, reading.read_at)
    assert solar.phases == phases
