"""The quirks of the firmwares, and the switches that make others."""

from dataclasses import replace
import json

import pytest

from simulator.virtual_wallbox import COPPER_SB, FIRMWARES

from .bench import Bench, Payload, Silence


def silent(_: Payload) -> Payload:
    raise Silence


def test_a_reconnect_is_not_a_boot() -> None:
    for personality in FIRMWARES.values():
        bench = Bench(personality)
        bench.run(5)
        boots = len(bench.sent("BootNotification"))
        bench.cut()
        bench.run(60)
        bench.restore()
        seen = len(bench.wire.frames)
        bench.run(5)
        assert len(bench.sent("BootNotification")) == boots
        connectors = [
            frame.payload["connectorId"]
            for frame in bench.wire.frames[seen:]
            if frame.action == "StatusNotification" and frame.kind == 2
        ]
        assert connectors == [0, 1]


def test_a_charger_that_runs_already_does_not_boot() -> None:
    bench = Bench(already_running=True)
    bench.run(5)
    assert not bench.sent("BootNotification")
    assert len(bench.sent("StatusNotification")) == 2


def test_6_11_16_boots_only_when_triggered() -> None:
    bench = Bench(FIRMWARES["6.11.16"])
    bench.run(5)
    assert not bench.sent("BootNotification")
    assert [f.payload["connectorId"] for f in bench.sent("StatusNotification")] == [
        0,
        1,
    ]
    answer = bench.call("TriggerMessage", {"requestedMessage": "BootNotification"})
    assert answer == {"status": "Accepted"}
    bench.run(1)
    assert bench.sent("BootNotification")[0].payload["firmwareVersion"] == "6.11.16"


def test_6_6_12_boots_over_when_called_too_early() -> None:
    bench = Bench(FIRMWARES["6.6.12"])
    answer = bench.answers["BootNotification"]
    bench.answers["BootNotification"] = silent
    bench.run(1)
    bench.charger.received(json.dumps([2, "1", "GetConfiguration", {}]))
    bench.run()
    assert bench.drops == 1
    bench.answers["BootNotification"] = answer
    bench.run(10)
    assert len(bench.sent("BootNotification")) == 2
    assert "configurationKey" in bench.call("GetConfiguration")
    assert bench.drops == 1


def test_6_4_14_takes_an_early_call() -> None:
    bench = Bench(FIRMWARES["6.4.14"])
    bench.answers["BootNotification"] = silent
    bench.run(1)
    assert "configurationKey" in bench.call("GetConfiguration")


def test_6_7_38_leaves_a_quiet_server_and_others_stay() -> None:
    for version, drops in (("6.7.38", 1), ("6.6.12", 0)):
        bench = Bench(FIRMWARES[version])
        bench.pings = False
        bench.run(45)
        assert bench.drops == drops


def test_a_link_that_has_died_silently_is_noticed_by_its_own_ping() -> None:
    bench = Bench(FIRMWARES["6.6.12"])
    bench.pings = False
    bench.charger.configuration.assign("HeartbeatInterval", "0")
    bench.run(59)
    assert bench.drops == 0
    bench.run(2)
    assert bench.drops == 1


def test_6_7_38_stays_while_it_is_pinged() -> None:
    bench = Bench(FIRMWARES["6.7.38"])
    bench.run(3600)
    assert bench.drops == 0


def test_copper_sb_drops_the_socket_on_a_burst() -> None:
    bench = Bench(COPPER_SB)
    bench.run(5)
    bench.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    bench.run(0.5)
    bench.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert bench.drops == 0
    bench.charger.received(json.dumps([2, "burst", "GetConfiguration", {}]))
    bench.run()
    assert bench.drops == 1


def test_a_second_call_before_the_answer_drops_the_socket() -> None:
    personality = replace(
        FIRMWARES["6.7.38"], drops_on_concurrent_calls=True, slow_configuration=True
    )
    bench = Bench(personality)
    bench.run(5)
    bench.charger.received(json.dumps([2, "1", "GetConfiguration", {}]))
    bench.run(1)
    bench.charger.received(json.dumps([2, "2", "ClearCache", {}]))
    bench.run()
    assert bench.drops == 1


def test_a_slow_charger_takes_its_time() -> None:
    personality = replace(
        FIRMWARES["6.7.38"], slow_configuration=True, slow_meter_trigger=True
    )
    bench = Bench(personality, reply_delay=(0.01, 0.05))
    bench.run(5)
    for action, payload, seconds in (
        ("GetConfiguration", {}, 3.5),
        ("TriggerMessage", {"requestedMessage": "MeterValues"}, 7.5),
        ("ClearCache", {}, 0.0),
    ):
        bench.call(action, payload)
        (call,) = [f for f in bench.wire.frames if f.kind == 2 and f.action == action]
        reply = bench.wire.reply_to(call)
        assert reply is not None
        assert seconds + 0.01 <= reply.time - call.time <= seconds + 0.05


@pytest.mark.parametrize(
    ("switch", "status"), [(True, "Accepted"), (False, "Rejected")]
)
def test_resets_can_be_refused(switch: bool, status: str) -> None:
    personality = replace(
        FIRMWARES["6.7.38"], accepts_soft_reset=switch, accepts_hard_reset=not switch
    )
    bench = Bench(personality)
    bench.run(5)
    assert bench.call("Reset", {"type": "Soft"}) == {"status": status}


def test_ids_begin_again_after_a_boot() -> None:
    bench = Bench(boot_seconds=10)
    bench.run(5)
    bench.charger.power_off()
    bench.charger.power_on()
    bench.run(60)
    first, second = bench.sent("BootNotification")
    assert first.id == second.id
    assert first.id.isdigit()


def test_an_unaccepted_boot_is_repeated_and_holds_everything_back() -> None:
    bench = Bench()
    answer = bench.answers["BootNotification"]
    bench.answers["BootNotification"] = lambda _: {
        "status": "Pending",
        "currentTime": "2026-09-01T10:00:00Z",
        "interval": 20,
    }
    bench.run(50)
    assert [round(boot.time) for boot in bench.sent("BootNotification")] == [0, 20, 40]
    assert not bench.sent("StatusNotification")
    bench.answers["BootNotification"] = answer
    bench.run(30)
    assert len(bench.sent("StatusNotification")) == 2


def test_a_charger_can_report_all_it_went_through() -> None:
    bench = Bench(replace(FIRMWARES["6.7.38"], replays_status_history=True))
    bench.run(5)
    bench.cut()
    bench.charger.plug()
    bench.run(1)
    bench.charger.unplug()
    bench.run(1)
    bench.restore()
    bench.run(10)
    assert bench.statuses() == ["Available", "Preparing", "Available"]


def test_a_wrong_clock_stays_wrong() -> None:
    bench = Bench(replace(FIRMWARES["6.7.38"], clock_error=3000))
    bench.run(5)
    assert bench.sent("StatusNotification")[0].payload["timestamp"] == (
        "2026-09-01T10:50:00Z"
    )


def test_extra_fields_are_added_to_calls() -> None:
    bench = Bench(replace(FIRMWARES["6.7.38"], extra_fields=True))
    bench.run(5)
    assert "internalState" in bench.sent("BootNotification")[0].payload


def test_the_boot_of_each_row_is_complete() -> None:
    for version, personality in FIRMWARES.items():
        bench = Bench(personality)
        bench.run(5)
        bench.call("TriggerMessage", {"requestedMessage": "BootNotification"})
        bench.run(1)
        boot = bench.sent("BootNotification")[0].payload
        assert boot["chargePointVendor"] == "Wall Box Chargers"
        assert boot["firmwareVersion"] == version
        assert boot["chargePointSerialNumber"] == boot["chargeBoxSerialNumber"]
        assert boot["iccid"] == boot["imsi"] == boot["meterSerialNumber"] == ""
