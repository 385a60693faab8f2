"""The settings dialog of a charger."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TimeSelector,
)

from ..charger.plan import MOST_ENERGY
from ..charger.price import unit_of
from ..const import (
    CONF_ACCESS_CONTROL,
    CONF_ALLOWED_HOURS,
    CONF_ENERGY_TARGET,
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_IDENTITY,
    CONF_LEASE,
    CONF_OFFLINE_PROFILE,
    CONF_PRICE,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
    CONF_SHOW_ID_TAG,
    DEFAULT_FAILSAFE_CURRENT,
    DEFAULT_LEASE,
)
from ..hub.address import async_address
from ..wallbox.model.electricity import LOWEST_CURRENT
from ..wallbox.model.failsafe import FailSafeMode
from ..wallbox.model.offline_fix import ProfileName
from ..wallbox.model.price_unit import is_known, per_kwh, understood
from .charger_steps import ChargerSteps
from .price_check import DOMAINS, async_doubts, async_suggestion
from .selectors import number, one_of, whole_number

SECTION_ADVANCED: Final = "advanced"

SHORTEST_LEASE: Final = 5
LONGEST_LEASE: Final = 240
"""Minutes of the fail-safe's lease at most."""
HIGHEST_CURRENT: Final = 32
"""Amps that the fail-safe may be set to."""


OFFLINE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_FAILSAFE, default=FailSafeMode.OFF): one_of(
            FailSafeMode, CONF_FAILSAFE
        ),
        vol.Required(CONF_LEASE, default=DEFAULT_LEASE): whole_number(
            SHORTEST_LEASE, LONGEST_LEASE, UnitOfTime.MINUTES
        ),
        vol.Required(
            CONF_FAILSAFE_CURRENT, default=DEFAULT_FAILSAFE_CURRENT
        ): whole_number(LOWEST_CURRENT, HIGHEST_CURRENT, UnitOfElectricCurrent.AMPERE),
    }
)
ADVANCED_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_OFFLINE_PROFILE): one_of(ProfileName, CONF_OFFLINE_PROFILE)}
)
OPTIONAL: Final = (CONF_PRICE_ENTITY, CONF_PRICE, CONF_ALLOWED_HOURS, CONF_READY_BY)
"""Fields that may be left empty."""


class SettingsFlow(ChargerSteps):
    """The steps with the settings of a charger."""

    _settings: Mapping[str, Any] = {}
    """What is to be stored of this form once the owner has confirmed it."""
    _warnings: Sequence[str] = ()
    """What is doubtful about it."""

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the settings of a charger."""
        subentry = self._get_reconfigure_subentry()
        currency = self.hass.config.currency
        schema = OFFLINE_SCHEMA.extend(
            {
                vol.Optional(CONF_PRICE_ENTITY): EntitySelector(
                    EntitySelectorConfig(domain=[*DOMAINS])
                ),
                vol.Optional(CONF_PRICE): _price(currency),
                vol.Optional(CONF_ALLOWED_HOURS): EntitySelector(
                    EntitySelectorConfig(domain="schedule")
                ),
                vol.Optional(CONF_READY_BY): TimeSelector(),
                vol.Required(CONF_ENERGY_TARGET, default=0): number(
                    0, MOST_ENERGY, 0.5, UnitOfEnergy.KILO_WATT_HOUR
                ),
                # One that has not been decided on is on.
                vol.Required(
                    CONF_ACCESS_CONTROL,
                    default=subentry.data.get(CONF_ACCESS_CONTROL, True),
                ): BooleanSelector(),
                vol.Required(CONF_SHOW_ID_TAG): BooleanSelector(),
                vol.Required(SECTION_ADVANCED): section(
                    ADVANCED_SCHEMA, {"collapsed": True}
                ),
            }
        )
        unit = self._unit_of_price(user_input or {})
        errors = self._settings_errors(user_input, unit)
        if user_input is not None and not errors:
            doubts = await async_doubts(self.hass, user_input, subentry.data)
            if not (errors := doubts.errors):
                self._settings = _stored(user_input)
                self._warnings = doubts.warnings
                return await self.async_step_doubts()
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or _sorted(self._settings or subentry.data)
            ),
            errors=errors,
            description_placeholders={
                "address": await async_address(self.hass, self._get_entry()),
                "identity": subentry.data[CONF_IDENTITY],
                "unit": unit,
                "units": ", ".join(understood(currency)),
                "currency": currency,
                "suggested": ""
                if CONF_PRICE_ENTITY in subentry.data
                else await async_suggestion(self.hass),
            },
        )

    async def async_step_doubts(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Tell what is doubtful, if anything is, and let the owner choose again or not."""
        if not self._warnings:
            return await self.async_step_keep_it()
        return self.async_show_menu(
            step_id="doubts",
            menu_options=["settings", "keep_it"],
            description_placeholders={"doubts": "\n\n".join(self._warnings)},
        )

    async def async_step_keep_it(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Store the settings, if nobody has to be asked about the lock."""
        if self._settings[CONF_ACCESS_CONTROL] or not self._is_locked:
            return self._store_settings()
        return await self.async_step_unlock()

    async def async_step_unlock(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask to confirm that a locked charger is unlocked, because its lock is removed."""
        if user_input is not None:
            return self._store_settings()
        return self._form("unlock")

    def _store_settings(self) -> SubentryFlowResult:
        return self._store({**dict.fromkeys(OPTIONAL), **self._settings})

    def _settings_errors(
        self, user_input: Mapping[str, Any] | None, unit: str
    ) -> dict[str, str]:
        """Return what cannot be, by field."""
        errors: dict[str, str] = {}
        if per_kwh(unit, self.hass.config.currency) is None:
            errors[CONF_PRICE_ENTITY] = "price_unit"
            if is_known(unit):
                errors[CONF_PRICE_ENTITY] = "price_currency"
        elif user_input and _is_contradictory(user_input):
            errors[CONF_ACCESS_CONTROL] = "locked_profile"
        return errors

    @property
    def _is_locked(self) -> bool:
        charger = self._charger
        return charger is not None and charger.state.access.lock.locked

    def _unit_of_price(self, settings: Mapping[str, Any]) -> str:
        state = self.hass.states.get(settings.get(CONF_PRICE_ENTITY, ""))
        return unit_of(state) if state else ""


def _is_contradictory(user_input: Mapping[str, Any]) -> bool:
    """Return whether the charger is to be locked, and nobody is to have the lock."""
    profile = user_input[SECTION_ADVANCED][CONF_OFFLINE_PROFILE]
    return profile == ProfileName.LOCKED and not user_input[CONF_ACCESS_CONTROL]


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
