"""What Home Assistant's system information says."""

import asyncio
from pathlib import Path
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import Connect
from tests.helpers.certificates import encrypt, make_certificate


async def info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is said of us."""
    assert await async_setup_component(hass, "system_health", {})
    told: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    return {
        name: await value if asyncio.iscoroutine(value) else value
        for name, value in told.items()
    }


async def test_port_and_chargers_are_reported(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect
) -> None:
    always = {
        "port": integration.data[CONF_PORT],
        "encrypted": False,
        "chargers": 1,
        "card": "nothing: there are no dashboards",
    }
    assert await info(hass) == {**always, "connected": 0}
    await connect()
    assert await info(hass) == {**always, "connected": 1}


async def test_encryption_is_reported(
    hass: HomeAssistant, integration: MockConfigEntry, tmp_path: Path
) -> None:
    await encrypt(hass, integration, make_certificate(tmp_path))
    assert (await info(hass))["encrypted"] is True


async def test_nothing_is_reported_of_what_does_not_run(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    assert await info(hass) == {}
