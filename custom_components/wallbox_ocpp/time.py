"""Times of a charger."""

from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import Final, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription

from .const import CONF_READY_BY
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers

# It is a setting of Home Assistant, so nothing has to wait.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxTimeDescription(WallboxEntityDescription, TimeEntityDescription):
    """Describe a time of a charger."""


DESCRIPTION: Final = WallboxTimeDescription(
    key="ready_by",
    # A time cannot be empty, so there is none without the setting.
    wanted_fn=lambda state: state.policy.ready_by is not None,
    lasting=True,
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [WallboxReadyBy(charger, DESCRIPTION)],
)


class WallboxReadyBy(WallboxEntity, TimeEntity):
    """When a car is to be ready each day, as the settings of the charger say."""

    entity_description: WallboxTimeDescription

    @property
    @override
    def native_value(self) -> time | None:
        """The time; None without the setting."""
        return self.known.policy.ready_by

    @property
    @override
    def showing(self) -> object:
        """The time."""
        return self.native_value

    @override
    async def async_set_value(self, value: time) -> None:
        """Change the setting."""
        self.coordinator.async_change_settings({CONF_READY_BY: value.isoformat()})
