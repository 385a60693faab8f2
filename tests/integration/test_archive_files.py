"""Archives that an earlier version has written, or somebody else."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import json
from pathlib import Path
import stat
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect
from tests.helpers.archive import FEW, PRIVATE, SPRING, MortalDisk, foreign
from tests.helpers.past_sessions import (
    HOUR,
    Files,
    had,
    had_many,
    numbers_of,
    reload,
    sessions_of,
)
from tests.helpers.screen import Screen, issue_keys


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


# Version 0.1.0, which kept all years in one file


def archive_0_1_0(rows: Iterable[object], **changes: object) -> str:
    """Return what that version would have written."""
    columns = ["ended", "started", "colour", "transaction_id", "meter_last"]
    return foreign({"columns": columns, "rows": list(rows), **changes})


def row_0_1_0(number: int, ended: datetime) -> str:
    """Return a row that it would have written for a session of an hour."""
    stamp = ended.timestamp()
    return json.dumps([stamp, stamp - HOUR.total_seconds(), "green", number, 5.0])


YEARS: Final = (2023, 2024, 2025)


async def write_0_1_0(
    hass: HomeAssistant, entry: MockConfigEntry, files: Files, rows: list[Any]
) -> None:
    """Write a file of version 0.1.0, as if it had been there before the integration was set up.

    The month is added up before, so that nothing reads the archive by itself.
    """
    [charger] = entry.runtime_data.chargers.values()
    await until(lambda: charger.state.ledger.month is not None)
    await hass.config_entries.async_unload(entry.entry_id)
    files.folder.mkdir(exist_ok=True)
    files.archive_0_1_0.write_text(archive_0_1_0(rows))
    await hass.config_entries.async_setup(entry.entry_id)


@pytest.fixture
async def old_file(
    hass: HomeAssistant, integration: MockConfigEntry, files: Files
) -> Path:
    """Return the file of version 0.1.0 with a session in each of some years."""
    rows = [
        row_0_1_0(number, SPRING.replace(year=year))
        for number, year in enumerate(YEARS, start=1)
    ]
    await write_0_1_0(hass, integration, files, rows)
    return files.archive_0_1_0


@pytest.mark.usefixtures("few_kept")
async def test_the_file_of_version_0_1_0_is_taken_over_when_a_session_retires(
    hass: HomeAssistant,
    old_file: Path,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
) -> None:
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 1)
    await until(lambda: files.in_ledger == told[-FEW:])
    assert files.years == {2023: [1], 2024: [2], 2025: [3], 2026: told[:1]}
    assert not old_file.exists()
    assert await numbers_of(hass, device_id) == [1, 2, 3, *told]
    oldest = (await sessions_of(hass, device_id))[0]
    assert dt_util.parse_datetime(oldest["ended"]) == SPRING.replace(year=2023)
    assert (oldest["duration"], oldest["energy"]) == (3600, None)


@pytest.mark.parametrize("acts", range(len(YEARS) + 2))
async def test_being_killed_while_it_is_taken_over_loses_and_doubles_none(
    hass: HomeAssistant,
    old_file: Path,
    integration: MockConfigEntry,
    device_id: str,
    files: Files,
    acts: int,
) -> None:
    with MortalDisk.until(acts) as disk:
        await numbers_of(hass, device_id)
        assert disk.acts == len(YEARS) + 1
        await hass.config_entries.async_unload(integration.entry_id)
    # It is deleted last.
    assert old_file.exists() == (acts <= len(YEARS))
    await hass.config_entries.async_setup(integration.entry_id)
    assert await numbers_of(hass, device_id) == [1, 2, 3]
    assert files.years == {2023: [1], 2024: [2], 2025: [3]}
    assert not old_file.exists()


async def test_it_stays_while_a_year_cannot_be_written_and_is_taken_over_later(
    hass: HomeAssistant,
    old_file: Path,
    integration: MockConfigEntry,
    device_id: str,
    files: Files,
) -> None:
    files.year(2024).mkdir()
    with pytest.raises(HomeAssistantError) as error:
        await sessions_of(hass, device_id)
    assert error.value.translation_key == "history_unreadable"
    assert old_file.exists()
    files.year(2024).rmdir()
    assert await numbers_of(hass, device_id) == [1, 2, 3]
    assert not old_file.exists()


# Files that are not as we have written them


@pytest.mark.parametrize(
    "content", ["", '{"version": 1, "data"', "\0" * 100], ids=["empty", "half", "NUL"]
)
@pytest.mark.usefixtures("few_kept")
async def test_an_archive_that_is_broken_is_set_aside_and_begun_again(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
    content: str,
) -> None:
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 1)
    await until(lambda: files.in_ledger == told[-FEW:])
    await hass.config_entries.async_unload(integration.entry_id)
    files.archive.write_text(content)
    await hass.config_entries.async_setup(integration.entry_id)
    assert await numbers_of(hass, device_id) == told[-FEW:]
    (broken,) = files.folder.glob("*.sessions.2026.corrupt.*")
    assert broken.read_text() == content
    charger = await connect(boots=False)
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_ledger == told[-FEW:])
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == told[1:]


@pytest.mark.usefixtures("few_kept")
async def test_an_archive_that_the_disk_does_not_give_costs_neither_connection_nor_session(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    device_id: str,
    files: Files,
) -> None:
    files.archive.mkdir(parents=True)
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 2)
    assert screen.entity("binary_sensor", "connection").state == "on"
    assert files.in_ledger == told
    with pytest.raises(HomeAssistantError) as error:
        await sessions_of(hass, device_id)
    assert error.value.translation_key == "history_unreadable"

    files.archive.rmdir()
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_ledger == told[-FEW:])
    assert await numbers_of(hass, device_id) == told


GOOD: Final = {"transaction_id": 900, "ended": SPRING.timestamp()}
UNREADABLE: Final = [
    foreign({}, version=99),
    foreign({}, version="1"),
    foreign({}),
    foreign(7),
    foreign({"sessions": 7}),
    foreign({"columns": ["transaction_id"], "rows": ["[1]"]}),
    *("[]", "7", "null", '"x"', '{"version": 1}', '{"data": {}}'),
]
"""What is no archive; some of it is no storage file at all."""
BAD_ROWS: Final[list[object]] = [
    *({}, [], 7, None, "x", {"transaction_id": 901}, {"ended": 1.0}),
    GOOD | {"ended": None},
    GOOD | {"ended": "x"},
    GOOD | {"ended": 1e30},
    GOOD | {"transaction_id": {}},
    GOOD | {"reason": 7},
    GOOD | {"charges": 7},
    GOOD | {"charges": [[1.0]]},
    GOOD | {"meter_last": "x"},
    GOOD | {"end_delayed": "x"},
]


@pytest.mark.parametrize(
    ("content", "left"),
    [
        *((content, []) for content in UNREADABLE),
        *((foreign({"sessions": [row, GOOD]}), [900]) for row in BAD_ROWS),
    ],
)
@pytest.mark.usefixtures("few_kept")
async def test_an_archive_that_is_not_ours_is_kept_aside_and_what_can_be_read_stays(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
    issue_registry: ir.IssueRegistry,
    content: str,
    left: list[int],
) -> None:
    files.folder.mkdir(exist_ok=True)
    files.archive.write_text(content)
    assert await numbers_of(hass, device_id) == left
    [kept] = files.set_aside
    assert kept.read_text() == content
    assert stat.S_IMODE(kept.stat().st_mode) == PRIVATE
    [issue] = issue_registry.issues.values()
    assert issue.translation_key == "sessions_set_aside"
    assert not issue.is_persistent
    assert issue.translation_placeholders == {
        "charger": f"Wallbox {IDENTITY}",
        "file": str(kept),
        "name": files.archive.name,
    }
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING + HOUR, FEW + 1)
    await until(lambda: files.in_ledger == told[-FEW:])
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == [*left, *told]
    assert files.set_aside == [kept]


@pytest.mark.parametrize(
    "row", [7, "[1, 2", "[1]", "{}", '["x", null, "green", 1, 5.0]', "[1.0, 2]"]
)
async def test_of_a_file_of_version_0_1_0_what_can_be_read_is_taken_over(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    files: Files,
    issue_registry: ir.IssueRegistry,
    row: object,
) -> None:
    await write_0_1_0(hass, integration, files, [row_0_1_0(1, SPRING), row])
    content = files.archive_0_1_0.read_text()
    assert await numbers_of(hass, device_id) == [1]
    assert [file.read_text() for file in files.set_aside] == [content]
    assert issue_keys(issue_registry) == {"sessions_set_aside"}
    assert not files.archive_0_1_0.exists()


@pytest.mark.parametrize("minor_version", [0, 2, 99])
async def test_an_archive_of_another_minor_version_is_read_and_stays(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    files: Files,
    issue_registry: ir.IssueRegistry,
    minor_version: int,
) -> None:
    data = {"sessions": [GOOD | {"colour": "green"}], "colours": ["green"]}
    files.folder.mkdir(exist_ok=True)
    files.archive.write_text(foreign(data, minor_version=minor_version))
    assert await numbers_of(hass, device_id) == [900]
    assert not files.set_aside
    assert not issue_keys(issue_registry)
    assert json.loads(files.archive.read_text())["data"] == data
