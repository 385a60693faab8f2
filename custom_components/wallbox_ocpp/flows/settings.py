"""The settings dialog of a charger."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from ..charger.price import unit_of
from ..const import (
    CONF_FAILSAFE,
    CONF_IDENTITY,
    CONF_LEASE,
    CONF_OFFLINE_PROFILE,
    CONF_PRICE,
    CONF_PRICE_ENTITY,
    CONF_SHOW_ID_TAG,
    DEFAULT_LEASE,
)
from ..hub.address import async_address
from ..wallbox.model.failsafe import FailSafeMode
from ..wallbox.model.offline_fix import ProfileName
from ..wallbox.model.price_unit import per_kwh, understood

SECTION_ADVANCED: Final = "advanced"

SHORTEST_LEASE: Final = 5
LONGEST_LEASE: Final = 240
"""Minutes of the fail-safe's lease at most."""

OFFLINE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_FAILSAFE, default=FailSafeMode.OFF): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in FailSafeMode],
                translation_key=CONF_FAILSAFE,
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
    }
)
ADVANCED_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_OFFLINE_PROFILE): SelectSelector(
            SelectSelectorConfig(
                options=[profile.value for profile in ProfileName],
                translation_key=CONF_OFFLINE_PROFILE,
            )
        ),
    }
)


class SettingsFlow(ConfigSubentryFlow):
    """The step with the settings of a charger."""

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the settings of a charger."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        currency = self.hass.config.currency
        schema = OFFLINE_SCHEMA.extend(
            {
                vol.Optional(CONF_PRICE_ENTITY): EntitySelector(
                    EntitySelectorConfig(domain=["sensor", "input_number", "number"])
                ),
                vol.Optional(CONF_PRICE): _price(currency),
                vol.Required(CONF_SHOW_ID_TAG): BooleanSelector(),
                vol.Required(SECTION_ADVANCED): section(
                    ADVANCED_SCHEMA, {"collapsed": True}
                ),
            }
        )
        unit = self._unit_of_price(user_input or {})
        if per_kwh(unit, currency) is None:
            errors[CONF_PRICE_ENTITY] = "price_unit"
        elif user_input is not None:
            asked = {*schema.schema, *ADVANCED_SCHEMA.schema}
            others = {
                key: value for key, value in subentry.data.items() if key not in asked
            }
            return self.async_update_and_abort(
                entry, subentry, data=others | _stored(user_input)
            )
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or _sorted(subentry.data)
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


def _price(currency: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=0,
            step="any",
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=f"{currency}/kWh",
        )
    )


def _stored(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of the form without sections, as it is stored."""
    stored = {**user_input, **user_input[SECTION_ADVANCED]}
    del stored[SECTION_ADVANCED]
    return stored


def _sorted(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored settings in the sections of the form."""
    advanced = {key: stored[key] for key in ADVANCED_SCHEMA.schema if key in stored}
    return {**stored, SECTION_ADVANCED: advanced}
