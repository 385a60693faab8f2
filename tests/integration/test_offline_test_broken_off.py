"""A test of the offline protection that ends early: its owner's wish comes back, whatever happens."""

from typing import Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.wallbox_ocpp.storage.file import NotOnDiskError
from custom_components.wallbox_ocpp.storage.store import ChargerStore
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from simulator.virtual_wallbox import FIRMWARES, NetworkCut
from tests.conftest import StartCharger, charger_data
from tests.helpers.offline_test import FAST_CAR, Trial, causes, on
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen, issue_keys, protected

MODERN: Final = FIRMWARES["6.7.38"]


# Some take their time.
pytestmark = pytest.mark.timeout(600)


def reasons_of(hass: HomeAssistant, screen: Screen) -> list[str]:
    """Return the list that *Reason* is added to whenever it changes."""
    reasons: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if state := event.data["new_state"]:
            reasons.append(state.state)

    entity_id = screen.entity_id("sensor", "why_not_charging")
    async_track_state_change_event(hass, entity_id, changed)
    return reasons


async def test_it_is_stopped_by_its_owner(
    hass: HomeAssistant, screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    with pytest.raises(ServiceValidationError, match="nothing to stop"):
        await trial.call("break_off_offline_test")
    test = trial.begin()
    await trial.sees("alone")
    with pytest.raises(ServiceValidationError, match="already being tested"):
        await trial.call("test_offline_protection")
    reasons = reasons_of(hass, screen)
    await trial.call("break_off_offline_test")
    assert (await test)["causes"] == ["owner"]
    assert causes(screen) == ("broken_off", "owner")
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    # The automations for a lost connection are for those that nobody wanted.
    assert reasons[0] == "test_returning"
    assert "no_connection" not in reasons


async def test_a_charger_that_stays_away_after_a_stop_is_not_expected_for_ever(
    screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    box.cut_network()
    await trial.call("break_off_offline_test")
    await test
    await box.sleep(890)
    assert screen.sensor("why_not_charging") == "test_returning"
    await box.sleep(20)
    assert screen.sensor("why_not_charging") == "no_connection"


async def test_a_stop_of_home_assistant_does_not_wait_for_the_test(
    hass: HomeAssistant, trial: Trial
) -> None:
    await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test


@pytest.mark.parametrize("phase", ["pausing", "alone"])
async def test_charging_turned_on_meanwhile_ends_it(
    screen: Screen, trial: Trial, phase: str
) -> None:
    box = await trial.charging()
    test = trial.begin()
    await trial.sees(phase)
    await screen.switch("charging", on=True)
    assert (await test)["causes"] == ["wish"]
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)


async def test_charging_turned_off_meanwhile_stays_off(
    screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    await screen.switch("charging", on=False)
    assert (await test)["causes"] == ["wish"]
    await box.wait_connected()
    await box.sleep(60)
    assert not on(screen)
    assert box.charger.current_drawn == 0


async def test_another_limit_meanwhile_counts_and_the_same_is_no_news(
    screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    await screen.set("current_limit", 16)
    test = trial.begin()
    await trial.sees("alone")
    await screen.set("current_limit", 16)
    assert screen.sensor("offline_test") == "running"
    await screen.set("current_limit", 10)
    assert (await test)["causes"] == ["wish"]
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn == 10)


async def test_a_restart_of_the_integration_ends_it(
    hass: HomeAssistant, integration: MockConfigEntry, screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    await hass.config_entries.async_reload(integration.entry_id)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test
    assert causes(screen) == ("broken_off", "restarted")
    assert on(screen)
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert float(screen.sensor("unattended_energy")) == 0


async def test_a_charger_that_is_removed_ends_it(
    hass: HomeAssistant, integration: MockConfigEntry, trial: Trial
) -> None:
    box = await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    (subentry_id,) = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    with pytest.raises(HomeAssistantError, match="Nobody can tell"):
        await test
    await hass.async_block_till_done()
    # It is unknown from now on, and no longer hung up on.
    await box.wait_until(lambda: box.handshake_status == 404)


async def test_a_charger_that_does_not_come_back_is_reported(
    screen: Screen, trial: Trial, issue_registry: ir.IssueRegistry
) -> None:
    box = await trial.charging()
    test = trial.begin(reboot=True)
    await trial.sees("alone")
    box.cut_network(NetworkCut.REFUSE)
    assert (await test)["causes"] == ["not_back"]
    assert on(screen)
    assert issue_keys(issue_registry) == {"offline_test_not_back"}
    box.restore_network()
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert not issue_keys(issue_registry)


async def test_a_long_test_is_no_alarm(
    trial: Trial, issue_registry: ir.IssueRegistry
) -> None:
    box = await trial.charging()
    test = trial.begin(minutes=60, reboot=True)
    await trial.sees("alone")
    for _ in range(59):
        await box.sleep(60)
        assert not issue_keys(issue_registry)
    assert (await test)["result"] == "proven"
    assert not issue_keys(issue_registry)


async def test_a_car_that_leaves_too_soon_ends_it(trial: Trial) -> None:
    box = await trial.charging()
    test = trial.begin()
    box.unplug()
    assert (await test)["causes"] == ["unplugged"]


async def test_a_connection_lost_too_soon_ends_it(screen: Screen, trial: Trial) -> None:
    box = await trial.charging()
    test = trial.begin()
    box.cut_network()
    assert (await test)["causes"] == ["connection_lost"]
    assert on(screen)


async def test_a_charger_that_is_away_is_not_tested(
    start_protected: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_protected()
    box.cut_network()
    await gone(screen)
    with pytest.raises(ServiceValidationError, match="must be connected"):
        await trial.call("test_offline_protection")
    box.restore_network()
    await box.wait_connected()


@pytest.mark.parametrize("minutes", [0, 1, 61, -5, "soon", None])
async def test_a_time_that_makes_no_sense_is_refused(
    screen: Screen, trial: Trial, minutes: object
) -> None:
    await trial.charging()
    with pytest.raises(vol.Invalid):
        await trial.call("test_offline_protection", minutes=minutes)
    assert screen.sensor("offline_test") == "not_yet"


async def test_a_state_that_cannot_be_saved_begins_no_test(
    screen: Screen, trial: Trial
) -> None:
    box = await trial.charging()
    full = patch.object(ChargerStore, "async_save", side_effect=NotOnDiskError)
    with full, pytest.raises(HomeAssistantError, match="could not save"):
        await trial.call("test_offline_protection")
    assert screen.sensor("offline_test") == "not_yet"
    assert on(screen)
    await box.sleep(60)
    assert box.connected
    assert box.charger.current_drawn > 0


async def test_other_chargers_notice_nothing(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    trial: Trial,
) -> None:
    other = ConfigSubentry(**charger_data("100002"))  # type: ignore[arg-type]  # a plain dict of its fields
    hass.config_entries.async_add_subentry(integration, other)
    await hass.async_block_till_done()
    neighbour = await start_charger(identity="100002")
    screen = Screen(hass, "100002")
    await neighbour.wait_until(lambda: protected(screen))
    neighbour.plug(FAST_CAR)
    box = await trial.charging()
    test = trial.begin()
    await trial.sees("alone")
    sockets = len(neighbour.sent("StatusNotification"))
    await box.sleep(200)
    assert neighbour.connected
    assert neighbour.charger.current_drawn > 0
    assert len(neighbour.sent("StatusNotification")) == sockets
    assert (await test)["result"] == "proven"
