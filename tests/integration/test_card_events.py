"""Cards that are shown at a charger: who is told, and what is written down."""

from collections.abc import Mapping
import csv
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG, DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import Car, NetworkCut
from tests.conftest import Connect, StartCharger
from tests.helpers.cards import (
    ANNA,
    UNKNOWN_CARD,
    Locked,
    authorize,
    begin,
    give,
    lock,
    stored,
)
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen
from tests.helpers.told import Told

PERSON = "person.anna"


def said_in_list(charger: ScriptedCharger) -> list[str]:
    """Return the cards of the last list that the charger was sent."""
    lists = [payload for action, payload in charger.asked if action == "SendLocalList"]
    entries = lists[-1]["localAuthorizationList"] if lists else []
    return [entry["idTag"] for entry in entries]


async def test_a_card_that_is_shown_once_is_reported_once(
    locked: Locked, shown: Told
) -> None:
    charger = await locked(ANNA, {"id_tag": "0B", "name": "Ben", "enabled": True})
    # Asked before, and at the start.
    await authorize(charger, "04A1B2C3")
    first, _ = await begin(charger, "04A1B2C3")
    await charger.stop(first)
    # Known to the charger, and heard of only at the start; which is repeated.
    again = {"timestamp": dt_util.utcnow().isoformat(), "meterStart": 3000}
    second, _ = await begin(charger, "0B", **again)
    assert (await begin(charger, "0B", **again))[0] == second
    await charger.stop(second)
    # Shown twice.
    await authorize(charger, "04A1B2C3")
    await authorize(charger, "04A1B2C3")
    await until(lambda: len(shown.events) == 4)
    assert [event["name"] for event in shown.events] == ["Anna", "Ben", "Anna", "Anna"]


async def test_a_card_that_is_spelled_in_two_ways_is_reported_once(
    locked: Locked, shown: Told
) -> None:
    charger = await locked(ANNA)
    await authorize(charger, "04-A1-B2-C3")
    await begin(charger, "04A1B2C3")
    await charger.left_alone()
    assert len(shown.events) == 1


async def test_a_card_has_the_spelling_in_which_the_charger_says_it(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect, screen: Screen
) -> None:
    charger = await connect()
    charger.keys["LocalAuthListEnabled"] = "true"
    await charger.boot()
    give(hass, integration, ANNA)
    await lock(screen)
    await until(lambda: said_in_list(charger) == ["04A1B2C3"])
    await authorize(charger, "04-A1-B2-C3")
    await until(lambda: "04-A1-B2-C3" in said_in_list(charger))
    assert stored(integration) == [ANNA | {"id_tag": "04-A1-B2-C3"}]
    # In another writing of capitals it is the same for the charger, too.
    await authorize(charger, "04-a1-b2-c3")
    assert stored(integration) == [ANNA | {"id_tag": "04-A1-B2-C3"}]


async def test_a_card_from_the_charger_s_queue_is_history(
    locked: Locked, shown: Told, told: Told
) -> None:
    charger = await locked(ANNA)
    past = (dt_util.utcnow() - timedelta(hours=2)).isoformat()
    assert (await begin(charger, "04A1B2C3", timestamp=past))[1] == "Accepted"
    await until(lambda: told.types == ["started"])
    assert told.events[0]["who"] == "Anna"
    assert shown.events == []


async def test_the_number_of_a_card_is_reported_only_if_that_is_wanted(
    hass: HomeAssistant, integration: MockConfigEntry, locked: Locked, shown: Told
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    charger = await locked()
    await authorize(charger, UNKNOWN_CARD)
    await until(lambda: len(shown.events) == 1)
    assert shown.events[0]["id_tag"] == UNKNOWN_CARD


async def test_no_number_of_a_card_stays_on_show_when_that_is_no_longer_wanted(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    locked: Locked,
    screen: Screen,
    shown: Told,
    told: Told,
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    charger = await locked(ANNA)
    await begin(charger, "04A1B2C3")
    await until(lambda: bool(shown.events and told.events))
    before = {key: screen.entity("event", key) for key in ("card", "session")}
    assert [state.attributes["id_tag"] for state in before.values()] == ["04A1B2C3"] * 2

    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: False})
    await hass.async_block_till_done()
    assert_without_numbers(screen, before)
    # Nor is it shown when Home Assistant restores what it has kept.
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    assert_without_numbers(screen, before)
    assert (len(shown.events), len(told.events)) == (1, 1)


async def test_a_number_that_was_kept_from_before_is_not_shown_again(
    hass: HomeAssistant, integration: MockConfigEntry, locked: Locked, screen: Screen
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    charger = await locked(ANNA)
    await begin(charger, "04A1B2C3")
    await charger.left_alone()
    before = {key: screen.entity("event", key) for key in ("card", "session")}
    await hass.config_entries.async_unload(integration.entry_id)
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: False})
    await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert_without_numbers(screen, before)


def assert_without_numbers(screen: Screen, before: Mapping[str, State]) -> None:
    """Assert that event entities tell what they told before, except for the number of the card."""
    for key, state in before.items():
        now = screen.entity("event", key)
        assert now.state == state.state
        told = {name for name in state.attributes if name != "id_tag"}
        assert now.attributes.keys() == told


async def test_no_number_of_a_card_is_in_the_diagnostics_in_a_state_or_in_the_log(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> None:
    caplog.set_level("DEBUG", "custom_components.wallbox_ocpp")
    gone = {"id_tag": "ABCDEF", "name": "Jo", "enabled": True}
    give(hass, integration, ANNA | {"name": "Anna S", "person": PERSON}, gone)
    box = await start_charger()
    await lock(screen)
    await box.wait_until(lambda: len(box.charger.local_list.id_tags) == 2)
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    box.tap(UNKNOWN_CARD)
    await box.wait_until(lambda: screen.entity("event", "card").state != "unknown")
    box.tap("ABCDEF")
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "preparing")
    box.tap("04A1B2C3")
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    # The charger does not hear yet that a card is gone.
    box.cut_network(NetworkCut.BLACKHOLE)
    give(hass, integration, ANNA | {"name": "Anna S", "person": PERSON})
    diagnostics: Any = await get_diagnostics_for_config_entry(
        hass, hass_client, integration
    )
    file = json.dumps(diagnostics)
    states = repr([state.as_dict() for state in hass.states.async_all()])
    log = "\n".join(
        record.getMessage() for record in caplog.records if "wallbox" in record.name
    )
    for number in ("04A1B2C3", "ABCDEF", UNKNOWN_CARD):
        assert number not in file
        assert number not in states
        assert number not in log
    for personal in ("Anna S", '"Jo"', PERSON):
        assert personal not in file
        assert personal not in log


async def test_the_name_of_a_card_is_in_the_lists_the_files_and_the_calendar(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    locked: Locked,
    screen: Screen,
    device_id: str,
    told: Told,
) -> None:
    charger = await locked(ANNA)
    transaction, _ = await begin(charger, "04A1B2C3")
    await charger.stop(transaction, reason="EVDisconnected")
    await until(lambda: told.types == ["started", "ended"])
    # What was written down stays, whatever becomes of the card.
    give(hass, integration)

    async def ask(domain: str, action: str, **data: Any) -> Any:
        return await hass.services.async_call(
            domain, action, data, blocking=True, return_response=True
        )

    listed = await ask(DOMAIN, "get_sessions", device_id=device_id)
    assert [session["who"] for session in listed["sessions"]] == ["Anna"]
    assert "id_tag" not in listed["sessions"][0]
    exported = await ask(DOMAIN, "export_sessions", device_id=device_id)
    [row] = csv.DictReader(exported["csv"].lstrip("\ufeff").splitlines())
    assert row["who"] == "Anna"
    Path(exported["path"]).unlink()
    calendar = screen.entity_id("calendar", "sessions")
    now = dt_util.utcnow()
    found = await ask(
        "calendar",
        "get_events",
        entity_id=calendar,
        start_date_time=(now - timedelta(hours=1)).isoformat(),
        end_date_time=(now + timedelta(hours=1)).isoformat(),
    )
    [event] = found[calendar]["events"]
    assert "Card: Anna" in event["description"].splitlines()
