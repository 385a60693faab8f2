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
from homeassistant.const import CONF_PORT, UnitOfTime
from homeassistant.core import HomeAssistant, callback
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
from homeassistant.util import dt as dt_util

from .charger.price import unit_of
from .const import (
    CONF_CERTIFICATE,
    CONF_ENCRYPTION,
    CONF_GUARD,
    CONF_IDENTITY,
    CONF_KEY,
    CONF_LEASE,
    CONF_OFFLINE_PROFILE,
    CONF_PRICE,
    CONF_PRICE_ENTITY,
    CONF_SHOW_ID_TAG,
    CONF_THROUGH_HOME_ASSISTANT,
    DEFAULT_LEASE,
    DEFAULT_PORT,
    DOMAIN,
    NAME,
    SUBENTRY_CHARGER,
)
from .flows.add_charger import PairingFlow
from .flows.cards import CardFlow
from .flows.password import PasswordFlow
from .flows.removal import RemovalFlow
from .hub.address import address_through_home_assistant, async_address
from .hub.certificate import CertificateError, Encryption, files_of, load
from .wallbox.model.failsafe import FailSafeMode
from .wallbox.model.offline_fix import ProfileName
from .wallbox.model.price_unit import per_kwh, understood

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
CONNECTION_SCHEMA: Final = PORT_SCHEMA.extend(
    {
        vol.Required(CONF_ENCRYPTION, default=Encryption.NONE.value): SelectSelector(
            SelectSelectorConfig(
                options=[encryption.value for encryption in Encryption],
                translation_key=CONF_ENCRYPTION,
            )
        ),
        vol.Optional(CONF_CERTIFICATE): TextSelector(),
        vol.Optional(CONF_KEY): TextSelector(),
        vol.Required(CONF_THROUGH_HOME_ASSISTANT, default=False): BooleanSelector(),
    }
)

CHARGER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_OFFLINE_PROFILE): SelectSelector(
            SelectSelectorConfig(
                options=[profile.value for profile in ProfileName],
                translation_key=CONF_OFFLINE_PROFILE,
            )
        ),
        vol.Required(CONF_GUARD, default=FailSafeMode.OFF): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in FailSafeMode],
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
        """Ask for another port, and how it is encrypted."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            port = user_input[CONF_PORT]
            ours = port == entry.data[CONF_PORT]
            if not ours and (error := await _async_port_error(port)):
                errors[CONF_PORT] = error
            if error := await _async_certificate_error(self.hass, user_input):
                errors[CONF_ENCRYPTION] = error
            if not errors:
                return self.async_update_and_abort(entry, data=_chosen(user_input))
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


class ChargerFlow(PairingFlow, CardFlow, PasswordFlow, RemovalFlow):
    """Add a charger, change how it is treated and which cards it knows, or remove it."""

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change."""
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["settings", "cards", "password", "remove"],
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the charger shall be treated."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        currency = self.hass.config.currency
        unit = self._unit_of_price(user_input or {})
        if per_kwh(unit, currency) is None:
            errors[CONF_PRICE_ENTITY] = "price_unit"
        elif user_input is not None:
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
                CHARGER_SCHEMA, user_input or subentry.data
            ),
            errors=errors,
            description_placeholders={
                "address": await async_address(self.hass, entry),
                "identity": subentry.data[CONF_IDENTITY],
                "unit": unit,
                "units": ", ".join(understood(currency)),
                "currency": currency,
            },
        )

    def _unit_of_price(self, settings: Mapping[str, Any]) -> str:
        state = self.hass.states.get(settings.get(CONF_PRICE_ENTITY, ""))
        return unit_of(state) if state else ""


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


async def _async_certificate_error(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> str | None:
    """Say what is wrong with the certificate, by loading it."""
    try:
        if files := files_of(hass, data):
            await hass.async_add_executor_job(load, files, dt_util.utcnow())
    except CertificateError as error:
        return error.key
    return None


def _chosen(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not as it is anyway, so that choosing that changes nothing."""
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
