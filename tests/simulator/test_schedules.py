"""How chargers live with a plan of several periods (docs/chargers.md §8.5)."""

from typing import Any

import pytest

from simulator.virtual_wallbox import Car, VirtualWallbox, with_quirks

from .bench import FREE_KEYS, Bench
from .central_system import CentralSystem
from .plans import DEFAULT, FOLLOWS, profile

WATTS_PER_AMP = 3 * 230


def begun(*quirks: str, default: bool = True, **options: Any) -> Bench:
    """One whose session, number 1007, began a second ago; a limit of 0 A lies below."""
    personality = with_quirks(FOLLOWS, *quirks)
    bench = Bench(personality, boot_seconds=10, **options)
    bench.run(1)
    if default:
        assert put(bench, DEFAULT) == "Accepted"
    bench.configure(**FREE_KEYS)
    bench.charger.plug(Car(max_amps=32))
    bench.run(10)
    return bench


def put(bench: Bench, data: dict[str, Any], connector: int = 1) -> str:
    payload = {"connectorId": connector, "csChargingProfiles": data}
    answer = bench.call("SetChargingProfile", payload)
    return str(answer.get("status", answer.get("errorCode")))


def now_and_on(bench: Bench, **more: Any) -> dict[str, Any]:
    """Return the plan, begun now by the charger's clock."""
    start = bench.charger.utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return profile(schedule={"startSchedule": start}, transactionId=1007, **more)


@pytest.mark.parametrize("offline", [False, True])
def test_power_and_energy_follow_the_plan(offline: bool) -> None:
    bench = begun()
    assert put(bench, now_and_on(bench)) == "Accepted"
    before, start = bench.charger.energy_wh, bench.charger.now
    if offline:
        bench.cut()
    bench.run(20)
    assert (bench.charger.allowed_amps, bench.charger.power) == (0, 0)
    bench.run(20)
    assert bench.charger.power == 10 * WATTS_PER_AMP
    bench.run(600)
    assert bench.charger.current_drawn == 0
    amp_hours = (15 * 16 + 15 * 10) / 3600
    # The plan begins at a whole second, so up to one of it is over.
    assert start % 1 == 0
    assert bench.charger.energy_wh - before == pytest.approx(
        amp_hours * WATTS_PER_AMP, abs=1e-6
    )
    assert bench.charger.drawn_at(start + 29.999) == 0
    assert bench.charger.drawn_at(start + 30) == 10


def test_a_plan_for_every_session_goes_on_after_a_replug_offline() -> None:
    for kind, amps in (("Absolute", 0), ("Relative", 16)):
        bench = begun()
        plan = now_and_on(bench, purpose="TxDefaultProfile")
        del plan["transactionId"]
        plan["chargingProfileKind"] = kind
        assert put(bench, plan) == "Accepted"
        bench.cut()
        bench.run(6)
        bench.charger.unplug()
        bench.run(6)
        bench.charger.plug(Car(max_amps=32))
        bench.run(6)
        assert bench.charger.current_drawn == amps, kind


@pytest.mark.parametrize(("default", "amps"), [(True, 0), (False, 32)])
def test_a_plan_of_the_session_ends_with_it(default: bool, amps: float) -> None:
    bench = begun(default=default)
    assert put(bench, now_and_on(bench)) == "Accepted"
    bench.cut()
    bench.run(6)
    bench.charger.unplug()
    bench.charger.plug(Car(max_amps=32))
    bench.run(30)
    assert bench.charger.current_drawn == amps


@pytest.mark.parametrize(
    ("quirks", "amps"),
    [
        (["like-open-ocpp"], 10),
        (["like-microocpp"], 32),
        (["schedule-session-lost-at-reboot"], 0),
        (["schedule-all-lost-at-power-off"], 32),
    ],
)
def test_a_power_cycle_offline(quirks: list[str], amps: float) -> None:
    bench = begun(*quirks)
    assert put(bench, now_and_on(bench)) == "Accepted"
    bench.cut()
    bench.run(19)
    bench.charger.power_off()
    bench.charger.power_on()
    bench.run(15)
    assert bench.charger.current_drawn == amps


def test_a_default_on_connector_zero_comes_back_as_a_maximum() -> None:
    bench = Bench(with_quirks(FOLLOWS, "like-warp"), boot_seconds=10)
    bench.run(1)
    put(bench, DEFAULT, connector=0)
    put(bench, DEFAULT | {"chargingProfileId": 9})
    bench.charger.power_off()
    bench.charger.power_on()
    purposes = {p.connector: p.purpose for p in bench.charger.profiles}
    assert purposes == {0: "ChargePointMaxProfile", 1: "TxDefaultProfile"}


def test_the_composite_schedule_breaks_the_plan() -> None:
    bench = begun("schedule-composite-breaks")
    plan = now_and_on(bench, periods=((0, 0), (40, 16)))
    put(bench, plan)
    ask = {"connectorId": 1, "duration": 60}
    answer = bench.call("GetCompositeSchedule", ask)["chargingSchedule"]
    assert [p["limit"] for p in answer["chargingSchedulePeriod"]] == [0, 16]
    bench.run(10)
    assert bench.charger.current_drawn == 16


@pytest.mark.parametrize(
    ("quirks", "left"), [([], 1), (["schedule-ids-by-purpose"], 2)]
)
def test_the_same_id_for_another_purpose(quirks: list[str], left: int) -> None:
    bench = begun(*quirks)
    put(bench, now_and_on(bench, id=1))
    assert len(bench.charger.profiles) == left


def test_one_profile_only() -> None:
    bench = begun("schedule-one-profile")
    assert put(bench, now_and_on(bench)) == "Rejected"
    place: dict[str, Any] = {"id": 1, "stack": 0, "purpose": "TxDefaultProfile"}
    assert put(bench, profile("Relative", **place)) == "Accepted"
    assert len(bench.charger.profiles) == 1


@pytest.mark.parametrize(
    ("quirk", "answer"),
    [
        ("schedule-five-periods", "Rejected"),
        ("schedule-callerror", "PropertyConstraintViolation"),
        ("schedule-no-answer", None),
    ],
)
def test_a_longer_schedule_is_refused_and_the_old_one_stays(
    quirk: str, answer: str | None
) -> None:
    bench = begun(quirk)
    put(bench, now_and_on(bench))
    held = bench.charger.profiles
    long = now_and_on(bench, periods=tuple((n * 60, n) for n in range(6)))
    if answer is None:
        with pytest.raises(TimeoutError):
            put(bench, long)
    else:
        assert put(bench, long) == answer
    assert bench.charger.profiles == held
    assert bench.charger.link_up


def test_a_session_plan_may_be_ignored_offline() -> None:
    bench = begun("schedule-session-ignored-offline")
    put(bench, now_and_on(bench))
    assert bench.charger.current_drawn == 16
    bench.cut()
    bench.run(1)
    assert bench.charger.current_drawn == 0
    bench.restore()
    bench.run(10)
    assert bench.charger.current_drawn == 16


def test_without_the_time_no_limit_may_hold() -> None:
    bench = begun("clock-1970-no-limits")
    assert bench.charger.utc.year == 1970
    assert bench.charger.current_drawn == 32


async def test_over_a_socket_it_goes_on_when_the_link_is_cut() -> None:
    async with (
        CentralSystem() as server,
        VirtualWallbox(
            server.url,
            personality=with_quirks(FOLLOWS, "schedule-short-frames"),
            speed=2,
        ) as box,
    ):
        await box.wait_connected()
        for key, value in FREE_KEYS.items():
            await server.call("ChangeConfiguration", {"key": key, "value": value})
        box.plug(Car(max_amps=32))
        await box.wait_until(lambda: box.charger.transaction is not None)
        transaction = box.charger.transaction
        assert transaction is not None
        await box.wait_until(lambda: transaction.id == 1007)
        for data in (DEFAULT, profile("Relative", transactionId=1007)):
            payload = {"connectorId": 1, "csChargingProfiles": data}
            answer = await server.call("SetChargingProfile", payload)
            assert answer[2] == {"status": "Accepted"}
        long = profile(
            "Relative", tuple((n * 60, 6) for n in range(60)), transactionId=1007
        )
        with pytest.raises(TimeoutError):
            await server.call(
                "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": long}
            )
        box.cut_network()
        await box.sleep(60)
        changes = [
            (round(second - transaction.started), amps)
            for second, amps in box.charger.current_history
            if second > transaction.started + 14
        ]
        assert changes == [(15, 0), (30, 10), (45, 0)]
