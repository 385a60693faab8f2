"""The hours of mode *Planned*: for which car, until when, and when they are planned again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_plan import Mode
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.connector import Connector
from custom_components.wallbox_ocpp.wallbox.model.events import StatusChanged
from custom_components.wallbox_ocpp.wallbox.model.policy import PlanState, Sources
from custom_components.wallbox_ocpp.wallbox.model.prices import Interval, Price
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.policy.decide import decided, plan_state
from custom_components.wallbox_ocpp.wallbox.policy.hours import usual_power
from custom_components.wallbox_ocpp.wallbox.policy.present_car import counted
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import a_state

NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
POWER = 11_040.0
"""W that the car took in its latest session."""


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def prices(*cheap: int) -> tuple[Price, ...]:
    """Return the prices of a day, low in some of its hours."""
    return tuple(
        Price(hours(hour), hours(hour + 1), 0.1 if hour in cheap else 0.3)
        for hour in range(24)
    )


def planned(
    target: int = 11_040, status: Status = Status.suspended_evse, **sources: Any
) -> ChargerState:
    """Return the state of a charger in mode Planned, with a car that takes 11 kW."""
    session = ChargingSession(
        transaction_id=7,
        started=NOW,
        meter_start=0.0,
        meter_last=0.0,
        peak_power=POWER,
    )
    state = a_state(
        connected=True,
        status=status,
        wish=Wish(current_limit=16, mode=Mode.PLANNED, energy_target=target),
        ledger=Ledger(sessions=(session,)),
    )
    by_price = "prices" in sources
    policy = replace(state.policy, sources=Sources(by_price=by_price, **sources))
    return decided(replace(state, policy=policy), NOW)


def slots(state: ChargerState) -> list[tuple[float, float]]:
    """Return the planned hours, counted from now."""
    hour = timedelta(hours=1)
    planned_hours = state.policy.hours
    return [
        ((slot.start - NOW) / hour, (slot.end - NOW) / hour)
        for slot in (planned_hours.slots if planned_hours else ())
        if slot.end
    ]


def test_the_cheapest_hours_until_the_time() -> None:
    state = planned(prices=prices(3, 20), ready_at=(hours(10), hours(34)))
    assert slots(state) == [(3, 4)]
    assert state.policy.deadline == hours(10)
    assert plan_state(state, NOW) is PlanState.PLANNED
    assert plan_state(state, hours(3.5)) is PlanState.CHARGING


def test_within_the_schedule() -> None:
    allowed = (Interval(hours(5), hours(9)),)
    state = planned(prices=prices(3, 7), ready_at=(hours(10),), allowed=allowed)
    assert slots(state) == [(7, 8)]
    assert slots(planned(target=0, allowed=allowed)) == [(5, 9)]
    # A schedule that allows nothing.
    nothing = planned(allowed=())
    assert slots(nothing) == []
    assert plan_state(nothing, NOW) is PlanState.WAITING_FOR_PLAN


@pytest.mark.parametrize(
    ("sources", "shown"),
    [
        ({}, PlanState.WAITING_FOR_PLAN),
        ({"prices": ()}, PlanState.WAITING_FOR_PRICES),
    ],
)
def test_without_anything_to_plan_from_the_car_waits(
    sources: dict[str, Any], shown: PlanState
) -> None:
    state = planned(**sources)
    assert slots(state) == []
    assert plan_state(state, NOW) is shown
    assert state.amps_at(NOW) == 0


def test_without_a_car_nothing_is_planned() -> None:
    state = planned(status=Status.available, prices=prices(3), ready_at=(hours(10),))
    assert slots(state) == []
    assert plan_state(state, NOW) is PlanState.WAITING_FOR_CAR


def test_a_time_that_has_passed_is_kept_with_a_target_only() -> None:
    for target, deadline in ((60_000, hours(3)), (0, hours(27))):
        state = planned(target, prices=prices(3), ready_at=(hours(3), hours(27)))
        assert state.policy.deadline == hours(3)
        later = replace(state.policy.sources, ready_at=(hours(27),))
        state = replace(state, policy=replace(state.policy, sources=later))
        assert decided(state, hours(4)).policy.deadline == deadline
    gone = counted(state, StatusChanged(Status.finishing, Status.available), NOW)
    assert gone.policy.deadline is None
    assert gone.policy.hours is None


def test_what_cannot_be_reached_begins_now() -> None:
    state = planned(60_000, prices=prices(3), ready_at=(hours(2),))
    assert state.policy.plan
    assert state.policy.plan.at(NOW)
    assert state.policy.outlook.late > 0
    assert plan_state(state, NOW) is PlanState.LATE


def test_a_target_that_is_raised_when_it_is_late_is_planned_at_once() -> None:
    """Until the time to be ready, the hours of before deliver as much as any."""
    late = planned(2 * 11_040, prices=prices(), ready_at=(hours(1),))
    assert slots(late) == [(0, 2)]
    wish = replace(late.charging.wish, energy_target=10 * 11_040)
    raised = decided(replace(late, charging=replace(late.charging, wish=wish)), NOW)
    assert slots(raised) == [(0, 10)]
    assert raised.policy.outlook.late == 9 * 3600


def test_hours_are_planned_again_at_quarters_and_when_something_changes() -> None:
    state = planned(prices=prices(3), ready_at=(hours(10),))
    assert state.policy.look_at == hours(0.25)
    assert decided(state, hours(0.1)) is state
    again = decided(state, hours(0.25))
    assert slots(again) == [(3, 4)]
    assert again.policy.look_at == hours(0.5)
    sources = replace(state.policy.sources, prices=prices(5))
    moved = replace(state, policy=replace(state.policy, sources=sources))
    assert slots(decided(moved, hours(0.1))) == [(5, 6)]


def test_it_is_decided_again_once_ready_by_has_passed() -> None:
    state = planned(0, prices=prices(3), ready_at=(hours(3.1), hours(27.1)))
    state = decided(state, hours(3.01))
    assert state.policy.deadline == state.policy.look_at == hours(3.1)
    assert decided(state, hours(3.1)).policy.deadline == hours(27.1)


def test_hours_stand_while_the_prices_are_away() -> None:
    state = planned(prices=prices(3), ready_at=(hours(10),))
    sources = replace(state.policy.sources, prices=())
    lost = replace(state, policy=replace(state.policy, sources=sources))
    assert slots(decided(lost, hours(1))) == [(3, 4)]


def test_a_car_of_which_nothing_is_known_is_taken_to_charge_on_one_phase() -> None:
    state = planned(prices=prices(3), ready_at=(hours(10),))
    session = replace(state.ledger.sessions[0], peak_power=None)
    slow = replace(
        state,
        ledger=Ledger(sessions=(session,)),
        policy=replace(state.policy, hours=None, planned_for=None),
        connector=Connector(status=Status.suspended_evse),
    )
    lasts = sum(end - start for start, end in slots(decided(slow, NOW)))
    assert lasts == pytest.approx(3, abs=0.01)


def test_a_car_takes_what_the_latest_session_showed_that_tells() -> None:
    """The session that a car has just begun says nothing of its power yet."""
    state = planned(prices=prices(3), ready_at=(hours(10),))
    before = replace(state.ledger.sessions[0], transaction_id=6, ended=NOW)
    begun = replace(state.ledger.sessions[0], peak_power=None)
    ledger = Ledger(sessions=(before, begun))
    again = decided(replace(state, ledger=ledger), hours(0.25))
    assert slots(again) == [(3, 4)]


def charge(begin: float, end: float | None, power: float) -> Charge:
    """Return a charge that began and ended so many minutes from now; one without an end has lasted an hour."""
    lasted = (begin + 60 if end is None else end) - begin
    ended = None if end is None else hours(end / 60)
    return Charge(hours(begin / 60), ended, power * lasted / 60)


@pytest.mark.parametrize(
    ("peak", "charges", "power"),
    [
        pytest.param(1380, [], 1380, id="6 A on one phase"),
        pytest.param(900, [charge(0, 60, 900)], 7360, id="too little to tell"),
        pytest.param(None, [charge(0, 60, 2300)], 2300, id="energy only"),
        pytest.param(None, [charge(0, None, 2300)], 2300, id="it goes on"),
        pytest.param(None, [charge(0, 1, 2300)], 2300, id="for a minute only"),
        pytest.param(7360, [charge(0, 60, 2400)], 2400, id="its peak was momentary"),
        pytest.param(2300, [charge(0, 0.5, 1100)], 2300, id="it has just begun"),
        pytest.param(
            7360,
            [charge(0, 240, 1400), charge(300, 320, 7200)],
            7200,
            id="little sun by day",
        ),
        pytest.param(
            7360,
            [charge(0, 1, 3000), charge(300, 320, 2300)],
            2300,
            id="its short beginning says no more",
        ),
        pytest.param(
            7360,
            [charge(0, 60, 7200), charge(300, 320, 1500)],
            7200,
            id="it was nearly full at the end",
        ),
    ],
)
def test_what_a_car_takes_is_the_average_of_a_charge(
    peak: float | None, charges: list[Charge], power: float
) -> None:
    state = planned(prices=prices(3), ready_at=(hours(10),))
    session = replace(
        state.ledger.sessions[0],
        peak_power=peak,
        charges=tuple(charges),
        read=charges[-1].ended or hours(1) if charges else hours(0),
    )
    wish = replace(state.charging.wish, current_limit=32)
    charging = replace(state.charging, wish=wish)
    state = replace(state, charging=charging, ledger=Ledger(sessions=(session,)))
    assert usual_power(state) == pytest.approx(power)


def test_a_charge_of_which_not_all_was_read_yet_says_no_less() -> None:
    """Some chargers send a reading each quarter of an hour."""
    state = planned(prices=prices(3), ready_at=(hours(10),))
    session = replace(
        state.ledger.sessions[0],
        peak_power=None,
        charges=(Charge(hours(0), hours(0.45), POWER / 4),),
        read=hours(0.25),
    )
    assert usual_power(
        replace(state, ledger=Ledger(sessions=(session,)))
    ) == pytest.approx(POWER)


def test_a_plan_stands_while_the_average_varies() -> None:
    """A car that begins with too much for a moment, and then varies by a percent from reading to reading."""
    state = planned(5 * 11_040, prices=prices(3, 4, 5, 6, 7), ready_at=(hours(12),))
    random, energy, before = Random(1), 150.0, slots(state)
    for minute in range(1, 5 * 60):
        now = hours(3 + minute / 60)
        energy += POWER / 60 * random.uniform(0.98, 1.02)
        session = replace(
            state.ledger.sessions[0],
            meter_last=energy,
            read=now,
            charges=(Charge(hours(3), None, energy),),
            peak_power=1.3 * POWER,
        )
        state = decided(replace(state, ledger=Ledger(sessions=(session,))), now)
        assert slots(state) == before


@pytest.mark.parametrize("target", [0, 40_000])
def test_hours_that_the_schedule_does_not_allow_any_more_are_given_up(
    target: int,
) -> None:
    state = planned(target, allowed=(Interval(hours(0), hours(12)),))
    assert slots(state)[0][0] == 0
    allowed = (Interval(hours(0), hours(2)), Interval(hours(4), hours(12)))
    sources = replace(state.policy.sources, allowed=allowed)
    (session,) = state.ledger.sessions
    # The car needs less than its hours would give it.
    fast = replace(session, peak_power=2 * POWER)
    state = replace(state, ledger=Ledger(sessions=(fast,)))
    state = replace(state, policy=replace(state.policy, sources=sources))
    changed = decided(state, hours(0.5))
    assert changed.amps_at(hours(1))
    assert changed.amps_at(hours(2.5)) == changed.amps_at(hours(3.9)) == 0


def test_a_target_that_is_raised_after_it_was_reached_is_for_the_next_time() -> None:
    state = planned(prices=prices(3, 23), ready_at=(hours(10), hours(34)))
    (session,) = state.ledger.sessions
    full = replace(session, meter_last=11_040.0)
    reached = decided(replace(state, ledger=Ledger(sessions=(full,))), hours(5))
    reached = decided(decided(reached, hours(11)), hours(22))
    wish = replace(reached.charging.wish, energy_target=22_080)
    raised = replace(reached, charging=replace(reached.charging, wish=wish))
    raised = decided(raised, hours(22.1))
    assert raised.policy.deadline == hours(34)
    assert slots(raised) == [(23, 24)]


def test_a_late_car_is_not_paused_for_its_last_minutes() -> None:
    state = planned(22_080, prices=prices(), ready_at=(hours(1),))
    assert slots(state) == [(0, 2)]
    (session,) = state.ledger.sessions
    short = replace(session, meter_last=22_080 - 330.0)
    state = replace(state, ledger=Ledger(sessions=(short,)))
    assert decided(state, hours(2)).amps_at(hours(2))
    assert plan_state(decided(state, hours(2)), hours(2)) is PlanState.LATE
