"""The energy target: counted from plug-in to unplug, and an end that is put off, never too late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_plan import (
    ChargingPlan,
    Mode,
    PlannedSlot,
)
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.events import (
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.model.policy import PlanState, Policy
from custom_components.wallbox_ocpp.wallbox.model.register import (
    Register,
    RegisterReading,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.model.steady_power import SteadyPower
from custom_components.wallbox_ocpp.wallbox.policy.decide import decided, plan_state
from custom_components.wallbox_ocpp.wallbox.policy.present_car import (
    GONE_AFTER,
    counted,
    elapsed,
)
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import a_state, changed

NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
FULL = 16 * 240.0 * 3
"""W that count as full power with 16 A."""


def charging(delivered: float, target: int = 10_000) -> ChargerState:
    """Return the state of a charger whose car has got some Wh."""
    session = ChargingSession(
        transaction_id=7, started=NOW, meter_start=5000.0, meter_last=5000.0 + delivered
    )
    return a_state(
        connected=True,
        status=Status.charging,
        wish=Wish(current_limit=16, energy_target=target),
        ledger=Ledger(sessions=(session,)),
    )


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def end(state: ChargerState) -> datetime | None:
    """Return when the car gets nothing more, by the plan."""
    assert state.policy.plan is not None
    return state.policy.plan.end


def test_without_a_target_there_is_no_plan() -> None:
    state = charging(3000, target=0)
    assert decided(state, NOW) is state


def test_the_plan_ends_when_the_target_could_be_reached_at_full_power() -> None:
    state = decided(charging(0), NOW)
    assert end(state) == NOW + timedelta(seconds=10_000 / FULL * 3600)
    assert state.amps_at(NOW) == 16
    assert state.amps_at(NOW + minutes(60)) == 0


@pytest.mark.parametrize(
    ("later", "delivered", "put_off"),
    [
        # At full power nothing has to be put off.
        (20, FULL / 3, False),
        # A slow car gets more time, but not before the end is near: each time is a write.
        (20, FULL / 6, False),
        (51.5, FULL / 2, True),
        (51.5, FULL * 51.5 / 60, False),
    ],
)
def test_the_end_is_put_off_only_when_it_is_near(
    later: float, delivered: float, put_off: bool
) -> None:
    before = decided(charging(0), NOW)
    now = NOW + minutes(later)
    after = decided(replace(before, ledger=charging(delivered).ledger), now)
    assert (end(after) != end(before)) is put_off
    assert end(after) is not None
    # Never later than full power would need.
    latest = now + timedelta(seconds=(10_000 - delivered) / FULL * 3600) + minutes(1)
    assert end(after) <= latest  # type: ignore[operator]  # asserted above


def drawing(
    watts: float | None, allowed: int = 16, status: Status = Status.charging
) -> ChargerState:
    """Return the state of a car that has drawn full power, and lacks 2 kWh of its target."""
    state = charging(8_000)
    session = replace(state.ledger.sessions[0], peak_power=10_000.0)
    return changed(
        state,
        ledger=Ledger(sessions=(session,)),
        readings=Readings(power=watts),
        limit=Limit(amps=allowed),
        status=status,
    )


def counting(watts: float, allowed: int = 16) -> ChargerState:
    """Return the same of a car at a meter of energy alone, which has counted its power for a minute."""
    state = drawing(None, allowed)
    [session] = state.ledger.sessions
    register = session.meter_last or 0.0
    steady = SteadyPower(since=NOW - minutes(1), register=register - watts / 60)
    session = replace(session, read=NOW, meter_last=register, steady_power=steady)
    return changed(state, ledger=replace(state.ledger, sessions=(session,)))


WITH_FULL_POWER = 2_000 / 11_000 * 60
"""Minutes."""


@pytest.mark.parametrize(
    ("state", "lasts"),
    [
        (drawing(10_000), WITH_FULL_POWER),
        (drawing(8_000), 2_000 / 8_800 * 60),
        (drawing(2_000), 15),
        (drawing(0, status=Status.suspended_ev), 15),
        # A meter of energy alone.
        (drawing(None), WITH_FULL_POWER),
        (drawing(None, status=Status.suspended_ev), 15),
        (counting(8_000), 2_000 / 8_800 * 60),
        (counting(2_000), 15),
        (counting(2_000, allowed=6), WITH_FULL_POWER),
        # It may just have begun.
        (counting(500), WITH_FULL_POWER),
        # It has been allowed more, and will draw more in a moment.
        (drawing(2_000, allowed=6), WITH_FULL_POWER),
        (drawing(0, allowed=0, status=Status.suspended_evse), WITH_FULL_POWER),
    ],
)
def test_for_a_while_a_car_is_taken_to_go_on_as_it_does(
    state: ChargerState, lasts: float
) -> None:
    ends = end(decided(state, NOW))
    assert ends is not None
    assert ends - NOW == pytest.approx(minutes(lasts), abs=timedelta(seconds=1))


@pytest.mark.parametrize(
    ("interval", "power", "tells_power", "got"),
    [
        (10, FULL, True, (9_900, 10_010)),
        (900, FULL, True, (9_900, 10_010)),
        (60, 3_680.0, True, (9_900, 10_010)),
        (900, 3_680.0, True, (9_900, 10_010)),
        # A meter of energy alone.
        (10, 3_680.0, False, (9_890, 10_010)),
        (60, 3_680.0, False, (9_890, 10_010)),
        (300, 3_680.0, False, (9_890, 10_010)),
        # No reading ever comes, so its power counts as full.
        (None, FULL, True, (9_900, 10_010)),
        (None, 3_680.0, True, (3_150, 3_250)),
    ],
)
def test_no_car_gets_more_because_readings_are_rare(
    interval: int | None, power: float, tells_power: bool, got: tuple[float, float]
) -> None:
    state, flowed, began = decided(charging(0), NOW), 0.0, 0
    charges: tuple[Charge, ...] = ()
    for second in range(1, 5 * 3600):
        now = NOW + timedelta(seconds=second)
        (session,) = state.ledger.sessions
        draws = state.amps_at(now) > 0
        if draws and (not charges or charges[-1].ended):
            charges, began = (*charges, Charge(now, None, 0.0)), began + 1
        elif not draws and charges and not charges[-1].ended:
            charges = (*charges[:-1], charges[-1]._replace(ended=now))
        flowed += draws * power / 3600
        session = replace(session, charges=charges)
        if interval and second % interval == 0:
            session = replace(session, meter_last=5000 + flowed, read=now)
            reading = RegisterReading(raw=5000 + flowed, read_at=now)
            before = state.metering.register.last
            register = Register(value=reading.raw, last=reading, before=before)
            state = changed(state, register=register)
            if tells_power:
                peak = power if draws else session.peak_power
                session = replace(session, peak_power=peak)
                state = changed(state, readings=Readings(power=draws * power))
            state = replace(state, ledger=Ledger(sessions=(session,)))
        else:
            state = replace(state, ledger=Ledger(sessions=(session,)))
        status = Status.charging if draws else Status.suspended_evse
        limit = Limit(amps=state.amps_at(now))
        state = decided(changed(state, status=status, limit=limit), now)
    assert got[0] <= flowed <= got[1]
    assert began == 1
    assert plan_state(state, now) is PlanState.DONE
    # Whether it has really got that is asked for once.
    reached = state.policy.target_reached == 10_000
    assert reached or state.pending.readings_due


def test_a_slot_that_allows_less_lasts_longer() -> None:
    slots = (
        PlannedSlot(start=NOW, end=NOW + minutes(15)),
        PlannedSlot(start=NOW + minutes(15), amps=6),
    )
    wish = Wish(current_limit=16, energy_target=10_000, mode=Mode.PLANNED)
    own = Policy(own=ChargingPlan(slots=slots))
    left = 10_000 - FULL / 4
    assert end(decided(changed(charging(0), wish=wish, policy=own), NOW)) == (
        NOW + minutes(15 + left / (FULL * 6 / 16) * 60)
    )


def test_a_lower_target_ends_earlier_at_once() -> None:
    before = decided(charging(0), NOW)
    wish = replace(before.charging.wish, energy_target=5000)
    lowered = replace(before, charging=replace(before.charging, wish=wish))
    assert end(decided(lowered, NOW)) == NOW + timedelta(seconds=5000 / FULL * 3600)


def test_a_target_that_was_reached_lets_nothing_flow_until_it_is_raised() -> None:
    state = decided(charging(9_960), NOW)
    assert state.policy.target_reached == 10_000
    assert state.amps_at(NOW) == 0
    # A register that is corrected downwards does not start the car again.
    state = decided(replace(state, ledger=charging(9_000).ledger), NOW)
    assert state.amps_at(NOW) == 0
    wish = replace(state.charging.wish, energy_target=12_000)
    raised = replace(state, charging=replace(state.charging, wish=wish))
    assert decided(raised, NOW).amps_at(NOW) == 16
    wish = replace(wish, energy_target=0)
    lifted = replace(state, charging=replace(state.charging, wish=wish))
    assert decided(lifted, NOW).policy.plan is None


def a_session(number: int, energy: float, **fields: Any) -> ChargingSession:
    return ChargingSession(
        transaction_id=number, meter_start=0.0, meter_last=energy, **fields
    )


def told(state: ChargerState, *sessions: ChargingSession) -> ChargerState:
    """Return the state after the last of the sessions began or ended."""
    state = replace(state, ledger=Ledger(sessions=sessions))
    return counted(state, SessionChanged(sessions[-1]), NOW)


def test_sessions_of_one_plug_in_add_up_and_unplugging_forgets() -> None:
    first = a_session(7, 4000)
    state = told(charging(0), first)
    # Its StopTransaction may have been lost.
    over = replace(first, ended=NOW, reason="Remote")
    state = told(state, over, a_session(8, 1000))
    state = told(state, over, a_session(8, 5000))
    assert state.delivered == 9000
    state = counted(state, StatusChanged(Status.finishing, Status.available), NOW)
    assert state.charging.wish.energy_target == 0
    assert (
        told(state, over, a_session(8, 5000, ended=NOW), a_session(9, 10)).delivered
        == 10
    )


def test_a_late_end_of_the_car_before_changes_nothing() -> None:
    before = a_session(7, 4000, ended=NOW, reason="EVDisconnected")
    state = told(charging(0), a_session(8, 100))
    state = replace(state, ledger=Ledger(sessions=(before, a_session(8, 100))))
    state = counted(state, SessionChanged(before), NOW)
    assert state.charging.wish.energy_target == 10_000
    assert state.delivered == 100


def test_a_reconnect_without_a_car_keeps_the_target() -> None:
    waiting = replace(charging(0), ledger=Ledger())
    back = StatusChanged(None, Status.available)
    assert counted(waiting, back, NOW).charging.wish.energy_target == 10_000
    # A car that was there has gone meanwhile.
    state = counted(charging(0), back, NOW)
    assert elapsed(state, NOW + GONE_AFTER).charging.wish.energy_target == 0


def test_a_charger_that_looks_for_its_car_after_a_boot_keeps_the_target() -> None:
    """It says Available until it has looked, and Preparing or Charging then."""
    state = counted(charging(0), StatusChanged(None, Status.available), NOW)
    state = counted(state, StatusChanged(Status.available, Status.preparing), NOW)
    assert elapsed(state, NOW + GONE_AFTER).charging.wish.energy_target == 10_000
