"""What a person sees of a charger in Home Assistant, and does there."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir


class Screen:
    """What a person sees of one charger in Home Assistant."""

    def __init__(self, hass: HomeAssistant, identity: str) -> None:
        """Look at the entities of a charger."""
        self._hass = hass
        self._identity = identity

    def has(self, platform: str, key: str) -> bool:
        """Return whether there is an entity."""
        return self._entity_id(platform, key) is not None

    def entity_id(self, platform: str, key: str) -> str:
        """Return the id of an entity, by its key."""
        entity_id = self._entity_id(platform, key)
        assert entity_id
        return entity_id

    def _entity_id(self, platform: str, key: str) -> str | None:
        return er.async_get(self._hass).async_get_entity_id(
            platform, DOMAIN, f"{self._identity}_{key}"
        )

    def entity(self, platform: str, key: str) -> State:
        """Return the state of an entity, by its key."""
        state = self._hass.states.get(self.entity_id(platform, key))
        assert state
        return state

    def sensor(self, key: str) -> str:
        """Return what a sensor says."""
        return self.entity("sensor", key).state

    async def press(self, key: str) -> None:
        """Press a button."""
        await self._hass.services.async_call(
            "button",
            "press",
            {"entity_id": self.entity_id("button", key)},
            blocking=True,
        )

    async def set(self, key: str, value: float) -> None:
        """Set a number."""
        await self._hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": self.entity_id("number", key), "value": value},
            blocking=True,
        )

    async def switch(self, key: str, *, on: bool) -> None:
        """Turn a switch on or off."""
        await self._hass.services.async_call(
            "switch",
            "turn_on" if on else "turn_off",
            {"entity_id": self.entity_id("switch", key)},
            blocking=True,
        )

    async def lock(self, *, locked: bool) -> None:
        """Lock or unlock the charger."""
        await self._hass.services.async_call(
            "lock",
            "lock" if locked else "unlock",
            {"entity_id": self.entity_id("lock", "access")},
            blocking=True,
        )


def protected(screen: Screen) -> bool:
    """Return whether the offline fix is shown as active."""
    return screen.sensor("offline_protection") == "protected"


def issue_keys(issue_registry: ir.IssueRegistry) -> set[str | None]:
    """Return the kinds of repair issues that are open."""
    return {
        issue.translation_key
        for (domain, _), issue in issue_registry.issues.items()
        if domain == DOMAIN and issue.active
    }


class Repairs:
    """The repairs of the first charger, through the API that the frontend uses."""

    def __init__(self, client: TestClient[Any, Any], subentry_id: str) -> None:
        """Look at the repairs of a charger."""
        self._client = client
        self.subentry_id = subentry_id

    async def open(self, key: str) -> dict[str, Any]:
        """Open a repair and return its form."""
        body = {"handler": DOMAIN, "issue_id": issue_id(key, self.subentry_id)}
        return await self._post("", body)

    async def submit(self, form: dict[str, Any]) -> dict[str, Any]:
        """Submit the form of a repair and return what came of it."""
        return await self._post(f"/{form['flow_id']}", {})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(f"/api/repairs/issues/fix{path}", json=body)
        assert response.status == HTTPStatus.OK
        result: dict[str, Any] = await response.json()
        return result
