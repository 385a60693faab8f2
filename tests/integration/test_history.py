"""The history of sessions: every one of them once, whatever becomes of the files."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import json
from pathlib import Path
import shutil
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.storage.store import COLUMNS, SessionArchive
from custom_components.wallbox_ocpp.wallbox.model import sessions
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.sessions import KEPT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tests.conftest import Connect, Screen
from tests.helpers.past_sessions import (
    Files,
    had,
    had_many,
    numbers_of,
    reload,
    sessions_of,
)
from tests.helpers.virtual_time import until

FEW = 3
"""Sessions that stay in the ledger in most of these tests."""

SPRING = datetime.fromisoformat("2026-03-01T18:00:00+00:00")


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
    files.archive.unlink()
    files.archive.mkdir()
    told += await had_many(charger, SPRING + timedelta(days=9), 2, register=9000)
    assert await numbers_of(hass, device_id) == told
    assert files.in_ledger == told[1:]
    files.archive.rmdir()
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


@pytest.mark.usefixtures("few_kept")
async def test_an_archive_of_another_version_is_read(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    files: Files,
) -> None:
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 2)
    await until(lambda: files.in_ledger == told[-FEW:])
    await hass.config_entries.async_unload(integration.entry_id)
    stored = json.loads(files.archive.read_text())
    columns = ["ended", "started", "colour", "transaction_id", "meter_last"]
    stored["data"] = {
        "columns": columns,
        "rows": [
            json.dumps([row.get(column, "green") for column in columns])
            for row in files.archived
        ],
    }
    files.archive.write_text(json.dumps(stored))

    await hass.config_entries.async_setup(integration.entry_id)
    assert await numbers_of(hass, device_id) == told
    oldest = (await sessions_of(hass, device_id))[0]
    assert dt_util.parse_datetime(oldest["started"]) == SPRING
    assert (oldest["duration"], oldest["energy"]) == (3600, None)
    charger = await connect(boots=False)
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_archive == told[:-FEW])
    assert list(files.archived[0]) == COLUMNS
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == told


@pytest.mark.parametrize(
    "content", ["", '{"version": 1, "data"', "\0" * 100], ids=["empty", "half", "NUL"]
)
@pytest.mark.usefixtures("few_kept")
async def test_an_archive_that_is_broken_is_set_aside_and_begun_anew(
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
    (broken,) = files.archive.parent.glob("*.sessions.corrupt.*")
    assert broken.read_text() == content
    charger = await connect(boots=False)
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_ledger == told[-FEW:])
    await reload(hass, integration)
    assert await numbers_of(hass, device_id) == told[1:]


def foreign(data: object, version: int = 1) -> str:
    """Return the content of a file that we have not written."""
    return json.dumps({"version": version, "data": data})


def row(text: object) -> str:
    """Return the content of an archive whose only row somebody has edited."""
    return foreign({"columns": ["transaction_id", "ended"], "rows": [text]})


@pytest.mark.parametrize(
    "content",
    [
        None,
        foreign({}, version=99),
        foreign(7),
        row("[1, 2"),
        row("[1]"),
        row("{}"),
        row('[1, "x"]'),
        row(7),
    ],
)
@pytest.mark.usefixtures("few_kept")
async def test_an_archive_that_cannot_be_read_costs_neither_connection_nor_session(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    device_id: str,
    files: Files,
    content: str | None,
) -> None:
    files.archive.parent.mkdir(exist_ok=True)
    if content is None:
        files.archive.mkdir()
    else:
        files.archive.write_text(content)
    charger = await connect(boots=False)
    told = await had_many(charger, SPRING, FEW + 2)
    assert screen.entity("binary_sensor", "connection").state == "on"
    assert files.in_ledger == told
    with pytest.raises(HomeAssistantError) as error:
        await sessions_of(hass, device_id)
    assert error.value.translation_key == "history_unreadable"

    files.archive.rmdir() if content is None else files.archive.unlink()
    told.append(await had(charger, SPRING + timedelta(days=20), register=20_000))
    await until(lambda: files.in_ledger == told[-FEW:])
    assert await numbers_of(hass, device_id) == told


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.usefixtures("few_kept")
async def test_a_charger_that_is_removed_takes_its_history_along(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    files: Files,
    *,
    whole: bool,
) -> None:
    charger = await connect(boots=False)
    await had_many(charger, SPRING, FEW + 1)
    await until(lambda: len(files.in_ledger) == FEW)
    if whole:
        await hass.config_entries.async_remove(integration.entry_id)
    else:
        hass.config_entries.async_remove_subentry(
            integration, next(iter(integration.subentries))
        )
    await hass.async_block_till_done()
    assert not files.archive.exists()
    assert not files.ledger.exists()
