"""Removing a charger: its original configuration is restored, and its data deleted.

The charger's own dialog restores first. If its subentry is deleted directly, as much as possible is
restored at that moment, or nothing if the integration does not run; the rest is kept in a repair,
for when the charger is added again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import json_dumps
from homeassistant.util.json import json_loads_object
from homeassistant.util.ulid import ulid_at_time

from ..const import DOMAIN
from ..errors import failed
from ..localize import verbatim
from ..storage.archive import SessionArchive
from ..storage.file import NotOnDiskError, async_stored
from ..storage.store import ChargerStore, StoredState
from ..wallbox.model.offline_fix import Protection, same
from ..wallbox.model.reading import WRITTEN
from ..wallbox.model.settings import Settings
from ..wallbox.state import ChargerState
from .charger import Charger
from .issues import async_delete_issues

NOT_RESTORED: Final = "not_restored"
A_MOMENT: Final = timedelta(minutes=1)
"""Time within which a config entry and its first charger are created."""
RESTORE_WITHIN: Final = 30.0
"""Seconds for a restore when a subentry is deleted directly."""


async def async_restore_deleted(hass: HomeAssistant, charger: Charger) -> None:
    """Restore a charger whose subentry was deleted, as far as possible; keep the rest in a repair."""
    if not holds_ours(charger.state):
        return
    try:
        async with asyncio.timeout(RESTORE_WITHIN):
            await async_restore(charger)
    except HomeAssistantError, TimeoutError:
        title = charger.coordinator.subentry.title
        _keep_in_repair(hass, charger.identity, title, charger.state.settings)
    async_disown(charger)


@callback
def async_disown(charger: Charger) -> None:
    """Forget a charger's original configuration: it is restored, kept elsewhere, or not wanted."""
    settings = replace(charger.state.settings, originals={}, fix_enabled=False)
    charger.coordinator.async_set(replace(charger.state, settings=settings))


async def async_forget_deleted(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the chargers that were deleted while nobody noticed; keep what they had in repairs.

    Those of an earlier config entry stay: it may have been lost, and be restored from a backup.
    """
    since = ulid_at_time((entry.created_at - A_MOMENT).timestamp())
    for subentry_id in await async_stored(hass) - _known(hass):
        # These ids are ULIDs, which sort by the time when they were made.
        if subentry_id < since:
            continue
        stored = await ChargerStore(hass, subentry_id).async_load()
        if holds_ours(state := stored.state()) and not _is_restored(state.settings):
            # Earlier versions did not store the name. The identity often is the serial number.
            identity = stored.name.identity or state.identity.serial_number or "?"
            title = stored.name.title or identity
            _keep_in_repair(hass, identity, title, state.settings)
        # What cannot be deleted now is looked at again after the next start.
        with suppress(OSError):
            await async_forget(hass, subentry_id)


async def async_forget(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all stored data of a charger."""
    await ChargerStore(hass, subentry_id).async_remove()
    await SessionArchive(hass, subentry_id).async_remove()
    async_delete_issues(hass, subentry_id)


async def async_recover_originals(
    hass: HomeAssistant, identity: str, store: ChargerStore, stored: StoredState
) -> StoredState:
    """Return the stored state of a charger that is added, with its original configuration if kept.

    The repair keeps it until it is on disk elsewhere.
    """
    issue = ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(identity))
    if issue is None or issue.data is None:
        return stored
    originals: Mapping[str, Any] = json_loads_object(str(issue.data["originals"]))
    settings = stored.settings
    whose = issue.data.get("originals_of") or settings.originals_of
    settings = replace(
        settings,
        originals={**originals, **settings.originals},
        originals_of=str(whose) if whose else None,
    )
    stored = replace(stored, settings=settings)
    with suppress(NotOnDiskError):
        await store.async_save(stored)
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    return stored


@callback
def async_delete_restore_issues(hass: HomeAssistant) -> None:
    """Delete all repairs that keep the original configuration of a removed charger."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(f"{NOT_RESTORED}_"):
            ir.async_delete_issue(hass, domain, issue_id)


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


def _keep_in_repair(
    hass: HomeAssistant, identity: str, title: str, settings: Settings
) -> None:
    """Keep the original configuration of a charger in a repair."""
    told = [
        f"{verbatim(key)}: {verbatim(value)}"
        for key, value in settings.originals.items()
    ]
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(identity),
        data={
            "originals": json_dumps(settings.originals),
            "originals_of": settings.originals_of,
        },
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=NOT_RESTORED,
        translation_placeholders={
            "charger": title,
            "identity": identity,
            "settings": ", ".join(told) or "–",
        },
    )


def _known(hass: HomeAssistant) -> set[str]:
    """Return the ids of all chargers."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return {subentry_id for entry in entries for subentry_id in entry.subentries}


def _issue_id(identity: str) -> str:
    return f"{NOT_RESTORED}_{identity}"
