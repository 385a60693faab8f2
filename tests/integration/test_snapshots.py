"""All that is shown of a charger, beside how it was shown before.

What is meant to change is written anew with `pytest --snapshot-update`, and read in the diff.
"""

from datetime import datetime
import json
import math
import re
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props
from syrupy.types import PropertyPath

from custom_components.wallbox_ocpp.diagnostics import (
    async_get_config_entry_diagnostics,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import ExtendedJSONEncoder
from simulator.virtual_time import WallClock
from simulator.virtual_wallbox import VirtualWallbox
from tests.helpers.screen import Screen

NOW: Final = datetime.fromisoformat("2026-06-10T12:00:00+00:00")
FRACTION: Final = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d+")
"""The fraction of a second in a timestamp."""


def steady(*, data: Any, path: PropertyPath) -> Any:
    """Replace what differs between two runs: the port, and fractions of a second.

    How often the loop turns depends on the threads beside it, and each turn takes time.
    """
    if path and path[-1][0] == CONF_PORT:
        return "<port>"
    if path and path[-1][0] == "total_seconds":
        return round(data)
    if isinstance(data, str):
        return FRACTION.sub("", data)
    if isinstance(data, float) and data > NOW.timestamp():
        return math.floor(data)
    return data


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the snapshots, without what differs between two runs."""
    # Whether Home Assistant's own fixture or syrupy's is taken depends on the order of plugins.
    return snapshot.with_defaults(
        matcher=steady, extension_class=HomeAssistantSnapshotExtension
    )


@pytest.fixture(autouse=True)
def _now(wall_clock: WallClock) -> None:
    """Set the clock, before there is a charger."""
    wall_clock.set(NOW)


def entries(
    entity_registry: er.EntityRegistry, integration: MockConfigEntry
) -> list[er.RegistryEntry]:
    """Return the entities of the charger, in the order of their ids."""
    found = er.async_entries_for_config_entry(entity_registry, integration.entry_id)
    return sorted(found, key=lambda entry: entry.entity_id)


async def assert_shown_as_before(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Compare the states of all entities and the diagnostics with their snapshots."""
    for entry in entries(er.async_get(hass), integration):
        assert hass.states.get(entry.entity_id) == snapshot(name=entry.entity_id)
    diagnostics = await async_get_config_entry_diagnostics(hass, integration)
    file = json.loads(json.dumps(diagnostics, cls=ExtendedJSONEncoder))
    # The last frames are the subject of test_diagnostics.py, and their order of others.
    assert file == snapshot(name="diagnostics", exclude=props("records"))


@pytest.mark.usefixtures("protected_charger")
def test_the_entities_of_a_charger(
    entity_registry: er.EntityRegistry,
    integration: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    for entry in entries(entity_registry, integration):
        assert entry == snapshot(name=entry.entity_id)


@pytest.mark.usefixtures("protected_charger")
async def test_a_charger_without_a_car(
    hass: HomeAssistant, integration: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    await assert_shown_as_before(hass, integration, snapshot)


async def test_a_charger_that_charges(
    hass: HomeAssistant,
    charging_charger: VirtualWallbox,
    integration: MockConfigEntry,
    screen: Screen,
    snapshot: SnapshotAssertion,
) -> None:
    await charging_charger.wait_until(lambda: screen.sensor("limited_by") == "owner")
    await assert_shown_as_before(hass, integration, snapshot)
