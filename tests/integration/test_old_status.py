"""What a charger really does counts more than a status that is out of date."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen, protected

LONG_AGO: Final = timedelta(hours=1)


def status(name: str, at: datetime) -> dict[str, Any]:
    """Return a StatusNotification of a moment."""
    return {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": name,
        "timestamp": at.isoformat(),
    }


async def reads(charger: ScriptedCharger, number: int, amps: float) -> None:
    """Send a reading of the current of a transaction."""
    value = {"value": f"{amps}", "measurand": "Current.Import", "unit": "A"}
    moment = {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": [value]}
    payload = {"connectorId": 1, "transactionId": number, "meterValue": [moment]}
    await charger.ask("MeterValues", payload)


def asked_for_status(charger: ScriptedCharger) -> int:
    """Return how often the status was asked for."""
    return sum(
        payload.get("requestedMessage") == "StatusNotification"
        for _, payload in charger.asked
    )


@pytest.mark.parametrize("name", ["Preparing", "Available", "Finishing"])
async def test_a_car_that_draws_current_is_controlled_whatever_an_old_status_says(
    connect: Connect, screen: Screen, name: str
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    number = await charger.start(timestamp=(dt_util.utcnow() - LONG_AGO).isoformat())
    await charger.leave()
    charger = await connect(boots=False)
    came = dt_util.utcnow()
    await charger.status("Charging")
    await until(lambda: charger.limits[-1:] == [("TxProfile", 32)])
    await asyncio.sleep(30)
    # It is sent again, as it was.
    await charger.ask("StatusNotification", status(name, came))
    await asyncio.sleep(10)
    await reads(charger, number, 16)
    await screen.switch("charging", on=False)
    assert charger.limits[-1:] == [("TxProfile", 0)]
    await until(lambda: asked_for_status(charger) == 1)
    await charger.status("SuspendedEVSE")
    await until(lambda: screen.sensor("status") == "suspended_evse")
    assert screen.sensor("why_not_charging") == "paused"


async def test_a_charger_that_insists_on_a_wrong_status_is_asked_once(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    number = await charger.start()
    await charger.status("Charging")
    for _ in range(10):
        await charger.status("Preparing")
        await asyncio.sleep(10)
        await reads(charger, number, 16)
        await asyncio.sleep(10)
    assert asked_for_status(charger) == 1
    await screen.switch("charging", on=False)
    assert charger.limits[-1:] == [("TxProfile", 0)]
