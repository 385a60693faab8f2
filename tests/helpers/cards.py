"""Cards for tests, and a charger that has them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_CARDS
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen

ANNA: Final = {"id_tag": "04A1B2C3", "name": "Anna", "enabled": True}
UNKNOWN_CARD: Final = "04FFFFFF"

type StoredCard = Mapping[str, Any]


def stored(entry: MockConfigEntry) -> list[StoredCard]:
    """Return the cards in the settings of the charger."""
    subentry = next(iter(entry.subentries.values()))
    return list(subentry.data.get(CONF_CARDS, ()))


def give(hass: HomeAssistant, entry: MockConfigEntry, *cards: StoredCard) -> None:
    """Give the charger these cards, and no others."""
    change_settings(hass, entry, **{CONF_CARDS: list(cards)})


def access(screen: Screen) -> str:
    """Return what the lock shows."""
    return screen.entity("lock", "access").state


async def lock(screen: Screen) -> None:
    """Lock a charger that has just started."""
    await until(lambda: access(screen) == "unlocked")
    await screen.lock(locked=True)
    await until(lambda: access(screen) == "locked")


async def authorize(charger: ScriptedCharger, id_tag: str) -> str:
    """Show a card, and return what the charger is answered."""
    answer = await charger.ask("Authorize", {"idTag": id_tag})
    return str(answer["idTagInfo"]["status"])


async def begin(
    charger: ScriptedCharger, id_tag: str, **fields: Any
) -> tuple[int, str]:
    """Open a transaction; return its id and whether it may go on."""
    payload = {
        "connectorId": 1,
        "idTag": id_tag,
        "meterStart": 1000,
        "timestamp": dt_util.utcnow().isoformat(),
    }
    answer = await charger.ask("StartTransaction", payload | fields)
    return answer["transactionId"], answer["idTagInfo"]["status"]


type Locked = Callable[..., Awaitable[ScriptedCharger]]
"""Connects a charger that has these cards, and locks it."""


@pytest.fixture
def locked(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> Locked:
    """Return a function that connects a charger with some cards, and locks it."""

    async def locked(*cards: StoredCard, **script: Any) -> ScriptedCharger:
        if cards:
            give(hass, integration, *cards)
        charger = await connect(**script)
        await lock(screen)
        return charger

    return locked
