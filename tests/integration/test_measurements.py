"""How soon measurements are shown: what matters at once, and the last digit within seconds."""

import asyncio
from typing import Any

from custom_components.wallbox_ocpp.coordinator import (
    EXACT_WITHIN,
    MEASUREMENTS_EVERY,
    OFTEN,
)
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from tests.conftest import Connect
from tests.helpers.screen import Screen

START = 500_000
MORE_THAN_EXACT = EXACT_WITHIN + 1
A_ROUND = MEASUREMENTS_EVERY + 0.1


async def charging(connect: Connect) -> tuple[ScriptedCharger, int]:
    """Return a charger whose car draws 7 kW, and its transaction."""
    charger = await connect()
    await charger.status("Preparing")
    transaction = await charger.start(meterStart=START)
    await charger.status("Charging")
    for _ in range(2):
        await measure(charger, transaction, 20, 7000)
        await asyncio.sleep(MORE_THAN_EXACT)
    return charger, transaction


async def measure(
    charger: ScriptedCharger, transaction: int, energy: float, power: float
) -> None:
    """Say how many Wh have flowed, and how many W flow."""
    values = [
        {"value": str(START + energy), "unit": "Wh"},
        {"value": str(power), "unit": "W", "measurand": "Power.Active.Import"},
    ]
    payload: dict[str, Any] = {
        "connectorId": 1,
        "transactionId": transaction,
        "meterValue": [
            {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": values}
        ],
    }
    await charger.ask("MeterValues", payload)


async def test_a_little_difference_is_shown_within_seconds(
    connect: Connect, screen: Screen
) -> None:
    charger, transaction = await charging(connect)
    await asyncio.sleep(EXACT_WITHIN)
    await measure(charger, transaction, 26, 7060)
    await asyncio.sleep(A_ROUND)
    await measure(charger, transaction, 89, 7120)
    await asyncio.sleep(A_ROUND)
    assert float(screen.sensor("session_energy")) == 0.026
    assert float(screen.sensor("power")) == 7.06

    await asyncio.sleep(EXACT_WITHIN)
    assert float(screen.sensor("session_energy")) == 0.089
    assert float(screen.sensor("power")) == 7.12


async def test_a_charger_that_measures_seldom_is_shown_exactly_and_at_once(
    connect: Connect, screen: Screen
) -> None:
    charger, transaction = await charging(connect)
    for energy in (21, 22, 23):
        await asyncio.sleep(OFTEN)
        await measure(charger, transaction, energy, 7000 + energy)
        await asyncio.sleep(0)
        assert float(screen.sensor("session_energy")) == energy / 1000
        assert float(screen.sensor("power")) == 7 + energy / 1000


async def test_differences_that_add_up_are_shown_at_once(
    connect: Connect, screen: Screen
) -> None:
    charger, transaction = await charging(connect)
    for energy, power in ((26, 7000), (90, 7060), (127, 7080)):
        await measure(charger, transaction, energy, power)
        await asyncio.sleep(A_ROUND)
    assert float(screen.sensor("session_energy")) == 0.127
    assert float(screen.sensor("energy")) == 500.127
    assert float(screen.sensor("power")) == 7.08


async def test_that_nothing_flows_any_more_is_shown_at_once(
    connect: Connect, screen: Screen
) -> None:
    charger, transaction = await charging(connect)
    await measure(charger, transaction, 21, 0)
    await asyncio.sleep(A_ROUND)
    assert float(screen.sensor("power")) == 0


async def test_the_last_digit_is_shown_with_whatever_else_happens(
    connect: Connect, screen: Screen
) -> None:
    charger, transaction = await charging(connect)
    await measure(charger, transaction, 23, 7000)
    await charger.stop(transaction, meterStop=START + 24)
    await asyncio.sleep(0)
    assert float(screen.sensor("session_energy")) == 0.024
    assert float(screen.sensor("last_session_energy")) == 0.024
