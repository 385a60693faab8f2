"""The step that removes a charger, after restoring its configuration."""

from dataclasses import replace
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.helpers.selector import BooleanSelector

from ..charger.charger import Charger
from ..charger.removal import async_forget, async_restore, holds_ours
from ..const import CONF_RESTORE
from ..models import WallboxConfigEntry

REMOVE_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_RESTORE, default=True): BooleanSelector()}
)


class RemovalFlow(ConfigSubentryFlow):
    """The step that removes a charger, after restoring its configuration."""

    async def async_step_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Put the original configuration back, if that is wanted, and remove the charger."""
        entry: WallboxConfigEntry = self._get_entry()
        subentry = self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        if user_input is not None:
            error = await _async_prepare(
                entry, subentry.subentry_id, restore=user_input[CONF_RESTORE]
            )
            if error is None:
                runs = entry.state is ConfigEntryState.LOADED
                self.hass.config_entries.async_remove_subentry(
                    entry, subentry.subentry_id
                )
                if not runs:
                    # Nobody else is there to do it.
                    await async_forget(self.hass, subentry.subentry_id)
                return self.async_abort(reason="removed")
            errors["base"] = error
        return self.async_show_form(
            step_id="remove",
            data_schema=self.add_suggested_values_to_schema(REMOVE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"charger": subentry.title},
        )


async def _async_prepare(
    entry: WallboxConfigEntry, subentry_id: str, *, restore: bool
) -> str | None:
    """Prepare a charger for being removed; return the key of what keeps it from that."""
    runtime = getattr(entry, "runtime_data", None)
    charger: Charger | None = runtime and runtime.chargers.get(subentry_id)
    if restore and charger is None:
        return "charger_offline"
    if charger is None:
        return None
    if restore and holds_ours(charger):
        return await async_restore(charger)
    # The owner has decided; no repair is needed for what is left in the charger.
    settings = replace(charger.state.settings, originals={}, fix_enabled=False)
    charger.coordinator.async_set(replace(charger.state, settings=settings))
    return None
