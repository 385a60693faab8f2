"""The steps with the sensors of solar charging: they are named, and what they say now is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import PERCENTAGE, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import dt as dt_util

from ..charger.plan import Followed, followed
from ..charger.solar_settings import (
    CONF_BATTERY,
    CONF_BATTERY_CHARGE,
    CONF_BATTERY_FIRST,
    CONF_BATTERY_POSITIVE,
    CONF_EXPORT,
    CONF_GRID,
    CONF_GRID_POSITIVE,
    CONF_GRID_SHARE,
    CONF_LEAST,
    ENTITIES,
    USUAL,
    Sensors,
    is_percentage,
    is_power,
)
from ..const import CONF_SOLAR, DOMAIN
from ..localize import text
from ..wallbox.model.solar import MOST_GRID_SHARE, BatteryPositive, GridPositive
from ..wallbox.policy.surplus import STALE_AFTER
from .charger_steps import ChargerSteps
from .home_sensors import async_has_battery, async_home_sensors
from .selectors import number, one_of, whole_number

MOST_LEAST: Final = 16
"""A car that needs more than this to charge at all is not known."""
REST: Final = 0.5
"""W that are shown as nothing."""
KW: Final = 1000.0
POWER: Final = (UnitOfPower.WATT, UnitOfPower.KILO_WATT)
"""The units of the sensors that are offered."""


def _entity(*units: str) -> EntitySelector:
    return EntitySelector(
        EntitySelectorConfig(filter=[{"unit_of_measurement": list(units)}])
    )


SOLAR_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_GRID): _entity(*POWER),
        vol.Required(CONF_GRID_POSITIVE, default=GridPositive.IMPORT.value): one_of(
            GridPositive, CONF_GRID_POSITIVE, SelectSelectorMode.DROPDOWN
        ),
        vol.Optional(CONF_EXPORT): _entity(*POWER),
        vol.Optional(CONF_BATTERY): _entity(*POWER),
        vol.Required(
            CONF_BATTERY_POSITIVE, default=BatteryPositive.DISCHARGE.value
        ): one_of(BatteryPositive, CONF_BATTERY_POSITIVE, SelectSelectorMode.DROPDOWN),
        vol.Optional(CONF_BATTERY_CHARGE): _entity(PERCENTAGE),
        vol.Required(
            CONF_BATTERY_FIRST, default=int(USUAL.battery_first_below)
        ): number(0, 100, 1, PERCENTAGE),
        vol.Required(CONF_GRID_SHARE, default=int(USUAL.grid_share)): number(
            0, MOST_GRID_SHARE, 50, UnitOfPower.WATT
        ),
        vol.Required(CONF_LEAST, default=USUAL.least): whole_number(
            USUAL.least, MOST_LEAST, UnitOfElectricCurrent.AMPERE
        ),
    }
)


class SolarFlow(ChargerSteps):
    """The steps with the sensors of solar charging."""

    _solar: Mapping[str, Any] | None = None
    """What is to be stored once the owner has confirmed it."""

    async def async_step_solar(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the sensors of the home, and how the sun is used."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._solar = user_input
            if not user_input.get(CONF_GRID):
                return self._store({CONF_SOLAR: None})
            errors = self._errors(user_input)
            if not errors:
                return await self.async_step_solar_live()
        return self.async_show_form(
            step_id="solar",
            data_schema=self.add_suggested_values_to_schema(
                SOLAR_SCHEMA, self._solar or await self._async_stored_or_suggested()
            ),
            errors=errors,
        )

    async def async_step_solar_live(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what the sensors say now, and ask whether that is right."""
        settings = self._solar or {}
        turn = [] if settings.get(CONF_EXPORT) else ["solar_turned"]
        return self.async_show_menu(
            step_id="solar_live",
            menu_options=["solar_saved", *turn, "solar_live", "solar"],
            description_placeholders={"live": await self._async_live(settings)},
        )

    async def async_step_solar_turned(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take the sensor of the grid the other way round, and show it again."""
        settings = self._solar or {}
        turned = {
            GridPositive.IMPORT: GridPositive.EXPORT,
            GridPositive.EXPORT: GridPositive.IMPORT,
        }[GridPositive(settings[CONF_GRID_POSITIVE])]
        self._solar = {**settings, CONF_GRID_POSITIVE: turned.value}
        return await self.async_step_solar_live()

    async def async_step_solar_saved(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Store it."""
        return self._store({CONF_SOLAR: dict(self._solar or {}) or None})

    def _errors(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with the sensors, by field."""
        errors: dict[str, str] = {}
        if settings.get(CONF_EXPORT) == settings[CONF_GRID]:
            errors[CONF_EXPORT] = "same_sensor"
        registry = er.async_get(self.hass)
        for field in ENTITIES:
            entity_id = settings.get(field, "")
            known = registry.async_get(entity_id)
            if known and known.platform == DOMAIN:
                errors[field] = "own_sensor"
            elif (state := self.hass.states.get(entity_id)) is None:
                continue
            elif field == CONF_BATTERY_CHARGE:
                if not is_percentage(state):
                    errors[field] = "not_percentage"
            elif not is_power(state):
                errors[field] = "not_power"
        return errors

    async def _async_stored_or_suggested(self) -> Mapping[str, Any]:
        stored = self._get_reconfigure_subentry().data.get(CONF_SOLAR)
        return stored or await async_home_sensors(self.hass)

    async def _async_live(self, settings: Mapping[str, Any]) -> str:
        """Return what the sensors say, and what is to be minded."""
        sensors = Sensors.of(settings)
        sentences = sentences_of(self.hass, sensors) if sensors else []
        if not settings.get(CONF_BATTERY) and await async_has_battery(self.hass):
            sentences.append(text(self.hass, "solar_battery_missing"))
        if self._may_go_on:
            sentences.append(text(self.hass, "solar_not_followed"))
        return "\n\n".join(sentences)

    @property
    def _may_go_on(self) -> bool:
        """Whether the charger follows no plan, and was not seen to end a limit after its duration."""
        charger = self._charger
        if charger is None or followed(charger.state) is not Followed.NO:
            return False
        proof = charger.state.lease_proof
        return proof is None or not proof.kept


@dataclass(frozen=True, slots=True)
class Words:
    """The texts for what flows one way, the other way, not at all, and for a silent sensor."""

    positive: str
    negative: str
    none: str
    silent: str


GRID: Final = Words("solar_import", "solar_export", "solar_no_flow", "solar_silent")
BATTERY: Final = Words(
    "solar_battery_gives",
    "solar_battery_takes",
    "solar_battery_rests",
    "solar_battery_silent",
)


def sentences_of(hass: HomeAssistant, sensors: Sensors) -> list[str]:
    """Return what the sensors of a home say now, in sentences."""
    grid, battery = sensors.grid_power(hass), sensors.battery_power(hass)
    sentences = [_sentence(hass, grid.watts if grid else None, GRID)]
    if grid and (silent := dt_util.utcnow() - grid.at) > STALE_AFTER:
        minutes = str(round(silent / timedelta(minutes=1)))
        sentences.append(text(hass, "solar_old", minutes=minutes))
    if sensors.battery:
        sentences.append(_sentence(hass, battery.watts if battery else None, BATTERY))
    return sentences


def _sentence(hass: HomeAssistant, watts: float | None, words: Words) -> str:
    if watts is None:
        return text(hass, words.silent)
    if abs(watts) < REST:
        return text(hass, words.none)
    in_kw = abs(watts) >= KW
    shown = f"{abs(watts) / KW:.1f} kW" if in_kw else f"{abs(watts):.0f} W"
    return text(hass, words.positive if watts > 0 else words.negative, power=shown)
