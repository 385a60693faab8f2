"""Home Assistant's own Wallbox integration: what controls a charger beside us is reported."""

import asyncio
from collections.abc import Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.monitor import LOOK_EVERY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.screen import Repairs, issue_keys

type Know = Callable[[str | int], list[str]]
"""Lets the cloud know a charger, and returns its entities."""


@pytest.fixture
def cloud(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> Know:
    """Return a function that lets the cloud know a charger, and returns its entities."""
    entry = MockConfigEntry(domain="wallbox")
    entry.add_to_hass(hass)

    def know(serial_number: str | int) -> list[str]:
        device = device_registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("wallbox", serial_number)},  # type: ignore[arg-type]  # the cloud gives numbers
        )
        return [
            entity_registry.async_get_or_create(
                domain,
                "wallbox",
                f"{domain}_{serial_number}",
                config_entry=entry,
                device_id=device.id,
            ).entity_id
            for domain in ("lock", "number", "sensor")
        ]

    return know


async def test_controls_in_the_cloud_are_reported_and_a_click_disables_them(
    issue_registry: ir.IssueRegistry,
    entity_registry: er.EntityRegistry,
    repairs: Repairs,
    connect: Connect,
    cloud: Know,
) -> None:
    cloud("777999")
    lock, number, sensor = cloud(777123)
    charger = await connect(boots=False)
    await asyncio.sleep(LOOK_EVERY.total_seconds() + 1)
    assert not issue_keys(issue_registry)
    await charger.boot(chargePointSerialNumber="777123")
    await until(lambda: issue_keys(issue_registry) == {"cloud_wallbox"})
    await repairs.submit(await repairs.open("cloud_wallbox"))
    assert not issue_keys(issue_registry)
    entities = {name: entity_registry.async_get(name) for name in (lock, number)}
    assert all(entity and entity.disabled for entity in entities.values())
    assert (found := entity_registry.async_get(sensor))
    assert not found.disabled
    await asyncio.sleep(LOOK_EVERY.total_seconds() + 1)
    assert not issue_keys(issue_registry)


async def test_controls_in_the_cloud_that_are_removed_are_no_trouble_any_more(
    issue_registry: ir.IssueRegistry,
    entity_registry: er.EntityRegistry,
    connect: Connect,
    cloud: Know,
) -> None:
    lock, number, _ = cloud("777123")
    charger = await connect(boots=False)
    await charger.boot(chargePointSerialNumber="777123")
    await until(lambda: issue_keys(issue_registry) == {"cloud_wallbox"})
    entity_registry.async_remove(lock)
    entity_registry.async_remove(number)
    await until(lambda: not issue_keys(issue_registry))
