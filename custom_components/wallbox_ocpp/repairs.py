"""Repairs: what a click can mend."""

from typing import Final, override

from homeassistant.components.repairs import FlowType, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_USER, SubentryFlowContext
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .charger.charger import Charger
from .charger.cloud import async_controls, async_disable
from .charger.issues import CLOUD_WALLBOX, FIX_REVERTED, UNATTENDED_ENERGY
from .charger.monitor import async_look
from .const import DOMAIN, SUBENTRY_CHARGER
from .errors import failed
from .hub.hub import PORT_IN_USE
from .hub.unknown_chargers import UNKNOWN_CHARGERS
from .models import WallboxConfigEntry


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Create the flow of an issue, which says whose it is and of which kind."""
    key = str((data or {}).get("key"))
    if key == PORT_IN_USE:
        return TryAgainFlow()
    if data and key == UNKNOWN_CHARGERS:
        return AdoptFlow(str(data["entry_id"]))
    charger = _charger(hass, str((data or {}).get("subentry_id")))
    return FLOWS.get(key, RebootFlow)(charger)


def _charger(hass: HomeAssistant, subentry_id: str) -> Charger | None:
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if charger := entry.runtime_data.chargers.get(subentry_id):
            return charger
    return None


class ConfirmFlow(RepairsFlow):
    """A flow that asks before it does something."""

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
        try:
            result = await self.async_repair()
        except HomeAssistantError as error:
            return self.async_abort(
                reason=error.translation_key or "reboot_refused",
                description_placeholders=placeholders,
            )
        return result or self.async_create_entry(data={})

    async def async_repair(self) -> RepairsFlowResult | None:
        """Do it, and return how the flow ends if the repair does not."""
        raise NotImplementedError


class TryAgainFlow(ConfirmFlow):
    """Try once more to listen on the port."""

    @override
    async def async_repair(self) -> None:
        """Try it."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if not await self.hass.config_entries.async_reload(entry.entry_id):
                raise failed("port_in_use", port=str(entry.data[CONF_PORT]))


class ChargerFlow(ConfirmFlow):
    """A flow that does something with a charger."""

    def __init__(self, charger: Charger | None) -> None:
        """Initialize the flow; there is no charger while the integration is not loaded."""
        self._charger = charger

    @override
    async def async_repair(self) -> None:
        """Do it, if there is a charger."""
        if self._charger is None:
            raise failed("charger_offline")
        await self.async_repair_charger(self._charger)

    async def async_repair_charger(self, charger: Charger) -> None:
        """Do it."""
        raise NotImplementedError


class EnergySeenFlow(ChargerFlow):
    """Note that the owner has seen what flowed while nobody watched."""

    @override
    async def async_repair_charger(self, charger: Charger) -> None:
        """Note it."""
        await charger.commands.async_see_unattended()


class DriftSeenFlow(ChargerFlow):
    """Note that the owner has seen that somebody undid the fix."""

    @override
    async def async_repair_charger(self, charger: Charger) -> None:
        """Note it."""
        charger.commands.async_see_drift()


class DisableCloudControlsFlow(ChargerFlow):
    """Take the controls of Home Assistant's own Wallbox integration away."""

    @override
    async def async_repair_charger(self, charger: Charger) -> None:
        """Disable them."""
        serial_number = charger.state.identity.serial_number
        async_disable(self.hass, async_controls(self.hass, serial_number))
        async_look(charger.coordinator)


class RebootFlow(ChargerFlow):
    """Reboot the charger."""

    @override
    async def async_repair_charger(self, charger: Charger) -> None:
        """Press Reboot."""
        await charger.commands.async_reboot()


class AdoptFlow(ConfirmFlow):
    """Leads to where an unknown charger can be added."""

    def __init__(self, entry_id: str) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id

    @override
    async def async_repair(self) -> RepairsFlowResult:
        """Go on to adding one of those who knock."""
        if self.hass.config_entries.async_get_entry(self._entry_id) is None:
            return self.async_abort(reason="not_loaded")
        flow = await self.hass.config_entries.subentries.async_init(
            (self._entry_id, SUBENTRY_CHARGER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        if flow["type"] is FlowResultType.ABORT:
            return self.async_abort(reason="not_loaded")
        # The repair ends when there is no unknown charger any more, not when this flow does.
        return self.async_abort(
            reason="adopt", next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        )


FLOWS: Final[dict[str, type[ChargerFlow]]] = {
    CLOUD_WALLBOX: DisableCloudControlsFlow,
    FIX_REVERTED: DriftSeenFlow,
    UNATTENDED_ENERGY: EnergySeenFlow,
}
"""The flows of a charger's issues; all others reboot it."""
