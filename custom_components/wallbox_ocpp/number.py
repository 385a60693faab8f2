"""Numbers of a charger."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from math import isnan
from typing import Final, override

from homeassistant.components.number import (
    DOMAIN as NUMBER_DOMAIN,
    NumberEntity,
    NumberEntityDescription,
)
from homeassistant.components.number.const import NumberDeviceClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
)
from homeassistant.exceptions import ServiceValidationError

from .charger.charger import Charger
from .charger.plan import MOST_ENERGY
from .csms.requests import whole_number
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.electricity import LOWEST_CURRENT, WH_PER_KWH
from .wallbox.plan.provisioning import BRIGHTNESS
from .wallbox.state import ChargerState

# Each charger has its own queue, and one must not wait for another.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxNumberDescription(WallboxEntityDescription, NumberEntityDescription):
    """Describe a number of a charger."""

    native_step: float | None = 1
    maximum_fn: Callable[[ChargerState], int]
    value_fn: Callable[[ChargerState], float | None]
    set_fn: Callable[[Charger, float], Awaitable[None]]


def _current_limit(state: ChargerState) -> int:
    """Return the owner's limit in amps, or else the maximum."""
    return min(state.charging.wish.current_limit or state.maximum, state.maximum)


DESCRIPTIONS: Final = (
    WallboxNumberDescription(
        key="current_limit",
        device_class=NumberDeviceClass.CURRENT,
        native_min_value=LOWEST_CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        lasting=True,
        maximum_fn=lambda state: state.maximum,
        value_fn=_current_limit,
        set_fn=lambda charger, amps: charger.commands.async_set_wish(
            # After a fraction, some chargers jump to their maximum.
            replace(charger.state.owners_wish, current_limit=int(amps))
        ),
    ),
    WallboxNumberDescription(
        key="energy_target",
        device_class=NumberDeviceClass.ENERGY,
        native_min_value=0,
        native_step=0.5,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        lasting=True,
        maximum_fn=lambda _: MOST_ENERGY,
        value_fn=lambda state: state.charging.wish.energy_target / WH_PER_KWH,
        set_fn=lambda charger, energy: charger.commands.async_set_wish(
            replace(charger.state.owners_wish, energy_target=round(energy * WH_PER_KWH))
        ),
    ),
    WallboxNumberDescription(
        key="halo_brightness",
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_unit_of_measurement=PERCENTAGE,
        exists_fn=lambda state: BRIGHTNESS in state.settings.configuration,
        maximum_fn=lambda _: 100,
        value_fn=lambda state: whole_number(state.settings.configuration, BRIGHTNESS),
        set_fn=lambda charger, percent: charger.expert.async_set(
            BRIGHTNESS, str(int(percent))
        ),
    ),
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxNumber(charger, description) for description in DESCRIPTIONS
    ],
)


class WallboxNumber(WallboxEntity, NumberEntity):
    """A number of a charger."""

    entity_description: WallboxNumberDescription

    @property
    @override
    def native_value(self) -> float | None:
        """The value."""
        return self.entity_description.value_fn(self.known)

    @property
    @override
    def native_max_value(self) -> float:
        """The maximum of this charger."""
        return self.entity_description.maximum_fn(self.known)

    @property
    @override
    def showing(self) -> object:
        """Value and maximum."""
        return self.native_value, self.native_max_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        if isnan(value):
            # It is neither too low nor too high, so Home Assistant has let it pass.
            raise ServiceValidationError(
                translation_domain=NUMBER_DOMAIN,
                translation_key="out_of_range",
                translation_placeholders={
                    "value": str(value),
                    "entity_id": self.entity_id,
                    "min_value": str(self.min_value),
                    "max_value": str(self.max_value),
                },
            )
        await self.entity_description.set_fn(self.charger, value)
