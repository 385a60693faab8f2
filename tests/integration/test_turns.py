"""Many chargers at once: each has a turn of the event loop for itself, so that nothing else waits long.

What is counted is chargers in a turn; how long a turn takes is measured by `scripts/bench`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.models import WallboxRuntimeData
from homeassistant.const import CONF_PORT, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from tests.conftest import Connect, charger_data

IDENTITIES: Final = [str(300_001 + number) for number in range(10)]


@pytest.fixture
def entry(hass: HomeAssistant, unused_tcp_port: int) -> MockConfigEntry:
    """Return a configuration with many chargers."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_PORT: unused_tcp_port},
        subentries_data=[charger_data(identity) for identity in IDENTITIES],
    )
    entry.add_to_hass(hass)
    return entry


class Turns:
    """The chargers that each turn of something has had to do with."""

    def __init__(self) -> None:
        """Begin with the first turn."""
        self.number = 0
        self.chargers: defaultdict[int, set[str]] = defaultdict(set)

    def note(self, entity_id: str) -> None:
        """Note to which charger an entity of this turn belongs."""
        self.chargers[self.number] |= {name for name in IDENTITIES if name in entity_id}

    @property
    def fullest(self) -> int:
        """How many chargers a turn has had at most."""
        return max(map(len, self.chargers.values()))

    @contextmanager
    def counted(self, owner: object, method: str) -> Generator[None]:
        """Begin a turn with each call of a method."""
        run = getattr(owner, method)

        def counting(*arguments: object) -> None:
            self.number += 1
            run(*arguments)

        with patch.object(owner, method, counting):
            yield


async def test_no_callback_adds_the_entities_of_several_chargers(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    turns = Turns()

    @callback
    def registered(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        turns.note(event.data["entity_id"])

    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registered)
    with turns.counted(asyncio.Handle, "_run"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    assert set().union(*turns.chargers.values()) == set(IDENTITIES)
    assert turns.fullest == 1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("integration")
async def test_no_turn_of_the_loop_takes_in_several_chargers(
    hass: HomeAssistant, connect: Connect
) -> None:
    turns = Turns()

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new and new.state == "on" and new.entity_id.endswith("connection"):
            turns.note(new.entity_id)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    with turns.counted(asyncio.get_running_loop(), "_run_once"):
        await asyncio.gather(*(connect(identity=name) for name in IDENTITIES))
    assert set().union(*turns.chargers.values()) == set(IDENTITIES)
    assert turns.fullest == 1


async def test_a_changed_setting_of_one_charger_is_no_work_for_the_others(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    runtime: WallboxRuntimeData = integration.runtime_data
    # The sessions of this month are added up in the background.
    await hass.async_block_till_done(wait_background_tasks=True)
    told: list[str] = []
    for charger in runtime.chargers.values():
        charger.coordinator.async_add_listener(partial(told.append, charger.identity))
    subentry = next(iter(integration.subentries.values()))
    hass.config_entries.async_update_subentry(integration, subentry, title="Garage")
    await hass.async_block_till_done()
    assert set(told) == {IDENTITIES[0]}
