"""What a session costs: at a fixed price, or at that of an entity."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.wallbox_ocpp.const import (
    CONF_OFFLINE_PROFILE,
    CONF_PRICE,
    CONF_PRICE_ENTITY,
    CONF_SHOW_ID_TAG,
)
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import perform, sessions_of
from tests.helpers.screen import Screen
from tests.helpers.told import readings

PRICE = "sensor.price"
ADVANCED = "advanced"
CHARGE_HQ = {CONF_OFFLINE_PROFILE: "charge_hq"}

type Choose = Callable[..., Awaitable[None]]


@pytest.fixture
def currency() -> str:
    """Return the currency of the home."""
    return "EUR"


@pytest.fixture(autouse=True)
def _currency(hass: HomeAssistant, currency: str) -> None:
    """Pay in it, before the integration is set up."""
    hass.config.currency = currency


async def settings_form(
    hass: HomeAssistant, entry: MockConfigEntry
) -> SubentryFlowResult:
    """Open the form of the charger's settings."""
    subentry_id = next(iter(entry.subentries))
    menu = await entry.start_subentry_reconfigure_flow(hass, subentry_id)
    return await hass.config_entries.subentries.async_configure(
        menu["flow_id"], {"next_step_id": "settings"}
    )


@pytest.fixture
def choose(hass: HomeAssistant, integration: MockConfigEntry) -> Choose:
    """Return a function that fills in the form of the charger's settings."""

    async def choose(**prices: Any) -> None:
        form = await settings_form(hass, integration)
        assert form["type"] is FlowResultType.FORM
        result = await hass.config_entries.subentries.async_configure(
            form["flow_id"],
            {ADVANCED: CHARGE_HQ, CONF_SHOW_ID_TAG: False, **prices},
        )
        if result["type"] is FlowResultType.MENU:
            # It knows the price of now only, which is enough for costs.
            result = await hass.config_entries.subentries.async_configure(
                result["flow_id"], {"next_step_id": "keep_it"}
            )
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()

    return choose


def price(hass: HomeAssistant, value: object, unit: str | None = "EUR/kWh") -> None:
    """Let a kWh cost something from now on, says an entity."""
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    hass.states.async_set(PRICE, str(value), attributes)


class Meter:
    """A session whose meter is read, from 0 kWh on."""

    def __init__(self, charger: ScriptedCharger, screen: Screen, number: int) -> None:
        """Take the charger and its transaction."""
        self.charger = charger
        self.number = number
        self._screen = screen
        self._wh = 0

    async def flow(self, kwh: float) -> None:
        """Let energy flow, all of it at the price of now."""
        await self._read()
        self._wh += round(kwh * 1000)
        await self._read()

    async def stop(self) -> None:
        """End the session."""
        await self.charger.stop(self.number, meterStop=100_000 + self._wh)

    async def costs(self, euros: float) -> None:
        """Wait until it is shown to cost so much."""
        await until(lambda: self._shown() == pytest.approx(euros, abs=0.00001))

    def _shown(self) -> float:
        text = self._screen.sensor("session_cost")
        return -1000 if text == "unknown" else float(text)

    async def _read(self) -> None:
        await self.charger.ask(
            "MeterValues", readings(self.number, str(100_000 + self._wh))
        )


@pytest.fixture
async def start(connect: Connect, screen: Screen) -> Callable[[], Awaitable[Meter]]:
    """Return a function that connects a charger and starts a session."""

    async def start() -> Meter:
        charger = await connect(boots=False)
        return Meter(charger, screen, await charger.start(meterStart=100_000))

    return start


type Start = Callable[[], Awaitable[Meter]]


async def test_without_a_price_nothing_is_said_of_costs(
    hass: HomeAssistant, start: Start, screen: Screen, device_id: str
) -> None:
    session = await start()
    await session.flow(10)
    await session.stop()
    await until(lambda: screen.sensor("last_session_energy") == "10.0")
    assert not screen.has("sensor", "session_cost")
    assert screen.entity("event", "session").attributes["cost"] is None
    assert (await sessions_of(hass, device_id))[0]["cost"] is None


@pytest.mark.parametrize(("fixed", "cost"), [(0.3, 3.0), (0, 0)])
async def test_a_session_costs_the_fixed_price(
    hass: HomeAssistant,
    choose: Choose,
    start: Start,
    screen: Screen,
    device_id: str,
    fixed: float,
    cost: float,
) -> None:
    await choose(**{CONF_PRICE: fixed})
    session = await start()
    await session.flow(4)
    await session.costs(cost * 0.4)
    await session.flow(6)
    await session.stop()
    await session.costs(cost)
    shown = screen.entity("sensor", "session_cost").attributes
    assert shown["unit_of_measurement"] == "EUR"
    assert (shown["device_class"], shown["state_class"]) == ("monetary", "total")
    await until(
        lambda: screen.entity("event", "session").attributes["event_type"] == "ended"
    )
    assert screen.entity("event", "session").attributes["cost"] == cost
    assert (await sessions_of(hass, device_id))[0]["cost"] == cost


async def test_each_session_has_its_own_cost(
    choose: Choose, start: Start, screen: Screen
) -> None:
    await choose(**{CONF_PRICE: 0.3})
    session = await start()
    await session.flow(10)
    await session.stop()
    await session.costs(3)
    first = screen.entity("sensor", "session_cost").attributes["last_reset"]
    now = dt_util.utcnow()
    number = await session.charger.start(meterStart=110_000, timestamp=now.isoformat())
    await until(lambda: screen.sensor("session_cost") == "unknown")
    second = screen.entity("sensor", "session_cost").attributes["last_reset"]
    assert first < second == now.isoformat()
    await session.charger.stop(number, meterStop=111_000)
    await session.costs(0.3)


@pytest.mark.parametrize(
    ("currency", "value", "unit"),
    [
        ("EUR", 0.25, "EUR/kWh"),
        ("EUR", 250, "EUR / MWh"),
        ("EUR", 0.25, None),
        ("EUR", "2.5e-1", "€/kWh"),
        ("EUR", 25, "ct/kWh"),
        ("CHF", 25, "Rp./kWh"),
        ("IDR", 0.25, "Rp/kWh"),
    ],
)
async def test_a_price_may_be_for_another_amount_of_energy_or_in_hundredths(
    hass: HomeAssistant, choose: Choose, start: Start, value: object, unit: str | None
) -> None:
    """All ways in which a unit may be written are in `tests/wallbox/test_price_unit.py`."""
    price(hass, value, unit)
    await choose(**{CONF_PRICE_ENTITY: PRICE})
    session = await start()
    await session.flow(10)
    await session.costs(2.5)


@pytest.mark.parametrize(
    ("unit", "error"),
    [("kr/kWh", "price_currency"), ("%", "price_unit"), ("EUR/kW", "price_unit")],
)
async def test_a_price_whose_unit_is_not_understood_is_refused_with_those_that_are(
    hass: HomeAssistant, integration: MockConfigEntry, unit: str, error: str
) -> None:
    price(hass, 25, unit)
    form = await settings_form(hass, integration)
    refused = await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {
            ADVANCED: CHARGE_HQ,
            CONF_SHOW_ID_TAG: False,
            CONF_PRICE_ENTITY: PRICE,
        },
    )
    assert refused["errors"] == {CONF_PRICE_ENTITY: error}
    placeholders = refused["description_placeholders"]
    assert placeholders
    assert placeholders["unit"] == unit
    assert {"EUR/kWh", "ct/kWh", "EUR/MWh"} <= set(placeholders["units"].split(", "))


async def test_the_entity_is_followed_and_wins_over_a_fixed_price(
    hass: HomeAssistant, choose: Choose, start: Start
) -> None:
    price(hass, 0.2)
    await choose(**{CONF_PRICE_ENTITY: PRICE, CONF_PRICE: 9})
    session = await start()
    await session.flow(10)
    await session.costs(2)
    price(hass, -0.05)
    await session.flow(10)
    await session.costs(1.5)
    price(hass, 0)
    await session.flow(10)
    await session.costs(1.5)
    price(hass, 300, "EUR/MWh")
    await session.flow(1)
    await session.stop()
    await session.costs(1.8)


@pytest.mark.parametrize(
    "value",
    ["unavailable", "unknown", "", "nan", "inf", "-inf", "1e999", "a lot", None],
)
async def test_an_entity_without_a_price_leaves_the_price_as_it_was(
    hass: HomeAssistant, choose: Choose, start: Start, value: str | None
) -> None:
    price(hass, 0.2)
    await choose(**{CONF_PRICE_ENTITY: PRICE})
    session = await start()
    if value is None:
        hass.states.async_remove(PRICE)
    else:
        price(hass, value)
    await session.flow(10)
    await session.costs(2)
    price(hass, 0.4)
    await session.flow(10)
    await session.costs(6)


async def test_an_entity_that_comes_late_has_its_price_counted_from_the_start(
    hass: HomeAssistant, choose: Choose, start: Start, screen: Screen
) -> None:
    price(hass, "unavailable")
    await choose(**{CONF_PRICE_ENTITY: PRICE})
    hass.states.async_remove(PRICE)
    session = await start()
    await session.flow(10)
    price(hass, "unavailable")
    await session.flow(10)
    assert not screen.has("sensor", "session_cost")
    price(hass, 0.1)
    await session.flow(1)
    await session.costs(2.1)


# The settings change while a session lasts


async def test_a_price_that_is_given_up_costs_nothing_more(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    choose: Choose,
    start: Start,
    screen: Screen,
) -> None:
    price(hass, 0.2)
    await choose(**{CONF_PRICE_ENTITY: PRICE, CONF_PRICE: 0.3})
    session = await start()
    await session.flow(10)
    await choose()
    data = next(iter(integration.subentries.values())).data
    assert not data.keys() & {CONF_PRICE, CONF_PRICE_ENTITY}
    price(hass, 5)
    await session.flow(10)
    await session.stop()
    await session.costs(2)
    number = await session.charger.start(meterStart=120_000)
    await session.charger.stop(number, meterStop=130_000)
    await until(lambda: screen.sensor("session_energy") == "10.0")
    assert screen.sensor("session_cost") == "unknown"


async def test_one_price_takes_over_from_another(
    hass: HomeAssistant, choose: Choose, start: Start
) -> None:
    await choose(**{CONF_PRICE: 0.1})
    session = await start()
    await session.flow(10)
    await choose(**{CONF_PRICE: 0.2})
    await session.flow(10)
    # The new entity says nothing yet.
    price(hass, "unknown")
    await choose(**{CONF_PRICE_ENTITY: PRICE})
    await session.flow(10)
    price(hass, 0.3)
    await session.flow(10)
    await choose(**{CONF_PRICE: 0.4})
    price(hass, 7)
    await session.flow(10)
    await session.costs(1 + 2 + 2 + 3 + 4)


def suggestions(schema: vol.Schema) -> dict[str, Any]:
    """Return what the fields of a form hold when it opens."""
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in schema.schema
    }


async def test_the_form_asks_once_what_happens_without_a_connection(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    change_settings(hass, integration, guard="no_start", offline_profile="strict")
    schema = (await settings_form(hass, integration))["data_schema"]
    assert schema
    shown = suggestions(schema)
    assert shown["guard"] == "no_start"
    assert "offline_profile" not in shown
    # What was chosen before there was a section is still there.
    advanced = schema.schema[ADVANCED]
    assert advanced.options == {"collapsed": True}
    assert suggestions(advanced.schema) == {"offline_profile": "strict"}


async def test_the_form_shows_what_was_chosen(
    hass: HomeAssistant, integration: MockConfigEntry, choose: Choose
) -> None:
    price(hass, 0.2)
    await choose(**{CONF_PRICE_ENTITY: PRICE, CONF_PRICE: 0.25})
    schema = (await settings_form(hass, integration))["data_schema"]
    assert schema
    suggested = suggestions(schema)
    chosen = {
        CONF_PRICE_ENTITY: PRICE,
        CONF_PRICE: 0.25,
        CONF_SHOW_ID_TAG: False,
    }
    assert suggested.items() >= chosen.items()


# A restart in the middle


@pytest.mark.parametrize("back", ["at once", "late", "never"])
async def test_a_session_goes_on_costing_over_a_restart(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    choose: Choose,
    start: Start,
    connect: Connect,
    back: str,
) -> None:
    price(hass, 0.2)
    await choose(**{CONF_PRICE_ENTITY: PRICE})
    session = await start()
    await session.flow(10)
    await session.costs(2)
    await hass.config_entries.async_unload(integration.entry_id)
    hass.states.async_remove(PRICE)
    if back == "at once":
        price(hass, 0.3)
    await hass.config_entries.async_setup(integration.entry_id)
    session.charger = await connect(boots=False)
    await session.costs(2)
    await session.flow(10)
    await session.costs(5 if back == "at once" else 4)
    if back == "late":
        price(hass, 0.3)
        await session.flow(10)
        await session.costs(7)


# Money is what can be paid.


@pytest.mark.parametrize(
    ("currency", "cost"),
    [("EUR", 3.33), ("JPY", 3), ("KWD", 3.333), ("USD", 3.33), ("ISK", 3)],
)
async def test_money_is_reported_in_the_smallest_coin_of_its_currency(
    hass: HomeAssistant,
    choose: Choose,
    start: Start,
    screen: Screen,
    device_id: str,
    cost: float,
) -> None:
    await choose(**{CONF_PRICE: 0.333333})
    session = await start()
    for _ in range(10):
        await session.flow(1)
    await session.stop()
    await until(
        lambda: screen.entity("event", "session").attributes["event_type"] == "ended"
    )
    assert float(screen.sensor("session_cost")) == cost
    assert screen.entity("event", "session").attributes["cost"] == cost
    assert (await sessions_of(hass, device_id))[0]["cost"] == cost
    response = await perform(hass, "export_sessions", device_id)
    assert response["cost"] == cost
    assert f",{cost}," in response["csv"]


async def test_the_field_of_the_price_says_what_it_is_in(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    schema = (await settings_form(hass, integration))["data_schema"]
    assert schema
    field = schema.schema[CONF_PRICE]
    assert field.config["unit_of_measurement"] == "EUR/kWh"
