"""Charging profiles: what is accepted, and what they add up to."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.virtual_wallbox import FIRMWARES, Car

from .bench import FREE_KEYS, Bench

BASE = replace(FIRMWARES["6.7.38"], ignores_absolute=False, max_profile_has_effect=True)
TRANSACTION = {"connector": 1, "chargingProfilePurpose": "TxProfile"}
MAXIMUM = {"connector": 0, "chargingProfilePurpose": "ChargePointMaxProfile"}


def charging(**changes: Any) -> Bench:
    """A car that takes 32 A, in an open session with id 1007."""
    bench = Bench(replace(BASE, **changes))
    bench.run(1)
    bench.configure(**FREE_KEYS)
    bench.charger.plug(Car(max_amps=32))
    bench.run(10)
    assert bench.charger.current_drawn == 32
    return bench


def test_zero_pauses_and_more_resumes_while_the_session_stays_open() -> None:
    bench = charging()
    bench.limit(0)
    assert (bench.charger.status, bench.charger.current_drawn) == ("SuspendedEVSE", 0)
    bench.limit(16)
    assert (bench.charger.status, bench.charger.current_drawn) == ("Charging", 16)
    assert bench.statuses()[-2:] == ["SuspendedEVSE", "Charging"]
    assert not bench.sent("StopTransaction")


def test_a_session_profile_overrules_the_default_and_dies_with_the_session() -> None:
    bench = charging()
    bench.limit(0)
    assert bench.limit(20, chargingProfileId=2, transactionId=1007, **TRANSACTION) == (
        "Accepted"
    )
    assert bench.charger.current_drawn == 20
    bench.charger.unplug()
    bench.charger.plug(Car())
    bench.run(10)
    assert bench.charger.current_drawn == 0
    assert [profile.purpose for profile in bench.charger.profiles] == [
        "TxDefaultProfile"
    ]


@pytest.mark.parametrize(
    ("transaction_id", "status"),
    [(1007, "Accepted"), (1008, "Rejected"), (0, "Rejected")],
)
def test_a_session_profile_needs_the_right_session(
    transaction_id: int, status: str
) -> None:
    bench = charging()
    assert bench.limit(6, transactionId=transaction_id, **TRANSACTION) == status


def test_a_session_profile_without_a_session_is_rejected() -> None:
    bench = Bench(BASE)
    bench.run(1)
    assert bench.limit(6, **TRANSACTION) == "Rejected"


def test_the_maximum_caps_everything() -> None:
    bench = charging()
    bench.limit(20)
    bench.limit(10, chargingProfileId=2, **MAXIMUM)
    assert bench.charger.current_drawn == 10
    bench.limit(25, chargingProfileId=2, **MAXIMUM)
    assert bench.charger.current_drawn == 20


def test_the_maximum_has_no_effect_on_6_7_38() -> None:
    bench = charging(max_profile_has_effect=False)
    assert bench.limit(10, **MAXIMUM) == "Accepted"
    assert bench.charger.current_drawn == 32


def test_the_highest_stack_level_wins() -> None:
    bench = charging()
    bench.limit(20, chargingProfileId=2, stackLevel=1)
    bench.limit(10)
    assert bench.charger.current_drawn == 20
    bench.call("ClearChargingProfile", {"id": 2})
    assert bench.charger.current_drawn == 10
    assert bench.call("ClearChargingProfile", {"id": 2}) == {"status": "Unknown"}


def test_a_relative_duration_counts_from_the_start_of_the_session() -> None:
    bench = charging()
    bench.limit(8)
    started = bench.charger.transaction
    assert started is not None
    bench.limit(20, chargingProfileId=2, schedule={"duration": 60}, **TRANSACTION)
    assert bench.charger.current_drawn == 20
    bench.run(120)
    dropped_at, amps = bench.charger.current_history[-1]
    assert dropped_at - started.started == pytest.approx(60, abs=0.01)
    assert amps == 8


def test_a_lease_is_absolute_and_ends_by_itself() -> None:
    bench = charging()
    bench.limit(0)
    bench.run(100)
    start = bench.charger.utc.isoformat()
    bench.limit(
        20,
        chargingProfileId=2,
        chargingProfileKind="Absolute",
        schedule={"duration": 60, "startSchedule": start},
        **TRANSACTION,
    )
    leased_at = bench.charger.now
    assert bench.charger.current_drawn == 20
    bench.cut()
    bench.run(600)
    ended_at, amps = bench.charger.current_history[-1]
    assert ended_at - leased_at == pytest.approx(60, abs=1)
    assert amps == 0


def test_periods_follow_one_another() -> None:
    bench = charging()
    periods = [{"startPeriod": 0, "limit": 10}, {"startPeriod": 60, "limit": 20}]
    bench.limit(0, schedule={"chargingSchedulePeriod": periods})
    assert bench.charger.current_drawn == 10
    bench.run(60)
    assert bench.charger.current_drawn == 20
    answer = bench.call("GetCompositeSchedule", {"connectorId": 1, "duration": 600})
    assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 20}
    ]


def test_a_daily_profile_comes_back() -> None:
    bench = charging()
    bench.limit(
        6,
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        schedule={"duration": 3600, "startSchedule": "2026-08-01T11:00:00Z"},
    )
    assert bench.charger.current_drawn == 32
    bench.run(3600)
    assert bench.charger.current_drawn == 6
    bench.run(3600)
    assert bench.charger.current_drawn == 32
    bench.run(23 * 3600)
    assert bench.charger.current_drawn == 6


@pytest.mark.parametrize(
    ("limit", "amps"), [(8.8, 32), (8.0, 8), (5, 0), (1, 0), (6, 6), (50, 32)]
)
def test_what_a_limit_becomes(limit: float, amps: float) -> None:
    bench = charging()
    bench.limit(limit)
    assert bench.charger.current_drawn == amps
    assert bench.charger.offered_amps == amps
    assert bench.charger.status == ("Charging" if amps else "SuspendedEVSE")


def test_fractions_may_also_be_fine() -> None:
    bench = charging(fractions_jump_to_max=False)
    bench.limit(8.8)
    assert bench.charger.current_drawn == 8.8


def test_watts_are_rejected() -> None:
    bench = charging()
    schedule = {"chargingRateUnit": "W"}
    assert bench.limit(0, schedule=schedule) == "Rejected"


def test_the_installer_limit_caps_everything() -> None:
    bench = charging()
    bench.configure(chargingALimitConn1="9")
    bench.limit(20)
    assert bench.charger.current_drawn == 9


def test_accepted_does_not_mean_honoured() -> None:
    bench = charging(ignores_limits=True)
    assert bench.limit(0) == "Accepted"
    assert bench.charger.current_drawn == 32


def test_absolute_may_be_ignored() -> None:
    bench = charging(ignores_absolute=True)
    assert bench.limit(0, chargingProfileKind="Absolute") == "Accepted"
    assert bench.charger.current_drawn == 32


def test_five_takes_one_profile_at_stack_level_zero() -> None:
    bench = Bench(FIRMWARES["5.17.87"])
    bench.run(1)
    assert bench.limit(0, stackLevel=1) == "Rejected"
    assert bench.limit(0) == "Accepted"
    assert bench.limit(10, chargingProfileId=2, connector=1) == "Rejected"
    assert bench.limit(10) == "Accepted"
    assert len(bench.charger.profiles) == 1


def test_a_full_store_may_also_replace() -> None:
    bench = Bench(replace(FIRMWARES["5.17.87"], full_store_replaces=True))
    bench.run(1)
    bench.limit(0)
    assert bench.limit(10, chargingProfileId=2, connector=1) == "Accepted"
    assert [profile.id for profile in bench.charger.profiles] == [2]


def test_a_stack_level_above_the_highest_is_rejected() -> None:
    bench = charging()
    assert bench.limit(0, stackLevel=3) == "Accepted"
    assert bench.limit(0, stackLevel=4) == "Rejected"


def test_optional_fields_may_fail_validation() -> None:
    bench = charging(rejects_optional_profile_fields=True)
    answer = bench.call(
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 6, "numberPhases": 3}
                    ],
                },
            },
        },
    )
    assert answer["errorCode"] == "ProtocolError"


def test_a_pause_or_an_absolute_profile_may_be_rejected_above_stack_level_zero() -> (
    None
):
    bench = charging(rejects_stacked_pause=True)
    assert bench.limit(0, stackLevel=1) == "Rejected"
    assert bench.limit(6, stackLevel=1) == "Accepted"
    bench = charging(rejects_stacked_absolute=True)
    assert bench.limit(6, stackLevel=1, chargingProfileKind="Absolute") == "Rejected"
    assert bench.limit(6, stackLevel=1) == "Accepted"
    assert bench.limit(0, chargingProfileKind="Absolute") == "Accepted"


def test_stack_level_zero_may_be_ignored() -> None:
    bench = charging(ignores_stack_zero=True)
    assert bench.limit(6) == "Accepted"
    assert bench.charger.current_drawn == 32
    bench.limit(6, stackLevel=1)
    assert bench.charger.current_drawn == 6


def test_the_same_limit_twice_may_become_another_one() -> None:
    bench = charging(same_limit_twice_amps=16.0)
    bench.limit(10)
    assert bench.charger.current_drawn == 10
    bench.limit(10)
    assert bench.charger.current_drawn == 16
    bench.call("ClearChargingProfile", {"chargingProfilePurpose": "TxDefaultProfile"})
    bench.limit(10)
    assert bench.charger.current_drawn == 10


def test_there_may_be_a_ceiling_that_no_key_tells() -> None:
    bench = Bench(replace(BASE, highest_limit=18.0))
    bench.run(1)
    bench.configure(**FREE_KEYS)
    bench.charger.plug(Car(max_amps=32))
    bench.run(10)
    bench.limit(19)
    assert bench.charger.current_drawn == 18
    bench.limit(10)
    assert bench.charger.current_drawn == 10


def test_eco_smart_overrules_every_limit_until_it_is_turned_off() -> None:
    bench = charging()
    bench.limit(0)
    bench.charger.eco_smart()
    assert bench.charger.current_drawn == 32
    assert bench.limit(6) == "Accepted"
    assert bench.charger.current_drawn == 32
    bench.charger.eco_smart(on=False)
    assert bench.charger.current_drawn == 6
