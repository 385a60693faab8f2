"""What stays in memory for a charger that is added while Home Assistant runs."""

import gc

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import charger_data


async def test_a_charger_keeps_nothing_of_the_ones_before(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    integration: MockConfigEntry,
) -> None:
    """Otherwise, each further one would take more than the one before."""
    first = er.async_entries_for_config_entry(entity_registry, integration.entry_id)
    things = [thing for entity in first for thing in (entity, entity.unique_id)]

    def holders() -> int:
        gc.collect()
        return len(gc.get_referrers(*things))

    async def add(identity: str) -> None:
        subentry = ConfigSubentry(**charger_data(identity))  # type: ignore[arg-type]  # a plain dict of its fields
        hass.config_entries.async_add_subentry(integration, subentry)
        await hass.async_block_till_done(wait_background_tasks=True)

    before = holders()
    await add("garage-2")
    assert holders() == before
