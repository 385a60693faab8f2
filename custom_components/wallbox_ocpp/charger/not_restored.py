"""The original configurations of chargers that were deleted before these were restored.

Each is in a file of its own, and a repair tells of it. Home Assistant writes the ids of issues into
each diagnostics file, and of persistent ones all texts, too: so these are not persistent, but created
again at each start, and their ids have nothing of the charger.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from mashumaro.codecs.basic import BasicDecoder

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.json import json_loads_object
from homeassistant.util.ulid import ulid_now

from ..const import DOMAIN
from ..localize import verbatim
from ..storage.file import Exact, NotOnDiskError, async_stored, readable
from ..storage.store import ChargerStore, Name, StoredState
from ..wallbox.model.settings import Settings

NOT_RESTORED: Final = "not_restored"

_DECODE: Final = BasicDecoder(Settings, default_dialect=Exact).decode


async def async_keep_originals(
    hass: HomeAssistant, name: Name, settings: Settings
) -> str:
    """Keep the original configuration of a deleted charger, and return the id of its repair.

    What was kept before under the same identity is replaced.

    Raises:
        NotOnDiskError: It could not be written.
    """
    stored = StoredState(
        name=name,
        settings=Settings(
            originals=settings.originals, originals_of=settings.originals_of
        ),
    )
    kept_ids = await _async_kept_of(hass, name.identity) if name.identity else {}
    kept_id = next(iter(kept_ids), ulid_now())
    await _store(hass, kept_id).async_save(stored)
    return _async_report(hass, kept_id, stored)


async def async_report_not_restored(hass: HomeAssistant) -> None:
    """Create the repairs of all chargers that were not restored."""
    await _async_take_from_issues(hass)
    for kept_id, stored in (await _async_kept(hass)).items():
        _async_report(hass, kept_id, stored)


async def async_recover_originals(
    hass: HomeAssistant, identity: str, store: ChargerStore, stored: StoredState
) -> StoredState:
    """Return the stored state of a charger that is added, with its original configuration if kept.

    It is kept until it is on disk elsewhere.
    """
    for kept_id, kept in (await _async_kept_of(hass, identity)).items():
        settings = replace(
            stored.settings,
            originals={**kept.settings.originals, **stored.settings.originals},
            originals_of=kept.settings.originals_of or stored.settings.originals_of,
        )
        stored = replace(stored, settings=settings)
        with suppress(NotOnDiskError, OSError):
            await store.async_save(stored)
            await _async_forget(hass, kept_id)
    return stored


async def async_forget_originals(hass: HomeAssistant) -> None:
    """Delete the original configurations of all deleted chargers, and their repairs."""
    for kept_id in await async_stored(hass, NOT_RESTORED):
        await _async_forget(hass, kept_id)
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(f"{NOT_RESTORED}_"):
            ir.async_delete_issue(hass, domain, issue_id)


async def _async_take_from_issues(hass: HomeAssistant) -> None:
    """Keep what earlier versions kept in persistent issues, as far as it is readable, and delete these."""
    registry = ir.async_get(hass)
    for (domain, issue_id), issue in list(registry.issues.items()):
        if domain != DOMAIN or issue.translation_key != NOT_RESTORED:
            continue
        if not issue.is_persistent or issue.data is None:
            continue
        if (settings := readable(_settings_in, issue.data)) is None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        identity = issue_id.removeprefix(f"{NOT_RESTORED}_")
        title = (issue.translation_placeholders or {}).get("charger", identity)
        with suppress(NotOnDiskError):
            new_id = await async_keep_originals(
                hass, Name(identity=identity, title=title), settings
            )
            if issue.dismissed_version:
                registry.async_ignore(DOMAIN, new_id, True)
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _settings_in(data: Mapping[str, Any]) -> Settings:
    """Return what an issue of an earlier version has kept."""
    originals, whose = json_loads_object(data["originals"]), data.get("originals_of")
    return _DECODE(
        {"originals": originals, "originals_of": str(whose) if whose else None}
    )


async def _async_kept(hass: HomeAssistant) -> dict[str, StoredState]:
    """Return all that is kept, in the order in which the chargers were deleted.

    A file of which nothing could be read tells nothing; that it was damaged is told by another repair.
    """
    return {
        kept_id: stored
        for kept_id in sorted(await async_stored(hass, NOT_RESTORED))
        if (stored := await _store(hass, kept_id).async_load()).name != Name()
        or stored.settings.originals
    }


async def _async_kept_of(hass: HomeAssistant, identity: str) -> dict[str, StoredState]:
    """Return what is kept under an identity."""
    return {
        kept_id: stored
        for kept_id, stored in (await _async_kept(hass)).items()
        if stored.name.identity == identity
    }


async def _async_forget(hass: HomeAssistant, kept_id: str) -> None:
    await _store(hass, kept_id).async_remove()
    ir.async_delete_issue(hass, DOMAIN, _issue_id(kept_id))


@callback
def _async_report(hass: HomeAssistant, kept_id: str, stored: StoredState) -> str:
    """Create the repair of a charger, and return its id."""
    told = [
        f"{verbatim(key)}: {verbatim(value)}"
        for key, value in stored.settings.originals.items()
    ]
    issue_id = _issue_id(kept_id)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=NOT_RESTORED,
        translation_placeholders={
            "charger": stored.name.title or "?",
            "identity": stored.name.identity or "?",
            "settings": ", ".join(told) or "–",
        },
    )
    return issue_id


def _store(hass: HomeAssistant, kept_id: str) -> ChargerStore:
    return ChargerStore(hass, f"{NOT_RESTORED}.{kept_id}")


def _issue_id(kept_id: str) -> str:
    return f"{NOT_RESTORED}_{kept_id}"
