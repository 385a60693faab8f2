"""Repairs that press Reboot."""

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .coordinator import ChargerCoordinator, WallboxConfigEntry


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Create the flow of an issue, which carries its charger's subentry id."""
    subentry_id = str((data or {}).get("subentry_id"))
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if charger := entry.runtime_data.coordinators.get(subentry_id):
            return RebootFlow(charger)
    return ConfirmRepairFlow()


class RebootFlow(RepairsFlow):
    """Reboot the charger once the owner agrees."""

    def __init__(self, charger: ChargerCoordinator) -> None:
        """Initialize the flow."""
        self._charger = charger

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, then reboot."""
        if user_input is not None:
            try:
                await self._charger.async_reboot()
            except HomeAssistantError as error:
                return self.async_abort(
                    reason=error.translation_key or "reboot_refused",
                    description_placeholders=self._placeholders,
                )
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm", description_placeholders=self._placeholders
        )

    @property
    def _placeholders(self) -> dict[str, str]:
        return {"charger": self._charger.subentry.title}
