"""Home Assistant's currency is changed while the integration runs."""

from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.actions import Act
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.prices import PRICE, offer
from tests.helpers.screen import Screen, issue_keys
from tests.helpers.told import readings

COSTS: Final = ("session_cost", "cost_this_month")


@pytest.fixture(autouse=True)
async def _currency(hass: HomeAssistant) -> None:
    """Pay in euros at first."""
    await pay_in(hass, "EUR")


async def pay_in(hass: HomeAssistant, currency: str) -> None:
    """Pay in another currency from now on."""
    await hass.config.async_update(currency=currency)
    await hass.async_block_till_done()


async def charge(connect: Connect) -> None:
    """Take 10 kWh in an open session."""
    charger = await connect(boots=False)
    number = await charger.start(meterStart=100_000)
    for register in ("100000", "110000"):
        await charger.ask("MeterValues", readings(number, register))


async def test_costs_are_shown_in_the_new_currency_at_once(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    entity_registry: er.EntityRegistry,
) -> None:
    change_settings(hass, integration, price=0.3333)
    await charge(connect)
    await until(lambda: screen.sensor("session_cost") == "3.33")
    before = {key: screen.entity("sensor", key).attributes for key in COSTS}
    await pay_in(hass, "JPY")
    for key in COSTS:
        assert screen.sensor(key) == "3"
        shown = screen.entity("sensor", key).attributes
        assert shown == {**before[key], "unit_of_measurement": "JPY"}
        entry = entity_registry.async_get(screen.entity_id("sensor", key))
        assert entry
        assert entry.options["sensor"]["suggested_display_precision"] == 0
    # With as many digits, only the unit differs.
    await pay_in(hass, "ISK")
    for key in COSTS:
        shown = screen.entity("sensor", key).attributes
        assert shown["unit_of_measurement"] == "ISK"


async def test_whether_the_price_is_understood_is_looked_at_again(
    hass: HomeAssistant, integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    hass.states.async_set(PRICE, "3", {"unit_of_measurement": "SEK/kWh"})
    change_settings(hass, integration, price_entity=PRICE)
    await hass.async_block_till_done()
    assert issue_keys(issue_registry) == {"price_unit"}
    await pay_in(hass, "SEK")
    assert not issue_keys(issue_registry)
    await pay_in(hass, "EUR")
    assert issue_keys(issue_registry) == {"price_unit"}


async def test_a_price_that_is_understood_now_counts_at_once(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    hass.states.async_set(PRICE, "3", {"unit_of_measurement": "SEK/kWh"})
    change_settings(hass, integration, price_entity=PRICE)
    await hass.async_block_till_done()
    await pay_in(hass, "SEK")
    await charge(connect)
    await until(lambda: screen.sensor("session_cost") == "30.0")


async def test_prices_that_are_understood_now_are_planned_by_at_once(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen, act: Act
) -> None:
    await pay_in(hass, "SEK")
    offer(hass, 4)
    change_settings(hass, integration, price_entity=PRICE)
    await choose_mode(hass, screen, "planned")
    assert not (await act("get_plan"))["prices"]
    await pay_in(hass, "EUR")
    plan = await act("get_plan")
    assert plan["prices"]
    assert plan["currency"] == "EUR"
