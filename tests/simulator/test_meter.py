"""Meter values."""

from dataclasses import replace
from typing import Any

from simulator.virtual_wallbox import COPPER_SB, FIRMWARES, Car, Personality

from .bench import FREE_KEYS, Bench

ALL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered,SoC,Frequency"


def charging(personality: Personality, sampled: str = ALL) -> Bench:
    bench = Bench(personality)
    bench.run(1)
    bench.configure(**FREE_KEYS, MeterValuesSampledData=sampled)
    bench.charger.plug(Car(max_amps=10))
    bench.run(60)
    return bench


def last(bench: Bench) -> dict[tuple[str, str], str]:
    values: list[dict[str, Any]] = bench.sent("MeterValues")[-1].payload["meterValue"][
        0
    ]["sampledValue"]
    return {(v["measurand"], v.get("phase", "")): v["value"] for v in values}


def test_a_sample_has_the_real_shape() -> None:
    bench = charging(FIRMWARES["6.7.38"])
    payload = bench.sent("MeterValues")[-1].payload
    assert list(payload) == ["meterValue", "connectorId", "transactionId"]
    values = last(bench)
    assert values["Power.Active.Import", ""] == "6900"
    assert values["Current.Import", "L3"] == "10.0"
    assert values["Voltage", "L1-N"] == "230"
    assert values["Current.Offered", ""] == "32"
    assert float(values["Energy.Active.Import.Register", ""]) > 532218.4
    assert ("SoC", "") not in values


def test_the_register_counts_what_flows() -> None:
    bench = charging(FIRMWARES["6.7.38"])
    before = bench.charger.energy_wh
    bench.run(3600)
    assert abs(bench.charger.energy_wh - before - 6900) < 0.1


def test_a_single_phase_car_loads_one_phase() -> None:
    bench = Bench()
    bench.run(1)
    bench.configure(**FREE_KEYS)
    bench.charger.plug(Car(phases=1, max_amps=32))
    bench.run(10)
    assert bench.charger.current_per_phase == (32, 0, 0)


def test_6_4_14_shows_two_phases() -> None:
    values = last(charging(FIRMWARES["6.4.14"]))
    assert ("Current.Import", "L2") in values
    assert ("Current.Import", "L3") not in values


def test_5_17_87_sends_energy_only_and_lies_about_what_it_offers() -> None:
    bench = Bench(FIRMWARES["5.17.87"])
    bench.run(1)
    assert (
        bench.charger.keys["MeterValuesSampledData"] == "Energy.Active.Import.Register"
    )
    bench = charging(FIRMWARES["5.17.87"])
    bench.limit(0)
    bench.run(20)
    assert last(bench)["Current.Offered", ""] == "11"
    assert last(bench)["Current.Import", "L1"] == "0.0"


def test_copper_sb_has_no_power() -> None:
    personality = replace(COPPER_SB, call_gap=0.0)
    assert last(charging(personality))["Power.Active.Import", ""] == "0"


def test_some_never_send_any() -> None:
    bench = charging(replace(FIRMWARES["6.7.38"], sends_meter_values=False))
    assert not bench.sent("MeterValues")


def test_idle_values_come_on_request_and_by_the_clock() -> None:
    bench = Bench()
    bench.run(1)
    bench.run(300)
    assert not bench.sent("MeterValues")
    bench.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    bench.run(1)
    (triggered,) = bench.sent("MeterValues")
    assert "transactionId" not in triggered.payload
    bench.configure(ClockAlignedDataInterval="900")
    bench.run(1800)
    aligned = bench.sent("MeterValues")[1:]
    stamps = [frame.payload["meterValue"][0]["timestamp"] for frame in aligned]
    assert all(
        stamp[14:] in {"00:00Z", "15:00Z", "30:00Z", "45:00Z"} for stamp in stamps
    )
    assert len(stamps) >= 2
