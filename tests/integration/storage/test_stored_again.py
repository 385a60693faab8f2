"""The storage of version 0.1.0, stored anew; and what a later version has stored."""

import json
from pathlib import Path
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from simulator.virtual_time import until
from tests.helpers.past_sessions import reload, sessions_of

from .files import (
    COLUMNS,
    FOLDER,
    GARAGE,
    NOW,
    VERSION,
    Seen,
    assert_nothing_lost,
    folder_of,
    ours,
    snapshot,
    stored_values,
    values_in,
    values_of,
    with_unknown_fields,
)
from .test_charger_back import OPEN_NUMBER


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


def rewrite(folder: Path) -> None:
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
