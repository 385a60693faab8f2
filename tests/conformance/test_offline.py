"""What happened while the charger had no power or no connection, and arrives late."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Screen
from tests.helpers.told import Told, readings

ID_TAG: Final = "04A1B2C3"


async def test_tc_032_1_a_power_failure_ends_the_transaction_after_the_boot(
    hass: HomeAssistant, connect: Connect, screen: Screen, told: Told
) -> None:
    charger = await connect()
    failed_at = dt_util.utcnow().replace(microsecond=0)
    transaction = await charger.start(meterStart=1000, timestamp=failed_at.isoformat())
    await charger.status("Charging")
    await charger.leave()

    charger = await connect(boots=False)
    assert (await charger.boot())["status"] == "Accepted"
    assert await charger.status("Available") == {}
    for _ in range(2):
        assert await stop_offline(charger, transaction, failed_at, "PowerLoss") == {}
    await until(lambda: told.types == ["started", "ended"])
    ended = told.events[-1]
    assert ended["transaction_id"] == transaction
    assert ended["reason"] == "power_loss"
    assert ended["energy"] == 8
    assert when(ended["ended"]) == failed_at
    assert screen.sensor("status") == "available"

    # Nor is it given up for lost.
    await asyncio.sleep(601)
    await charger.left_alone()
    assert told.types == ["started", "ended"]


async def test_tc_037_1_a_start_that_is_hours_old_is_accepted(
    connect: Connect, screen: Screen, told: Told
) -> None:
    started_at = hours_ago(5)
    charger = await connect()
    answers = [await start_offline(charger, started_at) for _ in range(2)]
    transaction = answers[0]["transactionId"]
    assert transaction > 0
    assert answers[0]["idTagInfo"]["status"] == "Accepted"
    assert answers[1] == answers[0]
    await charger.status("Charging")
    await until(lambda: told.types == ["started"])
    assert when(told.events[0]["started"]) == started_at
    assert told.events[0]["delayed"] is True
    assert screen.sensor("status") == "charging"

    await charger.stop(transaction, meterStop=9000)
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["energy"] == 8
    assert told.events[-1]["delayed"] is False
    assert when(told.events[-1]["started"]) == started_at


async def test_tc_037_3_a_start_by_a_tag_that_is_refused_gets_an_id_and_is_ended_by_the_charger(
    connect: Connect, told: Told
) -> None:
    """Every tag is accepted as yet, so it is the charger that refuses this one."""
    started_at, refused_at = hours_ago(2), hours_ago(1)
    charger = await connect()
    answer = await start_offline(charger, started_at)
    assert answer["transactionId"] > 0
    assert (
        await stop_offline(
            charger, answer["transactionId"], refused_at, "DeAuthorized", 1000
        )
        == {}
    )
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "de_authorized"
    assert told.events[-1]["energy"] == 0
    assert when(told.events[-1]["ended"]) == refused_at


async def test_tc_039_a_transaction_that_began_and_ended_offline_is_replayed(
    connect: Connect, screen: Screen, told: Told
) -> None:
    started_at, stopped_at = hours_ago(5), hours_ago(4)
    charger = await connect()
    # The charger may have missed our answers, and says it all again.
    for _ in range(2):
        answer = await start_offline(charger, started_at)
        transaction = answer["transactionId"]
        assert transaction > 0
        assert answer["idTagInfo"]["status"] == "Accepted"
        underway = readings(transaction, "5000", started_at + timedelta(minutes=30))
        assert await charger.ask("MeterValues", underway) == {}
        assert await stop_offline(charger, transaction, stopped_at, "Local") == {}
    await until(lambda: told.types == ["started", "ended"])
    started, ended = told.events
    assert started["transaction_id"] == ended["transaction_id"] == transaction
    assert started["delayed"] is ended["delayed"] is True
    assert when(ended["started"]) == started_at
    assert when(ended["ended"]) == stopped_at
    assert ended["duration"] == 3600
    assert ended["energy"] == 8
    assert screen.sensor("status") == "available"
    assert await charger.start() > transaction


async def start_offline(charger: ScriptedCharger, moment: datetime) -> Any:
    """Say that a transaction began in the past, at 1 kWh on the meter; return the answer."""
    return await charger.ask(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": ID_TAG,
            "meterStart": 1000,
            "timestamp": moment.isoformat(),
        },
    )


async def stop_offline(
    charger: ScriptedCharger,
    transaction_id: int,
    moment: datetime,
    reason: str,
    register: int = 9000,
) -> Any:
    """Say that a transaction ended in the past, at some Wh on the meter; return the answer."""
    timestamp = moment.isoformat()
    return await charger.stop(
        transaction_id, meterStop=register, timestamp=timestamp, reason=reason
    )


def hours_ago(hours: float) -> datetime:
    """Return a moment of the past, in whole seconds as a charger gives it."""
    return dt_util.utcnow().replace(microsecond=0) - timedelta(hours=hours)


def when(text: str) -> datetime:
    """Read a moment that was told."""
    return datetime.fromisoformat(text)
