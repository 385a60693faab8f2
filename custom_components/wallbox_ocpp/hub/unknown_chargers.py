"""The one repair for all chargers that knock and have not been added."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval

from ..const import DOMAIN
from ..csms.handshake import FORGET_AFTER, HandshakeAttempt
from ..csms.server import CentralSystem

UNKNOWN_CHARGERS: Final = "strangers"


class UnknownChargerWatch:
    """Keeps the repair as long as there are unknown chargers, with what there is to say of them."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, central_system: CentralSystem
    ) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry_id = entry_id
        self._central_system = central_system
        self._told = ""

    @callback
    def async_watch(self) -> CALLBACK_TYPE:
        """Begin; the returned function ends it."""
        unsubscribe = (
            self._central_system.watch(self._attempted),
            async_track_time_interval(
                self._hass, self._passed, timedelta(seconds=FORGET_AFTER / 6)
            ),
        )

        @callback
        def unwatch() -> None:
            for each in unsubscribe:
                each()
            ir.async_delete_issue(self._hass, DOMAIN, UNKNOWN_CHARGERS)

        return unwatch

    @callback
    def _attempted(self, _: HandshakeAttempt) -> None:
        self._update()

    @callback
    def _passed(self, _: datetime) -> None:
        self._update()

    def _update(self) -> None:
        unknown_chargers = self._central_system.unknown_chargers.recent
        chargers = "\n".join(
            f"- `{identity}` ({unknown_charger.address})"
            for identity, unknown_charger in unknown_chargers.items()
        )
        if chargers == self._told:
            return
        self._told = chargers
        if not chargers:
            ir.async_delete_issue(self._hass, DOMAIN, UNKNOWN_CHARGERS)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            UNKNOWN_CHARGERS,
            data={"key": UNKNOWN_CHARGERS, "entry_id": self._entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=UNKNOWN_CHARGERS,
            translation_placeholders={"chargers": chargers},
        )
