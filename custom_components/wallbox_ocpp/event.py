"""Events of a charger."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import WallboxConfigEntry
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.account import account
from .wallbox.charging_session import ChargingSession

PARALLEL_UPDATES = 0

SESSION_STARTED: Final = "started"
SESSION_ENDED: Final = "ended"

KNOWN_AT_START: Final = {
    "transaction_id",
    "plugged_in",
    "started",
    "started_by",
    "id_tag",
}


@dataclass(frozen=True, kw_only=True)
class WallboxEventDescription(WallboxEntityDescription, EventEntityDescription):
    """Describe an event of a charger."""


DESCRIPTION: Final = WallboxEventDescription(
    key="session",
    translation_key="session",
    lasting=True,
    event_types=[SESSION_STARTED, SESSION_ENDED],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events."""
    async_add_chargers(
        entry,
        async_add_entities,
        lambda coordinator: [WallboxSessionEvent(coordinator, DESCRIPTION)],
    )


class WallboxSessionEvent(WallboxEntity, EventEntity):
    """Says when a charging session starts and when it ends.

    It is always available: it also tells of sessions that ended while the charger, or Home
    Assistant, was away.
    """

    entity_description: WallboxEventDescription

    @property
    @override
    def showing(self) -> object:
        """Nothing that changes with the state of the charger."""
        return None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for sessions."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.chronicle.async_listen(self._tell))

    @callback
    def _tell(self, event_type: str, session: ChargingSession) -> None:
        attributes = account(session, self.coordinator.figures)
        if event_type == SESSION_STARTED:
            attributes = {
                name: value
                for name, value in attributes.items()
                if name in KNOWN_AT_START
            } | {"delayed": session.start_delayed}
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()
