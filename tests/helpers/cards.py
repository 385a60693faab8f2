"""Cards for tests, and a charger that has them."""

from collections.abc import Mapping
from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_CARDS
from homeassistant.core import HomeAssistant
from simulator.virtual_time import until
from tests.conftest import Screen

ANNA: Final = {"id_tag": "04A1B2C3", "name": "Anna", "enabled": True}
UNKNOWN_CARD: Final = "04FFFFFF"

type StoredCard = Mapping[str, Any]


def stored(entry: MockConfigEntry) -> list[StoredCard]:
    """Return the cards in the settings of the charger."""
    subentry = next(iter(entry.subentries.values()))
    return list(subentry.data.get(CONF_CARDS, ()))


def settle(hass: HomeAssistant, entry: MockConfigEntry, **settings: Any) -> None:
    """Change settings of the charger."""
    subentry = next(iter(entry.subentries.values()))
    data = {**subentry.data, **settings}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)


def give(hass: HomeAssistant, entry: MockConfigEntry, *cards: StoredCard) -> None:
    """Give the charger these cards, and no others."""
    settle(hass, entry, **{CONF_CARDS: list(cards)})


def access(screen: Screen) -> str:
    """Return what the lock shows."""
    return screen.entity("lock", "access").state


async def lock(screen: Screen) -> None:
    """Lock a charger that has just started."""
    await until(lambda: access(screen) == "unlocked")
    await screen.lock(locked=True)
    await until(lambda: access(screen) == "locked")
