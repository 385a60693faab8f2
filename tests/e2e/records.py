"""What has been recorded: by Home Assistant, as its panels show it, and by the charger."""

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.home_assistant import HomeAssistantApi
from simulator.virtual_wallbox import VirtualWallbox


async def sessions_told(
    api: HomeAssistantApi, event_entity: str, kind: str
) -> list[dict[str, Any]]:
    """Return what a session event entity has told of sessions that `started` or `ended`."""
    told = await everything_told(api, event_entity)
    return [event for event in told if event["event_type"] == kind]


async def everything_told(
    api: HomeAssistantApi, event_entity: str
) -> list[dict[str, Any]]:
    """Return what a session event entity has told, in that order."""
    await _commit(api)
    start = _long_ago()
    [states] = await api.get(
        f"/api/history/period/{start}?filter_entity_id={event_entity}"
    )
    # Each telling has its own time as its state; after a restart the last one is shown again.
    told = {
        state["state"]: state["attributes"]
        for state in states
        if state["attributes"].get("event_type")
    }
    return list(told.values())


async def automation_runs(
    api: HomeAssistantApi, automation: str
) -> list[dict[str, Any]]:
    """Return the frame log's entries of an automation that was triggered."""
    await _commit(api)
    entries = await api.command(
        "logbook/get_events", start_time=_long_ago(), entity_ids=[automation]
    )
    return [entry for entry in entries if "triggered" in entry.get("message", "")]


def energy_of_last_session(box: VirtualWallbox) -> float:
    """Return the energy between the charger's own first and last reading, in kWh."""
    start: int = box.sent("StartTransaction")[-1].payload["meterStart"]
    stop: int = box.sent("StopTransaction")[-1].payload["meterStop"]
    return (stop - start) / 1000


async def _commit(api: HomeAssistantApi) -> None:
    """Wait until what has happened is in the database."""
    # The recorder does one thing after another, and commits before it deletes nothing.
    await api.command("recorder/clear_statistics", statistic_ids=[])


def _long_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
