"""A stored file that is not ours costs its own charger what it held, and the others nothing."""

import json
import stat
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.wallbox_ocpp.storage.file import SET_ASIDE
from custom_components.wallbox_ocpp.storage.store import STORAGE_VERSION
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect, charger_data
from tests.helpers.archive import PRIVATE, SPRING, foreign
from tests.helpers.past_sessions import Files, had, numbers_of, reload, sessions_of
from tests.helpers.screen import Repairs, Screen, issue_keys, protected

OTHER: Final = "garage-2"


def current(data: object, **changes: object) -> str:
    """Return the content of a file of the version that is written now."""
    return foreign(data, **{"version": STORAGE_VERSION, **changes})


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def files(hass: HomeAssistant, entry: MockConfigEntry) -> Files:
    """Return the files of the first of two chargers."""
    other = ConfigSubentry(**charger_data(OTHER))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(entry, other)
    files = Files(hass, next(iter(entry.subentries)))
    files.folder.mkdir(exist_ok=True)
    return files


WISH: Final = {"charging": False, "current_limit": 16}
SESSION: Final = {
    "transaction_id": 41,
    "started": SPRING.timestamp(),
    "ended": SPRING.timestamp() + 60,
    "start_announced": True,
    "end_announced": True,
}
OPEN: Final = {
    "transaction_id": 43,
    "started": SPRING.timestamp() + 120,
    "ended": None,
    "meter_start": 10_000.0,
    "meter_last": 12_000.0,
    "start_announced": True,
}
LEDGER: Final[dict[str, Any]] = {"next_transaction_id": 44, "sessions": [SESSION]}
GOOD: Final[dict[str, dict[str, object]]] = {
    "charging": {"wish": WISH},
    "ledger": LEDGER,
    "metering": {"unattended_energy": 250.0},
}

UNREADABLE: Final = [
    foreign(GOOD, version=3),
    foreign(GOOD, version="1"),
    foreign(GOOD, version=None),
    foreign(GOOD, version=0),
    *(foreign(data) for data in (7, [], [GOOD], "x", True)),
    *(current(data) for data in (7, [], [GOOD], "x", True)),
    *("[]", "7", "null", '"x"', "[[]]", '{"version": 1}', '{"data": {}}'),
]
"""What is no stored state; some of it is no storage file at all."""
BAD_SLICES: Final[list[dict[str, object]]] = [
    {"charging": 7},
    {"charging": None},
    {"ledger": []},
    {"access": "x"},
    {"access": 1, "metering": 2, "settings": 3, "identity": 4},
]
BAD_FIELDS: Final[list[dict[str, dict[str, object]]]] = [
    {"charging": {"wish": 7}},
    {"charging": {"wish": {"charging": "no"}}},
    {"charging": {"dialect": "x"}},
    {"ledger": {"sessions": 7}},
    {"access": {"lock": "x"}},
    {"metering": {"clock": {"behind": "x"}}},
    {"metering": {"clock": {"behind": {}}}},
    {"metering": {"register": {"value": "x"}}},
    {"metering": {"unattended_energy": None}},
    {"metering": {"clock": 2, "tariff": 3, "history": 4}},
    {"identity": {"vendor": 7}},
    {"identity": {"firmware": {"a": 1}}},
    {"settings": {"originals": []}},
    {"settings": {"originals": {"AuthEnabled": 1}}},
    {"settings": {"fix_enabled": {}}},
]


async def begin_with(
    hass: HomeAssistant, entry: MockConfigEntry, files: Files, content: str
) -> None:
    """Start anew, with other content in the file of the first charger."""
    await hass.config_entries.async_unload(entry.entry_id)
    files.ledger.write_text(content)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("content", UNREADABLE)
async def test_a_charger_begins_again_if_its_file_cannot_be_read_and_the_other_goes_on(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    content: str,
) -> None:
    other = Screen(hass, OTHER)
    await other.switch("charging", on=False)
    await begin_with(hass, integration, files, content)
    [kept] = files.set_aside
    assert kept.read_text() == content
    assert stat.S_IMODE(kept.stat().st_mode) == PRIVATE
    [issue] = issue_registry.issues.values()
    assert issue.translation_key == "state_set_aside"
    assert not issue.is_persistent
    assert issue.translation_placeholders == {
        "charger": f"Wallbox {IDENTITY}",
        "file": str(kept),
        "name": files.ledger.name,
    }
    assert other.entity("switch", "charging").state == "off"
    assert screen.entity("switch", "charging").state == "on"

    charger = await connect()
    await connect(identity=OTHER)
    await until(lambda: protected(screen) and protected(other))
    number = await had(charger, SPRING)
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == [number]
    assert files.set_aside == [kept]


@pytest.mark.parametrize("bad", BAD_SLICES, ids=json.dumps)
async def test_a_slice_that_cannot_be_read_leaves_the_others(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    bad: dict[str, object],
) -> None:
    content = current({**GOOD, **bad})
    await begin_with(hass, integration, files, content)
    assert [kept.read_text() for kept in files.set_aside] == [content]
    assert issue_keys(issue_registry) == {"state_set_aside"}
    stored = json.loads(files.ledger.read_text())["data"]
    assert stored == {name: GOOD[name] for name in GOOD.keys() - bad.keys()}


@pytest.mark.parametrize("bad", BAD_FIELDS, ids=json.dumps)
async def test_what_can_be_read_is_there_still(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    screen: Screen,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    bad: dict[str, dict[str, object]],
) -> None:
    data = {name: GOOD.get(name, {}) | bad.get(name, {}) for name in GOOD | bad}
    content = current(data)
    await begin_with(hass, integration, files, content)
    assert [kept.read_text() for kept in files.set_aside] == [content]
    assert issue_keys(issue_registry) == {"state_set_aside"}
    stored = json.loads(files.ledger.read_text())["data"]
    assert stored == {
        name: {
            field: value
            for field, value in known.items()
            if field not in bad.get(name, {})
        }
        for name, known in data.items()
    }
    missing = {field for fields in bad.values() for field in fields}
    charging = "on" if "wish" in missing else "off"
    assert screen.entity("switch", "charging").state == charging
    assert await numbers_of(hass, device_id) == ([] if "sessions" in missing else [41])
    assert screen.sensor("unattended_energy") == (
        "0.0" if "unattended_energy" in missing else "0.25"
    )


@pytest.mark.parametrize(
    "bad",
    [
        7,
        None,
        [],
        {},
        SESSION | {"transaction_id": 40, "started": "x"},
        SESSION | {"transaction_id": 40, "reason": 7},
        SESSION | {"transaction_id": 40, "ended": "x"},
        SESSION | {"transaction_id": 40, "charges": [[1, 2]]},
        SESSION | {"transaction_id": "x"},
        OPEN | {"transaction_id": "x"},
    ],
    ids=json.dumps,
)
async def test_a_session_that_cannot_be_read_leaves_the_others(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    screen: Screen,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    bad: object,
) -> None:
    content = current({"ledger": LEDGER | {"sessions": [bad, SESSION, OPEN]}})
    await begin_with(hass, integration, files, content)
    assert [kept.read_text() for kept in files.set_aside] == [content]
    assert issue_keys(issue_registry) == {"state_set_aside"}
    assert files.in_ledger == [41, 43]
    assert await numbers_of(hass, device_id) == [41]
    assert screen.sensor("session_energy") == "2.0"


@pytest.mark.parametrize("field", ["peak_power", "charges", "shown_end", "who"])
async def test_the_open_session_goes_on_without_what_cannot_be_read(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    device_id: str,
    field: str,
) -> None:
    session = OPEN | {field: {"x": 7}}
    content = current({"ledger": LEDGER | {"sessions": [SESSION, session]}})
    await begin_with(hass, integration, files, content)
    assert [kept.read_text() for kept in files.set_aside] == [content]
    charger = await connect()
    await charger.stop(43, meterStop=14_000)
    await until(lambda: screen.sensor("last_session_energy") == "4.0")
    assert await numbers_of(hass, device_id) == [41, 43]


async def test_a_session_whose_reason_nobody_knows_is_in_the_lists(
    hass: HomeAssistant, files: Files, integration: MockConfigEntry, device_id: str
) -> None:
    session = SESSION | {"reason": "Solar flare"}
    content = current({"ledger": LEDGER | {"sessions": [session]}})
    await begin_with(hass, integration, files, content)
    [told] = await sessions_of(hass, device_id)
    assert (told["transaction_id"], told["reason"]) == (41, "other")
    assert not files.set_aside


@pytest.mark.parametrize("minor_version", [0, 2, 99])
async def test_a_file_of_another_minor_version_is_read(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    screen: Screen,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    minor_version: int,
) -> None:
    data = GOOD | {"of_a_later_version": {"since": 7}}
    content = current(data, minor_version=minor_version)
    await begin_with(hass, integration, files, content)
    assert screen.entity("switch", "charging").state == "off"
    assert await numbers_of(hass, device_id) == [41]
    assert not files.set_aside
    assert not issue_keys(issue_registry)


async def test_a_file_that_the_disk_does_not_give_stops_nobody(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    await hass.config_entries.async_unload(integration.entry_id)
    files.ledger.unlink(missing_ok=True)
    files.ledger.mkdir()
    assert await hass.config_entries.async_setup(integration.entry_id)
    await hass.async_block_till_done()
    assert [kept.is_dir() for kept in files.set_aside] == [True]
    assert issue_keys(issue_registry) == {"state_set_aside"}


async def test_a_click_notes_that_it_has_been_seen(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
) -> None:
    await begin_with(hass, integration, files, current(7))
    assert await async_setup_component(hass, REPAIRS, {})
    repairs = Repairs(await hass_client(), files.ledger.name)
    form = await repairs.open(SET_ASIDE)
    assert form["description_placeholders"]["file"] == str(files.set_aside[0])
    await repairs.submit(form)
    assert not issue_keys(issue_registry)
    await reload(hass, integration)
    assert not issue_keys(issue_registry)


async def test_what_was_set_aside_goes_with_the_charger(
    hass: HomeAssistant,
    files: Files,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    await begin_with(hass, integration, files, current(7))
    hass.config_entries.async_remove_subentry(
        integration, next(iter(integration.subentries))
    )
    await hass.async_block_till_done()
    assert not list(files.folder.glob(f"{files.ledger.name}*"))
    assert not issue_keys(issue_registry)
