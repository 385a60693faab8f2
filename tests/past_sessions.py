"""Sessions that are over, and what Home Assistant's actions say of them."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant

from .scripted_charger import ScriptedCharger

HOUR = timedelta(hours=1)


async def had(
    charger: ScriptedCharger,
    began: datetime,
    *,
    ended: datetime | None = None,
    register: int = 1000,
    wh: int = 500,
    reason: str = "EVDisconnected",
    **start: Any,
) -> int:
    """Tell of a session, an hour long unless said otherwise; return its number."""
    number = await charger.start(
        timestamp=began.isoformat(), meterStart=register, **start
    )
    await charger.stop(
        number,
        timestamp=(ended or began + HOUR).isoformat(),
        meterStop=register + wh,
        reason=reason,
    )
    return number


async def had_many(
    charger: ScriptedCharger, began: datetime, count: int, *, register: int = 1000
) -> list[int]:
    """Tell of a session on each of some days; return their numbers."""
    return [
        await had(charger, began + timedelta(days=day), register=register + 1000 * day)
        for day in range(count)
    ]


async def perform(
    hass: HomeAssistant, action: str, device_id: str, **data: Any
) -> dict[str, Any]:
    """Perform an action and return its response."""
    response = await hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": device_id, **data},
        blocking=True,
        return_response=True,
    )
    assert response
    return response


async def sessions_of(
    hass: HomeAssistant, device_id: str, **data: Any
) -> list[dict[str, Any]]:
    """Return the sessions as the action tells them."""
    response = await perform(hass, "get_sessions", device_id, **data)
    sessions: list[dict[str, Any]] = response["sessions"]
    return sessions


async def numbers_of(hass: HomeAssistant, device_id: str, **data: Any) -> list[int]:
    """Return the numbers of the sessions as the action tells them."""
    return [
        session["transaction_id"]
        for session in await sessions_of(hass, device_id, **data)
    ]


async def soon(predicate: Callable[[], bool]) -> None:
    """Wait until something is so, while time stands still."""
    while not predicate():
        await asyncio.sleep(0)
