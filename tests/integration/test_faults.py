"""What a charger says is wrong with it, in words that a person reads."""

import pytest

from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen


@pytest.mark.parametrize("connector", [0, 1])
async def test_a_fault_is_named_wherever_the_charger_has_it(
    connect: Connect, screen: Screen, connector: int
) -> None:
    charger = await connect()
    await until(lambda: screen.sensor("why_not_charging") == "not_plugged_in")

    async def says(status: str, error: str) -> None:
        await charger.ask(
            "StatusNotification",
            {"connectorId": connector, "errorCode": error, "status": status},
        )

    await says("Faulted", "GroundFailure")
    await until(lambda: screen.sensor("why_not_charging") == "fault")
    assert screen.entity("sensor", "status").attributes["error"] == "ground_failure"

    await says("Faulted", "HighTemperature")
    await until(
        lambda: (
            screen.entity("sensor", "status").attributes["error"] == "high_temperature"
        ),
        within=2,
    )

    await says("Available", "NoError")
    await until(lambda: screen.sensor("why_not_charging") == "not_plugged_in")
    assert screen.entity("sensor", "status").attributes["error"] is None


async def test_an_error_of_a_charger_that_goes_on_is_named_too(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await charger.ask(
        "StatusNotification",
        {"connectorId": 1, "errorCode": "WeakSignal", "status": "Available"},
    )
    await until(
        lambda: screen.entity("sensor", "status").attributes["error"] == "weak_signal",
        within=2,
    )
    assert screen.sensor("why_not_charging") == "not_plugged_in"


async def test_a_charger_that_is_out_of_service_as_a_whole_says_so(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await charger.ask(
        "StatusNotification",
        {"connectorId": 0, "errorCode": "NoError", "status": "Unavailable"},
    )
    await until(lambda: screen.sensor("why_not_charging") == "out_of_service", within=2)


async def test_a_fault_is_forgotten_with_the_connection(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await charger.ask(
        "StatusNotification",
        {"connectorId": 0, "errorCode": "InternalError", "status": "Faulted"},
    )
    await until(lambda: screen.sensor("why_not_charging") == "fault")
    await charger.leave()
    await until(lambda: screen.sensor("why_not_charging") == "no_connection")
    await connect()
    await until(lambda: screen.sensor("why_not_charging") == "not_plugged_in")
    assert screen.entity("sensor", "status").attributes["error"] is None
