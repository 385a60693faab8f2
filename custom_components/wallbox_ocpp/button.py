"""Buttons of a charger."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.const import EntityCategory

from .charger.charger import Charger
from .entity import WallboxEntity, WallboxEntityDescription, async_add_chargers
from .wallbox.model.firmware import has_socket
from .wallbox.model.offline_test import Variant

# Each charger has its own queue, and one must not wait for another.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WallboxButtonDescription(WallboxEntityDescription, ButtonEntityDescription):
    """Describe a button of a charger."""

    press_fn: Callable[[Charger], Awaitable[None]]


DESCRIPTIONS: Final = (
    WallboxButtonDescription(
        key="allow_once",
        wanted_fn=lambda state: state.access.controlled,
        lasting=True,
        press_fn=lambda charger: charger.access.async_allow_once(),
    ),
    WallboxButtonDescription(
        key="reboot",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charger: charger.commands.async_reboot(),
    ),
    WallboxButtonDescription(
        key="test_offline_protection",
        entity_registry_enabled_default=False,
        entity_category=EntityCategory.CONFIG,
        exists_fn=lambda state: state.identity.is_wallbox,
        foreign_fn=lambda state: not state.identity.is_wallbox,
        press_fn=lambda charger: charger.offline_tester.async_begin(Variant()),
    ),
    WallboxButtonDescription(
        key="unlock_connector",
        # A button that is pressed by device is the one that lets a car charge.
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda state: has_socket(state.identity.model),
        press_fn=lambda charger: charger.expert.async_unlock(),
    ),
)


async_setup_entry = partial(
    async_add_chargers,
    create=lambda charger: [
        WallboxButton(charger, description) for description in DESCRIPTIONS
    ],
)


class WallboxButton(WallboxEntity, ButtonEntity):
    """A button of a charger."""

    entity_description: WallboxButtonDescription

    @override
    async def async_press(self) -> None:
        """Press the button."""
        await self.entity_description.press_fn(self.charger)
