"""Wallbox OCPP: a Wallbox charger on a central system inside Home Assistant."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .charger.charger import Charger
from .charger.issues import async_delete_issues
from .charger.not_restored import (
    async_forget_originals,
    async_recover_originals,
    async_report_not_restored,
)
from .charger.removal import async_forget, async_forget_deleted, async_restore_deleted
from .const import CONF_IDENTITY, DOMAIN, SUBENTRY_CHARGER
from .csms.server import CentralSystem
from .frontend.plan import async_setup_plan
from .frontend.resource import async_register, async_serve, async_unregister
from .frontend.sessions import async_setup_sessions
from .hub.hub import async_delete_hub_issues, async_listen
from .hub.ocpp_integration import async_finish
from .hub.view import ChargerView
from .localize import async_load_texts
from .models import WallboxConfigEntry, WallboxRuntimeData
from .services import async_setup_services
from .storage.download import ExportView
from .storage.file import async_report_set_aside, async_stored
from .storage.store import ChargerStore, StoredState

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.LOCK,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TIME,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions and the views, which exist also without a config entry."""
    async_setup_services(hass)
    hass.http.register_view(ChargerView)
    hass.http.register_view(ExportView)
    async_setup_plan(hass)
    async_setup_sessions(hass)
    async_dispatcher_connect(
        hass, SIGNAL_CONFIG_ENTRY_CHANGED, partial(_async_changed, hass)
    )
    await async_serve(hass)
    await async_load_texts(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: WallboxConfigEntry) -> bool:
    """Set up the central system and its chargers."""
    await async_register(hass)
    async_finish(hass, entry)
    await async_report_set_aside(hass)
    await async_report_not_restored(hass)
    await async_forget_deleted(hass, entry)
    central_system = CentralSystem()
    entry.runtime_data = WallboxRuntimeData(central_system=central_system)
    for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        _create(hass, entry, subentry, await _async_load(hass, subentry))
    entry.async_on_unload(
        entry.add_update_listener(partial(_async_updated, dict(entry.data)))
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    # Chargers are admitted after their entities exist, so that no event is missed.
    for charger in entry.runtime_data.chargers.values():
        charger.async_admit()
        await asyncio.sleep(0)
    try:
        await async_listen(hass, entry, central_system)
    except ConfigEntryNotReady:
        await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        raise
    return True


async def async_unload_entry(hass: HomeAssistant, entry: WallboxConfigEntry) -> bool:
    """Unload the central system and its chargers."""
    await entry.runtime_data.central_system.stop()
    unloaded = True
    for platform in PLATFORMS:
        unloaded &= await hass.config_entries.async_unload_platforms(entry, [platform])
        # With many chargers, removing the entities of all platforms at once takes long.
        await asyncio.sleep(0)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: WallboxConfigEntry) -> None:
    """Delete the stored data of all chargers, and the resource of the card."""
    await async_unregister(hass)
    async_delete_hub_issues(hass)
    for subentry_id in {*entry.subentries, *await async_stored(hass)}:
        await async_forget(hass, subentry_id)
    await async_forget_originals(hass)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: WallboxConfigEntry, device: DeviceEntry
) -> bool:
    """Allow to remove a device without a configured charger."""
    return not any(
        (DOMAIN, subentry.data[CONF_IDENTITY]) in device.identifiers
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    )


@callback
def _async_changed(
    hass: HomeAssistant, _: ConfigEntryChange, entry: ConfigEntry
) -> None:
    """Delete the repairs of a disabled entry, because nothing updates them any more.

    It may not have been set up, and is not unloaded then.
    """
    stopped = entry.state is ConfigEntryState.NOT_LOADED
    if entry.domain == DOMAIN and entry.disabled_by and stopped:
        async_delete_hub_issues(hass)
        for subentry_id in entry.subentries:
            async_delete_issues(hass, subentry_id)


async def _async_updated(
    settings: Mapping[str, Any], hass: HomeAssistant, entry: WallboxConfigEntry
) -> None:
    """Apply a change of the entry; chargers that did not change stay connected."""
    if entry.data != settings:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    runtime = entry.runtime_data
    async with runtime.changing:
        await _async_remove(hass, entry, runtime)
        # Removing takes a while, and the entry may have been unloaded meanwhile.
        if _runs(entry, runtime):
            await _async_add(hass, entry, runtime)


async def _async_remove(
    hass: HomeAssistant, entry: WallboxConfigEntry, runtime: WallboxRuntimeData
) -> None:
    for subentry_id in runtime.chargers.keys() - entry.subentries.keys():
        charger = runtime.chargers.pop(subentry_id)
        forgettable = await async_restore_deleted(hass, charger)
        await charger.async_shutdown()
        if forgettable:
            await charger.async_forget()
        async_delete_issues(hass, subentry_id)


async def _async_add(
    hass: HomeAssistant, entry: WallboxConfigEntry, runtime: WallboxRuntimeData
) -> None:
    if entry.subentries.keys() - runtime.chargers.keys():
        # It may be one that was deleted a moment ago, while nothing could be written.
        await async_forget_deleted(hass, entry, runtime.chargers)
    for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        if known := runtime.chargers.get(subentry.subentry_id):
            known.async_reconfigure()
            continue
        stored = await _async_load(hass, subentry)
        if not _runs(entry, runtime):
            return
        charger = _create(hass, entry, subentry, stored)
        for add_entities in runtime.new_charger_callbacks:
            add_entities(charger)
        charger.async_admit()


def _runs(entry: WallboxConfigEntry, runtime: WallboxRuntimeData) -> bool:
    """Return whether an entry has neither been unloaded nor set up anew meanwhile."""
    alive = (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS)
    return entry.state in alive and getattr(entry, "runtime_data", None) is runtime


async def _async_load(hass: HomeAssistant, subentry: ConfigSubentry) -> StoredState:
    """Return what is stored of a charger, also under an earlier subentry."""
    store = ChargerStore(hass, subentry.subentry_id)
    identity = subentry.data[CONF_IDENTITY]
    return await async_recover_originals(
        hass, identity, store, await store.async_load()
    )


def _create(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    subentry: ConfigSubentry,
    stored: StoredState,
) -> Charger:
    runtime = entry.runtime_data
    charger = Charger(hass, entry, subentry, runtime.central_system, stored)
    runtime.chargers[subentry.subentry_id] = charger
    return charger
