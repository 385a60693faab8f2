"""Quirks: what each of them does, seen at the charger itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from simulator.virtual_wallbox import (
    FIRMWARES,
    QUIRKS,
    Car,
    Direction,
    Personality,
    with_quirks,
)

from .bench import FREE_KEYS, Bench, Payload

SIX = FIRMWARES["6.7.38"]
PAUSED = 0
LIMIT = 10
ALL_IT_TAKES = 16
"""Amps that the car draws without a limit."""
TEN_MINUTES = 600
CAR = Car(max_amps=ALL_IT_TAKES)


def quirky(*names: str, personality: Personality = SIX) -> Bench:
    bench = Bench(with_quirks(personality, *names), boot_seconds=10)
    bench.run(5)
    return bench


def free(*names: str, amps: float) -> Bench:
    """One in free mode that holds a limit for new sessions."""
    bench = quirky(*names)
    assert bench.limit(amps) == "Accepted"
    bench.configure(**FREE_KEYS)
    return bench


def order(bench: Bench) -> list[tuple[Direction, str]]:
    """Return who said what, in order; answers by the action that they answer."""
    actions = {frame.id: frame.action for frame in bench.wire.frames if frame.action}
    return [
        (frame.direction, frame.action or actions[frame.id])
        for frame in bench.wire.frames
    ]


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_is_what_no_firmware_has(name: str) -> None:
    for row in FIRMWARES.values():
        assert with_quirks(row, name) != row


def test_an_unknown_quirk_is_refused() -> None:
    with pytest.raises(KeyError):
        with_quirks(SIX, "speaks-latin")


# Firmwares.


def test_6_11_25_tells_once_that_it_was_updated() -> None:
    bench = Bench(FIRMWARES["6.11.25"], boot_seconds=10)
    bench.run(59)
    assert not bench.sent("FirmwareStatusNotification")
    bench.run(2)
    [told] = bench.sent("FirmwareStatusNotification")
    assert told.payload == {"status": "Installed"}
    bench.cut()
    bench.run(60)
    bench.restore()
    bench.charger.power_off()
    bench.charger.power_on()
    bench.run(TEN_MINUTES)
    assert len(bench.sent("BootNotification")) == 2
    assert len(bench.sent("FirmwareStatusNotification")) == 1


def test_6_11_25_tells_it_after_a_connection_that_lasts() -> None:
    bench = Bench(FIRMWARES["6.11.25"])
    bench.run(30)
    bench.cut()
    bench.run(60)
    bench.restore()
    bench.run(50)
    assert not bench.sent("FirmwareStatusNotification")
    bench.run(30)
    assert len(bench.sent("FirmwareStatusNotification")) == 1


def test_5_7_18_names_a_session_that_never_was_while_it_is_idle() -> None:
    bench = Bench(FIRMWARES["5.7.18"])
    bench.run(2 * 900)
    values = bench.sent("MeterValues")
    assert len(values) == 2
    assert bench.charger.transaction is None
    for frame in values:
        assert frame.payload["transactionId"] > 1_000_000
        [reading] = frame.payload["meterValue"]
        now = datetime.fromisoformat("2026-09-01T10:00:00Z")
        now += timedelta(seconds=frame.time)
        age = now - datetime.fromisoformat(reading["timestamp"])
        assert timedelta(days=1) < age < timedelta(days=2)


def test_5_7_18_tells_the_truth_within_a_session() -> None:
    bench = Bench(FIRMWARES["5.7.18"])
    bench.run(5)
    bench.charger.plug(CAR)
    bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    bench.run(900)
    transaction = bench.charger.transaction
    assert transaction is not None
    named = {frame.payload["transactionId"] for frame in bench.sent("MeterValues")}
    assert named == {transaction.id}


# Messages.


def test_a_status_history_comes_with_the_stamps_of_its_time() -> None:
    bench = free("status-history", amps=LIMIT)
    bench.cut()
    for _ in range(2):
        bench.charger.plug(CAR)
        bench.run(60)
        bench.charger.unplug()
        bench.run(60)
    back = bench.charger.utc
    bench.restore()
    seen = len(bench.wire.frames)
    bench.run(10)
    told = [frame for frame in bench.wire.frames[seen:] if frame.kind == 2]
    history = [frame for frame in told if frame.action == "StatusNotification"]
    assert [frame.payload["status"] for frame in history] == 2 * [
        "Preparing",
        "Charging",
        "Finishing",
        "Available",
    ]
    stamps = [datetime.fromisoformat(frame.payload["timestamp"]) for frame in history]
    assert stamps == sorted(stamps)
    assert stamps[-1] < back
    # The history first, and only then what belongs to the sessions.
    assert told[: len(history)] == history
    starts_and_ends = [
        frame.action for frame in told if frame.action.endswith("Transaction")
    ]
    assert starts_and_ends == 2 * ["StartTransaction", "StopTransaction"]


def test_a_boot_comes_before_the_answer_to_reset() -> None:
    bench = quirky("boot-before-reset-conf")
    seen = len(bench.wire.frames)
    assert bench.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
    assert order(bench)[seen : seen + 2] == [
        (Direction.RECEIVED, "Reset"),
        (Direction.SENT, "BootNotification"),
    ]
    assert (Direction.SENT, "Reset") in order(bench)[seen + 2 :]
    assert bench.drops == 0
    assert len(bench.sent("BootNotification")) == 2


def test_what_waited_for_a_reboot_counts_after_a_quick_one() -> None:
    personality = replace(SIX, reboot_required_keys=frozenset({"LightIntensity"}))
    bench = quirky("boot-before-reset-conf", personality=personality)
    key = {"key": "LightIntensity", "value": "50"}
    assert bench.call("ChangeConfiguration", key) == {"status": "RebootRequired"}
    bench.call("Reset", {"type": "Hard"})
    assert bench.charger.effective_keys["LightIntensity"] == "50"


def test_one_that_never_answers_does_nothing_that_it_is_asked() -> None:
    bench = quirky("never-answers")
    keys = dict(bench.charger.keys)
    with pytest.raises(TimeoutError):
        bench.limit(PAUSED)
    with pytest.raises(TimeoutError):
        bench.configure(AuthEnabled="false")
    with pytest.raises(TimeoutError):
        bench.call("Reset", {"type": "Hard"})
    assert not bench.charger.profiles
    assert bench.charger.keys == keys | {"HeartbeatInterval": "60"}
    assert bench.charger.powered
    # It speaks all the same.
    assert bench.sent("Heartbeat")
    bench.charger.plug(CAR)
    bench.run(5)
    assert bench.statuses()[-1] == "Preparing"


# Charging profiles.


def test_one_that_knows_watts_refuses_amps() -> None:
    bench = quirky("watts-only")
    keys = {"key": ["ChargingScheduleAllowedChargingRateUnit"]}
    [entry] = bench.call("GetConfiguration", keys)["configurationKey"]
    assert entry["value"] == "Power"
    assert bench.limit(PAUSED) == "Rejected"
    assert not bench.charger.profiles


@pytest.mark.parametrize(("watts", "amps"), [(0, 0), (6900, 10), (7000, 10)])
def test_one_that_knows_watts_follows_them(watts: float, amps: float) -> None:
    bench = quirky("watts-only")
    assert bench.limit(0, schedule=in_watts(watts)) == "Accepted"
    bench.configure(**FREE_KEYS)
    bench.charger.plug(CAR)
    bench.run(60)
    assert bench.charger.transaction is not None
    assert bench.charger.current_drawn == amps


def in_watts(limit: float) -> Payload:
    return {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }


def test_profiles_go_with_the_connection() -> None:
    bench = free("profiles-lost-offline", amps=PAUSED)
    bench.charger.plug(CAR)
    bench.run(60)
    assert bench.charger.current_drawn == 0
    bench.cut()
    bench.run(60)
    assert not bench.charger.profiles
    assert bench.charger.current_drawn == ALL_IT_TAKES
    bench.restore()
    bench.run(60)
    assert bench.charger.current_drawn == ALL_IT_TAKES
    assert bench.limit(PAUSED) == "Accepted"
    assert bench.charger.current_drawn == 0


def test_a_session_that_begins_offline_ignores_the_default() -> None:
    bench = free("default-ignored-offline", amps=PAUSED)
    bench.cut()
    bench.charger.plug(CAR)
    bench.run(60)
    assert len(bench.charger.profiles) == 1
    assert bench.charger.current_drawn == ALL_IT_TAKES
    # Not before the next session is it followed again.
    bench.restore()
    bench.run(60)
    assert bench.charger.current_drawn == ALL_IT_TAKES
    bench.charger.unplug()
    bench.charger.plug(CAR)
    bench.run(60)
    assert bench.charger.transaction is not None
    assert bench.charger.current_drawn == 0


def test_a_session_that_begins_offline_follows_a_profile_of_its_own() -> None:
    bench = free("default-ignored-offline", amps=PAUSED)
    bench.cut()
    bench.charger.plug(CAR)
    bench.run(60)
    bench.restore()
    bench.run(60)
    own = {"connector": 1, "chargingProfilePurpose": "TxProfile"}
    assert bench.limit(PAUSED, chargingProfileId=2, **own) == "Accepted"
    assert bench.charger.current_drawn == 0


def test_a_session_that_was_there_before_follows_the_default_offline() -> None:
    bench = free("default-ignored-offline", amps=PAUSED)
    bench.charger.plug(CAR)
    bench.run(60)
    bench.cut()
    bench.run(TEN_MINUTES)
    assert bench.charger.current_drawn == 0


def test_a_default_is_lost_as_a_session_begins() -> None:
    bench = free("default-lost-at-start", amps=PAUSED)
    bench.charger.plug(CAR)
    bench.run(60)
    assert not bench.charger.profiles
    assert bench.charger.current_drawn == ALL_IT_TAKES


def test_limits_are_taken_and_ignored() -> None:
    bench = free("limits-ignored", amps=PAUSED)
    bench.charger.plug(CAR)
    bench.run(60)
    assert len(bench.charger.profiles) == 1
    assert bench.charger.current_drawn == ALL_IT_TAKES
