"""The history of sessions: every one of them once, whatever becomes of the files."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
import errno
import json
import os
from pathlib import Path
import shutil
import stat
from typing import Any, Final, Self
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.storage.archive import SessionArchive
from custom_components.wallbox_ocpp.wallbox.model import sessions
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import KEPT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir, storage
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError, write_utf8_file_atomic
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import IDENTITY, Connect, Screen, issue_keys
from tests.helpers.past_sessions import (
    HOUR,
    Files,
    had,
    had_many,
    numbers_of,
    reload,
    sessions_of,
)

FEW: Final = 3
"""Sessions that stay in the ledger in most of these tests."""

SPRING: Final = datetime.fromisoformat("2026-03-01T18:00:00+00:00")
PRIVATE: Final = 0o600
"""The mode of a file that nobody else may read."""


def foreign(data: object, **changes: object) -> str:
    """Return the content of a file that we have not written."""
    return json.dumps({"version": 1, "data": data, **changes})


class MortalDisk:
    """Takes what is written and deleted of our files, until the process is killed.

    Attributes:
        acts: How often a file was to be written or deleted.
    """

    def __init__(self, last: int) -> None:
        """Be under a process that is killed after its last act."""
        self.acts = 0
        self._last = last

    @classmethod
    @contextmanager
    def until(cls, last: int) -> Generator[Self]:
        """Take the place of the disk."""
        disk = cls(last)
        write = disk.killable(write_utf8_file_atomic)
        with (
            patch.object(storage, "write_utf8_file_atomic", write),
            patch("os.unlink", disk.killable(os.unlink)),
        ):
            yield disk

    def killable(self, act: Callable[..., None]) -> Callable[..., None]:
        """Return a function that does nothing once the process is dead."""

        def do(path: Any, *args: Any, **kwargs: Any) -> None:
            if Path(path).name.startswith(f"{DOMAIN}."):
                self.acts += 1
                if self.acts > self._last:
                    return
            act(path, *args, **kwargs)

        return do


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions retire soon."""
    monkeypatch.setattr(sessions, "KEPT", FEW)


@pytest.fixture
def files(hass: HomeAssistant, entry: MockConfigEntry) -> Files:
    """Return the files of the first charger."""
    return Files(hass, next(iter(entry.subentries)))


# What is on disk


async def test_old_sessions_retire_to_the_archive_and_none_is_lost_or_twice(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
) -> None:
    told = await had_many(await connect(boots=False), SPRING, KEPT + 12)
    assert await numbers_of(hass, device_id) == told
    await until(lambda: files.in_ledger == told[12:])
    assert files.in_archive == told[:12]
    before = await sessions_of(hass, device_id)
    await reload(hass, integration)
    assert await sessions_of(hass, device_id) == before
    started = [dt_util.parse_datetime(item["started"]) for item in before]
    assert started == [SPRING + timedelta(days=day) for day in range(KEPT + 12)]


@pytest.mark.usefixtures("few_kept")
async def test_a_session_loses_nothing_on_its_way_through_the_archive(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
) -> None:
    charger = await connect(boots=False)
    await had(charger, SPRING, idTag="04A1B2C3", reason="Local", wh=7001)
    recent = await sessions_of(hass, device_id)
    assert recent[0]["charges"]
    await had_many(charger, SPRING + timedelta(days=1), FEW, register=9000)
    await until(lambda: len(files.in_ledger) == FEW)
    assert (await sessions_of(hass, device_id))[:1] == recent
    await reload(hass, integration)
    assert (await sessions_of(hass, device_id))[:1] == recent


@pytest.mark.usefixtures("few_kept")
async def test_what_the_archive_cannot_take_stays_in_the_ledger(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
) -> None:
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 1)
    await until(lambda: files.in_ledger == told[1:])

    def full(path: str, *args: Any, **kwargs: Any) -> None:
        if path == str(files.archive):
            raise WriteError(OSError(errno.ENOSPC, "full"))
        write_utf8_file_atomic(path, *args, **kwargs)

    with patch.object(storage, "write_utf8_file_atomic", full):
        told += await had_many(charger, SPRING + timedelta(days=9), 2, register=9000)
        assert await numbers_of(hass, device_id) == told
        assert files.in_ledger == told[1:]
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_ledger == told[-FEW:])
    assert files.in_archive == told[:-FEW]
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == told


@pytest.mark.usefixtures("few_kept")
async def test_a_crash_while_sessions_retire_doubles_none(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    add = SessionArchive.async_add
    aside = tmp_path / "ledger"

    async def add_and_set_aside(
        self: SessionArchive, old: Iterable[ChargingSession]
    ) -> None:
        await add(self, old)
        shutil.copy(files.ledger, aside)

    monkeypatch.setattr(SessionArchive, "async_add", add_and_set_aside)
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 1)
    number = await charger.start(meterStart=20_000)
    await until(lambda: files.in_ledger == [*told[-2:], number])
    await hass.config_entries.async_unload(integration.entry_id)
    shutil.copy(aside, files.ledger)
    assert files.in_ledger == [*told[1:], number]
    assert files.in_archive == told[:2]

    await hass.config_entries.async_setup(integration.entry_id)
    assert await numbers_of(hass, device_id) == told
    charger = await connect(boots=False)
    await charger.stop(number, meterStop=21_000)
    await until(lambda: files.in_ledger == [*told[-2:], number])
    assert files.in_archive == told[:2]
    assert await numbers_of(hass, device_id) == [*told, number]


# Years


NEW_YEAR: Final = datetime.fromisoformat("2025-12-31T22:30:00+00:00")
"""Two sessions of an hour that begin now and in an hour end in different years."""


async def had_over_years(charger: ScriptedCharger, *years: int) -> list[int]:
    """Tell of a session in the spring of each year; return their numbers."""
    return [
        await had(charger, SPRING.replace(year=year), register=1000 * year)
        for year in years
    ]


@pytest.mark.usefixtures("few_kept", "integration")
async def test_a_session_rewrites_only_the_year_it_ended_in(
    hass: HomeAssistant, connect: Connect, device_id: str, files: Files
) -> None:
    charger = await connect(boots=False)
    told = [
        await had(charger, NEW_YEAR, register=1000),
        await had(charger, NEW_YEAR + HOUR, register=2000),
        *await had_many(charger, SPRING, FEW, register=3000),
    ]
    await until(lambda: files.in_ledger == told[2:])
    assert files.years == {2025: told[:1], 2026: told[1:2]}
    before = files.year(2025).stat()
    told.append(await had(charger, SPRING + timedelta(days=9), register=90_000))
    await until(lambda: files.in_ledger == told[3:])
    assert files.years == {2025: told[:1], 2026: told[1:3]}
    after = files.year(2025).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert await numbers_of(hass, device_id) == told


@pytest.mark.usefixtures("few_kept", "integration")
async def test_only_the_years_that_are_asked_for_are_read(
    hass: HomeAssistant, connect: Connect, device_id: str, files: Files
) -> None:
    charger = await connect(boots=False)
    told = await had_over_years(charger, 2020, 2021, 2022, 2023, 2024)
    told += await had_many(charger, SPRING, FEW, register=9_000_000)
    await until(lambda: files.in_ledger == told[-FEW:])
    assert list(files.years) == [2020, 2021, 2022, 2023, 2024]
    modes = {file.stat().st_mode for file in files.folder.glob(f"{files.ledger.name}*")}
    assert {stat.S_IMODE(mode) for mode in modes} == {PRIVATE}
    for year in (2020, 2024):
        files.year(year).unlink()
        files.year(year).mkdir()
    june = {"start": "2022-01-01", "end": "2022-07-01"}
    assert await numbers_of(hass, device_id, **june) == [told[2]]
    with pytest.raises(HomeAssistantError):
        await numbers_of(hass, device_id)


@pytest.mark.usefixtures("few_kept", "integration")
async def test_the_calendar_shows_what_lasted_beyond_a_year(
    hass: HomeAssistant, connect: Connect, screen: Screen, files: Files
) -> None:
    """A car was left plugged in from one year to the year after the next."""
    charger = await connect(boots=False)
    await had(charger, SPRING.replace(year=2022), ended=SPRING.replace(year=2024))
    await had_many(charger, SPRING, FEW, register=9000)
    await until(lambda: len(files.in_ledger) == FEW)
    assert list(files.years) == [2024]
    for year in (2022, 2023, 2024):
        start, end = f"{year}-02-01T00:00:00+00:00", f"{year}-12-01T00:00:00+00:00"
        response: Any = await hass.services.async_call(
            "calendar",
            "get_events",
            {
                "entity_id": screen.entity_id("calendar", "sessions"),
                "start_date_time": start,
                "end_date_time": end,
            },
            blocking=True,
            return_response=True,
        )
        (shown,) = response.values()
        assert len(shown["events"]) == 1, year


@pytest.mark.parametrize("acts", range(6))
async def test_being_killed_while_sessions_of_two_years_retire_loses_and_doubles_none(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    acts: int,
) -> None:
    charger = await connect(boots=False)
    told = [
        await had(charger, NEW_YEAR + number * HOUR, register=1000 * (number + 1))
        for number in range(FEW + 1)
    ]
    # Once it has an answer, nothing of the sessions is on its way to the disk.
    await charger.ask("Heartbeat", {})
    monkeypatch.setattr(sessions, "KEPT", FEW - 1)
    with MortalDisk.until(acts) as disk:
        number = await charger.start(meterStart=50_000)
        # The start, that it was told, two years, and what is left in the ledger.
        await until(lambda: disk.acts >= 5)
        await hass.config_entries.async_unload(integration.entry_id)
    await hass.config_entries.async_setup(integration.entry_id)
    assert await numbers_of(hass, device_id) == told
    charger = await connect(boots=False)
    await charger.stop(number, meterStop=51_000)
    told.append(number)
    await until(lambda: files.in_ledger == told[-(FEW - 1) :])
    assert files.years == {2025: told[:1], 2026: told[1 : -(FEW - 1)]}
    assert await numbers_of(hass, device_id) == told


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
    assert issue.is_persistent
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


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.usefixtures("few_kept")
async def test_a_charger_that_is_removed_takes_its_history_along(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    files: Files,
    device_id: str,
    issue_registry: ir.IssueRegistry,
    *,
    whole: bool,
) -> None:
    charger = await connect(boots=False)
    await had_over_years(charger, 2022, 2023)
    await had_many(charger, SPRING, FEW)
    await until(lambda: len(files.in_ledger) == FEW)
    await reload(hass, integration)
    files.year(2019).write_text("{}")
    files.archive.write_text(foreign(7))
    await numbers_of(hass, device_id)
    assert len(list(files.folder.glob(f"{files.ledger.name}*"))) > FEW
    if whole:
        await hass.config_entries.async_remove(integration.entry_id)
    else:
        hass.config_entries.async_remove_subentry(
            integration, next(iter(integration.subentries))
        )
    await hass.async_block_till_done()
    assert not list(files.folder.glob(f"{files.ledger.name}*"))
    assert not [key for key in issue_keys(issue_registry) if "set_aside" in str(key)]
