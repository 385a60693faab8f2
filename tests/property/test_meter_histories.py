"""Whatever a meter is said to stand at: what flowed is in exactly one session, and nothing else is."""

from datetime import timedelta

from hypothesis import given, settings, strategies as st
import pytest

from .meter_story import AFTER, BEFORE, EVERY, STARTS, STEPS, STOPS, MeterStory, Plan

steps = st.lists(st.sampled_from(["fine", *STEPS]), max_size=12)
online = st.builds(
    Plan,
    before=st.sampled_from([*BEFORE]),
    start=st.sampled_from(["right", *STARTS]),
    steps=steps,
    stop=st.sampled_from(["right", *STOPS]),
    after=st.sampled_from([*AFTER]),
)
offline = st.builds(
    Plan,
    offline=st.just(value=True),
    steps=st.lists(st.sampled_from(["fine", "pause"]), max_size=12),
)
plans = st.lists(st.one_of(online, online, offline), min_size=1, max_size=4)


@settings(max_examples=12 * settings().max_examples, deadline=None)
@given(plans, st.integers(100_000, 90_000_000))
def test_what_flowed_is_in_exactly_one_session(
    plans: list[Plan], register: int
) -> None:
    story = MeterStory(register)
    for plan in plans:
        story.live(plan)
        assert not story.state.metering.readings.power
        assert story.state.ledger.open is None

    sessions, metering = story.state.ledger.sessions, story.state.metering
    truth = [session.energy for session in story.truth]
    assert [session.energy for session in sessions] == pytest.approx(truth, abs=1)
    assert metering.register.lifetime == pytest.approx(story.total, abs=1)
    for session, true in zip(sessions, story.truth, strict=True):
        assert session.started
        assert session.ended
        assert (session.plugged_in or session.started) <= session.started
        if true.seconds is not None:
            charging = session.charging_time.total_seconds()
            assert charging == pytest.approx(true.seconds, abs=EVERY / 2)
    if not any(plan.offline for plan in plans):
        assert metering.unattended is None
    assert abs(metering.clock.behind) < timedelta(minutes=1)
