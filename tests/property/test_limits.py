"""Whatever an owner wants, and whatever comes between: the car gets it, and no more while nobody is there."""

from datetime import timedelta
from typing import Any, Final

from hypothesis import example, given, settings as hypothesis, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_plan import Mode
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe, FailSafeMode
from custom_components.wallbox_ocpp.wallbox.plan import leases
from simulator.virtual_wallbox import COPPER_SB, FIRMWARES, Personality, with_quirks
from simulator.virtual_wallbox.schedule_quirks import SCHEDULE_QUIRKS

from .limits_story import CAR, Story

USUAL: Final = FIRMWARES["6.7.38"]
PERSONALITIES: Final = [
    *FIRMWARES.values(),
    COPPER_SB,
    *(
        with_quirks(USUAL, name)
        for name in SCHEDULE_QUIRKS
        if name != "schedule-last-at-once"
    ),
]
"""All but one that allows a lower limit too early, which looks like a car that takes less."""
LATE: Final = tuple(
    with_quirks(USUAL, name)
    for name in ("schedule-first-only", "schedule-relative-from-reception")
)
"""Those that do not end a lease in time under a plan, which cannot be tried there."""
FIVE_MINUTES: Final = timedelta(minutes=5)
FAIL_SAFES: Final = [
    FailSafe(),
    FailSafe(mode=FailSafeMode.NO_START),
    FailSafe(mode=FailSafeMode.LIMIT, lease=FIVE_MINUTES),
    FailSafe(mode=FailSafeMode.LEASE, lease=FIVE_MINUTES),
    FailSafe(mode=FailSafeMode.LEASE),
]
PLANS: Final = st.lists(st.integers(1, 180), max_size=7)
HAPPENINGS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("mode"), st.sampled_from([Mode.NOW, Mode.OFF, Mode.PLANNED])),
        st.tuples(st.just("plan"), PLANS),
        st.tuples(st.just("limit"), st.sampled_from([6, 10, 16, 32])),
        st.tuples(st.just("fail-safe"), st.sampled_from(FAIL_SAFES)),
        st.tuples(st.just("another car"), st.booleans()),
        st.tuples(st.just("another car under a plan"), PLANS),
        st.tuples(st.just("no car for a while"), st.sampled_from([1, 5])),
        st.tuples(st.just("unanswered"), st.integers(1, 2)),
        st.tuples(st.just("kept from charging"), st.booleans()),
        st.tuples(st.just("time"), st.sampled_from([0.1, 0.3, 1, 5, 20])),
    ),
    max_size=10,
)
BUDGET: Final = 11.0
"""Minutes in which a limit is written, however many were before it."""
ANOTHER_LOOK: Final = 45.0
"""Minutes after which a charger is doubted again that something else had kept from charging."""
AN_EDGE: Final = timedelta(seconds=90)
"""How near to a change of the plan the car may still be on its way."""


def tell(story: Story, what: str, value: Any) -> None:
    """Let something happen."""
    match what:
        case "mode":
            story.choose(value)
        case "plan":
            story.plan(value)
        case "limit":
            story.want(current_limit=value)
        case "fail-safe":
            story.fail_safe(value)
        case "another car":
            story.change_cars(in_between=value)
        case "another car under a plan":
            story.wait(3)
            story.choose(Mode.PLANNED)
            story.plan(value)
            story.change_cars(in_between=True)
            story.plan(value)
        case "no car for a while":
            story.unplug()
            story.wait(value)
            story.plug()
        case "unanswered":
            story.charger.mute = value
        case "kept from charging":
            story.charger.blocked = value
        case _:
            story.wait(value)


def owed(story: Story) -> float | None:
    """Return the amps that the car should have now; None if that just changes."""
    state, now = story.run.state, story.run.now
    wish, plan = state.charging.wish, state.policy.own
    slots = plan.slots if plan else ()
    edges = [moment for slot in slots for moment in (slot.start, slot.end) if moment]
    if any(abs(moment - now) < AN_EDGE for moment in edges):
        return None
    begun = any(
        slot.start <= now and (slot.end is None or now < slot.end) for slot in slots
    )
    if not wish.charging or (wish.mode is Mode.PLANNED and not begun):
        return 0.0
    return min(wish.current_limit or CAR, CAR)


def most_alone(story: Story) -> float:
    """Return the most amps that would ever flow from the end of the lease on, if nobody came back."""
    over = story.run.state.charging.failsafe.lease.total_seconds() + 60.0
    return max(story.charger.amps(over + minutes * 60.0) for minutes in range(300))


@hypothesis(deadline=None)
@given(st.sampled_from(PERSONALITIES), st.sampled_from(FAIL_SAFES), HAPPENINGS)
# The limit is changed in the middle of a trial.
@example(
    with_quirks(USUAL, "schedule-duration-ignored"),
    FailSafe(mode=FailSafeMode.LIMIT, lease=FIVE_MINUTES),
    [("time", 1), ("limit", 10)],
)
def test_the_car_gets_what_is_wanted_and_no_more_when_nobody_is_there(
    personality: Personality,
    failsafe: FailSafe,
    happenings: list[tuple[str, Any]],
) -> None:
    story = Story(personality, failsafe)
    for what, value in happenings:
        tell(story, what, value)
    story.charger.mute, story.charger.blocked = 0, False
    disturbed = ("kept from charging", True) in happenings
    story.wait(ANOTHER_LOOK if disturbed else BUDGET)
    assert (amps := owed(story)) is None or story.charger.amps() == amps
    state = story.run.state
    if personality in (USUAL, COPPER_SB) and not disturbed:
        assert not leases.refused(state)
    later = state.charging.failsafe.later
    # An owner is told of a charger that keeps no lease.
    if later is not None and not leases.refused(state) and personality not in LATE:
        assert most_alone(story) <= later


@pytest.mark.parametrize("minutes", [[], [150], [20, 30]], ids=str)
@pytest.mark.parametrize("personality", [COPPER_SB, USUAL], ids=lambda p: p.model)
@pytest.mark.parametrize("failsafe", FAIL_SAFES, ids=lambda f: f.mode.value)
def test_a_car_is_exchanged_while_its_plan_is_on_its_way(
    personality: Personality, failsafe: FailSafe, minutes: list[int]
) -> None:
    """The charger refuses the plan, as the transaction is over; that says nothing of plans."""
    story = Story(personality, failsafe)
    tell(story, "another car under a plan", minutes)
    story.wait(1)
    assert story.charger.amps() == CAR
    assert story.run.state.charging.held.plans.failures == ()


@pytest.mark.parametrize("every", [0.5, 0.75, 1, 1.25, 2])
def test_an_automation_that_changes_the_limit_does_not_stop_the_car(
    every: float,
) -> None:
    """The trial of a lease pauses the car for a moment; it is begun anew once."""
    story = Story(USUAL, FailSafe(mode=FailSafeMode.LEASE))
    stops, drew = 0, False
    for number in range(60):
        story.want(current_limit=16 if number % 2 else 10)
        for _ in range(10):
            story.wait(every / 10)
            draws = story.charger.amps() > 0
            stops, drew = stops + (drew and not draws), draws
    assert stops <= 2
