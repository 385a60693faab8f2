"""The fix flows of repairs."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    FlowType,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .charger.charger import Charger
from .charger.cloud import async_controls, async_disable
from .charger.issues import (
    CLOUD_WALLBOX,
    FIX_REVERTED,
    NOT_ALL_RESTORED,
    OFFLINE_TEST_AGAIN,
    OFFLINE_TEST_FAILED,
    UNATTENDED,
)
from .charger.monitor import async_look
from .charger.removal import async_restore
from .const import DOMAIN, SUBENTRY_CHARGER
from .errors import failed
from .hub.hub import PORT_IN_USE
from .hub.unknown_chargers import UNKNOWN_CHARGERS
from .models import WallboxConfigEntry
from .storage.file import SET_ASIDE


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Create the fix flow of an issue."""
    data = data or {}
    key = str(data.get("key"))
    if key == PORT_IN_USE:
        return ActionFlow(partial(_async_try_port, hass))
    if key == SET_ASIDE:
        return ConfirmRepairFlow()
    if key == UNKNOWN_CHARGERS:
        entry_id = str(data.get("entry_id"))
        return NextFlow("adopt", partial(_async_add_charger, hass, entry_id))
    subentry_id = str(data.get("subentry_id"))
    if key in TESTS:
        return NextFlow("test", partial(_async_test, hass, subentry_id), subentry_id)
    action = ACTIONS.get(key, _reboot)
    return ActionFlow(partial(_async_act, hass, subentry_id, action), subentry_id)


class _IssueFlow(ConfirmRepairFlow):
    """A fix flow that asks for confirmation, and does nothing if its charger has been deleted."""

    def __init__(self, subentry_id: str | None) -> None:
        """Initialize the flow of an issue of a charger, or of none."""
        self._subentry_id = subentry_id
        self._placeholders: Mapping[str, str] | None = None

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask for confirmation, then do what the flow is for."""
        if user_input is None:
            form = await super().async_step_confirm()
            # The issue may be gone when the form is submitted.
            self._placeholders = form.get("description_placeholders")
            return form
        if self._subentry_id and not _exists(self.hass, self._subentry_id):
            return self._abort("charger_deleted")
        return await self._async_confirmed()

    async def _async_confirmed(self) -> RepairsFlowResult:
        raise NotImplementedError

    def _abort(self, reason: str) -> RepairsFlowResult:
        return self.async_abort(
            reason=reason, description_placeholders=self._placeholders
        )


class ActionFlow(_IssueFlow):
    """A fix flow that runs an action when it is confirmed, and shows its error if it fails."""

    def __init__(
        self, action: Callable[[], Awaitable[None]], subentry_id: str | None = None
    ) -> None:
        """Initialize the flow with its action."""
        super().__init__(subentry_id)
        self._action = action

    @override
    async def _async_confirmed(self) -> RepairsFlowResult:
        if ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id) is None:
            # It was confirmed elsewhere, or its condition has ended.
            return self.async_create_entry(data={})
        try:
            await self._action()
        except HomeAssistantError as error:
            return self._abort(error.translation_key or "reboot_refused")
        return self.async_create_entry(data={})


class NextFlow(_IssueFlow):
    """A fix flow that goes on to a flow of a charger; the repair ends with what comes of that."""

    def __init__(
        self,
        reason: str,
        start: Callable[[], Awaitable[SubentryFlowResult | None]],
        subentry_id: str | None = None,
    ) -> None:
        """Initialize the flow with the text at its end, and with what starts the next one."""
        super().__init__(subentry_id)
        self._reason = reason
        self._start = start

    @override
    async def _async_confirmed(self) -> RepairsFlowResult:
        flow = await self._start()
        if flow is None or flow["type"] is FlowResultType.ABORT:
            return self._abort("not_loaded")
        return self.async_abort(
            reason=self._reason,
            next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"]),
        )


async def _async_add_charger(
    hass: HomeAssistant, entry_id: str
) -> SubentryFlowResult | None:
    """Start the flow that adds one of the unknown chargers; None if the entry was removed."""
    if hass.config_entries.async_get_entry(entry_id) is None:
        return None
    return await hass.config_entries.subentries.async_init(
        (entry_id, SUBENTRY_CHARGER), context=SubentryFlowContext(source=SOURCE_USER)
    )


async def _async_test(
    hass: HomeAssistant, subentry_id: str
) -> SubentryFlowResult | None:
    """Start the test of the offline protection; None if the charger is not loaded."""
    if (charger := _charger(hass, subentry_id)) is None:
        return None
    subentries = hass.config_entries.subentries
    menu = await subentries.async_init(
        (charger.coordinator.config_entry.entry_id, SUBENTRY_CHARGER),
        context=SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id),
    )
    return await subentries.async_configure(
        menu["flow_id"], {"next_step_id": "offline_test"}
    )


async def _async_try_port(hass: HomeAssistant) -> None:
    """Reload the config entry, which opens the port.

    Raises:
        HomeAssistantError: It is still in use. Whatever else may be wrong has repairs of its own.
    """
    issues = ir.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_reload(entry.entry_id)
        if issues.async_get_issue(DOMAIN, PORT_IN_USE):
            raise failed("port_in_use", port=str(entry.data[CONF_PORT]))


type Action = Callable[[Charger], Awaitable[None]]
"""The action of a fix flow."""


async def _async_act(hass: HomeAssistant, subentry_id: str, action: Action) -> None:
    """Run an action on a charger.

    Raises:
        HomeAssistantError: It failed, or the charger is not loaded.
    """
    if (charger := _charger(hass, subentry_id)) is None:
        raise failed("charger_offline")
    await action(charger)


async def _async_disable_cloud_controls(charger: Charger) -> None:
    """Disable the controls of Home Assistant's own Wallbox integration."""
    hass = charger.coordinator.hass
    serial_number = charger.state.identity.serial_number
    async_disable(hass, async_controls(hass, serial_number))
    async_look(charger.coordinator)


ACTIONS: Final[dict[str, Action]] = {
    CLOUD_WALLBOX: _async_disable_cloud_controls,
    FIX_REVERTED: lambda charger: charger.commands.async_acknowledge_drift(),
    NOT_ALL_RESTORED: async_restore,
    **dict.fromkeys(
        UNATTENDED.values(),
        lambda charger: charger.commands.async_acknowledge_unattended(),
    ),
}
"""The action for each kind of issue of a charger; the default is a reboot."""
TESTS: Final = frozenset({OFFLINE_TEST_AGAIN, OFFLINE_TEST_FAILED})
"""The issues that lead to the test of the offline protection."""


def _reboot(charger: Charger) -> Awaitable[None]:
    return charger.commands.async_reboot()


def _charger(hass: HomeAssistant, subentry_id: str) -> Charger | None:
    """Return a charger as it runs now, which may be another object since a dialog was opened.

    None if the integration is not loaded.
    """
    entry: WallboxConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if charger := entry.runtime_data.chargers.get(subentry_id):
            return charger
    return None


def _exists(hass: HomeAssistant, subentry_id: str) -> bool:
    """Return whether a charger has not been deleted; one that is being deleted may still run."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return any(subentry_id in entry.subentries for entry in entries)
