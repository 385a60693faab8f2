"""A test of the offline protection, moved on by what a charger says and by the clock."""

from dataclasses import replace

from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.link import Presence
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import Protection
from custom_components.wallbox_ocpp.wallbox.model.offline_test import (
    Cause,
    Missing,
    Phase,
    SessionAfter,
)
from custom_components.wallbox_ocpp.wallbox.plan import (
    limits,
    next_step,
    notice,
    offline_test,
)
from custom_components.wallbox_ocpp.wallbox.plan.step import Step
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.said import boot, start, status
from tests.wallbox.states import changed

from .drive import (
    ACCEPTED,
    REJECTED,
    SILENT,
    Policy,
    a_charger,
    accepts_all,
    to,
    within_transaction,
    words,
)
from .offline_trial import WISH, left_alone, on_trial, waited_for

OLD = Identity(vendor="Wall Box Chargers", model="PLP1-0-2-3", firmware="5.14.9")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (within_transaction(), ()),
        (within_transaction(status=Status.suspended_ev), ()),
        (within_transaction(connected=False), ("connection",)),
        (within_transaction(rebooting=True), ("connection",)),
        (within_transaction(identity=OLD), ("firmware",)),
        (within_transaction(identity=replace(OLD, firmware=None)), ("firmware",)),
        (within_transaction(fix_enabled=False), ("protection",)),
        (within_transaction(protection=Protection()), ("protection",)),
        (a_charger(), ("car",)),
        (a_charger(status=None), ("car",)),
        (a_charger(status=Status.preparing), ("session",)),
        (a_charger(identity=OLD), ("firmware", "car")),
    ],
)
def test_what_is_missing_is_said(
    state: ChargerState, expected: tuple[Missing, ...]
) -> None:
    assert offline_test.missing(state) == expected


def test_charging_is_paused_the_meter_read_and_the_charger_left_alone() -> None:
    run = on_trial()
    assert run.phase() is Phase.PAUSING
    assert run.state.charging.wish == replace(WISH, charging=False)
    assert run.asked[-2:] == ["default 0 A", "transaction 7: 0 A"]
    run.wait(2)
    run.hears(status("SuspendedEVSE"))
    assert run.phase() is Phase.READING
    # What flows until the car has stopped is no matter.
    assert run.asked[-1] == "transaction 7: 0 A"
    run.wait(15)
    run.run()
    assert run.asked[-1] == "trigger MeterValues"
    run.wait(1)
    run.reads(1001.0)
    assert run.phase() is Phase.ALONE
    run.leaves()
    # Nothing that flows meanwhile is an alarm.
    assert run.state.metering.offline_period
    assert run.state.metering.offline_period.wanted
    run.elapse(300)
    run.wait(8)
    asked = len(run.asked)
    run.returns(status("SuspendedEVSE"))
    assert run.phase() is Phase.CHECKING
    told = ["trigger MeterValues", "read AuthEnabledOffline,AuthEnabled"]
    assert run.asked[asked:] == told
    report = run.ends()
    assert run.outcome == ("proven",)
    assert report.facts.energy == 0
    assert report.facts.session is SessionAfter.SAME
    assert report.facts.status is Status.suspended_evse
    assert report.facts.settings_changed == ()
    assert report.facts.back_at
    assert report.facts.let_in_at
    assert (report.facts.back_at - report.facts.let_in_at).total_seconds() == 8
    assert run.state.charging.wish == WISH
    assert run.asked[-2:] == ["default 16 A", "transaction 7: 16 A"]


@pytest.mark.parametrize("watts", [22_000, 0])
def test_what_flowed_before_the_car_had_stopped_does_not_count(watts: float) -> None:
    """A reading may be some seconds old when it arrives, and a car takes some to stop."""
    run = on_trial()
    run.wait(2)
    run.hears(status("SuspendedEVSE"))
    for _ in range(2):
        run.wait(5)
        run.reads(1001.0, watts=watts)
        assert run.phase() is Phase.READING
    run.wait(5)
    run.run()
    run.wait(1)
    # 22 kW for 8 s.
    run.reads(1049.9)
    assert run.phase() is Phase.ALONE
    run.leaves()
    run.elapse(300)
    run.returns(status("SuspendedEVSE"))
    assert run.ends(1049.9).facts.energy == 0
    assert run.outcome == ("proven",)


def test_what_flowed_counts_also_if_it_has_stopped() -> None:
    run = waited_for()
    run.returns(status("SuspendedEVSE"))
    report = run.ends(1400.0)
    assert run.outcome == ("failed", "energy")
    assert report.facts.energy == 399
    assert run.state.offline_test.proof is report
    # It is told by the test.
    assert run.state.metering.unattended is None
    assert run.state.metering.unattended_energy == 0


def test_a_charger_that_charges_on_after_its_return_has_failed() -> None:
    run = waited_for()
    run.returns(status("Charging"))
    run.wait(10)
    run.reads(1401.0, watts=11_040)
    run.wait(21)
    run.run()
    run.wait(1)
    run.reads(1410.0, watts=11_040)
    assert run.outcome == ("failed", "energy", "limit")


def test_settings_that_were_changed_are_named_and_put_right() -> None:
    run = waited_for()
    run.box.settings["AuthEnabled"] = "true"
    asked = len(run.asked)
    run.returns(status("SuspendedEVSE"))
    report = run.ends()
    assert run.outcome == ("failed", "settings")
    assert report.facts.settings_changed == ("AuthEnabled",)
    assert "read all" in run.asked[asked:]


def test_another_session_without_an_unplugging_has_failed() -> None:
    run = waited_for()
    run.returns(start(1001, run.now), status("SuspendedEVSE"))
    run.ends()
    assert run.outcome == ("failed", "transaction")


def test_unplugged_and_plugged_in_again_it_is_proven_with_another_session() -> None:
    run = waited_for(replug=True)
    run.returns(start(1001, run.now), status("SuspendedEVSE"))
    report = run.ends()
    assert run.outcome == ("proven",)
    assert report.facts.session is SessionAfter.ANOTHER


def test_a_car_that_is_gone_leaves_it_open() -> None:
    run = waited_for()
    run.returns(status("Available"))
    run.ends()
    assert run.outcome == ("inconclusive", "car_gone")


def test_a_reboot_is_asked_for_before_it_is_left_alone() -> None:
    run = on_trial(reboot=True)
    run.policy = to("Reset", ACCEPTED)
    run.pauses()
    assert run.asked[-1] == "reset Soft"
    assert run.phase() is Phase.ALONE
    run.leaves()
    assert run.state.pending.back_by is None
    run.elapse(300)
    assert run.phase() is Phase.RETURNING
    run.policy = accepts_all
    run.returns(boot(), status("SuspendedEVSE"))
    report = run.ends()
    assert run.outcome == ("proven",)
    assert report.facts.booted
    assert report.facts.reset_accepted
    assert not run.state.link.overdue


@pytest.mark.parametrize("policy", [to("Reset", REJECTED), to("Reset", SILENT)])
def test_a_charger_that_does_not_reboot_is_to_be_switched_off(policy: Policy) -> None:
    run = on_trial(reboot=True)
    run.policy = policy
    run.pauses()
    assert run.phase() is Phase.ALONE
    assert run.state.pending.reset is None
    run.leaves()
    run.elapse(300)
    run.policy = accepts_all
    quiet = replace(run, state=run.state, steps=[], asked=[])
    quiet.returns(status("SuspendedEVSE"))
    quiet.wait(61)
    quiet.run()
    quiet.ends()
    assert quiet.outcome == ("inconclusive", "no_reboot")
    run.returns(boot(), status("SuspendedEVSE"))
    run.wait(61)
    run.run()
    run.ends()
    assert run.outcome == ("proven",)


def test_settings_are_compared_before_they_are_put_right() -> None:
    run = waited_for()
    run.box.settings["AuthEnabled"] = "true"
    asked = len(run.asked)
    run.returns(boot(), status("Available"))
    reads = [said for said in run.asked[asked:] if said.startswith("read")]
    assert reads[0] == "read AuthEnabledOffline,AuthEnabled"
    run.ends()
    assert run.outcome[:2] == ("failed", "settings")


# Before it is alone.


def test_a_charger_that_ignores_the_pause_has_failed_already() -> None:
    run = on_trial()
    for _ in range(40):
        if run.phase() is None:
            break
        run.wait(10)
        run.reads(1000.0 + run.now.timestamp() % 1, watts=3680)
    assert run.outcome == ("failed", "not_paused")
    assert run.state.charging.wish == WISH


def test_a_pause_that_is_not_taken_leaves_it_open() -> None:
    run = on_trial()
    run.state = changed(run.state, limit=Limit())
    run.wait(301)
    run.run()
    assert run.outcome == ("inconclusive", "pause_unclear")


def test_a_meter_that_says_nothing_leaves_it_open() -> None:
    run = on_trial()
    run.wait(2)
    run.hears(status("SuspendedEVSE"))
    run.wait(15)
    run.run()
    assert run.asked[-1] == "trigger MeterValues"
    run.wait(91)
    run.run()
    assert run.outcome == ("inconclusive", "no_reading")


def test_a_meter_that_says_nothing_afterwards_leaves_it_open() -> None:
    run = waited_for()
    run.returns(status("SuspendedEVSE"))
    run.wait(31)
    run.run()
    assert run.phase() is Phase.CHECKING
    run.wait(180)
    run.run()
    assert run.outcome == ("inconclusive", "no_reading")


def test_a_charger_that_sends_no_settings_leaves_it_open() -> None:
    run = waited_for()
    run.policy = to("GetConfiguration", REJECTED)
    run.returns(status("SuspendedEVSE"))
    run.ends()
    assert run.outcome == ("inconclusive", "settings_unknown")


def test_a_car_that_leaves_too_soon_breaks_it_off() -> None:
    run = on_trial()
    run.hears(status("Available"))
    assert run.outcome == ("broken_off", "unplugged")
    assert run.state.charging.wish == WISH


@pytest.mark.parametrize("paused", [False, True])
def test_a_connection_that_is_lost_too_soon_breaks_it_off(*, paused: bool) -> None:
    run = on_trial()
    if paused:
        run.hears(status("SuspendedEVSE"))
    run.leaves()
    assert run.outcome == ("broken_off", "connection_lost")
    assert run.state.charging.wish == WISH


def test_a_charger_that_does_not_come_back_is_given_up() -> None:
    run = waited_for()
    run.elapse(899)
    assert run.phase() is Phase.RETURNING
    run.elapse(1)
    assert run.outcome == ("broken_off", "not_back")
    assert run.state.charging.wish == WISH
    assert run.state.link.presence is Presence.AWAY


def test_a_charger_that_comes_and_goes_is_not_waited_for_for_ever() -> None:
    run = waited_for()
    for _ in range(40):
        if run.phase() is None:
            break
        run.returns(status("SuspendedEVSE"))
        run.wait(15)
        run.leaves()
        run.elapse(15)
    assert run.outcome == ("broken_off", "not_back")
    report = run.report
    assert report.ended
    assert report.facts.let_in_at
    minutes = (report.ended - report.facts.let_in_at).total_seconds() / 60
    assert minutes <= 16


# Whatever the owner wants, wins.


def test_the_owner_breaks_it_off() -> None:
    run = left_alone()
    state = offline_test.broken_off(run.state, Cause.OWNER, run.now)
    assert state.charging.wish == WISH
    assert not state.offline_test.shuts_out
    assert offline_test.broken_off(state, Cause.OWNER, run.now) is state


def test_another_wish_breaks_it_off_and_counts() -> None:
    run = left_alone()
    wish = Wish(charging=False, current_limit=10)
    state = limits.wished(offline_test.overruled(run.state, run.now), wish, run.now)
    assert state.charging.wish == wish
    assert state.offline_test.latest
    assert state.offline_test.latest.causes == ("wish",)


def test_it_never_looks_again_without_end() -> None:
    """Each moment that is due changes something, or the loop would turn for ever."""
    run = on_trial(reboot=True)
    run.policy = to("Reset", SILENT)
    for turn in range(2000):
        moment = notice.next_moment(run.state)
        step = next_step(run.state, run.now)
        assert not isinstance(step, Step), words(step.request)
        if moment is None or run.phase() is None:
            break
        before = run.state
        run.now = max(run.now, moment)
        run.state = notice.elapsed(run.state, run.now)
        run.run(run.policy)
        assert run.state is not before or moment > run.now, turn
        if turn == 3:
            run.leaves()
    assert run.phase() is None
