"""What must not be asked of a charger, however much there is to do."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG
from custom_components.wallbox_ocpp.wallbox.plan.notice import START_AFTER
from homeassistant.core import HomeAssistant
from simulator.scripted_charger import REJECTED, Payload, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect
from tests.helpers.actions import Act
from tests.helpers.owner import change_settings
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, protected


class Gate:
    """Holds a charger's answers back until it is opened."""

    def __init__(self) -> None:
        """Begin closed."""
        self.open = asyncio.Event()
        self.charger: ScriptedCharger

    async def take_key(self, payload: Payload) -> Any:
        """Change a key once the gate is open."""
        await self.open.wait()
        return self.charger.take_key(payload)


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
async def test_no_authorisation_key_is_written_in_a_transaction_we_never_heard_of(
    connect: Connect, screen: Screen, status: str
) -> None:
    charger = await connect(boots=False)
    await charger.status(status)
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert charger.written == ["MeterValuesSampledData"]
    await charger.status("Available")
    await until(lambda: protected(screen))


async def test_no_authorisation_key_is_written_before_the_status_is_known(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    await charger.boot()
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert charger.written == ["MeterValuesSampledData"]
    await charger.status("Available")
    await until(lambda: protected(screen))


async def test_no_authorisation_key_is_written_once_a_transaction_has_opened(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = await connect(ChangeConfiguration=gate.take_key)
    await until(lambda: gate.charger.written == ["MeterValuesSampledData"])
    await gate.charger.status("Preparing")
    await gate.charger.start()
    gate.open.set()
    await until(lambda: screen.sensor("offline_protection") == "waiting_for_unplug")
    assert gate.charger.written == ["MeterValuesSampledData"]


async def test_a_car_that_leaves_while_the_fix_is_applied_is_not_waited_for(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = charger = await connect(
        boots=False, ChangeConfiguration=gate.take_key
    )
    await charger.boot()
    transaction = await charger.start()
    await charger.status("Charging")
    await until(lambda: bool(charger.written))
    await charger.stop(transaction)
    await charger.status("Available")
    gate.open.set()
    await until(lambda: protected(screen))


async def test_no_transaction_is_asked_for_while_the_fix_is_applied(
    connect: Connect, screen: Screen
) -> None:
    gate = Gate()
    gate.charger = charger = await connect(
        boots=False, ChangeConfiguration=gate.take_key
    )
    await charger.boot()
    await charger.status("Preparing")
    await until(lambda: bool(charger.written))
    await asyncio.sleep(START_AFTER.total_seconds() + 1)
    assert "RemoteStartTransaction" not in charger.actions
    gate.open.set()
    await until(lambda: "RemoteStartTransaction" in charger.actions)
    assert protected(screen)


async def test_a_restore_is_not_undone_by_a_fix_that_was_under_way(
    act: Act, connect: Connect, screen: Screen
) -> None:
    charger: ScriptedCharger
    restoring = asyncio.Event()

    async def refuse_the_best(payload: Payload) -> Any:
        await restoring.wait()
        if "Power" in payload["value"]:
            return REJECTED
        return charger.take_key(payload)

    charger = await connect(ChangeConfiguration=refuse_the_best)
    original = dict(charger.keys)
    await until(lambda: bool(charger.written))
    restore = asyncio.create_task(act("restore_configuration"))
    await charger.left_alone()
    restoring.set()
    await restore
    await charger.left_alone()
    assert charger.keys == original
    assert screen.sensor("offline_protection") == "off"


@pytest.mark.parametrize("offline_profile", ["factory"])
async def test_a_charger_left_as_it_came_is_left_to_wait_for_a_card(
    connect: Connect,
) -> None:
    charger = await connect()
    await charger.left_alone()
    await charger.status("Preparing")
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert "RemoteStartTransaction" not in charger.actions


async def test_a_restored_charger_is_left_to_wait_for_a_card(
    act: Act, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    await act("restore_configuration")
    await charger.status("Preparing")
    await charger.left_alone()
    await asyncio.sleep(START_AFTER.total_seconds())
    await charger.left_alone()
    assert "RemoteStartTransaction" not in charger.actions


async def test_a_setting_that_does_not_concern_the_charger_costs_no_call(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    asked = len(charger.asked)
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    await charger.left_alone()
    assert not charger.asked[asked:]
