"""Removing a charger: its original configuration is restored, and its data deleted.

The charger's own dialog restores first. If its subentry is deleted directly, as much as possible is
restored at that moment, or nothing if the integration does not run; the rest is kept for when the
charger is added again (see `not_restored`).
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.ulid import ulid_at_time

from ..const import DOMAIN
from ..errors import failed
from ..storage.archive import SessionArchive
from ..storage.file import NotOnDiskError, async_stored
from ..storage.store import ChargerStore, Name
from ..wallbox.model.offline_fix import Protection, same
from ..wallbox.model.reading import WRITTEN
from ..wallbox.model.settings import Settings
from ..wallbox.state import ChargerState
from .charger import Charger
from .issues import async_delete_issues
from .not_restored import async_keep_originals

A_MOMENT: Final = timedelta(minutes=1)
"""Time within which a config entry and its first charger are created."""
RESTORE_WITHIN: Final = 30.0
"""Seconds for a restore when a subentry is deleted directly."""


async def async_restore_deleted(hass: HomeAssistant, charger: Charger) -> bool:
    """Restore a charger whose subentry was deleted, as far as possible; keep the rest.

    Return False if that could not be written: its file has to stay then, until the next start.
    """
    if not holds_ours(charger.state):
        return True
    try:
        async with asyncio.timeout(RESTORE_WITHIN):
            await async_restore(charger)
    except HomeAssistantError, TimeoutError:
        title = charger.coordinator.display_name
        name = Name(identity=charger.identity, title=title)
        try:
            await async_keep_originals(hass, name, charger.state.settings)
        except NotOnDiskError:
            return False
    async_disown(charger)
    return True


@callback
def async_disown(charger: Charger) -> None:
    """Forget a charger's original configuration: it is restored, kept elsewhere, or not wanted."""
    settings = replace(charger.state.settings, originals={}, fix_enabled=False)
    charger.coordinator.async_set(replace(charger.state, settings=settings))


async def async_forget_deleted(
    hass: HomeAssistant, entry: ConfigEntry, running: Collection[str] = ()
) -> None:
    """Forget the chargers that were deleted while nobody noticed; keep what they came with.

    Those of an earlier config entry stay: it may have been lost, and be restored from a backup.

    Args:
        running: The ids of those that still run, and will be restored if they have been deleted.
    """
    since = ulid_at_time((entry.created_at - A_MOMENT).timestamp())
    for subentry_id in await async_stored(hass) - _known(hass) - set(running):
        # These ids are ULIDs, which sort by the time when they were made.
        if subentry_id < since:
            continue
        stored = await ChargerStore(hass, subentry_id).async_load()
        state = stored.state()
        # What cannot be written or deleted now is looked at again after the next start.
        with suppress(NotOnDiskError, OSError):
            if holds_ours(state) and not _is_restored(state.settings):
                # Earlier versions did not store the name. The identity often is the serial number.
                identity = stored.name.identity or state.identity.serial_number
                title = stored.name.title or identity
                name = Name(identity=identity, title=title)
                await async_keep_originals(hass, name, state.settings)
            await async_forget(hass, subentry_id)


async def async_forget(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all stored data of a charger."""
    await ChargerStore(hass, subentry_id).async_remove()
    await SessionArchive(hass, subentry_id).async_remove()
    async_delete_issues(hass, subentry_id)


async def async_restore(charger: Charger) -> None:
    """Restore the original configuration.

    Raises:
        HomeAssistantError: Not everything was restored.
    """
    answers = await charger.commands.async_restore()
    if not all(answer in WRITTEN for answer in answers.values()):
        raise failed("restore_refused")


def holds_ours(state: ChargerState) -> bool:
    """Return whether a charger may hold settings or a limit of ours."""
    if not state.settings.originals and state.identity.vendor is None:
        # It was never connected.
        return False
    return state.settings.fix_enabled or any(
        (found := state.settings.configuration.get(key)) is None
        or not same(found.value, value)
        for key, value in state.settings.originals.items()
    )


def _is_restored(settings: Settings) -> bool:
    """Return whether the original configuration was put back as a whole, and nothing written since."""
    written = settings.fix_enabled or settings.not_restored
    return not written and settings.protection == Protection()


def _known(hass: HomeAssistant) -> set[str]:
    """Return the ids of all chargers."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}
