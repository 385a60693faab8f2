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
from tests.helpers.told import Told

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


async def test_a_charger_with_a_wrong_clock_is_heard_from_the_first_minutes_on(
    connect: Connect, screen: Screen
) -> None:
    """By its clock, all that it says is from before it connected."""
    charger = await connect(boots=False)

    def told_now(name: str) -> dict[str, Any]:
        return status(name, dt_util.utcnow() - LONG_AGO)

    await charger.ask("StatusNotification", told_now("Available"))
    await until(lambda: asked_for_status(charger) == 1)
    assert screen.sensor("status") == "unknown"
    await charger.ask("StatusNotification", told_now("Available"))
    await until(lambda: screen.sensor("status") == "available")
    await asyncio.sleep(180)
    await charger.ask("StatusNotification", told_now("Preparing"))
    await until(lambda: screen.sensor("status") == "preparing")


@pytest.mark.parametrize("age", [0, 10], ids=["same second", "older"])
async def test_a_paused_car_keeps_its_session_whatever_an_old_status_says(
    connect: Connect, screen: Screen, told: Told, age: int
) -> None:
    """Nothing is heard of it for a while: before its session is closed, its charger is asked."""
    charger = await connect()
    await charger.status("Preparing")
    await until(lambda: protected(screen))
    await charger.start()
    await charger.status("Charging")
    await asyncio.sleep(60)
    assert asked_for_status(charger) == 0
    now = dt_util.utcnow().replace(microsecond=0)
    paused = status("SuspendedEV", now)
    await charger.ask("StatusNotification", paused)
    old = status("Available", now - timedelta(seconds=age))
    await charger.ask("StatusNotification", old)
    await until(lambda: asked_for_status(charger) == 1)
    # It says so again, of the time since when it is so.
    await charger.ask("StatusNotification", paused)
    await until(lambda: screen.sensor("status") == "suspended_ev")
    await asyncio.sleep(1200)
    assert told.types == ["started"]
    assert asked_for_status(charger) == 1


async def test_a_charger_that_tells_its_history_whenever_it_is_asked_is_asked_once(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    await charger.status("Preparing")
    await until(lambda: protected(screen))
    await charger.start()
    begun = dt_util.utcnow().replace(microsecond=0)
    history = [
        status(name, begun + timedelta(seconds=seconds))
        for name, seconds in (("Charging", 1), ("Finishing", 20), ("Available", 25))
    ]
    await asyncio.sleep(30)
    for payload in history:
        await charger.ask("StatusNotification", payload)
    for _ in range(6):
        asked = asked_for_status(charger)
        await asyncio.sleep(540)
        if asked_for_status(charger) > asked:
            for payload in history:
                await charger.ask("StatusNotification", payload)
    assert told.types == ["started", "ended"]
    assert asked_for_status(charger) == 1


async def test_a_car_that_is_gone_is_asked_for_once_before_its_session_is_closed(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.start()
    await charger.status("Charging")
    await charger.status("Available")
    await until(lambda: asked_for_status(charger) == 1)
    assert told.types == ["started"]
    await charger.status("Available")
    await asyncio.sleep(1200)
    assert told.types == ["started", "ended"]
    assert asked_for_status(charger) == 1
