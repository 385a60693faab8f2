"""Repairs: press Reboot, or note that the owner has seen it."""

from typing import override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .coordinator import ChargerCoordinator, WallboxConfigEntry
from .issues import UNATTENDED_ENERGY


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Create the flow of an issue, which says whose it is and of which kind."""
    charger = _charger(hass, str((data or {}).get("subentry_id")))
    if data and data.get("key") == UNATTENDED_ENERGY:
        return AcknowledgeFlow(charger)
    return RebootFlow(charger)


def _charger(hass: HomeAssistant, subentry_id: str) -> ChargerCoordinator | None:
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if charger := entry.runtime_data.coordinators.get(subentry_id):
            return charger
    return None


class ChargerFlow(RepairsFlow):
    """A flow that asks before it does something with a charger."""

    def __init__(self, charger: ChargerCoordinator | None) -> None:
        """Initialize the flow; there is no charger while the integration is not loaded."""
        self._charger = charger

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, then do it."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        placeholders = issue.translation_placeholders if issue else None
        if user_input is None:
            return self.async_show_form(
                step_id="confirm", description_placeholders=placeholders
            )
        if self._charger is None:
            return self.async_abort(
                reason="charger_offline", description_placeholders=placeholders
            )
        try:
            await self.async_repair(self._charger)
        except HomeAssistantError as error:
            return self.async_abort(
                reason=error.translation_key or "reboot_refused",
                description_placeholders=placeholders,
            )
        return self.async_create_entry(data={})

    async def async_repair(self, charger: ChargerCoordinator) -> None:
        """Do it."""
        raise NotImplementedError


class AcknowledgeFlow(ChargerFlow):
    """Note that the owner has seen it."""

    @override
    async def async_repair(self, charger: ChargerCoordinator) -> None:
        """Note it."""
        await charger.async_acknowledge()


class RebootFlow(ChargerFlow):
    """Reboot the charger."""

    @override
    async def async_repair(self, charger: ChargerCoordinator) -> None:
        """Press Reboot."""
        await charger.async_reboot()
