"""The experiment the product is judged by: what does the car draw when nobody is there?

The same charger, the same car, the same outage; only what the charger was told differs. Here a
charger goes through it in its own time; `test_offline_matrix.py` looks at all that may be.
"""

import asyncio
from dataclasses import replace

from awesomeversion import AwesomeVersion
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import (
    FIRMWARES,
    Car,
    NetworkCut,
    OfflineStart,
    VirtualWallbox,
)
from simulator.virtual_wallbox.personality import AfterPowerCycle
from tests.conftest import StartCharger
from tests.helpers.screen import Screen, protected

OUTAGE = 60
"""Charger seconds without a central system."""

MODERN = FIRMWARES["6.7.38"]
HYPOTHESES = list(OfflineStart)
PROTECTED_FIRMWARES = [
    firmware
    for firmware in FIRMWARES
    if AwesomeVersion(firmware) >= MINIMUM_FOR_OFFLINE_FIX
]


async def paused_with_a_car(box: VirtualWallbox, screen: Screen) -> None:
    """Let a car plug in, charge, and be paused by its owner."""
    await box.wait_until(lambda: protected(screen))
    box.plug(Car())
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await screen.switch("charging", on=False)
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    assert box.charger.current_drawn == 0


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("cut", NetworkCut)
async def test_a_paused_car_draws_nothing_when_the_network_goes(
    start_charger: StartCharger,
    screen: Screen,
    cut: NetworkCut,
    hypothesis: OfflineStart,
) -> None:
    box = await start_charger(replace(MODERN, offline_start=hypothesis))
    await paused_with_a_car(box, screen)
    transaction = box.charger.transaction
    gone = box.charger.now
    box.cut_network(cut)
    await box.sleep(OUTAGE)
    assert box.charger.drew_current_since(gone) == 0
    box.restore_network()
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    assert box.charger.drew_current_since(gone) == 0
    assert box.charger.transaction == transaction
    assert len(box.sent("StartTransaction")) == 1
    await screen.switch("charging", on=True)
    await box.wait_until(lambda: box.charger.current_drawn > 0)


@pytest.mark.parametrize("firmware", PROTECTED_FIRMWARES)
async def test_a_paused_car_draws_nothing_when_home_assistant_goes(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
    firmware: str,
) -> None:
    box = await start_charger(FIRMWARES[firmware])
    await paused_with_a_car(box, screen)
    gone = box.charger.now
    await hass.config_entries.async_unload(integration.entry_id)
    await box.sleep(OUTAGE)
    assert not box.connected
    assert box.charger.drew_current_since(gone) == 0
    await hass.config_entries.async_setup(integration.entry_id)
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    assert screen.entity("switch", "charging").state == "off"
    assert box.charger.drew_current_since(gone) == 0


@pytest.mark.parametrize("keeps_profiles", [True, False])
@pytest.mark.parametrize("after", AfterPowerCycle)
async def test_a_paused_car_draws_nothing_after_a_power_cut_while_connected_again(
    start_charger: StartCharger,
    screen: Screen,
    after: AfterPowerCycle,
    keeps_profiles: bool,
) -> None:
    """With the network up: the boot routine puts the limit back before anything may start."""
    box = await start_charger(
        replace(MODERN, keeps_profiles=keeps_profiles, after_power_cycle=after),
        boot_seconds=30,
    )
    await paused_with_a_car(box, screen)
    cut = box.charger.now
    await box.power_cycle()
    await box.wait_until(lambda: len(box.sent("BootNotification")) == 2)
    await box.wait_until(lambda: protected(screen))
    await asyncio.sleep(16)
    await box.sleep(OUTAGE)
    if keeps_profiles or after is not AfterPowerCycle.RESUMES:
        assert box.charger.drew_current_since(cut) == 0
    # A charger that resumes a transaction and has lost its profile charges until it has
    # connected: no central system can prevent that (docs/chargers.md §8.4, S5).
    assert box.charger.current_drawn == 0
