"""A car comes, charges and goes, in the orders in which that may happen."""

import asyncio
from typing import Any, Final

from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen
from tests.helpers.told import Told

ID_TAG: Final = "04A1B2C3"


def plugged_in(screen: Screen) -> bool:
    """Return whether a car is shown as plugged in."""
    return screen.entity("binary_sensor", "vehicle_connected").state == "on"


async def accepts(charger: ScriptedCharger) -> bool:
    """Hold a card to the charger, and say whether it is accepted."""
    answer = await charger.ask("Authorize", {"idTag": ID_TAG})
    return bool(answer["idTagInfo"]["status"] == "Accepted")


async def test_tc_003_a_session_in_which_the_cable_comes_first(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    assert await charger.status("Preparing") == {}
    assert plugged_in(screen)
    assert await accepts(charger)
    transaction = await charger.start(idTag=ID_TAG)
    assert transaction > 0
    assert await charger.status("Charging") == {}
    assert screen.sensor("status") == "charging"
    assert await charger.stop(transaction, idTag=ID_TAG, reason="Local") == {}
    assert await charger.status("Finishing") == {}
    assert plugged_in(screen)
    assert await charger.status("Available") == {}
    assert not plugged_in(screen)
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "local"
    assert told.events[-1]["energy"] == 2
    assert told.events[-1]["delayed"] is False


async def test_tc_004_1_a_session_in_which_the_card_comes_first(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    assert await accepts(charger)
    assert not plugged_in(screen)
    assert await charger.status("Preparing") == {}
    transaction = await charger.start(idTag=ID_TAG)
    assert await charger.status("Charging") == {}
    assert await charger.stop(transaction, idTag=ID_TAG, reason="Local") == {}
    assert await charger.status("Available") == {}
    await until(lambda: told.types == ["started", "ended"])
    assert [event["transaction_id"] for event in told.events] == [transaction] * 2


async def test_tc_004_2_a_card_after_which_no_cable_came_is_no_session(
    connect_protected: ConnectProtected, told: Told
) -> None:
    charger = await connect_protected()
    assert await accepts(charger)
    assert await charger.status("Preparing") == {}
    assert await charger.status("Available") == {}
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert "RemoteStartTransaction" not in charger.actions
    assert told.types == []


async def test_tc_005_1_a_session_that_ends_when_the_car_is_unplugged(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    transaction = await charger.start()
    assert await charger.status("Charging") == {}
    assert await charger.status("SuspendedEV") == {}
    assert await charger.stop(transaction, reason="EVDisconnected") == {}
    assert await charger.status("Finishing") == {}
    assert await charger.status("Available") == {}
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "ev_disconnected"
    assert not plugged_in(screen)


async def test_tc_007_a_session_by_a_card_that_the_charger_knows(
    connect: Connect, told: Told
) -> None:
    """It asks nobody's leave before it starts."""
    charger = await connect()
    await charger.status("Preparing")
    answer: dict[str, Any] = await charger.ask(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": ID_TAG,
            "meterStart": 1000,
            "timestamp": dt_util.utcnow().isoformat(),
        },
    )
    assert answer["transactionId"] > 0
    assert answer["idTagInfo"]["status"] == "Accepted"
    await until(lambda: told.types == ["started"])


async def test_tc_024_a_cable_that_cannot_be_locked_is_an_error_and_no_session(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    await charger.status("Preparing")
    assert await accepts(charger)
    failure = {
        "connectorId": 1,
        "errorCode": "ConnectorLockFailure",
        "status": "Faulted",
    }
    assert await charger.ask("StatusNotification", failure) == {}
    assert screen.sensor("status") == "faulted"
    assert screen.sensor("halo") == "error"
    assert told.types == []
