"""Selects of a charger."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription

from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.charging_plan import WITH_SUN, Mode

# Each charger has its own queue, and one must not wait for another.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxSelectDescription(WallboxEntityDescription, SelectEntityDescription):
    """Describe a select of a charger."""


DESCRIPTION: Final = WallboxSelectDescription(
    key="mode",
    lasting=True,
    options=[mode.value for mode in Mode],
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [WallboxMode(charger, DESCRIPTION)],
)


class WallboxMode(WallboxEntity, SelectEntity):
    """How it is decided when a car may charge."""

    entity_description: WallboxSelectDescription

    @property
    @override
    def options(self) -> list[str]:
        """The modes; those of the sun if the settings name a sensor, or one is chosen."""
        known = self.known
        return [
            mode.value
            for mode in Mode
            if mode not in WITH_SUN
            or known.solar.settings is not None
            or mode is known.charging.wish.mode
        ]

    @property
    @override
    def current_option(self) -> str:
        """The mode, also while the charger is offline."""
        return self.known.charging.wish.mode_shown.value

    @property
    @override
    def showing(self) -> object:
        """The mode, and what can be chosen."""
        return self.current_option, self.options

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the mode; any but *Off* lets a car that waits begin a session."""
        mode, wish = Mode(option), self.coordinator.data.owners_wish
        if mode is Mode.OFF:
            wish = replace(wish, charging=False)
        else:
            wish = replace(wish, charging=True, mode=mode)
        await self.charger.commands.async_set_wish(
            wish,
            start=wish.charging and not self.coordinator.data.charging.wish.charging,
        )
