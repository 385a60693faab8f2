"""The one repair for all chargers that knock and have not been added."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval

from .const import DOMAIN
from .csms.admission import FORGET_AFTER, Knock
from .models import WallboxConfigEntry

STRANGERS: Final = "strangers"


class StrangerWatch:
    """Keeps the repair as long as there are strangers, with what there is to say of them."""

    def __init__(self, hass: HomeAssistant, entry: WallboxConfigEntry) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry_id = entry.entry_id
        self._central_system = entry.runtime_data.central_system
        self._told = ""

    @callback
    def async_watch(self) -> CALLBACK_TYPE:
        """Begin; the returned function ends it."""
        unsubscribe = (
            self._central_system.watch(self._knocked),
            async_track_time_interval(
                self._hass, self._passed, timedelta(seconds=FORGET_AFTER / 6)
            ),
        )

        @callback
        def unwatch() -> None:
            for each in unsubscribe:
                each()
            ir.async_delete_issue(self._hass, DOMAIN, STRANGERS)

        return unwatch

    @callback
    def _knocked(self, _: Knock) -> None:
        self._update()

    @callback
    def _passed(self, _: datetime) -> None:
        self._update()

    def _update(self) -> None:
        strangers = self._central_system.admission.strangers
        chargers = "\n".join(
            f"- `{identity}` ({stranger.address})"
            for identity, stranger in strangers.items()
        )
        if chargers == self._told:
            return
        self._told = chargers
        if not chargers:
            ir.async_delete_issue(self._hass, DOMAIN, STRANGERS)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            STRANGERS,
            data={"key": STRANGERS, "entry_id": self._entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=STRANGERS,
            translation_placeholders={"chargers": chargers},
        )
