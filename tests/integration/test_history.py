"""The history of sessions: every one of them once, whatever becomes of the disk."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import errno
from pathlib import Path
import shutil
import stat
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

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
from tests.conftest import Connect
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
