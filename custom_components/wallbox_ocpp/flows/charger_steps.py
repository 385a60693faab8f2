"""Base of the steps for a charger that has been added."""

from collections.abc import Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback

from ..charger.charger import Charger
from ..models import WallboxConfigEntry
from ..storage.display_name import display_name


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
        subentry = self._get_reconfigure_subentry()
        return display_name(self.hass, self._get_entry(), subentry)

    def _form(
        self,
        step_id: str,
        schema: vol.Schema | None = None,
        errors: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        """Show a form whose texts name the charger; one without a schema asks to confirm."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}) if schema is None else schema,
            errors=errors,
            description_placeholders={"charger": self._name},
        )

    def _store(self, changes: Mapping[str, Any]) -> SubentryFlowResult:
        """Change settings of the charger, where None removes one, and end the flow."""
        subentry = self._get_reconfigure_subentry()
        settings = {**subentry.data, **changes}
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            data={key: value for key, value in settings.items() if value is not None},
        )

    @callback
    def _change_settings(self, changes: Mapping[str, Any]) -> None:
        subentry = self._get_reconfigure_subentry()
        self.hass.config_entries.async_update_subentry(
            self._get_entry(), subentry, data={**subentry.data, **changes}
        )
