"""Home Assistant is killed while a charger of the integration OCPP comes here, or goes back.

A kill leaves what is on disk. Home Assistant writes its configuration a second after a change, and
its registries ten seconds after it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from typing import Any, Final
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.wallbox_ocpp.const import CONF_CAME_FROM, CONF_TAKES_IDS, DOMAIN
from homeassistant import bootstrap, loader
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    frame,
    issue_registry as ir,
    label_registry as lr,
    restore_state as rs,
)
from homeassistant.setup import async_setup_component
from simulator.virtual_wallbox import VirtualWallbox
from tests.conftest import IDENTITY
from tests.helpers.flows import Flows
from tests.helpers.ocpp_integration import OCPP, OcppIntegration
from tests.helpers.screen import Screen, protected

from .test_take_over import IDS, THEIRS, box, explained, named, ocpp, port, theirs

__all__ = ["box", "ocpp", "port", "theirs"]

STOPS_WITHIN: Final = 5
"""Seconds that the integration OCPP takes to stop."""
ALL_WRITTEN: Final = 60
"""Seconds after which everything is on disk."""
INSTANTS: Final = (0, 0.5, 1.5, 3, 4.5, 5.5, 7, 10, 14, 20, ALL_WRITTEN)
"""Seconds after the owner's word."""

type Disk = dict[str, Any]


@pytest.fixture
def load_registries() -> bool:
    """Have the registries on disk, too, which they are not in other tests."""
    return False


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Let a killed Home Assistant leave the timers of its WebSockets."""
    return True


@pytest.fixture(autouse=True)
async def _registries(hass: HomeAssistant) -> None:
    await load(hass)


async def load(hass: HomeAssistant) -> None:
    """Load the registries from the disk."""
    dr.async_setup(hass)
    for registry in (ar, cr, dr, er, fr, ir, lr, rs):
        await registry.async_load(hass)
    hass.data[bootstrap.DATA_REGISTRIES_LOADED] = None


async def die(
    hass: HomeAssistant, ocpp: OcppIntegration, disk: Disk, seconds: float
) -> None:
    """Kill Home Assistant after some seconds: what is on disk then is what is left."""
    await asyncio.sleep(seconds)
    left = deepcopy(disk)
    # What still runs of the dead opens no port any more.
    hass.config_entries.async_setup = AsyncMock(return_value=False)  # type: ignore[method-assign]  # for this instance
    await hass.async_stop(force=True)
    ocpp.close_ports()
    await hass.async_block_till_done()
    disk.clear()
    disk.update(left)


@asynccontextmanager
async def next_life(
    config_dir: str, ocpp: OcppIntegration
) -> AsyncGenerator[HomeAssistant]:
    """Start Home Assistant from what is on disk."""
    async with async_test_home_assistant(
        load_registries=False, config_dir=config_dir, initial_state=CoreState.starting
    ) as hass:
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        frame.async_setup(hass)
        await load(hass)
        await hass.config_entries.async_initialize()
        ocpp.install(hass)
        try:
            for domain in (OCPP, DOMAIN):
                assert await async_setup_component(hass, domain, {})
            hass.set_state(CoreState.running)
            await hass.async_block_till_done()
            yield hass
        finally:
            for entry in hass.config_entries.async_entries():
                await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)


def entries(hass: HomeAssistant) -> tuple[ConfigEntry, ConfigEntry]:
    """Return our entry, and that of the integration OCPP."""
    [ours] = hass.config_entries.async_entries(DOMAIN)
    [theirs] = hass.config_entries.async_entries(OCPP)
    return ours, theirs


def old_works(hass: HomeAssistant, port: int) -> bool:
    """Return whether the charger is at the integration OCPP, and nothing of it is here."""
    ours, theirs = entries(hass)
    return (
        theirs.state is ours.state is ConfigEntryState.LOADED
        and ours.data[CONF_PORT] != port
        and {one.unique_id for one in ours.subentries.values()} == {IDENTITY}
        and _owners(hass) == {OCPP}
        and not any(_disabled(hass))
    )


async def new_works(hass: HomeAssistant, port: int, box: VirtualWallbox) -> bool:
    """Return whether the charger is here, and protected."""
    screen = Screen(hass, THEIRS)
    return await _is_here(hass, port, box, lambda: protected(screen))


async def _is_here(
    hass: HomeAssistant, port: int, box: VirtualWallbox, shows: Callable[[], bool]
) -> bool:
    ours, theirs = entries(hass)
    if not theirs.disabled_by or ours.state is not ConfigEntryState.LOADED:
        return False
    with suppress(TimeoutError):
        await box.wait_until(shows)
    return shows() and ours.data[CONF_PORT] == port


def _owners(hass: HomeAssistant) -> set[str | None]:
    registry = er.async_get(hass)
    found = (registry.async_get(entity_id) for entity_id in IDS)
    return {one.platform if one else None for one in found}


def _disabled(hass: HomeAssistant) -> list[bool]:
    registry = er.async_get(hass)
    _, theirs = entries(hass)
    entities = er.async_entries_for_config_entry(registry, theirs.entry_id)
    return [one.disabled for one in entities]


async def _all_is_written(hass: HomeAssistant, integration: MockConfigEntry) -> None:
    # A mocked entry is written with the next change only.
    hass.config_entries.async_update_entry(integration, title="Chargers")
    await asyncio.sleep(ALL_WRITTEN)
    await hass.async_block_till_done()


@pytest.mark.parametrize("seconds", INSTANTS)
async def test_killed_while_the_charger_comes_here(
    hass: HomeAssistant,
    hass_config_dir: str,
    hass_storage: Disk,
    integration: MockConfigEntry,
    flows: Flows,
    ocpp: OcppIntegration,
    box: VirtualWallbox,
    port: int,
    seconds: float,
) -> None:
    await _all_is_written(hass, integration)
    ocpp.stops_within = STOPS_WITHIN
    form = await explained(flows, integration)
    taking = asyncio.create_task(flows.submit(form))
    await die(hass, ocpp, hass_storage, seconds)
    taking.cancel()
    async with next_life(hass_config_dir, ocpp) as again:
        if not old_works(again, port):
            assert await new_works(again, port, box)
            assert all(_disabled(again))
            ours, _ = entries(again)
            [taken] = (x for x in ours.subentries.values() if x.unique_id == THEIRS)
            # What is still to be answered is asked for.
            assert CONF_CAME_FROM in taken.data
            assert seconds > 0
        else:
            assert seconds < STOPS_WITHIN


@pytest.mark.parametrize("seconds", INSTANTS)
async def test_killed_while_the_charger_goes_back(
    hass: HomeAssistant,
    hass_config_dir: str,
    hass_storage: Disk,
    integration: MockConfigEntry,
    flows: Flows,
    ocpp: OcppIntegration,
    box: VirtualWallbox,
    port: int,
    seconds: float,
) -> None:
    menu = await named(flows, integration)
    await _all_is_written(hass, integration)
    going = asyncio.create_task(flows.choose(menu, "give_back"))
    await die(hass, ocpp, hass_storage, seconds)
    going.cancel()
    async with next_life(hass_config_dir, ocpp) as again:
        screen = Screen(again, THEIRS)
        assert old_works(again, port) or await _is_here(
            # It may have got some of its earlier settings back already.
            again,
            port,
            box,
            lambda: screen.sensor("status") == "available",
        )
        if seconds == ALL_WRITTEN:
            assert old_works(again, port)


@pytest.mark.parametrize("seconds", INSTANTS)
async def test_killed_while_the_entity_ids_come_here(
    hass: HomeAssistant,
    hass_config_dir: str,
    hass_storage: Disk,
    integration: MockConfigEntry,
    flows: Flows,
    ocpp: OcppIntegration,
    box: VirtualWallbox,
    port: int,
    seconds: float,
) -> None:
    menu = await named(flows, integration)
    await _all_is_written(hass, integration)
    await flows.choose(menu, "take_ids")
    await die(hass, ocpp, hass_storage, seconds)
    for _ in range(2):
        async with next_life(hass_config_dir, ocpp) as again:
            assert await new_works(again, port, box)
            ours, _ = entries(again)
            [taken] = (x for x in ours.subentries.values() if x.unique_id == THEIRS)
            if CONF_CAME_FROM in taken.data:
                # The owner's answer is lost, and is asked for again.
                assert (_owners(again), seconds < 1.5) == ({OCPP}, True)
            else:
                assert _owners(again) == {DOMAIN}
            await asyncio.sleep(ALL_WRITTEN * 4)
            await again.async_block_till_done()
    # In the end, nothing is left to be done at a start.
    assert CONF_TAKES_IDS not in taken.data
