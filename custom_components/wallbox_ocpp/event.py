"""Events of a charger."""

from dataclasses import dataclass
from typing import Any, Final, override

from ocpp.v16.enums import Reason

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_SHOW_ID_TAG
from .coordinator import WallboxConfigEntry
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.charging_session import ChargingSession

PARALLEL_UPDATES = 0

SESSION_STARTED: Final = "started"
SESSION_ENDED: Final = "ended"


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
        self.async_on_remove(self.coordinator.async_on_session(self._tell))

    @callback
    def _tell(self, event_type: str, session: ChargingSession) -> None:
        attributes: dict[str, Any] = {
            "transaction_id": session.transaction_id,
            "started": session.started.isoformat() if session.started else None,
            "delayed": session.start_delayed,
        }
        if self.coordinator.subentry.data.get(CONF_SHOW_ID_TAG):
            attributes["id_tag"] = session.id_tag
        if event_type == SESSION_ENDED:
            attributes |= _account(session)
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()


def _account(session: ChargingSession) -> dict[str, Any]:
    """What a session has come to: energy in kWh, duration in seconds, the charger's own times."""
    duration = session.duration
    return {
        "ended": session.ended.isoformat() if session.ended else None,
        "duration": duration.total_seconds() if duration is not None else None,
        "energy": None if session.energy is None else round(session.energy / 1000, 3),
        "unattended": round(session.unattended / 1000, 3),
        "reason": Reason(session.reason).name if session.reason else None,
        "delayed": session.end_delayed,
    }
