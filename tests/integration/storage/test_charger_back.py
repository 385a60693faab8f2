"""What becomes of the storage of version 0.1.0 once the chargers are back."""

from datetime import timedelta
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.past_sessions import had, perform, reload, sessions_of
from tests.helpers.screen import Repairs, Screen, issue_keys
from tests.helpers.told import Told, readings

from .files import CARPORT, GARAGE, NOW

OPEN: Final = {
    "idTag": "04A1B2C3",
    "meterStart": 889_533,
    "timestamp": "2026-11-20T08:33:00+00:00",
}
"""The transaction that was open in the garage, as its charger says it again."""
OPEN_NUMBER: Final = 5050
AHEAD: Final = timedelta(minutes=7)
"""Of the clock of its charger."""
REGISTER: Final = 892_533.8
"""Wh on the meter of the garage when it was last read."""


async def test_the_open_session_goes_on_with_its_number_its_charges_and_its_cost(
    hass: HomeAssistant, device_id: str, reconnect: Any
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
    hass: HomeAssistant, device_id: str, reconnect: Any
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
    integration: MockConfigEntry, reconnect: Any
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
    hass: HomeAssistant, device_id: str, reconnect: Any
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
    hass: HomeAssistant, connect: Connect
) -> None:
    charger = await connect(identity=CARPORT)
    await charger.left_alone()
    assert charger.written == []
    assert Screen(hass, CARPORT).sensor("offline_protection") == "off"


async def test_what_was_not_announced_is_announced_once(
    hass: HomeAssistant, entry: MockConfigEntry
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
