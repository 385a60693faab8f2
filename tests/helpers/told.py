"""What event entities tell of sessions and cards, and the readings that come in between."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from tests.helpers.screen import Screen


class Told:
    """What an event entity has told."""

    def __init__(
        self, hass: HomeAssistant, screen: Screen, key: str = "session"
    ) -> None:
        """Listen from now on."""
        self.events: list[Mapping[str, Any]] = []
        self._last = ""
        entity_id = screen.entity_id("event", key)

        @callback
        def listen(event: Event[Any]) -> None:
            state = event.data["new_state"]
            # An event entity that comes back after a reload shows its last event again.
            if event.data["entity_id"] == entity_id and state.state > self._last:
                if state.attributes.get("event_type"):
                    self._last = state.state
                    self.events.append(state.attributes)

        hass.bus.async_listen("state_changed", listen)

    @property
    def types(self) -> list[str]:
        """Return the kinds of events, in order."""
        return [event["event_type"] for event in self.events]


@pytest.fixture
async def told(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> Told:
    """Return what is told of sessions."""
    return Told(hass, screen)


@pytest.fixture
async def shown(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen
) -> Told:
    """Return what is told of cards."""
    return Told(hass, screen, "card")


def readings(
    transaction_id: int | None, energy: str, timestamp: datetime | None = None
) -> dict[str, Any]:
    """Return a reading of the lifetime meter, in Wh."""
    meter_value = {
        "timestamp": (timestamp or dt_util.utcnow()).isoformat(),
        "sampledValue": [{"value": energy, "unit": "Wh"}],
    }
    payload: dict[str, Any] = {"connectorId": 1, "meterValue": [meter_value]}
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    return payload
