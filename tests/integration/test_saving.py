"""What is on disk, and when: a process may be killed at any moment."""

import asyncio
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import (
    CONF_OFFLINE_PROFILE,
    CONF_PRICE_ENTITY,
    DOMAIN,
)
from custom_components.wallbox_ocpp.storage.file import ChargerFile
from custom_components.wallbox_ocpp.storage.store import SAVE_DELAY
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import Files
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Screen
from tests.helpers.told import Told

QUIET = 600
"""Seconds after which nothing is left to be saved."""


def stored(entry: MockConfigEntry, hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what is on disk of the charger."""
    [subentry_id] = entry.subentries
    slices: dict[str, Any] = hass_storage[f"{DOMAIN}.{subentry_id}"]["data"]
    return slices


async def test_that_a_session_was_announced_is_on_disk_at_once(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    told: Told,
    hass_storage: dict[str, Any],
) -> None:
    charger = await connect(boots=False)
    await charger.stop(await charger.start())
    await until(lambda: told.types == ["started", "ended"])
    await hass.async_block_till_done()
    [session] = stored(integration, hass_storage)["ledger"]["sessions"]
    assert (session["start_announced"], session["end_announced"]) == (True, True)


async def test_what_is_not_urgent_is_on_disk_within_a_minute(
    hass: HomeAssistant, integration: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    price = {"unit_of_measurement": "EUR/kWh"}
    hass.config.currency = "EUR"
    hass.states.async_set("sensor.price", "0.30", price)
    change_settings(hass, integration, **{CONF_PRICE_ENTITY: "sensor.price"})
    await asyncio.sleep(SAVE_DELAY + 1)
    await hass.async_block_till_done()
    before = stored(integration, hass_storage)["metering"]["tariff"]
    hass.states.async_set("sensor.price", "0.50", price)
    await hass.async_block_till_done()
    assert stored(integration, hass_storage)["metering"]["tariff"] == before
    await asyncio.sleep(SAVE_DELAY + 1)
    await hass.async_block_till_done()
    assert stored(integration, hass_storage)["metering"]["tariff"] != before


async def test_what_a_charger_reports_is_on_disk_within_a_minute(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    hass_storage: dict[str, Any],
) -> None:
    charger = await connect(boots=False)
    await asyncio.sleep(QUIET)
    sample = {"value": "1200", "measurand": "Energy.Active.Import.Register"}
    reading = {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": [sample]}
    await charger.ask("MeterValues", {"connectorId": 1, "meterValue": [reading]})
    await asyncio.sleep(SAVE_DELAY + 1)
    await hass.async_block_till_done()
    assert stored(integration, hass_storage)["metering"]["register"]["value"] == 1200


async def test_changed_settings_are_on_disk_within_a_minute(
    hass: HomeAssistant, integration: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    await asyncio.sleep(QUIET)
    change_settings(hass, integration, **{CONF_OFFLINE_PROFILE: "strict"})
    await asyncio.sleep(SAVE_DELAY + 1)
    await hass.async_block_till_done()
    assert stored(integration, hass_storage)["access"]["lock"]["configured"] == "strict"


async def test_the_last_verdict_and_security_are_there_before_the_charger_is(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    screen: Screen,
) -> None:
    charger = await connect_protected()
    before = [screen.sensor(key) for key in ("offline_protection", "security")]
    await charger.leave()
    await hass.config_entries.async_reload(integration.entry_id)
    await hass.async_block_till_done()
    after = [screen.sensor(key) for key in ("offline_protection", "security")]
    assert after == before == ["protected", "open"]


async def test_a_charger_that_was_unloaded_does_not_write_over_the_one_that_runs(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    screen: Screen,
    hass_storage: dict[str, Any],
) -> None:
    await (await connect_protected()).leave()
    await gone(screen)
    [before] = integration.runtime_data.chargers.values()
    await screen.set("current_limit", 16)
    await hass.config_entries.async_reload(integration.entry_id)
    assert stored(integration, hass_storage)["charging"]["wish"]["current_limit"] == 16
    await screen.set("current_limit", 10)
    assert not await before.coordinator.async_save()
    before.coordinator.async_save_soon()
    await asyncio.sleep(QUIET)
    assert stored(integration, hass_storage)["charging"]["wish"]["current_limit"] == 10


@pytest.mark.parametrize("hass_storage", [{}])
async def test_what_still_runs_during_the_last_write_saves_nothing_after_it(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    integration: MockConfigEntry,
    screen: Screen,
    files: Files,
) -> None:
    [before] = integration.runtime_data.chargers.values()
    write = ChargerFile.async_write
    saved: list[bool] = []

    async def slowly(file: ChargerFile, data: Any) -> None:
        await write(file, data)
        monkeypatch.setattr(ChargerFile, "async_write", write)
        saved.append(await before.coordinator.async_save())
        before.coordinator.async_save_soon()

    monkeypatch.setattr(ChargerFile, "async_write", slowly)
    await hass.config_entries.async_reload(integration.entry_id)
    assert saved == [False]
    await screen.set("current_limit", 10)
    [now] = integration.runtime_data.chargers.values()
    assert await now.coordinator.async_save()
    await asyncio.sleep(SAVE_DELAY + 1)
    await hass.async_block_till_done()
    on_disk = json.loads(files.ledger.read_text())["data"]
    assert on_disk["charging"]["wish"]["current_limit"] == 10
