"""Config flow: the central system (entry) and each charger (subentry)."""

import asyncio
import re
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_PORT, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)

from .card_flow import CardFlow
from .const import (
    CONF_GUARD,
    CONF_IDENTITY,
    CONF_LEASE,
    CONF_OFFLINE_PROFILE,
    CONF_PRICE,
    CONF_PRICE_ENTITY,
    CONF_SHOW_ID_TAG,
    DEFAULT_LEASE,
    DEFAULT_PORT,
    DOMAIN,
    NAME,
    SUBENTRY_CHARGER,
)
from .wallbox.guard import GuardMode
from .wallbox.offline_fix import ProfileName

IDENTITY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
"""What survives the way through a URL unchanged; at most 48 characters, as OCPP-J allows."""
LOWEST_PORT: Final = 1024
HIGHEST_PORT: Final = 65535

SHORTEST_LEASE: Final = 5
LONGEST_LEASE: Final = 240
"""Minutes."""

PORT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_PORT, default=DEFAULT_PORT): vol.All(
            NumberSelector(NumberSelectorConfig(step=1, mode=NumberSelectorMode.BOX)),
            vol.Coerce(int),
        )
    }
)
IDENTITY_SCHEMA: Final = vol.Schema({vol.Required(CONF_IDENTITY): TextSelector()})

CHARGER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_OFFLINE_PROFILE): SelectSelector(
            SelectSelectorConfig(
                options=[profile.value for profile in ProfileName],
                translation_key=CONF_OFFLINE_PROFILE,
            )
        ),
        vol.Required(CONF_GUARD, default=GuardMode.OFF): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in GuardMode],
                translation_key=CONF_GUARD,
            )
        ),
        vol.Required(CONF_LEASE, default=DEFAULT_LEASE): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=SHORTEST_LEASE,
                    max=LONGEST_LEASE,
                    step=1,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement=UnitOfTime.MINUTES,
                )
            ),
            vol.Coerce(int),
        ),
        vol.Optional(CONF_PRICE_ENTITY): EntitySelector(
            EntitySelectorConfig(domain=["sensor", "input_number", "number"])
        ),
        vol.Optional(CONF_PRICE): NumberSelector(
            NumberSelectorConfig(min=0, step="any", mode=NumberSelectorMode.BOX)
        ),
        vol.Required(CONF_SHOW_ID_TAG): BooleanSelector(),
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
            if not (error := await _async_port_error(user_input[CONF_PORT])):
                return self.async_create_entry(title=NAME, data=user_input)
            errors[CONF_PORT] = error
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(PORT_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another port."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            port = user_input[CONF_PORT]
            ours = port == entry.data[CONF_PORT]
            if ours or not (error := await _async_port_error(port)):
                return self.async_update_and_abort(entry, data_updates=user_input)
            errors[CONF_PORT] = error
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                PORT_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )


class ChargerFlow(CardFlow):
    """Add a charger, or change how it is treated and which cards it knows."""

    _identity: str

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the identity."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._identity = user_input[CONF_IDENTITY].strip()
            if not IDENTITY.fullmatch(self._identity):
                errors[CONF_IDENTITY] = "invalid_identity"
            elif self._identity in self._known_identities():
                errors[CONF_IDENTITY] = "already_configured"
            else:
                return await self.async_step_connect()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                IDENTITY_SCHEMA, user_input
            ),
            errors=errors,
        )

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what to type into the Wallbox app."""
        if user_input is not None:
            return self.async_create_entry(
                title=f"Wallbox {self._identity}",
                data={
                    CONF_IDENTITY: self._identity,
                    CONF_OFFLINE_PROFILE: ProfileName.CHARGE_HQ.value,
                    CONF_SHOW_ID_TAG: False,
                },
                unique_id=self._identity,
            )
        return self.async_show_form(
            step_id="connect",
            data_schema=vol.Schema({}),
            description_placeholders={
                "address": await self._async_address(),
                "identity": self._identity,
            },
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change."""
        return self.async_show_menu(
            step_id="reconfigure", menu_options=["settings", "cards"]
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the charger shall be treated."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        if user_input is not None:
            others = {
                key: value
                for key, value in subentry.data.items()
                if key not in CHARGER_SCHEMA.schema
            }
            return self.async_update_and_abort(
                entry, subentry, data=others | user_input
            )
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                CHARGER_SCHEMA, subentry.data
            ),
            description_placeholders={
                "address": await self._async_address(),
                "identity": subentry.data[CONF_IDENTITY],
            },
        )

    def _known_identities(self) -> set[str | None]:
        return {
            subentry.unique_id
            for subentry in self._get_entry().get_subentries_of_type(SUBENTRY_CHARGER)
        }

    async def _async_address(self) -> str:
        """Return the address as the Wallbox app wants it: the identity is a field of its own."""
        ip = await async_get_source_ip(self.hass)
        host = f"[{ip}]" if ":" in ip else ip
        return f"ws://{host}:{self._get_entry().data[CONF_PORT]}/"


async def _async_port_error(port: int) -> str | None:
    """Say what is wrong with a port, by having it for a moment."""
    if not LOWEST_PORT <= port <= HIGHEST_PORT:
        return "invalid_port"
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, port=port)
    except OSError:
        return "port_in_use"
    server.close()
    await server.wait_closed()
    return None
