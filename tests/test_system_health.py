"""What Home Assistant's system information says."""

import asyncio
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import Connect


async def info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is said of us."""
    assert await async_setup_component(hass, "system_health", {})
    told: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    return {
        name: await value if asyncio.iscoroutine(value) else value
        for name, value in told.items()
    }


async def test_port_and_chargers_are_told(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect
) -> None:
    port = integration.data[CONF_PORT]
    assert await info(hass) == {"port": port, "chargers": 1, "connected": 0}
    await connect()
    assert await info(hass) == {"port": port, "chargers": 1, "connected": 1}


async def test_nothing_is_told_of_what_does_not_run(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    assert await info(hass) == {}
