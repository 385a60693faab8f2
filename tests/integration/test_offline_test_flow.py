"""The test of the offline protection as a person sees it: the dialog, the button, the repairs."""

from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import SUBENTRY_CHARGER
from custom_components.wallbox_ocpp.diagnostics import (
    async_get_config_entry_diagnostics,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.flows import Flows, Step
from tests.helpers.offline_test import Trial, causes, on, replug
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen, issue_keys
from tests.helpers.texts import TEXTS
from tests.helpers.told import readings

MODERN = FIRMWARES["6.7.38"]
PLAIN = {"minutes": 5, "reboot": False, "replug": False}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def charging(trial: Trial) -> VirtualWallbox:
    """Return a charger that charges."""
    return await trial.charging()


async def opened(flows: Flows, entry: MockConfigEntry) -> Step:
    """Open the dialog of the first charger, and choose the test."""
    menu = await flows.change_charger(entry.entry_id, next(iter(entry.subentries)))
    return await flows.choose(menu, "offline_test")


async def test_the_dialog_says_what_is_missing(
    integration: MockConfigEntry, flows: Flows, start_charger: StartCharger
) -> None:
    form = await opened(flows, integration)
    missing = form["description_placeholders"]["ready"]
    assert missing.endswith("- the charger must be connected")
    refused = await flows.submit(form, **PLAIN)
    assert refused["errors"] == {"base": "offline_test_missing"}
    box = await start_charger()
    await box.wait_connected()
    form = await opened(flows, integration)
    missing = form["description_placeholders"]["ready"]
    assert "a car must be plugged in" in missing


async def test_the_dialog_tells_how_far_it_is_and_what_came_of_it(
    integration: MockConfigEntry, flows: Flows, charging: VirtualWallbox, screen: Screen
) -> None:
    form = await opened(flows, integration)
    assert "Everything is ready" in form["description_placeholders"]["ready"]
    step = await flows.submit(form, **PLAIN)
    step = await flows.sees(step, "test_alone")
    assert step["description_placeholders"]["minutes"] == "5"
    while step["description_placeholders"]["minutes"] == "5":
        step = await flows.changed(step)
    assert step["description_placeholders"]["minutes"] == "4"
    step = await flows.sees(step, "test_checking")
    over = await flows.ends(step)
    assert over["step_id"] == "test_over"
    assert over["description_placeholders"]["result"].startswith("**Proven.**")
    (field,) = over["data_schema"]
    report = field["description"]["suggested_value"]
    assert "Result: proven" in report
    assert "SetChargingProfile" in report
    end = await flows.submit(over, report=report)
    assert end["reason"] == "test_seen"
    assert on(screen)


async def test_the_dialog_tells_when_to_plug_in_again(
    integration: MockConfigEntry, flows: Flows, charging: VirtualWallbox
) -> None:
    form = await opened(flows, integration)
    step = await flows.submit(form, **PLAIN | {"replug": True})
    step = await flows.sees(step, "test_replug")
    await replug(charging)
    over = await flows.ends(step)
    assert over["description_placeholders"]["result"].startswith("**Proven.**")


async def test_the_dialog_tells_when_to_switch_the_charger_off(
    integration: MockConfigEntry,
    flows: Flows,
    start_charger: StartCharger,
    trial: Trial,
) -> None:
    box = await start_charger(
        replace(MODERN, accepts_soft_reset=False, accepts_hard_reset=False)
    )
    await trial.charges(box)
    form = await opened(flows, integration)
    step = await flows.submit(form, **PLAIN | {"reboot": True})
    step = await flows.sees(step, "test_switch_off")
    await box.power_cycle(off_seconds=10)
    over = await flows.ends(step)
    assert over["description_placeholders"]["result"].startswith("**Proven.**")


async def test_who_closes_the_window_finds_it_again_and_can_stop_it(
    integration: MockConfigEntry, flows: Flows, charging: VirtualWallbox, screen: Screen
) -> None:
    step = await flows.submit(await opened(flows, integration), **PLAIN)
    await flows.sees(step, "test_alone")
    await flows.close(step)
    menu = await opened(flows, integration)
    assert menu["step_id"] == "test_running"
    watched = await flows.choose(menu, "watch_test")
    assert watched["progress_action"] == "test_alone"
    menu = await opened(flows, integration)
    over = await flows.choose(menu, "break_off_test")
    assert "You stopped it." in over["description_placeholders"]["result"]
    # The other window is told.
    told = await flows.ends(watched)
    assert told["step_id"] == "test_over"
    assert causes(screen) == ("broken_off", "owner")
    assert on(screen)
    await charging.wait_until(lambda: charging.charger.current_drawn > 0)


@pytest.fixture
async def watched(
    integration: MockConfigEntry, flows: Flows, charging: VirtualWallbox
) -> Step:
    """Return the dialog of a test that runs while the charger has no connection."""
    step = await flows.submit(await opened(flows, integration), **PLAIN)
    return await flows.sees(step, "test_alone")


def said(end: Step) -> str:
    """Return the text with which a dialog has ended."""
    text: str = TEXTS["config_subentries"][SUBENTRY_CHARGER]["abort"][end["reason"]]
    return text


async def test_a_dialog_ends_with_the_integration_and_tells_what_becomes_of_the_charger(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    watched: Step,
    screen: Screen,
) -> None:
    menu = await opened(flows, integration)
    await hass.config_entries.async_unload(integration.entry_id)
    for end in (
        await flows.ends(watched),
        await flows.choose(menu, "break_off_test"),
        await opened(flows, integration),
    ):
        assert "*Charging allowed* is as before" in said(end)
        assert "added" not in said(end)
    await hass.config_entries.async_setup(integration.entry_id)
    assert on(screen)


async def test_a_dialog_ends_when_its_charger_is_removed(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows, watched: Step
) -> None:
    form = await opened(flows, integration)
    [subentry_id] = integration.subentries
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()
    assert said(await flows.ends(watched)) == "The charger has been removed."
    end = await flows.choose(form, "break_off_test")
    assert said(end) == "The charger has been removed."


async def test_a_result_that_was_seen_can_be_closed_without_the_integration(
    hass: HomeAssistant, integration: MockConfigEntry, flows: Flows, watched: Step
) -> None:
    over = await flows.choose(await opened(flows, integration), "break_off_test")
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await flows.submit(over))["reason"] == "test_seen"


async def test_the_button_starts_it_and_says_what_is_missing(
    start_protected: StartCharger, screen: Screen, trial: Trial
) -> None:
    box = await start_protected()
    with pytest.raises(ServiceValidationError, match="a car must be plugged in"):
        await screen.press("test_offline_protection")
    await trial.charges(box)
    await screen.press("test_offline_protection")
    assert screen.sensor("offline_test") == "running"
    with pytest.raises(ServiceValidationError, match="already being tested"):
        await screen.press("test_offline_protection")
    await until(lambda: causes(screen) == ("proven",))


async def test_a_failure_is_a_repair_that_leads_to_the_test(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    screen: Screen,
    trial: Trial,
    issue_registry: ir.IssueRegistry,
) -> None:
    await trial.charging(with_quirks(MODERN, "profiles-lost-offline"))
    await screen.press("test_offline_protection")
    await until(lambda: causes(screen)[0] == "failed")
    assert issue_keys(issue_registry) == {"offline_test_failed"}
    subentry_id = next(iter(integration.subentries))
    repair = await flows.repair(issue_id("offline_test_failed", subentry_id))
    said = repair["description_placeholders"]["causes"]
    assert "Energy flowed although the car was paused." in said
    left = await flows.submit(repair)
    assert left["reason"] == "test"
    form = await flows.resume(left["next_flow"][1])
    assert form["step_id"] == "offline_test"
    # The report is in the diagnostics, too.
    diagnostics = await async_get_config_entry_diagnostics(hass, integration)
    (found,) = diagnostics["chargers"]
    assert "Because of: energy, limit" in found["offline_test_report"]
    assert found["state"]["offline_test"]["latest"]["result"] == "failed"


async def test_a_repair_leads_to_no_test_of_a_charger_that_was_deleted_meanwhile(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    flows: Flows,
    screen: Screen,
    trial: Trial,
) -> None:
    await trial.charging(with_quirks(MODERN, "profiles-lost-offline"))
    await screen.press("test_offline_protection")
    await until(lambda: causes(screen)[0] == "failed")
    subentry_id = next(iter(integration.subentries))
    repair = await flows.repair(issue_id("offline_test_failed", subentry_id))
    hass.config_entries.async_remove_subentry(integration, subentry_id)
    await hass.async_block_till_done()
    assert (await flows.submit(repair))["reason"] == "charger_deleted"


async def test_a_meter_without_readings_leaves_it_open(
    connect_protected: ConnectProtected, screen: Screen, trial: Trial
) -> None:
    charger = await connect_protected(TriggerMessage=lambda _: {"status": "Rejected"})
    await charger.status("Preparing")
    number = await charger.start(meterStart=1000)
    await charger.status("Charging")
    await charger.ask("MeterValues", readings(number, "1001"))
    test = trial.begin()
    await until(lambda: screen.sensor("why_not_charging") == "test_prepared")
    await charger.status("SuspendedEVSE")
    assert (await test)["causes"] == ["no_reading"]
    assert causes(screen) == ("inconclusive", "no_reading")
    assert on(screen)
