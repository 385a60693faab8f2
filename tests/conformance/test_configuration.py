"""Configuration keys: read, written, and refused."""

from typing import Any

from simulator.scripted_charger import Payload, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen


def read(charger: ScriptedCharger) -> list[list[str]]:
    """Return the keys that each reading asked for: none are all."""
    return [
        payload.get("key", [])
        for action, payload in charger.asked
        if action == "GetConfiguration"
    ]


def answer_to(screen: Screen, key: str) -> str:
    """Return what a person sees of the charger's answer to writing a key."""
    keys: dict[str, Any] = screen.entity("sensor", "offline_protection").attributes[
        "keys"
    ]
    return str(keys[key]["answer"])


async def test_tc_019_1_all_keys_are_read(connect_protected: ConnectProtected) -> None:
    charger = await connect_protected()
    assert read(charger)[0] == []


async def test_tc_019_2_some_keys_are_read(connect_protected: ConnectProtected) -> None:
    charger = await connect_protected()
    assert set(read(charger)[-1]) == set(charger.written)


async def test_tc_021_a_key_is_written(
    connect_protected: ConnectProtected, screen: Screen
) -> None:
    charger = await connect_protected()
    asked = {"key": "AuthEnabled", "value": "false"}
    assert ("ChangeConfiguration", asked) in charger.asked
    assert answer_to(screen, "AuthEnabled") == "Accepted"


async def test_tc_040_1_a_key_that_the_charger_does_not_know_is_said_so(
    connect: Connect, screen: Screen
) -> None:
    await refuse(connect, screen, "NotSupported")
    assert answer_to(screen, "AuthEnabled") == "NotSupported"


async def test_tc_040_2_a_value_that_the_charger_refuses_is_said_so(
    connect: Connect, screen: Screen
) -> None:
    await refuse(connect, screen, "Rejected")
    assert answer_to(screen, "AuthEnabled") == "Rejected"


async def refuse(connect: Connect, screen: Screen, status: str) -> None:
    """Connect a charger that will not have a key written."""
    charger: ScriptedCharger

    def but_one(payload: Payload) -> Any:
        if payload["key"] == "AuthEnabled":
            return {"status": status}
        return charger.take_key(payload)

    charger = await connect(ChangeConfiguration=but_one)
    await until(lambda: screen.sensor("offline_protection") == "rejected")
    assert charger.keys["AuthEnabled"] == "true"
