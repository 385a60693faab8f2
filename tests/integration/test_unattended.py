"""Unattended energy: the proof of the offline fix that an owner can see."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import (
    CONF_FAILSAFE,
    CONF_OFFLINE_PROFILE,
    DOMAIN,
)
from custom_components.wallbox_ocpp.storage.store import SAVE_DELAY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import IDENTITY, Connect, StartCharger
from tests.helpers.owner import change_settings
from tests.helpers.ready_chargers import ConnectProtected, gone
from tests.helpers.screen import Repairs, Screen, issue_keys, protected
from tests.helpers.told import readings
from tests.integration.test_saving import stored

MODERN = FIRMWARES["6.7.38"]
# These take their time.
pytestmark = pytest.mark.timeout(600)

# At another speed than ours, what comes from the charger's queue seems to be of today.
OUTAGE = 25
"""Seconds."""
FAST_CAR = Car(max_amps=32)
"""Draws 22 kW: 6 Wh in a second."""


async def an_outage(box: VirtualWallbox, screen: Screen) -> None:
    """Let a paused car come, and the network go for a while."""
    await box.wait_until(lambda: protected(screen))
    await screen.switch("charging", on=False)
    box.plug(FAST_CAR)
    await box.wait_until(lambda: box.charger.transaction is not None)
    await box.wait_until(lambda: screen.sensor("energy") != "unknown")
    box.cut_network()
    await box.wait_until(
        lambda: screen.entity("binary_sensor", "connection").state == "off"
    )
    await box.sleep(OUTAGE)
    box.restore_network()
    await box.wait_connected()


async def test_a_protected_charger_has_nothing_to_confess(
    start_charger: StartCharger, screen: Screen, issue_registry: ir.IssueRegistry
) -> None:
    box = await start_charger()
    await an_outage(box, screen)
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    readings = len(box.sent("MeterValues"))
    await box.wait_until(lambda: len(box.sent("MeterValues")) > readings)
    assert float(screen.sensor("unattended_energy")) == 0
    assert not issue_keys(issue_registry)


async def test_a_charger_that_charged_although_it_was_paused_is_found_out(
    integration: MockConfigEntry,
    repairs: Repairs,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger(replace(MODERN, ignores_limits=True))
    await an_outage(box, screen)
    await box.wait_until(
        lambda: issue_keys(issue_registry) == {"unattended_energy"}, 25
    )
    unattended = float(screen.sensor("unattended_energy"))
    # 22 kW for the outage, and until the first reading after it.
    assert 0.15 < unattended < 0.30

    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    ended = screen.entity("event", "session").attributes
    assert ended["event_type"] == "ended"
    assert ended["unattended"] == pytest.approx(unattended, abs=0.01)

    key = issue_id("unattended_energy", next(iter(integration.subentries)))
    issue = issue_registry.async_get_issue(DOMAIN, key)
    assert issue
    assert issue.translation_placeholders
    assert float(issue.translation_placeholders["energy"]) == pytest.approx(
        unattended, abs=0.1
    )
    form = await repairs.open("unattended_energy")
    assert form["description_placeholders"]["energy"]
    await repairs.submit(form)
    assert not issue_keys(issue_registry)
    assert float(screen.sensor("unattended_energy")) == unattended


async def test_energy_that_flowed_while_home_assistant_was_down_is_found_out(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_protected: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_protected(replace(MODERN, ignores_limits=True))
    await screen.switch("charging", on=False)
    box.plug(FAST_CAR)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.wait_until(lambda: screen.sensor("energy") != "unknown")
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(OUTAGE)
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(
        lambda: issue_keys(issue_registry) == {"unattended_energy"}, 25
    )
    assert float(screen.sensor("unattended_energy")) > 0.15


# What the owner allowed is no news; what was not allowed is told by its cause.


async def came_alone(
    connect: Connect, screen: Screen, *, charging: bool = True
) -> ScriptedCharger:
    """Lose the charger for an hour, in which a car came and took 2 kWh; return it."""
    charger = await connect()
    await until(lambda: protected(screen))
    await charger.left_alone()
    if not charging:
        await screen.switch("charging", on=False)
    await charger.ask("MeterValues", readings(None, "1000"))
    keys = charger.keys
    await charger.leave()
    await gone(screen)
    await asyncio.sleep(3600)
    charger = await connect(boots=False)
    charger.keys |= keys
    begin = dt_util.utcnow() - timedelta(minutes=30)
    number = await charger.start(meterStart=1000, timestamp=begin.isoformat())
    await charger.status("Charging")
    await charger.ask("MeterValues", readings(number, "3000"))
    await until(lambda: screen.sensor("session_energy") == "2.0")
    return charger


async def test_a_car_that_may_charge_without_a_connection_is_no_alarm(
    connect: Connect, screen: Screen, issue_registry: ir.IssueRegistry
) -> None:
    await came_alone(connect, screen)
    assert not issue_keys(issue_registry)
    assert float(screen.sensor("unattended_energy")) == 0


@pytest.mark.parametrize(
    ("settings", "charging", "repair"),
    [
        ({}, False, "unattended_energy"),
        ({CONF_OFFLINE_PROFILE: "locked"}, True, "unattended_locked"),
        ({CONF_OFFLINE_PROFILE: "locked"}, False, "unattended_energy"),
        ({CONF_OFFLINE_PROFILE: "strict"}, True, "unattended_start"),
        ({CONF_FAILSAFE: "no_start"}, True, "unattended_start"),
        ({CONF_FAILSAFE: "lease"}, True, "unattended_start"),
    ],
)
async def test_a_car_that_may_not_charge_is_reported_by_the_cause(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    repairs: Repairs,
    connect: Connect,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    settings: dict[str, str],
    charging: bool,
    repair: str,
) -> None:
    change_settings(hass, integration, **settings)
    await hass.async_block_till_done()
    await came_alone(connect, screen, charging=charging)
    await until(lambda: issue_keys(issue_registry) == {repair}, within=60)
    assert float(screen.sensor("unattended_energy")) == 2
    form = await repairs.open(repair)
    assert form["description_placeholders"]["energy"] == "2.0"
    await repairs.submit(form)
    assert not issue_keys(issue_registry)


async def test_a_repair_that_is_left_open_over_a_reload_acts_on_the_charger_that_runs(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    repairs: Repairs,
    connect: Connect,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    hass_storage: dict[str, Any],
) -> None:
    await came_alone(connect, screen, charging=False)
    await until(lambda: issue_keys(issue_registry) == {"unattended_energy"}, within=60)
    form = await repairs.open("unattended_energy")
    await hass.config_entries.async_reload(integration.entry_id)
    await gone(screen)
    await screen.switch("charging", on=True)
    await screen.set("current_limit", 10)
    await repairs.submit(form)
    await asyncio.sleep(2 * SAVE_DELAY)
    assert not issue_keys(issue_registry)
    wish = stored(integration, hass_storage)["charging"]["wish"]
    assert (wish["charging"], wish["current_limit"]) == (True, 10)


async def test_a_repair_that_is_left_open_over_the_deletion_of_its_charger_says_so(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    repairs: Repairs,
    connect: Connect,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    charger = await came_alone(connect, screen, charging=False)
    await until(lambda: issue_keys(issue_registry) == {"unattended_energy"}, within=60)
    form = await repairs.open("unattended_energy")
    await charger.leave()
    hass.config_entries.async_remove_subentry(integration, repairs.subentry_id)
    await hass.async_block_till_done()
    end = await repairs.submit(form)
    assert (end["type"], end["reason"]) == ("abort", "charger_deleted")
    assert end["description_placeholders"]["charger"] == f"Wallbox {IDENTITY}"


@pytest.mark.parametrize("profile", ["charge_hq", "factory"])
async def test_what_a_profile_promises_is_no_alarm(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    profile: str,
) -> None:
    change_settings(hass, integration, **{CONF_OFFLINE_PROFILE: profile})
    await hass.async_block_till_done()
    charger = await connect()
    await charger.left_alone()
    await charger.ask("MeterValues", readings(None, "1000"))
    await charger.leave()
    await gone(screen)
    await asyncio.sleep(3600)
    charger = await connect(boots=False)
    begin = dt_util.utcnow() - timedelta(minutes=30)
    number = await charger.start(meterStart=1000, timestamp=begin.isoformat())
    await charger.ask("MeterValues", readings(number, "3000"))
    await until(lambda: screen.sensor("session_energy") == "2.0")
    assert not issue_keys(issue_registry)


async def test_what_its_owner_allows_before_the_meter_is_read_again_is_no_alarm(
    connect: Connect,
    connect_protected: ConnectProtected,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Some chargers tell their meter with the end of a session only."""
    charger = await connect_protected()
    await screen.switch("charging", on=False)
    assert await charger.stop(await charger.start(), meterStop=1000) == {}
    transaction = await charger.start(meterStart=1000)
    await charger.status("SuspendedEVSE")
    await charger.leave()
    await gone(screen)

    again = await connect(boots=False)
    again.keys = charger.keys
    await again.status("SuspendedEVSE")
    await screen.switch("charging", on=True)
    await again.status("Charging")
    assert await again.stop(transaction, meterStop=4000) == {}
    await until(lambda: screen.sensor("session_energy") == "3.0")
    assert float(screen.sensor("unattended_energy")) == 0
    assert "unattended_energy" not in issue_keys(issue_registry)


# What an earlier time without a connection has been told of is not told again.


async def lost_and_back(
    charger: ScriptedCharger,
    connect: Connect,
    screen: Screen,
    transaction: int,
    register: str,
) -> ScriptedCharger:
    """Lose the charger for a moment, and read its meter once it is back; return it."""
    await charger.leave()
    await gone(screen)
    again = await connect(boots=False)
    again.keys |= charger.keys
    await again.status("Charging")
    await again.ask("MeterValues", readings(transaction, register))
    expected = str((float(register) - 1000) / 1000)
    await until(lambda: screen.sensor("session_energy") == expected)
    return again


def number(screen: Screen) -> int:
    """Return the number of the session that was told last."""
    return int(screen.entity("event", "session").attributes["transaction_id"])


async def test_unattended_energy_is_told_once_however_often_the_connection_goes(
    connect: Connect, screen: Screen
) -> None:
    charger = await came_alone(connect, screen, charging=False)
    transaction = number(screen)
    charger = await lost_and_back(charger, connect, screen, transaction, "3050")
    assert float(screen.sensor("unattended_energy")) == 2
    charger = await lost_and_back(charger, connect, screen, transaction, "4000")
    assert float(screen.sensor("unattended_energy")) == pytest.approx(2.95)
    assert await charger.stop(transaction, meterStop=4000) == {}
    await until(
        lambda: screen.entity("event", "session").attributes["event_type"] == "ended"
    )
    ended = screen.entity("event", "session").attributes
    assert ended["unattended"] == pytest.approx(2.95)
    assert await charger.stop(transaction, meterStop=4000) == {}
    assert float(screen.sensor("unattended_energy")) == pytest.approx(2.95)


@pytest.mark.parametrize(
    "settings",
    [
        {CONF_OFFLINE_PROFILE: "strict"},
        {CONF_OFFLINE_PROFILE: "locked"},
        {CONF_FAILSAFE: "no_start"},
    ],
)
async def test_a_car_that_home_assistant_has_let_charge_since_may_go_on(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    settings: dict[str, str],
) -> None:
    change_settings(hass, integration, **settings)
    await hass.async_block_till_done()
    charger = await came_alone(connect, screen)
    transaction = number(screen)
    await charger.ask("MeterValues", readings(transaction, "5000"))
    await until(lambda: screen.sensor("session_energy") == "4.0")
    await lost_and_back(charger, connect, screen, transaction, "7000")
    assert float(screen.sensor("unattended_energy")) == 2
