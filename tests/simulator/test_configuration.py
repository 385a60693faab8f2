"""The configuration keys."""

from dataclasses import replace

import pytest

from simulator.virtual_wallbox import FIRMWARES, PLANTED_SECRETS, Secrets

from .bench import Bench

BASE = FIRMWARES["6.7.38"]


def listed(bench: Bench) -> dict[str, str]:
    entries = bench.call("GetConfiguration")["configurationKey"]
    return {entry["key"]: entry["value"] for entry in entries}


def ready(**changes: object) -> Bench:
    bench = Bench(replace(BASE, **changes))  # type: ignore[arg-type]
    bench.run(1)
    return bench


@pytest.mark.parametrize(
    ("version", "count", "last"),
    [
        ("5.14.9", 54, "WebSocketPassword"),
        ("5.15.7", 57, "WebSocketPassword"),
        ("5.17.87", 57, "WebSocketPassword"),
        ("6.7.38", 58, "MeterValuesSkipWhenOffline"),
        ("6.11.16", 53, "MeterValuesSkipWhenOffline"),
    ],
)
def test_all_keys_in_the_real_order(version: str, count: int, last: str) -> None:
    bench = Bench(FIRMWARES[version])
    bench.run(1)
    keys = list(listed(bench))
    assert len(keys) == count
    assert keys[0] == "AllowOfflineTxForUnknownId"
    assert keys[-1] == last


def test_the_answer_gives_the_secrets_away() -> None:
    values = set(listed(ready()).values())
    assert values >= set(PLANTED_SECRETS)


def test_only_what_is_asked_for() -> None:
    answer = ready().call("GetConfiguration", {"key": ["PUK", "FreeVend"]})
    assert answer == {
        "configurationKey": [{"readonly": True, "key": "PUK", "value": Secrets.PUK}],
        "unknownKey": ["FreeVend"],
    }


@pytest.mark.parametrize(
    ("key", "value", "status", "stored"),
    [
        ("AuthEnabled", "false", "Accepted", "false"),
        ("AuthEnabled", "False", "Accepted", "false"),
        ("AuthEnabled", "maybe", "Rejected", "true"),
        ("HeartbeatInterval", "-1", "Rejected", "60"),
        ("NumberOfConnectors", "2", "Rejected", "1"),
        ("NoSuchKey", "1", "NotSupported", None),
        ("AuthDisabledIdTag", "FFFFFFFF", "Accepted", "FFFFFFFF"),
    ],
)
def test_writing(key: str, value: str, status: str, stored: str | None) -> None:
    bench = ready()
    answer = bench.call("ChangeConfiguration", {"key": key, "value": value})
    assert answer == {"status": status}
    assert bench.charger.keys.get(key) == stored


def test_keys_can_be_stubborn() -> None:
    bench = ready(
        rejected_keys=frozenset({"LocalPreAuthorize"}),
        ignored_keys=frozenset({"AuthEnabled"}),
    )
    for key, status in (("LocalPreAuthorize", "Rejected"), ("AuthEnabled", "Accepted")):
        answer = bench.call("ChangeConfiguration", {"key": key, "value": "false"})
        assert answer == {"status": status}
        assert bench.charger.keys[key] == "true"


@pytest.mark.parametrize(
    ("switch", "status"),
    [("reboot_required_keys", "RebootRequired"), ("silent_reboot_keys", "Accepted")],
)
def test_a_key_may_act_only_after_a_reboot(switch: str, status: str) -> None:
    bench = ready(**{switch: frozenset({"AuthEnabled"})}, boot_seconds=10.0)
    answer = bench.call("ChangeConfiguration", {"key": "AuthEnabled", "value": "false"})
    assert answer == {"status": status}
    assert listed(bench)["AuthEnabled"] == "false"
    assert bench.charger.effective_keys["AuthEnabled"] == "true"
    assert bench.charger.halo.colour == "yellow"
    bench.call("Reset", {"type": "Hard"})
    bench.run(60)
    assert bench.charger.halo.colour == "green"


def test_writing_the_server_address_loses_the_charger() -> None:
    bench = ready()
    bench.charger.received(
        '[2,"1","ChangeConfiguration",{"key":"WebSocketUrl","value":"ws://x"}]'
    )
    bench.run(600)
    assert not bench.charger.link_up


def test_the_heartbeat_follows_the_boot_answer() -> None:
    bench = ready()
    assert bench.charger.keys["HeartbeatInterval"] == "60"
    bench.run(600)
    assert len(bench.sent("Heartbeat")) == 10
