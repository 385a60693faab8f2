"""What an entity shows is what is known, although it is not worked out with each change."""

from collections import Counter
from dataclasses import fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.entity import WallboxEntity
from custom_components.wallbox_ocpp.models import WallboxRuntimeData
from custom_components.wallbox_ocpp.wallbox import consequences
from custom_components.wallbox_ocpp.wallbox.model.held_features import HeldLeases
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import VirtualWallbox
from tests.helpers.screen import Screen

CHANGES: Final = 500
SLICES: Final = [field.name for field in fields(ChargerState)]


def entities(hass: HomeAssistant) -> list[WallboxEntity]:
    """Return all entities of the integration."""
    return [
        entity
        for platform in async_get_platforms(hass, DOMAIN)
        for entity in platform.entities.values()
        if isinstance(entity, WallboxEntity)
    ]


async def live(box: VirtualWallbox, screen: Screen) -> None:
    """Let a charger pause, go on, lose its car, be locked, and lose its connection."""
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: screen.sensor("why_not_charging") == "paused")
    await screen.switch("charging", on=True)
    await screen.set("current_limit", 10)
    await box.wait_until(lambda: screen.sensor("limited_by") == "owner")
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await screen.lock(locked=True)
    await box.wait_until(lambda: screen.entity("lock", "access").state == "locked")
    box.cut_network()
    await box.wait_until(lambda: screen.sensor("status") == "unavailable")


async def test_whatever_slice_changes_no_entity_shows_what_was(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    charging_charger: VirtualWallbox,
    screen: Screen,
) -> None:
    runtime: WallboxRuntimeData = integration.runtime_data
    coordinator = next(iter(runtime.chargers.values())).coordinator
    seen = [coordinator.data]
    coordinator.async_on_change(lambda: seen.append(coordinator.data))
    await live(charging_charger, screen)
    slices = {
        name: list({id(part := getattr(state, name)): part for state in seen}.values())
        for name in SLICES
    }
    random, shown_in_turn = Random(0), set[tuple[str, str]]()

    for _ in range(CHANGES):
        before = coordinator.data
        name = random.choice(SLICES)
        part = random.choice(slices[name])
        coordinator.data = replace(before, **{name: part})
        coordinator.async_update_listeners()

        for entity in entities(hass):
            shown = hass.states.get(entity.entity_id)
            entity.async_write_ha_state()
            assert hass.states.get(entity.entity_id) == shown, (name, before)
            if shown:
                shown_in_turn.add((shown.entity_id, shown.state))
    several = Counter(entity_id for entity_id, _ in shown_in_turn)
    assert several[screen.entity_id("sensor", "limited_by")] > 1
    assert several[screen.entity_id("lock", "access")] > 1


async def test_what_is_due_sooner_because_of_a_sensor_is_waited_for(
    integration: MockConfigEntry,
) -> None:
    runtime: WallboxRuntimeData = integration.runtime_data
    [charger] = runtime.chargers.values()
    coordinator, told = charger.coordinator, list[datetime | None]()
    coordinator.async_on_change(
        lambda: told.append(consequences.next_moment(coordinator.data))
    )
    held, due = coordinator.data.charging.held, dt_util.utcnow() + timedelta(hours=1)
    sooner = coordinator.data.holding(replace(held, leases=HeldLeases(doubt_at=due)))
    coordinator.async_sense(sooner)
    coordinator.async_sense(replace(coordinator.data))
    assert told == [due]
