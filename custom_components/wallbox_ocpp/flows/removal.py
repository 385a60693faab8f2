"""The step that removes a charger, after restoring its configuration."""

from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import BooleanSelector

from ..charger.charger import Charger
from ..charger.removal import async_disown, async_forget, async_restore, holds_ours
from ..const import CONF_RESTORE
from .charger_steps import ChargerSteps

REMOVE_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_RESTORE, default=True): BooleanSelector()}
)


class RemovalFlow(ChargerSteps):
    """The step that removes a charger, after restoring its configuration."""

    async def async_step_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Put the original configuration back, if that is wanted, and remove the charger."""
        errors: dict[str, str] = {}
        if user_input is not None:
            charger, restore = self._charger, user_input[CONF_RESTORE]
            error = await _async_prepare(charger, restore=restore)
            if error is None:
                subentry_id = self._reconfigure_subentry_id
                self.hass.config_entries.async_remove_subentry(
                    self._get_entry(), subentry_id
                )
                if charger is None:
                    # Nobody else is there to do it.
                    await async_forget(self.hass, subentry_id)
                return self.async_abort(reason="removed")
            errors["base"] = error
        schema = self.add_suggested_values_to_schema(REMOVE_SCHEMA, user_input)
        return self._form("remove", schema, errors)


async def _async_prepare(charger: Charger | None, *, restore: bool) -> str | None:
    """Prepare a charger for being removed; return the key of what keeps it from that."""
    if charger is None:
        return "charger_offline" if restore else None
    if restore and holds_ours(charger.state):
        try:
            await async_restore(charger)
        except HomeAssistantError as error:
            return error.translation_key or "restore_refused"
    # The owner has decided; no repair is needed for what is left in the charger.
    async_disown(charger)
    return None
