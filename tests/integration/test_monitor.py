"""Repairs for what shows over time: they come by themselves, and they go by themselves."""

import asyncio
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import WRONG
from custom_components.wallbox_ocpp.charger.monitor import LOOK_EVERY, VERIFY_EVERY
from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.wallbox.model.clock import APART, REPLAY
from custom_components.wallbox_ocpp.wallbox.model.connections import MANY, WINDOW
from custom_components.wallbox_ocpp.wallbox.model.drift import CONTESTED, DAY, FADES
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import ERROR, REJECTED, SILENCE, ScriptedCharger
from simulator.virtual_time import WallClock, until
from simulator.virtual_wallbox import VirtualWallbox
from tests.conftest import Connect
from tests.helpers.cards import ANNA, give
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Repairs, Screen, issue_keys, protected

SECOND = timedelta(seconds=1)


class Time:
    """Lets time pass for Home Assistant."""

    def __init__(self, hass: HomeAssistant, wall_clock: WallClock) -> None:
        """Take the clock that tells of days."""
        self._hass = hass
        self._wall_clock = wall_clock

    async def passes(self, time: timedelta) -> None:
        """Let so much time pass; days pass as if the computer had slept."""
        if time >= DAY:
            self._wall_clock.set(dt_util.utcnow() + time)
        else:
            await asyncio.sleep(time.total_seconds())
        await self._hass.async_block_till_done()


@pytest.fixture
def time(hass: HomeAssistant, wall_clock: WallClock) -> Time:
    """Return the time, which passes when the test says so."""
    return Time(hass, wall_clock)


def away(screen: Screen) -> bool:
    """Return whether the charger is shown as not connected."""
    return screen.entity("binary_sensor", "connection").state == "off"


# A charger that is gone.


@pytest.mark.parametrize(
    ("offline_profile", "repair"),
    [("charge_hq", "missed"), ("factory", "missed_unprotected")],
)
async def test_a_charger_that_is_gone_for_long_is_missed_until_it_is_back(
    issue_registry: ir.IssueRegistry,
    connect: Connect,
    screen: Screen,
    time: Time,
    offline_profile: str,
    repair: str,
) -> None:
    charger = await connect()
    await charger.left_alone()
    gone = dt_util.now()
    await charger.leave()
    await until(lambda: away(screen))
    # A weak Wi-Fi or an update does not take so long.
    await time.passes(timedelta(minutes=44))
    assert not issue_keys(issue_registry)
    await time.passes(timedelta(minutes=3))
    assert issue_keys(issue_registry) == {repair}
    [issue] = issue_registry.issues.values()
    told = issue.translation_placeholders
    assert told
    assert told["away"] == f"{gone:%Y-%m-%d %H:%M}"
    await connect(boots=False)
    await until(lambda: not issue_keys(issue_registry), within=60)


async def test_a_charger_that_never_came_is_not_missed(
    integration: MockConfigEntry, issue_registry: ir.IssueRegistry, time: Time
) -> None:
    await time.passes(timedelta(hours=3))
    assert not issue_keys(issue_registry)


async def test_a_charger_is_missed_after_a_restart_too_but_not_at_once(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    connect: Connect,
    time: Time,
) -> None:
    charger = await connect()
    await charger.left_alone()
    await hass.config_entries.async_unload(integration.entry_id)
    await time.passes(timedelta(hours=3))
    await hass.config_entries.async_setup(integration.entry_id)
    await time.passes(timedelta(minutes=40))
    assert not issue_keys(issue_registry)
    await time.passes(timedelta(minutes=8))
    assert issue_keys(issue_registry) == {"missed"}


async def test_a_charger_that_goes_in_the_midst_of_something_is_missed_too(
    issue_registry: ir.IssueRegistry, connect: Connect, screen: Screen, time: Time
) -> None:
    charger = await connect(boots=False, GetConfiguration=lambda _: SILENCE)
    await charger.boot()
    await charger.status("Available")
    await until(lambda: "GetConfiguration" in charger.actions)
    await charger.leave()
    await until(lambda: away(screen))
    await time.passes(timedelta(minutes=47))
    assert issue_keys(issue_registry) == {"missed_unprotected"}


# Connections that do not last.


async def test_a_connection_that_does_not_last_is_reported_until_it_does(
    issue_registry: ir.IssueRegistry, connect: Connect, screen: Screen, time: Time
) -> None:
    for number in range(MANY):
        assert not issue_keys(issue_registry)
        charger = await connect(boots=False)
        await time.passes((20 + 30 * (number % 3)) * SECOND)
        await charger.leave()
        await until(lambda: away(screen))
    await time.passes(LOOK_EVERY)
    assert issue_keys(issue_registry) == {"weak_link"}
    await connect(boots=False)
    await time.passes(WINDOW / 2)
    assert issue_keys(issue_registry) == {"weak_link"}
    await time.passes(WINDOW / 2)
    assert not issue_keys(issue_registry)


async def test_a_charger_that_starts_again_and_again_is_reported(
    issue_registry: ir.IssueRegistry, connect: Connect, screen: Screen, time: Time
) -> None:
    keys: dict[str, str] = {}
    for _ in range(MANY):
        charger = await connect(boots=False)
        charger.keys |= keys
        await charger.boot()
        await charger.status("Available")
        await time.passes(40 * SECOND)
        keys = charger.keys
        await charger.leave()
        await until(lambda: away(screen))
    await time.passes(LOOK_EVERY)
    assert issue_keys(issue_registry) == {"boot_loop"}


async def test_two_chargers_with_one_identity_are_reported(
    issue_registry: ir.IssueRegistry, connect: Connect, time: Time
) -> None:
    for number in range(MANY + 1):
        charger = await connect(boots=False)
        await charger.boot(chargePointSerialNumber=f"77712{number % 2}")
        await time.passes(3 * SECOND)
    await time.passes(LOOK_EVERY)
    assert issue_keys(issue_registry) == {"two_chargers"}


# A fix that somebody undoes.


async def undo(charger: ScriptedCharger, time: Time) -> None:
    """Change a setting back, and wait until the fix is in again."""
    charger.keys["AuthEnabled"] = "true"
    await time.passes(VERIFY_EVERY)
    await until(lambda: charger.keys["AuthEnabled"] == "false")
    await charger.left_alone()


async def test_a_fix_that_another_system_undoes_is_put_in_again_and_reported_until_seen(
    issue_registry: ir.IssueRegistry,
    repairs: Repairs,
    connect_protected: ConnectProtected,
    screen: Screen,
    time: Time,
) -> None:
    charger = await connect_protected()
    await time.passes(VERIFY_EVERY)
    await charger.left_alone()
    assert not issue_keys(issue_registry)
    await undo(charger, time)
    assert protected(screen)
    assert issue_keys(issue_registry) == {"fix_reverted"}
    form = await repairs.open("fix_reverted")
    assert form["description_placeholders"]["keys"] == "AuthEnabled"
    assert (await repairs.submit(form))["type"] == "create_entry"
    assert not issue_keys(issue_registry)


async def test_a_single_time_is_forgotten(
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    screen: Screen,
    time: Time,
) -> None:
    charger = await connect_protected()
    await undo(charger, time)
    await charger.leave()
    await until(lambda: away(screen))
    await time.passes(FADES)
    await time.passes(LOOK_EVERY)
    assert issue_keys(issue_registry) == {"missed"}


async def test_another_system_that_undoes_the_fix_again_and_again_is_reported_for_a_day(
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    screen: Screen,
    time: Time,
) -> None:
    charger = await connect_protected()
    for _ in range(CONTESTED):
        await undo(charger, time)
    assert issue_keys(issue_registry) == {"second_system"}
    await charger.leave()
    await until(lambda: away(screen))
    await time.passes(DAY)
    await time.passes(LOOK_EVERY)
    assert issue_keys(issue_registry) == {"missed"}


async def test_a_fix_that_a_restart_undoes_is_reported_too(
    issue_registry: ir.IssueRegistry, connect_protected: ConnectProtected
) -> None:
    charger = await connect_protected()
    charger.keys["AuthEnabled"] = "true"
    await charger.boot()
    await charger.status("Available")
    await until(lambda: issue_keys(issue_registry) == {"fix_reverted"})
    await until(lambda: charger.keys["AuthEnabled"] == "false")


async def test_an_owner_who_changes_the_mind_has_undone_nothing(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    connect_protected: ConnectProtected,
    device_id: str,
) -> None:
    charger = await connect_protected()
    for action in ("restore_configuration", "apply_offline_fix"):
        await hass.services.async_call(
            DOMAIN, action, {"device_id": device_id}, blocking=True
        )
    assert charger.keys["AuthEnabled"] == "false"
    assert not issue_keys(issue_registry)


async def test_a_charger_that_does_not_say_whether_the_fix_is_in_is_asked_again(
    issue_registry: ir.IssueRegistry, connect_protected: ConnectProtected, time: Time
) -> None:
    charger = await connect_protected()
    await charger.left_alone()
    charger.change_its_mind(GetConfiguration=lambda _: SILENCE)
    await time.passes(VERIFY_EVERY)
    charger.cooperate()
    await undo(charger, time)
    assert issue_keys(issue_registry) == {"fix_reverted"}


async def test_a_charger_that_sends_no_settings_is_asked_again(
    connect: Connect, screen: Screen, time: Time
) -> None:
    charger = await connect(GetConfiguration=lambda _: ERROR)
    await charger.left_alone()
    assert screen.sensor("offline_protection") == "unknown"
    charger.cooperate()
    await time.passes(VERIFY_EVERY)
    await until(lambda: protected(screen))


async def test_a_list_of_cards_is_sent_again_although_the_charger_is_not_protected(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    screen: Screen,
    time: Time,
) -> None:
    charger = await connect(boots=False, SendLocalList=lambda _: REJECTED)
    # It lacks a key, so that it cannot be protected.
    charger.keys = {"AuthEnabled": "true", "LocalAuthListEnabled": "true"}
    await charger.boot()
    await charger.status("Available")
    give(hass, integration, ANNA)
    await screen.lock(locked=True)
    await until(lambda: "SendLocalList" in charger.actions)
    await charger.left_alone()
    assert screen.sensor("offline_protection") == "rejected"
    before = charger.actions.count("SendLocalList")
    charger.cooperate()
    await time.passes(VERIFY_EVERY)
    await until(lambda: charger.actions.count("SendLocalList") > before)


# A clock that is wrong.


@pytest.mark.parametrize("wrong", [-2 * WRONG, 2 * WRONG])
async def test_a_clock_that_is_wrong_is_reported_until_it_is_right(
    issue_registry: ir.IssueRegistry,
    repairs: Repairs,
    connect_protected: ConnectProtected,
    time: Time,
    wrong: timedelta,
) -> None:
    async def tell(status: str, off: timedelta) -> None:
        await time.passes(APART)
        moment = (dt_util.utcnow() + off).isoformat()
        payload = {"connectorId": 1, "errorCode": "NoError", "status": status}
        await charger.ask("StatusNotification", {**payload, "timestamp": moment})

    charger = await connect_protected()
    await time.passes(REPLAY)
    await tell("Preparing", WRONG / 2)
    assert not issue_keys(issue_registry)
    for status in ("Available", "Preparing"):
        await tell(status, wrong)
        assert not issue_keys(issue_registry)
    await tell("Available", wrong)
    assert issue_keys(issue_registry) == {"clock_wrong"}
    form = await repairs.open("clock_wrong")
    assert form["description_placeholders"]["minutes"] == "10"
    assert (await repairs.submit(form))["type"] == "create_entry"
    assert charger.actions[-1] == "Reset"
    await charger.boot()
    await charger.status("Available")
    assert not issue_keys(issue_registry)


# Whoever removes a charger, or disables the integration, has no use for its repairs.


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_the_repairs_of_a_charger_go_with_it(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    integration: MockConfigEntry,
    connect_protected: ConnectProtected,
    time: Time,
    how: str,
) -> None:
    charger = await connect_protected()
    await undo(charger, time)
    assert issue_keys(issue_registry) == {"fix_reverted"}
    if how == "removed":
        [subentry_id] = integration.subentries
        hass.config_entries.async_remove_subentry(integration, subentry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            integration.entry_id, ConfigEntryDisabler.USER
        )
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)


async def test_a_charger_is_not_missed_while_the_integration_is_disabled(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    time: Time,
) -> None:
    await until(lambda: screen.has("sensor", "wifi_signal"))
    protected_charger.cut_network()
    await until(lambda: away(screen))
    await time.passes(timedelta(minutes=47))
    assert issue_keys(issue_registry) == {"missed"}
    await hass.config_entries.async_set_disabled_by(
        integration.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not issue_keys(issue_registry)
