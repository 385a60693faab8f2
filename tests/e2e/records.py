"""What Home Assistant has recorded, as its History and Logbook panels show it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.real_home_assistant import HomeAssistantApi

_COMMIT: Final = 2.0
"""Seconds until what has happened is sure to be in the database, which commits every second."""


async def sessions_told(
    api: HomeAssistantApi, event_entity: str, kind: str
) -> list[dict[str, Any]]:
    """Return what a session event entity has told of sessions that `started` or `ended`."""
    await asyncio.sleep(_COMMIT)
    start = _long_ago()
    [states] = await api.get(
        f"/api/history/period/{start}?filter_entity_id={event_entity}"
    )
    # Each telling has its own time as its state; after a restart the last one is shown again.
    told = {
        state["state"]: state["attributes"]
        for state in states
        if state["attributes"].get("event_type") == kind
    }
    return list(told.values())


async def automation_runs(
    api: HomeAssistantApi, automation: str
) -> list[dict[str, Any]]:
    """Return the logbook's entries of an automation that was triggered."""
    await asyncio.sleep(_COMMIT)
    entries = await api.command(
        "logbook/get_events", start_time=_long_ago(), entity_ids=[automation]
    )
    return [entry for entry in entries if "triggered" in entry.get("message", "")]


def _long_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
