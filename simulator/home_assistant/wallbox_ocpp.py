"""What a person does in the frontend to set up Wallbox OCPP."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .api import POLL, ApiError, HomeAssistantApi

_FLOW: Final = "/api/config/config_entries/flow"
_SUBENTRY_FLOW: Final = "/api/config/config_entries/subentries/flow"
_ENTITIES: Final = frozenset(
    {
        "charging",
        "connection",
        "current_limit",
        "energy",
        "energy_this_month",
        "firmware",
        "halo",
        "limited_by",
        "offline_protection",
        "power",
        "reboot",
        "session",
        "session_energy",
        "status",
        "vehicle_charging",
        "vehicle_connected",
        "why_not_charging",
    }
)


@dataclass(frozen=True, slots=True)
class Charger:
    """What Home Assistant has of a charger.

    Attributes:
        device_id: Its device.
        entities: Entity ids by what they show, such as `halo`.
    """

    device_id: str
    entities: Mapping[str, str]


async def add_wallbox_ocpp(api: HomeAssistantApi, port: int) -> str:
    """Add the integration on a port, and return the id of its config entry."""
    form = await api.post(_FLOW, handler="wallbox_ocpp")
    done = await api.post(f"{_FLOW}/{form['flow_id']}", port=port)
    return str(_created(done)["result"]["entry_id"])


async def add_charger(
    api: HomeAssistantApi, entry_id: str, identity: str, timeout: float = 10
) -> Charger:
    """Add a charger, and return it once it has all its entities."""
    begun = await api.post(_SUBENTRY_FLOW, handler=[entry_id, "charger"])
    step = f"{_SUBENTRY_FLOW}/{begun['flow_id']}"
    if begun["type"] == "menu":
        # An unknown charger could also be picked.
        await api.post(step, next_step_id="new")
    await api.post(step, identity=identity)
    _created(await api.post(step, next_step_id="later"))
    return await find_charger(api, identity, timeout=timeout)


async def find_charger(
    api: HomeAssistantApi, identity: str, *further: str, timeout: float = 10
) -> Charger:
    """Return a charger once it has all its entities, and some that not every charger has."""
    wanted = _ENTITIES | {*further}
    async with asyncio.timeout(timeout):
        while not ((charger := await _find(api, identity)).entities.keys() >= wanted):
            await asyncio.sleep(POLL)
    return charger


async def enable(
    api: HomeAssistantApi, entry_id: str, charger: Charger, *keys: str
) -> None:
    """Enable entities of a charger that are off by default."""
    for key in keys:
        await api.command(
            "config/entity_registry/update",
            entity_id=charger.entities[key],
            disabled_by=None,
        )
    # Home Assistant loads what was enabled after half a minute, or now.
    await api.post(f"/api/config/config_entries/entry/{entry_id}/reload")


async def _find(api: HomeAssistantApi, identity: str) -> Charger:
    prefix = f"{identity}_"
    found = {
        entity["unique_id"].removeprefix(prefix): entity
        for entity in await api.command("config/entity_registry/list")
        if entity["platform"] == "wallbox_ocpp"
        and entity["unique_id"].startswith(prefix)
    }
    return Charger(
        device_id=next((entity["device_id"] for entity in found.values()), ""),
        entities={key: entity["entity_id"] for key, entity in found.items()},
    )


def _created(step: dict[str, Any]) -> dict[str, Any]:
    if step["type"] != "create_entry":
        raise ApiError(f"the flow did not finish: {step}")
    return step
