"""Cases that ask for what is never done, and what a charger gets instead: see this package."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, DOMAIN
from custom_components.wallbox_ocpp.wallbox.model import limits
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from custom_components.wallbox_ocpp.wallbox.plan.step import RETRY_AFTER
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import REJECTED, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.cards import ANNA, access, give
from tests.helpers.owner import change_settings
from tests.helpers.screen import Screen, issue_keys, protected
from tests.helpers.told import Told

PURPOSES: Final = {"TxDefaultProfile", "TxProfile"}
WITHIN_A_SESSION: Final = {
    "ChangeConfiguration",
    "ClearChargingProfile",
    "GetConfiguration",
    "GetLocalListVersion",
    "SendLocalList",
    "SetChargingProfile",
    "TriggerMessage",
}
"""All that is asked of a charger with an open transaction, unless its owner reboots it or lets go
of the cable. None of it ends the transaction."""

type Leave = Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]]


async def in_a_session(connect: Connect, screen: Screen) -> tuple[ScriptedCharger, int]:
    """Return a protected charger whose car charges, and the transaction."""
    charger = await connect()
    await until(lambda: protected(screen))
    transaction = await charger.start()
    await charger.status("Charging")
    await charger.left_alone()
    return charger, transaction


def assert_not_disturbed(charger: ScriptedCharger) -> None:
    """See that nothing was asked that ends a transaction, or outlives us."""
    assert set(charger.actions) <= WITHIN_A_SESSION
    assert {purpose for purpose, _ in charger.limits} <= PURPOSES


async def test_tc_012_whatever_its_owner_does_a_charger_is_not_asked_to_end_its_session(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    told: Told,
    device_id: str,
) -> None:
    charger, transaction = await in_a_session(connect, screen)
    for on in (False, True, False):
        await screen.switch("charging", on=on)
    await screen.set("current_limit", 6)
    for mode in (FailSafeMode.LEASE, FailSafeMode.NO_START, FailSafeMode.OFF):
        change_settings(hass, integration, **{CONF_FAILSAFE: mode.value})
        await charger.left_alone()
    give(hass, integration, ANNA)
    await screen.lock(locked=True)
    await charger.left_alone()
    with pytest.raises(ServiceValidationError, match="Unplug the car"):
        await hass.services.async_call(
            DOMAIN, "restore_configuration", {"device_id": device_id}, blocking=True
        )
    assert_not_disturbed(charger)
    assert told.types == ["started"]

    # It is locked once the car has gone.
    assert access(screen) == "locking"
    assert await charger.stop(transaction, reason="EVDisconnected") == {}
    await charger.status("Available")
    await until(lambda: access(screen) == "locked")


async def stop(hass: HomeAssistant, _: MockConfigEntry) -> None:
    """Stop Home Assistant."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)


async def reload(hass: HomeAssistant, integration: MockConfigEntry) -> None:
    """Load the integration anew."""
    await hass.config_entries.async_reload(integration.entry_id)


async def delete(hass: HomeAssistant, integration: MockConfigEntry) -> None:
    """Delete the charger without ado."""
    [subentry_id] = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)


async def stay(charger: ScriptedCharger) -> None:
    """Stay connected for as long as that is wanted."""
    while True:
        await charger.ask("Heartbeat", {})


@pytest.mark.parametrize("leave", [stop, reload, delete])
async def test_tc_012_a_session_goes_on_when_home_assistant_leaves(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    leave: Leave,
) -> None:
    charger, _ = await in_a_session(connect, screen)
    await leave(hass, integration)
    with pytest.raises(ConnectionError):
        await stay(charger)
    assert_not_disturbed(charger)


async def test_tc_012_a_session_that_another_system_stops_is_reported_so(
    connect: Connect, screen: Screen, told: Told
) -> None:
    charger, transaction = await in_a_session(connect, screen)
    assert await charger.stop(transaction, reason="Remote") == {}
    assert await charger.status("Finishing") == {}
    await until(lambda: told.types == ["started", "ended"])
    assert told.events[-1]["reason"] == "remote"
    assert screen.sensor("why_not_charging") == "session_ended"
    assert await charger.status("Available") == {}
    assert screen.entity("binary_sensor", "vehicle_connected").state == "off"


async def test_tc_028_a_pause_that_is_refused_is_an_error_and_is_asked_for_again(
    hass: HomeAssistant, connect: Connect, screen: Screen, told: Told
) -> None:
    charger, _ = await in_a_session(connect, screen)
    charger.change_its_mind(SetChargingProfile=lambda _: REJECTED)
    with pytest.raises(HomeAssistantError, match="It will be sent again"):
        await screen.switch("charging", on=False)
    assert screen.entity("switch", "charging").state == "off"
    charger.cooperate()
    given = len(charger.limits)
    await asyncio.sleep(RETRY_AFTER.total_seconds())
    await until(lambda: ("TxProfile", 0) in charger.limits[given:])
    assert_not_disturbed(charger)
    assert told.types == ["started"]


async def test_tc_066_a_charger_is_not_asked_what_it_allows_but_watched_for_it(
    connect: Connect,
    issue_registry: ir.IssueRegistry,
    screen: Screen,
) -> None:
    charger, transaction = await in_a_session(connect, screen)
    await screen.set("current_limit", 10)
    await charger.ask("MeterValues", drawn(10, transaction))
    await until(lambda: screen.sensor("limited_by") == "owner")
    while "limit_ignored" not in issue_keys(issue_registry):
        await charger.ask("MeterValues", drawn(32, transaction))
        await asyncio.sleep(limits.SETTLE.total_seconds() / 2)
    assert screen.sensor("limited_by") == "unknown"
    assert_not_disturbed(charger)


def drawn(amps: int, transaction: int) -> dict[str, Any]:
    """Return a reading of what is drawn."""
    sample = {"value": str(amps), "measurand": "Current.Import", "phase": "L1"}
    value = {"timestamp": dt_util.utcnow().isoformat(), "sampledValue": [sample]}
    return {"connectorId": 1, "transactionId": transaction, "meterValue": [value]}
