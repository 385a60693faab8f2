"""Base of the steps for a charger that has been added."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow
from homeassistant.core import callback

from ..charger.charger import Charger
from ..models import WallboxConfigEntry


class ChargerSteps(ConfigSubentryFlow):
    """Steps for a charger that has been added."""

    @property
    def _charger(self) -> Charger | None:
        """The charger; None while the integration is not loaded."""
        entry: WallboxConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.chargers.get(self._reconfigure_subentry_id)

    @property
    def _name(self) -> str:
        return self._get_reconfigure_subentry().title

    @callback
    def _change_settings(self, changes: Mapping[str, Any]) -> None:
        subentry = self._get_reconfigure_subentry()
        self.hass.config_entries.async_update_subentry(
            self._get_entry(), subentry, data={**subentry.data, **changes}
        )
