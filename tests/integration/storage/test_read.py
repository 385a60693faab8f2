"""The storage of version 0.1.0 is read without a loss.

The files in ``0.1.0`` were written by that version (``record.py``). These tests use entities, actions,
flows, repairs and the wire only, so that they hold for any internal layout.
"""

import json
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.past_sessions import sessions_of
from tests.helpers.screen import Screen

from .files import (
    CARPORT,
    ENTRIES,
    GARAGE,
    NEXT_PASSWORD,
    PASSWORD,
    PERSON,
    PRICE,
    Seen,
    assert_nothing_lost,
    folder_of,
    snapshot,
)


async def test_everything_is_seen_as_before(
    hass: HomeAssistant, integration: MockConfigEntry, before: Seen
) -> None:
    assert_nothing_lost(before, await snapshot(hass, integration))


async def test_the_main_things_are_as_their_owner_left_them(
    hass: HomeAssistant, device_id: str
) -> None:
    garage, carport = Screen(hass, GARAGE), Screen(hass, CARPORT)
    assert garage.entity("switch", "charging").state == "off"
    assert garage.entity("number", "current_limit").state == "13"
    assert garage.entity("number", "current_limit").attributes["max"] == 25
    assert garage.entity("lock", "access").state == "locked"
    assert garage.sensor("energy") == "892.5338"
    assert garage.sensor("session_energy") == "3.0008"
    assert float(garage.sensor("session_cost")) == 0.87
    assert garage.sensor("unattended_energy") == "12.9642"
    assert carport.entity("switch", "charging").state == "on"
    assert carport.entity("number", "current_limit").state == "20"
    assert not carport.has("lock", "access")
    assert carport.sensor("offline_protection") == "off"

    listed = await sessions_of(hass, device_id)
    assert len(listed) == 55
    assert {session["who"] for session in listed} == {None, "Anna", "Ben", "Cleo"}
    assert {session["started_by"] for session in listed} == {
        "card",
        "home_assistant",
        "plug_in",
    }
    first, last = listed[0], listed[-1]
    assert (first["energy"], first["cost"], first["peak_power"]) == (
        6.901,
        2.08,
        7.41,
    )
    assert [charge["energy"] for charge in first["charges"]] == [6.001, 0.9]
    assert (first["plugged_time"], first["charging_time"]) == (9600, 4200)
    assert (last["id_tag"], last["unattended"]) == ("DEADBEEF", 12.964)
    assert (last["offline"], last["delayed"]) == (True, True)


async def menu(flows: Flows, entry: MockConfigEntry, identity: str) -> Step:
    """Open the dialog of a charger."""
    [subentry_id] = [
        subentry.subentry_id
        for subentry in entry.subentries.values()
        if subentry.unique_id == identity
    ]
    return await flows.change_charger(entry.entry_id, subentry_id)


def suggested(form: Step) -> dict[str, Any]:
    """Return what a form is filled in with, also in its sections."""
    fields = form["data_schema"]
    fields = [part for field in fields for part in field.get("schema", [field])]
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in fields
        if field.get("description")
    }


async def test_the_settings_of_each_charger_are_in_its_form(
    flows: Flows, integration: MockConfigEntry
) -> None:
    form = await flows.choose(await menu(flows, integration, GARAGE), "settings")
    garage = suggested(form)
    assert garage["offline_profile"] == "strict"
    assert (garage["guard"], garage["lease"]) == ("lease", 30)
    assert (garage["price_entity"], garage["price"]) == (PRICE, 0.4)
    assert garage["show_id_tag"] is True
    form = await flows.choose(await menu(flows, integration, CARPORT), "settings")
    carport = suggested(form)
    assert carport["offline_profile"] == "charge_hq"
    assert (carport["guard"], carport["price"]) == ("no_start", 0.28)
    assert carport["show_id_tag"] is False


async def test_the_cards_are_in_their_dialog(
    flows: Flows, integration: MockConfigEntry
) -> None:
    cards = await flows.choose(await menu(flows, integration, GARAGE), "cards")
    lines = cards["description_placeholders"]["cards"].splitlines()
    assert len(lines) == 3
    assert "Anna Smith" in lines[0]
    assert "2027-12-31" in lines[0]
    form = await flows.submit(await flows.choose(cards, "edit"), name="Anna")
    assert suggested(form) == {
        "name": "Anna",
        "enabled": True,
        "person": PERSON,
        "expires": "2027-12-31",
    }
    cards = await flows.choose(await menu(flows, integration, GARAGE), "cards")
    form = await flows.submit(await flows.choose(cards, "edit"), name="Ben")
    assert suggested(form) == {"name": "Ben", "enabled": False}


async def test_the_passwords_still_count(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    url = f"ws://127.0.0.1:{integration.data['port']}"
    stored = json.loads((folder_of(hass) / ENTRIES).read_text())
    [kept] = stored["data"]["entries"]
    credentials = kept["subentries"][0]["data"]["credentials"]
    assert None not in credentials.values()
    # The charger may use the one that it was told, which nobody knows any more.
    assert integration.subentries[kept["subentries"][0]["subentry_id"]].data[
        "credentials"
    ] == (credentials)
    assert await handshake(url, GARAGE) == 401
    assert await handshake(url, GARAGE, "another-password") == 401
    assert await handshake(url, GARAGE, PASSWORD) == 101
    assert await handshake(url, GARAGE, NEXT_PASSWORD) == 101
    assert await handshake(url, GARAGE, PASSWORD) == 401
    assert await handshake(url, CARPORT) == 101
