"""The storage of version 0.1.0 is read without a loss.

The files in ``storage/0.1.0`` were written by that version (``storage/record.py``). These tests
use entities, actions, flows, repairs and the wire only, so that they hold for any internal layout.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import fields
from datetime import timedelta
import json
from pathlib import Path
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect, Repairs, Screen, issue_keys
from tests.helpers.flows import Flows, Step
from tests.helpers.handshakes import handshake
from tests.helpers.past_sessions import had, perform, reload, sessions_of
from tests.storage.files import (
    CARPORT,
    ENTRIES,
    FOLDER,
    GARAGE,
    NEXT_PASSWORD,
    NOW,
    PASSWORD,
    PERSON,
    PRICE,
    Seen,
    async_entry,
    folder_of,
    frozen,
    install_files,
    ours,
    seen_by,
    snapshot,
    values_in,
    with_unknown_fields,
)

from .test_sessions import Told, readings

VERSION: Final = "0.1.0"
SUSPECT: Final = 1592533.8
"""What a register was said to stand at, and did not."""
NOTHING: Final = {None, "unavailable", "unknown"}

OPEN: Final = {
    "idTag": "04A1B2C3",
    "meterStart": 889_533,
    "timestamp": "2026-11-20T08:33:00+00:00",
}
"""The transaction that was open in the garage, as its charger says it again."""
OPEN_NUMBER: Final = 5050
AHEAD: Final = timedelta(minutes=7)
"""Of the clock of its charger."""
GONE: Final = {
    (CARPORT, key) for key in ("button.allow_once", "event.card", "lock.access")
}
"""What belongs to access control, of which this one made no use; the other one is locked."""
COLUMNS: Final = {field.name for field in fields(ChargingSession)}
"""The names of the columns were values in the file of all sessions."""
REGISTER: Final = 892_533.8
"""Wh on the meter of the garage when it was last read."""

# The wall clock is frozen, and the loop's goes on.
pytestmark = pytest.mark.real_time


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str, unused_tcp_port: int) -> str:
    """Return the configuration folder of a Home Assistant in which that version has run."""
    install_files(hass_tmp_config_dir, VERSION, unused_tcp_port)
    return hass_tmp_config_dir


@pytest.fixture(autouse=True)
async def freezer() -> AsyncGenerator[FrozenDateTimeFactory]:
    """Freeze the wall clock at the time when the files were written."""
    with frozen(NOW) as freezer:
        yield freezer


@pytest.fixture
async def entry(hass: HomeAssistant) -> ConfigEntry:
    """Return the entry as it is in the storage."""
    return await async_entry(hass, VERSION)


@pytest.fixture
def before() -> Seen:
    """Return what was visible with that version; money is told in whole cents since then."""
    seen = seen_by(VERSION)
    for charger in seen.values():
        for shown, key in (
            (charger["entities"]["sensor.session_cost"], "state"),
            *((session, "cost") for session in charger["sessions"]),
        ):
            if shown[key] not in NOTHING:
                shown[key] = type(shown[key])(round(float(shown[key]), 2))
    return seen


@pytest.fixture
def device_id(device_registry: dr.DeviceRegistry, integration: MockConfigEntry) -> str:
    """Return the device of the garage."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, GARAGE), integration.entry_id
    )
    assert device
    return device.id


@pytest.fixture
async def reconnect(connect: Connect) -> Callable[[], Any]:
    """Return a function that brings the charger of the garage back."""

    async def reconnect() -> ScriptedCharger:
        charger = await connect(
            identity=GARAGE,
            password=PASSWORD,
            boots=False,
            GetLocalListVersion=lambda _: {"listVersion": 1},
        )
        # As that version had left them.
        charger.keys |= {
            "AuthEnabled": "true",
            "LocalAuthListEnabled": "true",
            "ChargeProfileMaxStackLevel": "3",
            "MaxChargingProfilesInstalled": "8",
            "chargingALimitConn1": "25",
        }
        return charger

    return reconnect


def assert_nothing_lost(before: Seen, now: Seen) -> None:
    """Check that all that was visible still is, with the same values."""
    assert now.keys() == before.keys()
    for identity, was in before.items():
        shown = now[identity]
        assert shown["device"] == was["device"]
        assert shown["sessions"] == was["sessions"]
        assert [
            (event["start"], event["end"], event["summary"])
            for event in shown["calendar"]
        ] == [
            (event["start"], event["end"], event["summary"])
            for event in was["calendar"]
        ]
        for key, entity in was["entities"].items():
            if (identity, key) in GONE:
                assert key not in shown["entities"]
                continue
            known = {
                name: value
                for name, value in entity.items()
                # A later version may know what this one did not.
                if not (isinstance(value, str | None) and value in NOTHING)
            }
            assert shown["entities"][key] | known == shown["entities"][key], key


def values_of(files: dict[str, Any]) -> set[float | str]:
    """Return all that our files say."""
    return {value for file in files.values() for value in values_in(file["data"])}


def stored_values() -> set[float | str]:
    """Return all that the files of that version say.

    A reading that was not believed is not missed: others have to confirm it, as before.
    """
    said = values_of(
        {
            path.name: json.loads(path.read_text())
            for path in (FOLDER / VERSION).glob(f"{DOMAIN}.*")
        }
    )
    return said - {SUSPECT}


# What is seen.


async def test_everything_is_seen_as_before(
    hass: HomeAssistant, integration: MockConfigEntry, before: Seen
) -> None:
    assert_nothing_lost(before, await snapshot(hass, integration))


async def test_the_main_things_are_as_their_owner_left_them(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str
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


# What becomes of it once the charger is back.


async def test_the_open_session_goes_on_with_its_number_its_charges_and_its_cost(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str, reconnect: Any
) -> None:
    charger = await reconnect()
    assert await charger.start(**OPEN) == OPEN_NUMBER
    await charger.ask("MeterValues", readings(OPEN_NUMBER, f"{REGISTER + 1000}"))
    await charger.stop(OPEN_NUMBER, meterStop=894_000, timestamp=NOW.isoformat())
    *_, session = await sessions_of(hass, device_id)
    assert session["transaction_id"] == OPEN_NUMBER
    assert (session["who"], session["energy"]) == ("Anna", 4.467)
    assert session["peak_power"] == 7.322
    # 3.0008 kWh, and the rest, for 0.29 each.
    assert session["cost"] == round(4.467 * 0.29, 2)
    assert [charge["energy"] for charge in session["charges"]][0] == 2.001
    assert sum(charge["energy"] for charge in session["charges"]) == pytest.approx(
        3.001 + 1.466, abs=0.002
    )
    assert await charger.start(meterStart=894_000) == OPEN_NUMBER + 1


async def test_the_repairs_are_there_and_are_done_with_for_good(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    hass_client: Any,
    repairs: Repairs,
    reconnect: Any,
    issue_registry: ir.IssueRegistry,
) -> None:
    charger = await reconnect()
    await until(
        lambda: {"clock_wrong", "unattended_energy"} <= issue_keys(issue_registry)
    )
    said = {
        issue.translation_key: issue.translation_placeholders or {}
        for issue in issue_registry.issues.values()
    }
    assert said["clock_wrong"]["minutes"] == "7"
    assert said["unattended_energy"]["energy"] == "13.0"
    assert said["unattended_energy"]["since"] == "2026-11-19 18:00"
    assert said["unattended_energy"]["until"] == "2026-11-20 00:30"
    await repairs.submit(await repairs.open("unattended_energy"))
    assert "unattended_energy" not in issue_keys(issue_registry)
    await charger.leave()
    await reload(hass, integration)
    await reconnect()
    await until(lambda: "clock_wrong" in issue_keys(issue_registry))
    assert "unattended_energy" not in issue_keys(issue_registry)
    assert Screen(hass, GARAGE).sensor("unattended_energy") == "12.9642"


async def test_what_flows_in_the_time_without_the_charger_is_found_out(
    hass: HomeAssistant, integration: MockConfigEntry, reconnect: Any
) -> None:
    """Charging was paused by then."""
    screen = Screen(hass, GARAGE)
    charger = await reconnect()
    reading = readings(OPEN_NUMBER, f"{REGISTER + 600}", NOW + AHEAD)
    await charger.ask("MeterValues", reading)
    await until(lambda: screen.sensor("unattended_energy") == "13.5642")


async def test_the_meter_goes_on_where_it_was(
    hass: HomeAssistant, integration: MockConfigEntry, reconnect: Any
) -> None:
    screen = Screen(hass, GARAGE)
    charger = await reconnect()
    await charger.ask("MeterValues", readings(None, "5000"))
    assert screen.sensor("energy") == "892.5338"
    # A leap that was not to be believed is confirmed.
    await charger.ask("MeterValues", readings(None, f"{REGISTER + 700_100}"))
    await until(lambda: screen.sensor("energy") == "1592.6338")


async def test_an_old_session_costs_what_energy_cost_then(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str, reconnect: Any
) -> None:
    charger = await reconnect()
    began = NOW.replace(month=9, day=20, hour=15, minute=5) + AHEAD
    await had(charger, began, ended=began + timedelta(minutes=20), wh=1000)
    costs = {
        session["started"]: session["cost"]
        for session in await sessions_of(hass, device_id)
    }
    assert costs[began.isoformat()] == 0.31


async def test_a_limit_is_sent_in_the_dialect_that_was_followed_before(
    hass: HomeAssistant, integration: MockConfigEntry, reconnect: Any
) -> None:
    charger = await reconnect()
    await charger.status("SuspendedEVSE")
    await until(lambda: bool(charger.limits))
    await charger.left_alone()
    profiles = [
        payload["csChargingProfiles"]
        for action, payload in charger.asked
        if action == "SetChargingProfile"
    ]
    assert {profile["chargingProfileKind"] for profile in profiles} == {"Absolute"}
    assert {profile["stackLevel"] for profile in profiles} == {3}
    assert {amps for _, amps in charger.limits} == {0}
    # It holds the cards already.
    assert "SendLocalList" not in charger.actions


async def test_the_charger_gets_back_what_it_came_with(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str, reconnect: Any
) -> None:
    charger = await reconnect()
    await charger.stop(OPEN_NUMBER, meterStop=893_000)
    await charger.status("Available")
    await charger.left_alone()
    answers = (await perform(hass, "restore_configuration", device_id))["answers"]
    assert set(answers) == {
        "AuthEnabled",
        "LocalAuthListEnabled",
        "MeterValuesSampledData",
    }
    assert charger.keys["AuthEnabled"] == "true"
    assert charger.keys["LocalAuthListEnabled"] == "false"
    assert charger.keys["MeterValuesSampledData"] == "SoC"


async def test_a_charger_that_has_its_configuration_back_is_left_alone(
    hass: HomeAssistant, integration: MockConfigEntry, connect: Connect
) -> None:
    charger = await connect(identity=CARPORT)
    await charger.left_alone()
    assert charger.written == []
    assert Screen(hass, CARPORT).sensor("offline_protection") == "off"


async def test_what_was_not_announced_is_announced_once(
    hass: HomeAssistant, entry: MockConfigEntry, request: pytest.FixtureRequest
) -> None:
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    told = [Told(hass, Screen(hass, identity)) for identity in (GARAGE, CARPORT)]
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert [
        (event["event_type"], event["transaction_id"]) for event in told[1].events
    ] == [("started", 2), ("ended", 2), ("started", 3)]
    assert told[1].events[1]["energy"] == 1.2
    assert told[0].events == []
    await reload(hass, entry)
    assert len(told[1].events) == 3
    await hass.config_entries.async_unload(entry.entry_id)


# What is stored anew.


async def test_nothing_is_lost_when_it_is_stored_again(
    hass: HomeAssistant, integration: MockConfigEntry, before: Seen
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    await hass.async_block_till_done()
    assert stored_values() - COLUMNS - values_of(ours(folder_of(hass))) == set()
    await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert_nothing_lost(before, await snapshot(hass, integration))


async def test_the_history_loses_nothing_when_a_session_is_added_to_it(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    before: Seen,
    reconnect: Any,
) -> None:
    [recorded] = (FOLDER / VERSION).glob(f"{DOMAIN}.*.sessions.json")
    was = json.loads(recorded.read_text())["data"]["rows"]
    archive = folder_of(hass) / recorded.stem
    year = archive.with_name(f"{archive.name}.{NOW.year}")
    charger = await reconnect()
    await charger.stop(OPEN_NUMBER, meterStop=893_000, timestamp=NOW.isoformat())
    await charger.start(meterStart=893_000)

    def kept() -> list[Any]:
        rows: list[Any] = json.loads(year.read_text())["data"]["sessions"]
        return rows

    await until(lambda: year.exists() and len(kept()) == len(was) + 1)
    assert values_in(was) - values_in(kept()) == set()
    assert not archive.exists()
    await charger.leave()
    await reload(hass, integration)
    *old, new = await sessions_of(hass, device_id)
    assert old == before[GARAGE]["sessions"]
    assert new["transaction_id"] == OPEN_NUMBER


# What a later version has stored.


def rewrite(folder: Path, **changes: Any) -> None:
    """Rewrite our files as a later minor version would, which knows more."""
    for name, stored in ours(folder).items():
        data = with_unknown_fields(stored["data"])
        (folder / name).write_text(
            json.dumps(stored | {"minor_version": 7, "data": data})
        )


def add_column(folder: Path) -> None:
    """Give each session in the history something that is not known."""
    [archive] = folder.glob(f"{DOMAIN}.*.sessions")
    stored = json.loads(archive.read_text())
    data = stored["data"]
    data["columns"] = ["colour", *data["columns"]]
    data["rows"] = [json.dumps(["green", *json.loads(row)]) for row in data["rows"]]
    archive.write_text(json.dumps(stored))


async def test_a_file_of_a_later_minor_version_loses_nothing_that_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, before: Seen
) -> None:
    rewrite(folder_of(hass))
    add_column(folder_of(hass))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert_nothing_lost(before, await snapshot(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)
    assert stored_values() - COLUMNS - values_of(ours(folder_of(hass))) == set()


async def test_our_own_files_may_come_back_from_a_later_minor_version(
    hass: HomeAssistant, integration: MockConfigEntry, before: Seen
) -> None:
    """An owner updates, and goes back."""
    await hass.config_entries.async_unload(integration.entry_id)
    await hass.async_block_till_done()
    rewrite(folder_of(hass))
    assert await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert_nothing_lost(before, await snapshot(hass, integration))
