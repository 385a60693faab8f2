"""A price entity and a schedule: suggested, looked at when they are chosen, and missed when they are gone."""

import asyncio
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_PRICE_ENTITY,
    DOMAIN,
)
from custom_components.wallbox_ocpp.flows import price_check
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.helpers.flows import Flows, Step
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.plans import HOUR, MINUTE
from tests.helpers.prices import PRICE, offer
from tests.helpers.screen import Screen, issue_keys

from .test_suggested_prices import prefer

ADVANCED: Final = {"offline_profile": "charge_hq"}
NIGHT: Final = {"monday": [{"from": "00:00:00", "to": "05:00:00"}]}


async def form(flows: Flows, entry: MockConfigEntry) -> Step:
    """Open the settings of the charger."""
    [subentry_id] = entry.subentries
    menu = await flows.change_charger(entry.entry_id, subentry_id)
    return await flows.choose(menu, "settings")


async def submit(flows: Flows, step: Step, **fields: str) -> Step:
    """Submit the settings."""
    return await flows.submit(step, advanced=ADVANCED, show_id_tag=False, **fields)


def settings(entry: MockConfigEntry) -> dict[str, Any]:
    """Return the settings of the charger."""
    [subentry] = entry.subentries.values()
    return dict(subentry.data)


def show(hass: HomeAssistant, value: str = "0.3", **attributes: Any) -> None:
    """Show a price, with no others unless they are said."""
    hass.states.async_set(
        PRICE, value, {"unit_of_measurement": "EUR/kWh", **attributes}
    )


async def add_schedule(hass: HomeAssistant, **week: Any) -> str:
    """Add a schedule helper."""
    schedules = {"night": {"name": "Night", **week}}
    assert await async_setup_component(hass, "schedule", {"schedule": schedules})
    return "schedule.night"


# Suggested


async def test_the_price_of_the_energy_dashboard_is_suggested(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    assert (await form(flows, integration))["description_placeholders"][
        "suggested"
    ] == ""
    show(hass, friendly_name="Price *now*")
    await prefer(hass, {"type": "grid", "entity_energy_price": PRICE})
    step = await form(flows, integration)
    assert step["description_placeholders"]["suggested"] == (
        f"Likely in your home: Price \\*now\\* (`{PRICE}`)."
    )
    # Whoever has chosen one needs no advice.
    await flows.choose(
        await submit(flows, step, **{CONF_PRICE_ENTITY: PRICE}), "keep_it"
    )
    step = await form(flows, integration)
    assert step["description_placeholders"]["suggested"] == ""


# Looked at


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({}, "none of the hours to come"),
        (
            {"prices": [{"start": "2020-01-01T00:00:00Z", "price": 0.3}]},
            "knows are over",
        ),
        ({"value": "unavailable"}, "has no value yet"),
    ],
)
async def test_what_may_pass_is_told_and_can_be_kept(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    attributes: dict[str, Any],
    says: str,
) -> None:
    show(hass, **attributes)
    step = await submit(
        flows, await form(flows, integration), **{CONF_PRICE_ENTITY: PRICE}
    )
    assert says in step["description_placeholders"]["doubts"]
    assert CONF_PRICE_ENTITY not in settings(integration)
    # Whoever goes back finds what was chosen, and may think again.
    back = await flows.choose(step, "settings")
    [suggested] = [
        field["description"]["suggested_value"]
        for field in back["data_schema"]
        if field["name"] == CONF_PRICE_ENTITY
    ]
    assert suggested == PRICE
    step = await submit(flows, back, **{CONF_PRICE_ENTITY: PRICE})
    await flows.choose(step, "keep_it")
    assert settings(integration)[CONF_PRICE_ENTITY] == PRICE
    # It was told, and is not asked about again.
    done = await submit(
        flows, await form(flows, integration), **{CONF_PRICE_ENTITY: PRICE}
    )
    assert done["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_prices_of_the_hours_to_come_are_what_was_looked_for(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    offer(hass, 4)
    schedule = await add_schedule(hass, **NIGHT)
    done = await submit(
        flows,
        await form(flows, integration),
        **{CONF_PRICE_ENTITY: PRICE, CONF_ALLOWED_HOURS: schedule},
    )
    assert done["reason"] == "reconfigure_successful"


async def test_what_cannot_be_is_refused(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    wrong = {
        CONF_PRICE_ENTITY: "sensor.none",
        CONF_ALLOWED_HOURS: "schedule.none",
    }
    step = await submit(flows, await form(flows, integration), **wrong)
    assert step["errors"] == {
        CONF_PRICE_ENTITY: "price_entity_gone",
        CONF_ALLOWED_HOURS: "schedule_entity_gone",
    }
    disabled = entity_registry.async_get_or_create(
        "sensor", "other", "1", disabled_by=er.RegistryEntryDisabler.USER
    ).entity_id
    step = await submit(flows, step, **{CONF_PRICE_ENTITY: disabled})
    assert step["errors"] == {CONF_PRICE_ENTITY: "price_entity_gone"}
    show(hass, unit_of_measurement="SEK/kWh")
    step = await submit(flows, step, **{CONF_PRICE_ENTITY: PRICE})
    assert step["errors"] == {CONF_PRICE_ENTITY: "price_currency"}
    show(hass, unit_of_measurement="parsecs")
    step = await submit(flows, step, **{CONF_PRICE_ENTITY: PRICE})
    assert step["errors"] == {CONF_PRICE_ENTITY: "price_unit"}


async def test_an_integration_that_takes_long_does_not_keep_the_form(
    hass: HomeAssistant,
    flows: Flows,
    integration: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read(*_: object) -> None:
        await asyncio.sleep(MINUTE)

    monkeypatch.setattr(price_check, "async_read", read)
    show(hass)
    step = await submit(
        flows, await form(flows, integration), **{CONF_PRICE_ENTITY: PRICE}
    )
    assert "did not tell them" in step["description_placeholders"]["doubts"]


async def test_a_schedule_without_times_is_doubtful(
    hass: HomeAssistant, flows: Flows, integration: MockConfigEntry
) -> None:
    schedule = await add_schedule(hass)
    step = await submit(
        flows, await form(flows, integration), **{CONF_ALLOWED_HOURS: schedule}
    )
    assert "has no times yet" in step["description_placeholders"]["doubts"]
    await flows.choose(step, "keep_it")
    assert settings(integration)[CONF_ALLOWED_HOURS] == schedule


# Missed


def away(
    issue_registry: ir.IssueRegistry, entry: MockConfigEntry, key: str
) -> dict[str, str]:
    """Return what a repair says."""
    [subentry_id] = entry.subentries
    issue = issue_registry.async_get_issue(DOMAIN, issue_id(key, subentry_id))
    assert issue
    return dict(issue.translation_placeholders or {})


async def test_prices_that_are_away_for_a_day_are_missed(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
) -> None:
    offer(hass, 4)
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: PRICE})
    await choose_mode(hass, screen, "planned")
    show(hass, "unavailable")
    await asyncio.sleep(23 * HOUR)
    assert not issue_keys(issue_registry)
    await asyncio.sleep(2 * HOUR + MINUTE)
    assert issue_keys(issue_registry) == {"prices_away"}
    assert f"`{PRICE}`" in away(issue_registry, integration, "prices_away")["problem"]
    offer(hass, 4)
    await asyncio.sleep(MINUTE)
    assert not issue_keys(issue_registry)
    # Who charges at once does not miss them.
    show(hass, "unavailable")
    await choose_mode(hass, screen, "now")
    await asyncio.sleep(26 * HOUR)
    assert not issue_keys(issue_registry)
    await choose_mode(hass, screen, "planned")
    await asyncio.sleep(HOUR + MINUTE)
    assert issue_keys(issue_registry) == {"prices_away"}
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: None})
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


async def test_a_restart_does_not_begin_the_day_of_missed_prices_anew(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: PRICE})
    await choose_mode(hass, screen, "planned")
    show(hass, "unavailable")
    await asyncio.sleep(13 * HOUR)
    assert await hass.config_entries.async_reload(integration.entry_id)
    await asyncio.sleep(10 * HOUR)
    assert not issue_keys(issue_registry)
    await asyncio.sleep(2 * HOUR + MINUTE)
    assert issue_keys(issue_registry) == {"prices_away"}
    # Once they are back, it is forgotten.
    offer(hass, 4)
    await asyncio.sleep(MINUTE)
    assert await hass.config_entries.async_reload(integration.entry_id)
    show(hass, "unavailable")
    await asyncio.sleep(23 * HOUR)
    assert not issue_keys(issue_registry)


async def test_a_schedule_that_is_gone_is_missed_until_there_is_one(
    hass: HomeAssistant, integration: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    schedule = await add_schedule(hass, **NIGHT)
    change_settings(hass, integration, **{CONF_ALLOWED_HOURS: schedule})
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)
    state = hass.states.get(schedule)
    assert state
    er.async_get(hass).async_remove(schedule)
    hass.states.async_remove(schedule)
    await hass.async_block_till_done()
    assert issue_keys(issue_registry) == {"schedule_gone"}
    assert away(issue_registry, integration, "schedule_gone")["schedule"] == schedule
    hass.states.async_set(schedule, state.state, state.attributes)
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)
