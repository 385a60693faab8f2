"""The triggers and the condition, used in real automations."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from simulator.virtual_wallbox import Car
from tests.conftest import IDENTITY, StartCharger
from tests.helpers.screen import Screen


@pytest.fixture
def calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the automations did."""
    return async_mock_service(hass, "test", "automation")


async def automate(
    hass: HomeAssistant, triggers: list[dict[str, Any]], conditions: list[Any]
) -> None:
    """Set up an automation that tells which trigger fired, and the energy."""
    message = {
        "trigger": "{{ trigger.id }}",
        "energy": "{{ trigger.to_state.attributes.energy if 'to_state' in trigger }}",
    }
    automation = {
        "triggers": triggers,
        "conditions": conditions,
        "actions": {"action": "test.automation", "data": message},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [automation]})
    await hass.async_block_till_done()


@pytest.mark.parametrize("aim", ["entity", "device"])
async def test_the_triggers_fire_once_per_session(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    calls: list[ServiceCall],
    aim: str,
) -> None:
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, IDENTITY), integration.entry_id
    )
    assert device
    target = (
        {"entity_id": screen.entity_id("event", "session")}
        if aim == "entity"
        else {"device_id": device.id}
    )
    await automate(
        hass,
        [
            {"trigger": f"{DOMAIN}.session_{kind}", "target": target, "id": kind}
            for kind in ("started", "ended")
        ],
        [],
    )
    box = await start_protected()
    box.plug(Car())
    await box.wait_until(lambda: len(calls) == 1)
    await box.sleep(60)
    box.unplug()
    await box.wait_until(lambda: len(calls) == 2)
    assert [call.data["trigger"] for call in calls] == ["started", "ended"]
    assert float(calls[1].data["energy"]) > 0


async def test_the_condition_holds_only_while_charging(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    calls: list[ServiceCall],
) -> None:
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, IDENTITY), integration.entry_id
    )
    assert device
    condition = {
        "condition": f"{DOMAIN}.is_charging",
        "target": {"device_id": device.id},
        "options": {"behavior": "all"},
    }
    trigger = {"trigger": "event", "event_type": "asked", "id": "asked"}
    await automate(hass, [trigger], [condition])
    box = await start_protected()

    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    assert not calls

    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    assert len(calls) == 1
