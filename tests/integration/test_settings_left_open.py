"""Settings that are submitted, and stored later, because the dialog asks something before."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_PRICE_ENTITY, CONF_SOLAR
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect
from tests.helpers.cards import lock, stored
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.owner import change_settings
from tests.helpers.prices import PRICE
from tests.helpers.screen import Screen, protected

BEFORE: Final = "the-first-password"
SINCE: Final = "the-second-password"
GRID: Final = "sensor.grid"


class Dialogs:
    """The dialogs of a charger, of which several can be open."""

    def __init__(self, flows: Flows, entry: MockConfigEntry) -> None:
        """Open none yet."""
        self._flows = flows
        self._entry = entry

    async def open(self, part: str) -> Step:
        """Open a part of the settings."""
        [subentry_id] = self._entry.subentries
        menu = await self._flows.change_charger(self._entry.entry_id, subentry_id)
        return await self._flows.choose(menu, part)

    async def settings(self, **changes: Any) -> Step:
        """Submit the settings."""
        answers = {"show_id_tag": False, "advanced": {"offline_profile": "charge_hq"}}
        form = await self.open("settings")
        return await self._flows.submit(form, **answers, **changes)

    async def password(self, password: str) -> None:
        """Change the password."""
        await self._flows.submit(await self.open("password"), password=password)

    async def card(self, number: str, name: str) -> None:
        """Add a card."""
        form = await self._flows.choose(await self.open("cards"), "enter")
        form = await self._flows.submit(form, id_tag=number)
        await self._flows.submit(form, name=name, enabled=True)

    async def solar(self) -> None:
        """Choose the sensor of the grid."""
        menu = await self._flows.submit(await self.open("solar"), grid=GRID)
        await self._flows.choose(menu, "solar_saved")


@pytest.fixture
def dialogs(flows: Flows, integration: MockConfigEntry) -> Dialogs:
    """Return the dialogs of the charger."""
    return Dialogs(flows, integration)


type Ask = Callable[[Flows, Dialogs], Awaitable[Callable[[], Awaitable[Step]]]]
"""Submits settings about which something is asked, and returns what answers it."""


async def about_a_price(
    flows: Flows, dialogs: Dialogs
) -> Callable[[], Awaitable[Step]]:
    """Choose a price that has no value yet."""
    asked = await dialogs.settings(**{CONF_PRICE_ENTITY: PRICE})
    assert asked["step_id"] == "doubts"
    return lambda: flows.choose(asked, "keep_it")


async def about_the_lock(
    flows: Flows, dialogs: Dialogs
) -> Callable[[], Awaitable[Step]]:
    """Give up the control of a locked charger."""
    asked = await dialogs.settings(access_control=False)
    assert asked["step_id"] == "unlock"
    return lambda: flows.submit(asked)


@pytest.mark.parametrize("ask", [about_a_price, about_the_lock])
async def test_what_other_dialogs_store_while_one_asks_something_stays(
    hass: HomeAssistant,
    flows: Flows,
    dialogs: Dialogs,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    ask: Ask,
) -> None:
    await hass.config.async_update(currency="EUR")
    hass.states.async_set(PRICE, "unknown", {"unit_of_measurement": "EUR/kWh"})
    hass.states.async_set(GRID, "100", {"unit_of_measurement": "W"})
    await dialogs.password(BEFORE)
    await connect(password=BEFORE)
    await until(lambda: protected(screen))
    await lock(screen)
    answer = await ask(flows, dialogs)

    await dialogs.password(SINCE)
    url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}"
    assert await handshake(url, IDENTITY, SINCE) == 101
    await dialogs.card("04A1B2C3", "Anna")
    await dialogs.solar()

    assert (await answer())["reason"] == "reconfigure_successful"
    assert await handshake(url, IDENTITY, SINCE) == 101
    assert await handshake(url, IDENTITY, BEFORE) == 401
    assert [card["name"] for card in stored(integration)] == ["Anna"]
    [charger] = integration.subentries.values()
    assert charger.data[CONF_SOLAR]["grid"] == GRID


async def test_a_field_that_is_left_empty_is_no_longer_set(
    hass: HomeAssistant, dialogs: Dialogs, integration: MockConfigEntry
) -> None:
    hours = {"allowed_hours": "schedule.night", "ready_by": "07:00:00"}
    change_settings(hass, integration, price=0.3, price_entity=PRICE, **hours)
    assert (await dialogs.settings())["reason"] == "reconfigure_successful"
    [charger] = integration.subentries.values()
    assert not charger.data.keys() & {"price", "price_entity", *hours}
