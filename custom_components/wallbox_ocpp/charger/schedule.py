"""Reads the times of a schedule helper."""

from typing import Any, Final, cast

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

_SCHEDULE: Final = "schedule"


async def async_week_of(
    hass: HomeAssistant, entity_id: str
) -> dict[str, list[dict[str, Any]]] | None:
    """Return the blocks of a schedule by the days of the week; None if it cannot be read now."""
    if hass.states.get(entity_id) is None:
        return None
    try:
        answer = await hass.services.async_call(
            _SCHEDULE,
            "get_schedule",
            {"entity_id": entity_id},
            blocking=True,
            return_response=True,
        )
    except HomeAssistantError:
        return None
    week = answer.get(entity_id) if answer else None
    # Home Assistant's own action answers with lists of blocks.
    return (
        cast(dict[str, list[dict[str, Any]]], week) if isinstance(week, dict) else None
    )
