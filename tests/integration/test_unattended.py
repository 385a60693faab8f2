"""What flowed while nobody watched: the proof of the offline fix that an owner can see."""

from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger.issues import issue_id
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import Repairs, Screen, StartCharger, issue_keys, protected

MODERN = FIRMWARES["6.7.38"]
# These take their time.
pytestmark = pytest.mark.timeout(120)

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
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
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
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
) -> None:
    box = await start_charger(replace(MODERN, ignores_limits=True))
    await box.wait_until(lambda: protected(screen))
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
