"""Entities that a charger's settings name are followed, and missed when they are gone."""

import asyncio
from collections.abc import Callable
import json
from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.start import async_at_started
from tests.helpers.cards import ANNA, stored
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.screen import Screen, issue_keys

HOUR = 3600

type Register = Callable[[str], str]


@pytest.fixture
def register(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> Register:
    """Return a function that has an entity of another integration, and returns its id."""

    def register(domain: str) -> str:
        entity_id = entity_registry.async_get_or_create(domain, "other", "1").entity_id
        hass.states.async_set(entity_id, "0.3", {"unit_of_measurement": "EUR/kWh"})
        return entity_id

    return register


def settings(entry: MockConfigEntry) -> dict[str, Any]:
    """Return the settings of the charger."""
    [subentry] = entry.subentries.values()
    return dict(subentry.data)


async def name(hass: HomeAssistant, entry: MockConfigEntry, **named: Any) -> None:
    """Name entities in the settings of the charger."""
    change_settings(hass, entry, **named)
    await hass.async_block_till_done()


async def test_a_price_entity_that_is_renamed_is_followed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    register: Register,
) -> None:
    price = register("sensor")
    await name(hass, integration, price_entity=price)
    charger = next(iter(integration.runtime_data.chargers.values()))
    entity_registry.async_update_entity(price, new_entity_id="sensor.tariff")
    hass.states.async_remove(price)
    hass.states.async_set("sensor.tariff", "0.4", {"unit_of_measurement": "EUR/kWh"})
    await hass.async_block_till_done()
    assert settings(integration)["price_entity"] == "sensor.tariff"
    hass.states.async_set("sensor.tariff", "0.5", {"unit_of_measurement": "EUR/kWh"})
    await hass.async_block_till_done()
    prices = charger.coordinator.data.metering.tariff.prices
    assert [price.per_kwh for price in prices] == [0.3, 0.4, 0.5]
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize(
    "named",
    [
        {"allowed_hours": "{}"},
        {"solar": {"grid": "{}"}},
        {"solar": {"grid": "sensor.grid", "export": "{}"}},
        {"solar": {"grid": "sensor.grid", "battery": "{}"}},
        {"solar": {"grid": "sensor.grid", "battery_charge": "{}"}},
    ],
    ids=str,
)
async def test_whatever_the_settings_name_is_followed_when_it_is_renamed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    register: Register,
    named: dict[str, Any],
) -> None:
    def with_id(entity_id: str) -> dict[str, Any]:
        return cast(
            dict[str, Any], json.loads(json.dumps(named).replace("{}", entity_id))
        )

    domain = "schedule" if "allowed_hours" in named else "sensor"
    before, after = register(domain), f"{domain}.another_name"
    await name(hass, integration, **with_id(before))
    entity_registry.async_update_entity(before, new_entity_id=after)
    await hass.async_block_till_done()
    assert settings(integration).items() >= with_id(after).items()


async def test_a_person_who_is_renamed_still_has_the_card(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    register: Register,
) -> None:
    anna = register("person")
    others = {"id_tag": "0B", "name": "Ben", "enabled": True}
    await name(hass, integration, cards=[{**ANNA, "person": anna}, others])
    entity_registry.async_update_entity(anna, new_entity_id="person.anna_smith")
    await hass.async_block_till_done()
    assert stored(integration) == [{**ANNA, "person": "person.anna_smith"}, others]


@pytest.mark.parametrize("way", ["removed", "disabled", "not_registered"])
async def test_a_price_entity_that_is_gone_is_missed_until_another_is_chosen(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    register: Register,
    way: str,
) -> None:
    price = register("sensor") if way != "not_registered" else "sensor.yaml"
    hass.states.async_set(price, "0.3", {"unit_of_measurement": "EUR/kWh"})
    await name(hass, integration, price_entity=price)
    assert not issue_keys(issue_registry)
    if way == "removed":
        entity_registry.async_remove(price)
    if way == "disabled":
        entity_registry.async_update_entity(
            price, disabled_by=er.RegistryEntryDisabler.USER
        )
    hass.states.async_remove(price)
    await hass.async_block_till_done()
    assert issue_keys(issue_registry) == {"price_gone"}
    [subentry_id] = integration.subentries
    issue = issue_registry.async_get_issue(DOMAIN, issue_id("price_gone", subentry_id))
    assert issue
    assert issue.translation_placeholders
    assert issue.translation_placeholders["entity"] == price
    hass.states.async_set("sensor.other", "0.4", {"unit_of_measurement": "EUR/kWh"})
    await name(hass, integration, price_entity="sensor.other")
    assert not issue_keys(issue_registry)


async def test_a_person_who_is_gone_is_missed_until_the_card_has_another(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    register: Register,
) -> None:
    anna = register("person")
    await name(hass, integration, cards=[{**ANNA, "person": anna}])
    assert not issue_keys(issue_registry)
    entity_registry.async_remove(anna)
    hass.states.async_remove(anna)
    await hass.async_block_till_done()
    assert issue_keys(issue_registry) == {"person_gone"}
    await name(hass, integration, cards=[ANNA])
    assert not issue_keys(issue_registry)


async def test_a_price_entity_that_only_does_not_answer_is_not_missed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    register: Register,
) -> None:
    price = register("sensor")
    await name(hass, integration, price_entity=price)
    hass.states.async_set(price, "unavailable")
    await hass.async_block_till_done()
    hass.states.async_remove(price)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


async def test_what_is_yet_to_come_is_only_missed_once_everything_has_started(
    hass: HomeAssistant, integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    hass.set_state(CoreState.starting)
    await name(hass, integration, price_entity="sensor.late")
    assert not issue_keys(issue_registry)
    started: list[bool] = []
    async_at_started(hass, lambda _: started.append(True))
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert started
    assert issue_keys(issue_registry) == {"price_gone"}


async def test_a_price_whose_unit_becomes_another_one_is_reported(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    register: Register,
) -> None:
    price = register("sensor")
    await name(hass, integration, price_entity=price)
    hass.states.async_set(price, "30", {"unit_of_measurement": "%"})
    await hass.async_block_till_done()
    assert issue_keys(issue_registry) == {"price_unit"}
    hass.states.async_set(price, "30", {"unit_of_measurement": "ct/kWh"})
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


# Solar charging


@pytest.fixture
def sensors(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> dict[str, str]:
    """Return the sensors of a home with a battery."""
    named = {"grid": "W", "battery": "W", "battery_charge": "%"}
    for name in named:
        entity_registry.async_get_or_create(
            "sensor", "other", name, suggested_object_id=name
        )
    for name, unit in named.items():
        hass.states.async_set(f"sensor.{name}", "5", {"unit_of_measurement": unit})
    return {name: f"sensor.{name}" for name in named}


def missed(issue_registry: ir.IssueRegistry, entry: MockConfigEntry, key: str) -> Any:
    """Return which sensors a repair names."""
    assert issue_keys(issue_registry) == {key}
    [subentry_id] = entry.subentries
    issue = issue_registry.async_get_issue(DOMAIN, issue_id(key, subentry_id))
    assert issue
    return (issue.translation_placeholders or {})["sensors"]


@pytest.mark.parametrize("name", ["grid", "battery", "battery_charge"])
@pytest.mark.parametrize("way", ["removed", "disabled"])
async def test_a_sensor_of_the_sun_that_is_gone_is_missed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    sensors: dict[str, str],
    name: str,
    way: str,
) -> None:
    change_settings(hass, integration, solar=sensors)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)
    gone = sensors[name]
    if way == "removed":
        entity_registry.async_remove(gone)
    else:
        user = er.RegistryEntryDisabler.USER
        entity_registry.async_update_entity(gone, disabled_by=user)
    state = hass.states.get(gone)
    assert state
    hass.states.async_remove(gone)
    await hass.async_block_till_done()
    assert missed(issue_registry, integration, "sensor_gone") == f"`{gone}`"
    # It is back, or there is another one.
    if way == "removed":
        hass.states.async_set(gone, state.state, state.attributes)
    else:
        change_settings(hass, integration, solar={"grid": "sensor.grid_2"})
        hass.states.async_set("sensor.grid_2", "5", {"unit_of_measurement": "W"})
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize("name", ["grid", "battery", "battery_charge"])
@pytest.mark.parametrize("value", ["unavailable", "nan"])
async def test_a_sensor_of_the_sun_that_is_silent_for_a_day_is_missed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
    sensors: dict[str, str],
    name: str,
    value: str,
) -> None:
    change_settings(hass, integration, solar=sensors)
    await hass.async_block_till_done()
    await choose_mode(hass, screen, "solar")
    silent, attributes = sensors[name], hass.states.get(sensors[name])
    assert attributes
    hass.states.async_set(silent, value, attributes.attributes)

    async def passes(hours: int) -> None:
        for _ in range(hours):
            if name != "grid":
                hass.states.async_set("sensor.grid", "5", {"unit_of_measurement": "W"})
            await asyncio.sleep(HOUR)

    await passes(23)
    assert not issue_keys(issue_registry)
    await passes(2)
    assert missed(issue_registry, integration, "sensor_silent") == f"`{silent}`"
    # Who charges at once does not miss it.
    await choose_mode(hass, screen, "now")
    await passes(1)
    assert not issue_keys(issue_registry)
    await choose_mode(hass, screen, "min_solar")
    await passes(1)
    assert missed(issue_registry, integration, "sensor_silent")
    hass.states.async_set(silent, "7", attributes.attributes)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


async def test_a_meter_of_the_grid_that_has_stopped_is_missed_and_a_battery_rests(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
    sensors: dict[str, str],
) -> None:
    change_settings(hass, integration, solar=sensors)
    await hass.async_block_till_done()
    await choose_mode(hass, screen, "solar")
    await asyncio.sleep(26 * HOUR)
    assert missed(issue_registry, integration, "sensor_silent") == "`sensor.grid`"
