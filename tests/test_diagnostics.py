"""The diagnostics file: enough to help, nothing that is secret."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant

from .conftest import IDENTITY, Connect, Screen, StartCharger, protected, until
from .virtual_wallbox import Car
from .virtual_wallbox.planted import PLANTED_SECRETS


async def test_no_secret_is_in_the_diagnostics_or_in_the_log(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    box = await start_charger(speed=20)
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    diagnostics: Any = await get_diagnostics_for_config_entry(
        hass, hass_client, integration
    )
    charger = diagnostics["chargers"][0]
    assert charger["state"]["configuration"]["AuthEnabled"] == "false"
    assert charger["state"]["configuration"]["PUK"] == "**REDACTED**"
    file = json.dumps(diagnostics)
    own = "\n".join(
        record.getMessage() for record in caplog.records if "wallbox" in record.name
    )
    for secret in (*PLANTED_SECRETS, IDENTITY, "NoAuthorization"):
        assert secret not in file
        assert secret not in own


async def test_no_value_of_a_key_that_is_not_known_to_be_harmless_is_in_the_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
) -> None:
    charger = await connect(boots=False)
    charger.keys |= {"AuthorizationKey": "5ec7e7", "ssid": "home", "Unknown": "x"}
    await charger.boot()
    await charger.status("Available")
    await until(lambda: protected(screen))
    diagnostics: Any = await get_diagnostics_for_config_entry(
        hass, hass_client, integration
    )
    shown = diagnostics["chargers"][0]["state"]["configuration"]
    assert shown.keys() == charger.keys.keys()
    assert {key: shown[key] for key in ("AuthorizationKey", "ssid", "Unknown")} == (
        dict.fromkeys(("AuthorizationKey", "ssid", "Unknown"), "**REDACTED**")
    )


async def test_breaches_of_the_protocol_are_counted_over_all_connections_and_logged_once(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    integration: MockConfigEntry,
    connect: Connect,
) -> None:
    for _ in range(3):
        charger = await connect(boots=False)
        await charger.say("garbage")
        await charger.ask("Heartbeat", {})
        await charger.leave()
    diagnostics: Any = await get_diagnostics_for_config_entry(
        hass, hass_client, integration
    )
    violations = diagnostics["chargers"][0]["violations"]
    assert list(violations.values()) == [3]
    assert sum("broke the protocol" in text for text in caplog.messages) == 1
