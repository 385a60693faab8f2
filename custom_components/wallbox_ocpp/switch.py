"""Switches of a charger."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription

from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.charging_profiles import Wish

# Each charger has its own queue, and one must not wait for another.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxSwitchDescription(WallboxEntityDescription, SwitchEntityDescription):
    """Describe a switch of a charger, which changes the owner's wish."""

    is_on_fn: Callable[[Wish], bool]
    set_fn: Callable[[Wish, bool], Wish]


DESCRIPTIONS: Final = (
    WallboxSwitchDescription(
        key="charging",
        lasting=True,
        is_on_fn=lambda wish: wish.charging,
        set_fn=lambda wish, on: replace(wish, charging=on),
    ),
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxSwitch(charger, description) for description in DESCRIPTIONS
    ],
)


class WallboxSwitch(WallboxEntity, SwitchEntity):
    """A switch of a charger. It shows the owner's wish, also while the charger is offline."""

    entity_description: WallboxSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """The wish."""
        return self.entity_description.is_on_fn(self.known.charging.wish)

    @property
    @override
    def showing(self) -> object:
        """The wish."""
        return self.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._async_wish(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._async_wish(on=False)

    async def _async_wish(self, *, on: bool) -> None:
        wish = self.coordinator.data.owners_wish
        await self.charger.commands.async_set_wish(
            self.entity_description.set_fn(wish, on), start=on
        )
