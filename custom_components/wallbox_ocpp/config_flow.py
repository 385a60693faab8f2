"""Config flow: the central system (entry) and each charger (subentry)."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)

from .const import (
    CONF_CERTIFICATE,
    CONF_ENCRYPTION,
    CONF_KEY,
    CONF_THROUGH_HOME_ASSISTANT,
    DEFAULT_PORT,
    DOMAIN,
    NAME,
    SUBENTRY_CHARGER,
)
from .flows.cards import CardFlow
from .flows.offline_test import OfflineTestFlow
from .flows.password import PasswordFlow
from .flows.removal import RemovalFlow
from .flows.selectors import one_of
from .flows.settings import SettingsFlow
from .flows.solar import SolarFlow
from .flows.take_over import TakeOverFlow
from .hub.address import address_through_home_assistant
from .hub.certificate import Encryption, async_error as async_certificate_error
from .hub.ocpp_integration import async_ports

LOWEST_PORT: Final = 1024
HIGHEST_PORT: Final = 65535

PORT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_PORT, default=DEFAULT_PORT): vol.All(
            NumberSelector(NumberSelectorConfig(step=1, mode=NumberSelectorMode.BOX)),
            vol.Coerce(int),
        )
    }
)
CONNECTION_SCHEMA: Final = PORT_SCHEMA.extend(
    {
        vol.Required(CONF_ENCRYPTION, default=Encryption.NONE.value): one_of(
            Encryption, CONF_ENCRYPTION
        ),
        vol.Optional(CONF_CERTIFICATE): TextSelector(),
        vol.Optional(CONF_KEY): TextSelector(),
        vol.Required(CONF_THROUGH_HOME_ASSISTANT, default=False): BooleanSelector(),
    }
)


class WallboxConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up the central system."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Offer to add chargers."""
        return {SUBENTRY_CHARGER: ChargerFlow}

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the port."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if not (error := await _async_port_error(self.hass, user_input[CONF_PORT])):
                return self.async_create_entry(title=NAME, data=user_input)
            errors[CONF_PORT] = error
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(PORT_SCHEMA, user_input),
            errors=errors,
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on to adding the first charger."""
        entry = result["result"]
        if entry.state is ConfigEntryState.LOADED:
            flow = await self.hass.config_entries.subentries.async_init(
                (entry.entry_id, SUBENTRY_CHARGER),
                context=SubentryFlowContext(source=SOURCE_USER),
            )
            result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the port and its encryption."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            port = user_input[CONF_PORT]
            ours = port == entry.data[CONF_PORT]
            if not ours and (error := await _async_port_error(self.hass, port)):
                errors[CONF_PORT] = error
            if error := await async_certificate_error(self.hass, user_input):
                errors[CONF_ENCRYPTION] = error
            if not errors:
                updated = self.async_update_and_abort(entry, data=_chosen(user_input))
                if entry.state is not ConfigEntryState.LOADED and not entry.disabled_by:
                    # Nobody listens for the change, and the next attempt may be minutes away.
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return updated
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                CONNECTION_SCHEMA, user_input or entry.data
            ),
            errors=errors,
            description_placeholders={
                "address": address_through_home_assistant(self.hass)
            },
        )


class ChargerFlow(
    TakeOverFlow,
    SettingsFlow,
    SolarFlow,
    CardFlow,
    PasswordFlow,
    OfflineTestFlow,
    RemovalFlow,
):
    """Add a charger, change its settings, password or cards, test it, or remove it."""

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change."""
        options = ["settings", "solar", "cards", "password", "offline_test", "remove"]
        if self._undecided:
            options = ["hand_over", *options]
        return self.async_show_menu(step_id="reconfigure", menu_options=options)


async def _async_port_error(hass: HomeAssistant, port: int) -> str | None:
    """Return the error key of a port that cannot be opened; it is opened for a moment."""
    if not LOWEST_PORT <= port <= HIGHEST_PORT:
        return "invalid_port"
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, port=port)
    except OSError:
        if port in async_ports(hass):
            return "port_in_use_by_ocpp"
        return "port_in_use"
    server.close()
    await server.wait_closed()
    return None


def _chosen(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data without defaults, so that choosing a default changes nothing."""
    usual = {CONF_ENCRYPTION: Encryption.NONE, CONF_THROUGH_HOME_ASSISTANT: False}
    unused = (
        ()
        if connection.get(CONF_ENCRYPTION) == Encryption.FILES
        else (CONF_CERTIFICATE, CONF_KEY)
    )
    return {
        key: value
        for key, value in connection.items()
        if key not in unused and value != usual.get(key)
    }
