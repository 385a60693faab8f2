"""Sessions online and offline: what is sent, in which order, and how often."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.virtual_wallbox import FIRMWARES, AfterPowerCycle, Car, Direction

from .bench import FREE_KEYS, Bench, Payload, Refusal, Silence

BASE = FIRMWARES["6.7.38"]


def free(limit: float | None = None, **changes: Any) -> Bench:
    bench = Bench(replace(BASE, **changes))
    bench.run(1)
    if limit is not None:
        assert bench.limit(limit) == "Accepted"
    bench.configure(**FREE_KEYS)
    return bench


def test_free_mode_opens_at_plug_in_with_its_own_tag_and_without_authorize() -> None:
    bench = free()
    bench.charger.plug()
    bench.run(10)
    assert not bench.sent("Authorize")
    (start,) = bench.sent("StartTransaction")
    assert start.payload["idTag"] == "NoAuthorization"
    assert start.payload["meterStart"] == 532218
    assert bench.statuses() == ["Available", "Preparing", "Charging"]


def test_energy_flows_before_the_server_has_answered() -> None:
    bench = free()
    bench.answers["StartTransaction"] = silent
    bench.charger.plug()
    bench.run(5)
    assert bench.charger.current_drawn == 16


def test_energy_may_also_wait_for_the_answer() -> None:
    bench = free(waits_for_start_conf=True)
    bench.answers["StartTransaction"] = silent
    bench.charger.plug()
    bench.run(5)
    assert bench.charger.current_drawn == 0


def test_only_a_default_profile_is_early_enough() -> None:
    bench = free(0)
    plugged_at = bench.charger.now
    bench.charger.plug()
    bench.run(60)
    assert bench.charger.drew_current_since(plugged_at) == 0
    assert bench.statuses()[-1] == "SuspendedEVSE"


@pytest.mark.parametrize(("limit", "amps"), [(None, 16), (0, 0), (10, 10)])
def test_switching_to_free_with_a_car_plugged_in_starts_at_once(
    limit: float | None, amps: float
) -> None:
    bench = Bench(BASE)
    bench.run(1)
    if limit is not None:
        bench.limit(limit)
    bench.charger.plug()
    bench.run(10)
    bench.configure(AuthEnabled="false")
    assert bench.charger.current_drawn == amps
    assert bench.charger.transaction is not None


def test_free_mode_does_not_start_again_after_a_remote_stop() -> None:
    bench = free()
    bench.charger.plug()
    bench.run(10)
    stop = bench.call("RemoteStopTransaction", {"transactionId": 1007})
    assert stop == {"status": "Accepted"}
    bench.run(600)
    assert bench.charger.status == "Finishing"
    bench.charger.unplug()
    bench.charger.plug()
    bench.run(10)
    assert bench.charger.status == "Charging"


def test_a_slow_car_is_reported_before_the_transaction() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.charger.plug(Car(wakes_after=4.3))
    bench.run(5)
    asked_at = bench.charger.now
    bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    bench.run(10)
    relevant = {"StatusNotification", "StartTransaction"}
    calls = [
        f
        for f in bench.wire.calls(Direction.SENT)
        if f.action in relevant and f.time >= asked_at
    ]
    assert [(f.payload.get("status"), round(f.time - asked_at, 1)) for f in calls] == [
        ("SuspendedEV", 1.7),
        (None, 1.7),
        ("Charging", 6.0),
    ]


def test_an_unplug_ends_the_session_and_reports_finishing_first() -> None:
    bench = free(16)
    bench.charger.plug()
    bench.run(3600)
    bench.charger.unplug()
    bench.run(5)
    (stop,) = bench.sent("StopTransaction")
    assert stop.payload["reason"] == "EVDisconnected"
    assert stop.payload["idTag"] == ""
    assert stop.payload["transactionData"] == []
    assert stop.payload["meterStop"] - 532218 == pytest.approx(16 * 3 * 230, rel=0.01)
    assert bench.statuses()[-2:] == ["Finishing", "Available"]


def test_a_full_car_suspends_and_the_session_stays_open() -> None:
    bench = free(16)
    bench.charger.plug(Car(wants_wh=1104))
    bench.run(600)
    assert bench.charger.status == "SuspendedEV"
    assert bench.charger.transaction is not None
    started, full = bench.charger.current_history[-2:]
    assert full[0] - started[0] == pytest.approx(360)


def test_offline_messages_are_replayed_in_order_with_true_times_and_new_ids() -> None:
    bench = free(0)
    bench.charger.plug()
    bench.run(10)
    bench.cut()
    bench.run(100)
    bench.charger.unplug()
    bench.run(100)
    bench.charger.plug()
    bench.run(400)
    seen = len(bench.wire.frames)
    bench.restore()
    bench.run(60)
    replayed = [frame for frame in bench.wire.frames[seen:] if frame.kind == 2]
    actions = [frame.action for frame in replayed if frame.action != "MeterValues"]
    assert actions[:4] == [
        "StatusNotification",
        "StatusNotification",
        "StopTransaction",
        "StartTransaction",
    ]
    assert "BootNotification" not in actions
    stop = next(f for f in replayed if f.action == "StopTransaction").payload
    start = next(f for f in replayed if f.action == "StartTransaction").payload
    assert (stop["transactionId"], stop["timestamp"]) == (1007, "2026-09-01T10:01:51Z")
    assert start["timestamp"] == "2026-09-01T10:03:32Z"
    meter = [f.payload for f in replayed if f.action == "MeterValues"]
    assert {values["transactionId"] for values in meter} == {1007, 1008}
    assert meter[0]["meterValue"][0]["timestamp"] < stop["timestamp"]


def test_meter_values_can_be_skipped_while_offline() -> None:
    bench = free(0)
    bench.configure(MeterValuesSkipWhenOffline="true")
    bench.charger.plug()
    bench.run(10)
    bench.cut()
    bench.run(400)
    sent = len(bench.sent("MeterValues"))
    bench.restore()
    bench.run(1)
    assert len(bench.sent("MeterValues")) == sent


def refuse(_: Payload) -> Payload:
    raise Refusal


def silent(_: Payload) -> Payload:
    raise Silence


def test_an_unanswered_start_is_repeated_with_a_new_id_and_the_same_payload() -> None:
    bench = free(0)
    answer = bench.answers["StartTransaction"]
    bench.answers["StartTransaction"] = silent
    bench.charger.plug()
    bench.run(200)
    bench.answers["StartTransaction"] = answer
    bench.run(200)
    starts = bench.sent("StartTransaction")
    assert len(starts) == 4
    assert len({start.id for start in starts}) == 4
    assert all(start.payload == starts[0].payload for start in starts)
    assert bench.charger.transaction is not None
    assert bench.charger.transaction.id == 1007


def test_an_answer_lost_with_the_link_makes_it_start_again() -> None:
    bench = free(0)
    answer = bench.answers["StartTransaction"]
    bench.answers["StartTransaction"] = silent
    bench.charger.plug()
    bench.run(5)
    bench.answers["StartTransaction"] = answer
    bench.cut()
    bench.restore()
    bench.run(5)
    first, second = bench.sent("StartTransaction")
    assert first.payload == second.payload
    assert first.id != second.id


def test_a_start_is_given_up_after_so_many_errors() -> None:
    bench = free(0)
    bench.answers["StartTransaction"] = refuse
    bench.charger.plug()
    bench.run(600)
    starts = bench.sent("StartTransaction")
    # The wait between attempts grows: 60 s, then 120 s.
    assert [round(s.time - starts[0].time) for s in starts] == [0, 60, 180]
    assert bench.charger.transaction is not None
    assert bench.sent("MeterValues")[-1].payload["transactionId"] == 0
    bench.charger.unplug()
    bench.run(5)
    assert bench.sent("StopTransaction")[0].payload["transactionId"] == 0


def test_what_follows_a_failing_start_waits_behind_it() -> None:
    bench = free(0)
    answer = bench.answers["StartTransaction"]
    bench.answers["StartTransaction"] = refuse
    bench.charger.plug()
    bench.run(20)
    bench.charger.unplug()
    bench.run(60)
    bench.answers["StartTransaction"] = answer
    bench.run(300)
    related = {"StartTransaction", "MeterValues", "StopTransaction"}
    calls = [f for f in bench.wire.calls(Direction.SENT) if f.action in related]
    assert [call.action for call in calls] == [
        "StartTransaction",
        "StartTransaction",
        "StartTransaction",
        "MeterValues",
        "StopTransaction",
    ]
    assert calls[-1].payload["transactionId"] == 1007


def test_a_reconnect_ends_the_wait_for_the_next_attempt() -> None:
    bench = free(0)
    bench.answers["StartTransaction"] = refuse
    bench.charger.plug()
    bench.run(10)
    bench.cut()
    bench.run(5)
    bench.restore()
    bench.run(5)
    assert len(bench.sent("StartTransaction")) == 2


@pytest.mark.parametrize("ends", [True, False])
def test_free_mode_may_serve_a_car_that_waits_for_a_replug(ends: bool) -> None:
    bench = Bench(replace(BASE, free_mode_ends_finishing=ends))
    bench.run(1)
    bench.charger.plug()
    bench.call("RemoteStartTransaction", {"idTag": "HA"})
    bench.run(5)
    bench.call("RemoteStopTransaction", {"transactionId": 1007})
    bench.configure(**FREE_KEYS)
    bench.run(5)
    assert bench.charger.current_drawn == (16 if ends else 0)


def test_free_mode_does_not_start_again_when_it_becomes_operative() -> None:
    bench = free(16)
    bench.charger.plug()
    bench.run(5)
    bench.call("RemoteStopTransaction", {"transactionId": 1007})
    bench.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
    bench.run(5)
    assert bench.charger.status == "Finishing"


def test_a_refused_free_session_goes_on_and_cannot_be_controlled() -> None:
    bench = free(16)
    bench.answers["StartTransaction"] = lambda _: {
        "transactionId": 0,
        "idTagInfo": {"status": "Invalid"},
    }
    bench.charger.plug()
    bench.run(30)
    assert bench.charger.current_drawn == 16
    assert bench.call("RemoteStopTransaction", {"transactionId": 0}) == {
        "status": "Rejected"
    }


def test_a_refused_locked_session_ends() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.answers["StartTransaction"] = lambda _: {
        "transactionId": 5,
        "idTagInfo": {"status": "Invalid"},
    }
    bench.charger.plug()
    bench.run(3)
    bench.call("RemoteStartTransaction", {"idTag": "stranger"})
    bench.run(5)
    assert bench.sent("StopTransaction")[0].payload["reason"] == "DeAuthorized"


def test_a_tap_asks_the_server_and_a_second_tap_stops() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.charger.plug()
    bench.charger.tap("04A1B2C3")
    bench.run(5)
    assert bench.sent("Authorize")[0].payload == {"idTag": "04A1B2C3"}
    assert bench.charger.status == "Charging"
    bench.charger.tap("04A1B2C3")
    bench.run(5)
    stop = bench.sent("StopTransaction")[0].payload
    assert (stop["idTag"], stop["reason"]) == ("04A1B2C3", "Local")


def test_a_listed_tag_starts_without_authorize() -> None:
    bench = Bench(BASE)
    bench.run(1)
    entry = {"idTag": "04A1B2C3", "idTagInfo": {"status": "Accepted"}}
    answer = bench.call(
        "SendLocalList",
        {"listVersion": 3, "updateType": "Full", "localAuthorizationList": [entry]},
    )
    assert answer == {"status": "Accepted"}
    assert bench.call("GetLocalListVersion") == {"listVersion": 3}
    bench.charger.tap("04A1B2C3")
    bench.charger.plug()
    bench.run(5)
    assert not bench.sent("Authorize")
    assert bench.charger.status == "Charging"


@pytest.mark.parametrize("allowed", [True, False])
def test_an_unknown_tag_offline_depends_on_its_key(allowed: bool) -> None:
    bench = Bench(BASE)
    bench.run(1)
    text = str(allowed).lower()
    bench.configure(AllowOfflineTxForUnknownId=text, LocalPreAuthorize="false")
    bench.cut()
    bench.run(60)
    bench.charger.plug()
    bench.charger.tap("DEADBEEF")
    bench.run(5)
    assert (bench.charger.transaction is not None) is allowed


def test_permission_without_a_car_expires() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.call("RemoteStartTransaction", {"idTag": "HA"})
    assert bench.charger.status == "Preparing"
    again = bench.call("RemoteStartTransaction", {"idTag": "HA"})
    assert again == {"status": "Rejected"}
    bench.run(121)
    assert bench.charger.status == "Available"


def test_a_resumed_transaction_keeps_its_id_over_a_power_cycle() -> None:
    bench = free(13, after_power_cycle=AfterPowerCycle.RESUMES)
    bench.charger.plug()
    bench.run(60)
    bench.charger.power_off()
    assert bench.charger.current_drawn == 0
    bench.charger.power_on()
    bench.run(120)
    assert len(bench.sent("StartTransaction")) == 1
    assert bench.charger.transaction is not None
    assert bench.charger.transaction.id == 1007
    assert bench.charger.current_drawn == 13


def test_a_transaction_unplugged_without_power_is_closed_after_the_boot() -> None:
    bench = free(0, after_power_cycle=AfterPowerCycle.RESUMES)
    bench.charger.plug()
    bench.run(60)
    bench.charger.power_off()
    bench.charger.unplug()
    bench.charger.power_on()
    bench.run(120)
    assert bench.sent("StopTransaction")[0].payload["reason"] == "EVDisconnected"
    assert bench.charger.status == "Available"


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_a_reset_stops_the_session_then_boots(kind: str) -> None:
    bench = free(16)
    bench.charger.plug()
    bench.run(60)
    assert bench.call("Reset", {"type": kind}) == {"status": "Accepted"}
    bench.run(5)
    assert bench.sent("StopTransaction")[0].payload["reason"] == f"{kind}Reset"
    assert not bench.charger.link_up
    assert bench.charger.booting
    bench.run(90)
    assert len(bench.sent("BootNotification")) == 2
