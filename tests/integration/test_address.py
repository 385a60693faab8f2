"""Where a charger finds Home Assistant, as the screens say it."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

BRIDGE = "172.17.0.2"
"""Of a container that has a network of its own."""


def adapter(*addresses: str) -> dict[str, Any]:
    """Return a network adapter that Home Assistant uses."""
    ipv4 = [{"address": address, "network_prefix": 24} for address in addresses]
    return {"name": "eth0", "enabled": True, "ipv4": ipv4, "ipv6": []}


async def shown(
    hass: HomeAssistant, entry: MockConfigEntry, *addresses: str
) -> list[str]:
    """Return the addresses that adding a charger shows; the first one leads to the Internet."""
    with (
        patch(
            "homeassistant.components.network.async_get_adapters",
            return_value=[adapter(address) for address in addresses],
        ),
        patch(
            "homeassistant.components.network.util.async_get_source_ip",
            return_value=addresses[0],
        ),
    ):
        form = await hass.config_entries.subentries.async_init(
            (entry.entry_id, "charger"), context={"source": "user"}
        )
    assert form["description_placeholders"]
    address = form["description_placeholders"]["address"]
    assert address.replace("` or `", "").count("`") == 0
    return address.replace(f":{entry.data[CONF_PORT]}/", "").split("` or `")


@pytest.mark.parametrize(
    ("internal_url", "addresses", "expected"),
    [
        (None, ["10.0.0.5"], ["ws://10.0.0.5"]),
        ("http://10.0.0.5:8123", [BRIDGE], ["ws://10.0.0.5"]),
        ("https://ha.example", [BRIDGE], ["ws://ha.example"]),
        ("http://[fd00::5]:8123", [BRIDGE], ["ws://[fd00::5]"]),
        ("http://localhost:8123", ["10.0.0.5"], ["ws://10.0.0.5"]),
        ("http://127.0.0.1:8123", ["10.0.0.5"], ["ws://10.0.0.5"]),
        (
            "http://homeassistant.local:8123",
            ["10.0.0.5"],
            ["ws://homeassistant.local", "ws://10.0.0.5"],
        ),
        (None, ["10.0.0.5", "10.1.0.5"], ["ws://10.0.0.5", "ws://10.1.0.5"]),
        (None, ["10.0.0.5", "169.254.1.1", "127.0.0.1"], ["ws://10.0.0.5"]),
    ],
)
async def test_the_address_is_one_that_a_charger_can_reach(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    internal_url: str | None,
    addresses: list[str],
    expected: list[str],
) -> None:
    hass.config.internal_url = internal_url
    assert await shown(hass, integration, *addresses) == expected
