"""Flows, walked through the API that the frontend uses, and as it uses it."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp.test_utils import TestClient

from custom_components.wallbox_ocpp.const import DOMAIN, SUBENTRY_CHARGER
from simulator.virtual_time import PATIENCE

ENTRY: Final = "/api/config/config_entries/flow"
CHARGER: Final = "/api/config/config_entries/subentries/flow"
REPAIR: Final = "/api/repairs/issues/fix"

type Step = Mapping[str, Any]


class Flows:
    """A person who walks through flows, and looks again when the frontend is told to."""

    def __init__(self, client: TestClient[Any, Any], events: Any) -> None:
        """Use a client of Home Assistant's API, and one that hears its events."""
        self._client = client
        self._events = events
        self._paths: dict[str, str] = {}

    async def add_integration(self) -> Step:
        """Begin to add the integration."""
        return await self._begin(ENTRY, handler=DOMAIN)

    async def change_integration(self, entry_id: str) -> Step:
        """Begin to change the integration."""
        return await self._begin(ENTRY, handler=DOMAIN, entry_id=entry_id)

    async def add_charger(self, entry_id: str) -> Step:
        """Begin to add a charger."""
        return await self._begin(CHARGER, handler=[entry_id, SUBENTRY_CHARGER])

    async def change_charger(self, entry_id: str, subentry_id: str) -> Step:
        """Begin to change a charger."""
        handler = [entry_id, SUBENTRY_CHARGER]
        return await self._begin(CHARGER, handler=handler, subentry_id=subentry_id)

    async def repair(self, issue_id: str) -> Step:
        """Begin to repair something."""
        return await self._begin(REPAIR, handler=DOMAIN, issue_id=issue_id)

    async def submit(self, step: Step, **fields: object) -> Step:
        """Submit a form."""
        assert step["type"] == "form", step
        return await self._post(self._resource(step), fields)

    async def choose(self, step: Step, option: str) -> Step:
        """Choose from a menu."""
        assert step["type"] == "menu", step
        assert option in step["menu_options"]
        return await self._post(self._resource(step), {"next_step_id": option})

    async def resume(self, flow_id: str) -> Step:
        """Look at the flow of a charger that another flow has led to."""
        self._paths[flow_id] = CHARGER
        return await self._get(f"{CHARGER}/{flow_id}")

    async def changed(self, step: Step) -> Step:
        """Wait until the frontend is told that a flow has changed, and look at it."""
        async with asyncio.timeout(2 * PATIENCE):
            while True:
                event = (await self._events.receive_json())["event"]["data"]
                if event["flow_id"] == step["flow_id"]:
                    return await self._get(self._resource(step))

    async def sees(self, step: Step, action: str) -> Step:
        """Wait until a flow that waits shows something."""
        while step.get("progress_action") != action:
            assert step["type"] == "progress", step
            step = await self.changed(step)
        return step

    async def ends(self, step: Step) -> Step:
        """Wait until a flow waits no longer."""
        while step["type"] == "progress":
            step = await self.changed(step)
        return step

    async def close(self, step: Step) -> None:
        """Close the window."""
        async with self._client.delete(self._resource(step)) as response:
            assert response.status == HTTPStatus.OK

    def _resource(self, step: Step) -> str:
        return f"{self._paths[step['flow_id']]}/{step['flow_id']}"

    async def _begin(self, path: str, **body: object) -> Step:
        step = await self._post(path, body)
        self._paths[step["flow_id"]] = path
        return step

    async def _post(self, path: str, body: Mapping[str, object]) -> Step:
        async with self._client.post(path, json=body) as response:
            assert response.status == HTTPStatus.OK, await response.text()
            step: Step = await response.json()
            return step

    async def _get(self, path: str) -> Step:
        async with self._client.get(path) as response:
            assert response.status == HTTPStatus.OK, await response.text()
            step: Step = await response.json()
            return step
