"""Events of a charger."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from ocpp.v16.enums import AuthorizationStatus

from homeassistant.components.event import (
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.core import callback

from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.charging_session import ChargingSession
from .wallbox.model.events import CardPresented
from .wallbox.views.session_record import account

PARALLEL_UPDATES = 0

ID_TAG: Final = "id_tag"

SESSION_STARTED: Final = "started"
SESSION_ENDED: Final = "ended"

KNOWN_AT_START: Final = {
    "transaction_id",
    "plugged_in",
    "started",
    "started_by",
    "who",
    ID_TAG,
}

CARD_ACCEPTED: Final = "accepted"
CARD_REFUSED: Final = "refused"

REASONS: Final[Mapping[AuthorizationStatus, str]] = {
    AuthorizationStatus.blocked: "disabled",
    AuthorizationStatus.expired: "expired",
    AuthorizationStatus.invalid: "unknown",
}
"""Why a card is refused: values of an event attribute."""


@dataclass(frozen=True, kw_only=True)
class WallboxEventDescription(WallboxEntityDescription, EventEntityDescription):
    """Describe an event of a charger."""


SESSION: Final = WallboxEventDescription(
    key="session",
    lasting=True,
    event_types=[SESSION_STARTED, SESSION_ENDED],
)

CARD: Final = WallboxEventDescription(
    key="card",
    wanted_fn=lambda state: state.access.controlled,
    lasting=True,
    event_types=[CARD_ACCEPTED, CARD_REFUSED],
)

DESCRIPTIONS: Final = (SESSION, CARD)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxSessionEvent(charger, SESSION),
        WallboxCardEvent(charger, CARD),
    ],
)


class WallboxEvent(WallboxEntity, EventEntity):
    """An event of a charger; it leaves the idTag out as long as the owner does not want it shown."""

    entity_description: WallboxEventDescription
    _told: dict[str, Any] | None = None
    """The attributes of the last event, as Home Assistant shows and stores them."""

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return the stored event, without an idTag that is no longer to be shown."""
        if stored := await super().async_get_last_event_data():
            self._told = stored.last_event_attributes
            self._hide()
        return stored

    @callback
    def _tell(self, event_type: str, attributes: dict[str, Any]) -> None:
        self._told = attributes
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._hide():
            self.async_write_ha_state()
        super()._handle_coordinator_update()

    def _hide(self) -> bool:
        """Take out an idTag that is no longer to be shown; return whether there was one."""
        if self._told is None or self.coordinator.shows_id_tags:
            return False
        return self._told.pop(ID_TAG, None) is not None


class WallboxSessionEvent(WallboxEvent):
    """Fires when a charging session starts and when it ends.

    It is always available, because sessions may be announced while the charger is offline.
    """

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for sessions."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charger.session_events.async_listen(self._fire))

    @callback
    def _fire(self, event_type: str, session: ChargingSession) -> None:
        attributes = account(session, self.coordinator.figures)
        if event_type == SESSION_STARTED:
            attributes = {
                name: value
                for name, value in attributes.items()
                if name in KNOWN_AT_START
            } | {"delayed": session.start_delayed}
        self._tell(event_type, attributes)


class WallboxCardEvent(WallboxEvent):
    """Fires once for each card that is presented at the charger."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for cards."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charger.access.async_on_card(self._fire))

    @callback
    def _fire(self, shown: CardPresented) -> None:
        accepted = shown.status is AuthorizationStatus.accepted
        attributes = {
            "name": shown.card and shown.card.name,
            "person": shown.card and shown.card.person,
            "reason": REASONS.get(shown.status),
        }
        if self.coordinator.shows_id_tags:
            attributes[ID_TAG] = shown.id_tag
        self._tell(CARD_ACCEPTED if accepted else CARD_REFUSED, attributes)
