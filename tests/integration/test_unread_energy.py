"""What flowed before a pause is not unattended, however rarely a charger sends readings."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.virtual_wallbox import (
    FIRMWARES,
    Car,
    NetworkCut,
    Personality,
    VirtualWallbox,
)
from simulator.virtual_wallbox.quirks import with_quirks
from tests.conftest import StartCharger
from tests.helpers.actions import Act
from tests.helpers.plans import FOLLOWS, HOUR, MINUTE, PluggedIn, slot
from tests.helpers.screen import Screen, issue_keys, protected
from tests.helpers.taciturn import taciturn

MODERN = FIRMWARES["6.7.38"]
SILENT = replace(FIRMWARES["6.11.16"], sends_meter_values=False)
"""Sends readings on request only."""
JUST_AFTER = 5.0
"""Seconds after a pause."""

type Outage = Callable[[VirtualWallbox], Awaitable[None]]


@pytest.fixture(params=["network", "home assistant"])
def outage(
    request: pytest.FixtureRequest, hass: HomeAssistant, integration: MockConfigEntry
) -> Outage:
    """Return a function by which a charger is alone for some minutes."""

    async def of_the_network(box: VirtualWallbox) -> None:
        box.cut_network()
        await box.sleep(5 * MINUTE)
        box.restore_network()
        await box.wait_connected()

    async def of_home_assistant(box: VirtualWallbox) -> None:
        await hass.config_entries.async_unload(integration.entry_id)
        await box.sleep(5 * MINUTE)
        await hass.config_entries.async_setup(integration.entry_id)
        await box.wait_connected()

    return of_the_network if request.param == "network" else of_home_assistant


@pytest.mark.parametrize("paused_for", [JUST_AFTER, 3.0 * HOUR], ids=["just", "long"])
@pytest.mark.parametrize(
    "personality",
    [taciturn(MODERN), taciturn(MODERN, HOUR // 4), SILENT],
    ids=["each minute", "each quarter", "on request"],
)
async def test_energy_of_before_a_pause_is_not_unattended(
    outage: Outage,
    start_charger: StartCharger,
    screen: Screen,
    issue_registry: ir.IssueRegistry,
    personality: Personality,
    paused_for: float,
) -> None:
    box = await start_charger(personality)
    await box.wait_until(lambda: protected(screen))
    box.plug(Car(max_amps=32))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(0.7 * HOUR)
    await screen.switch("charging", on=False)
    await box.sleep(paused_for)
    await outage(box)
    await box.sleep(HOUR)
    assert float(screen.sensor("unattended_energy")) == 0
    assert not issue_keys(issue_registry)


@pytest.mark.parametrize("interval", [MINUTE, HOUR // 4])
async def test_energy_of_before_the_end_of_a_plan_is_not_unattended(
    outage: Outage, act: Act, plugged_in: PluggedIn, screen: Screen, interval: int
) -> None:
    box = await plugged_in(taciturn(FOLLOWS, interval), 32, max_amps=32)
    await act("set_plan", slots=[slot(-1, 0.7)])
    await box.sleep(0.7 * HOUR + JUST_AFTER)
    await outage(box)
    await box.sleep(HOUR)
    assert float(screen.sensor("unattended_energy")) == 0


@pytest.mark.parametrize("interval", [10, MINUTE, HOUR // 4])
@pytest.mark.parametrize("cut", NetworkCut)
async def test_energy_of_after_a_pause_is_unattended_all_the_same(
    start_charger: StartCharger, screen: Screen, interval: int, cut: NetworkCut
) -> None:
    """The charger forgets its limits without a connection, and a loss may be noticed late."""
    forgets = replace(MODERN, keeps_profiles_offline=False)
    box = await start_charger(taciturn(forgets, interval))
    await box.wait_until(lambda: protected(screen))
    box.plug(Car(max_amps=32))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await box.sleep(0.7 * HOUR)
    await screen.switch("charging", on=False)
    await box.sleep(2 * MINUTE)
    register = box.charger.energy_wh
    box.cut_network(cut)
    await box.sleep(HOUR)
    box.restore_network()
    await box.wait_connected()
    flowed = (box.charger.energy_wh - register) / 1000
    assert flowed > 10
    await box.sleep(MINUTE)
    assert float(screen.sensor("unattended_energy")) == pytest.approx(flowed, abs=0.1)


async def test_what_an_ignored_pause_lets_flow_is_unattended_once_it_is_alone(
    start_charger: StartCharger, screen: Screen
) -> None:
    """It charges at the loss, which is noticed after a minute."""
    box = await start_charger(taciturn(with_quirks(MODERN, "limits-ignored"), 900))
    await box.wait_until(lambda: protected(screen))
    box.plug(Car(max_amps=32))
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    await screen.switch("charging", on=False)
    await box.sleep(HOUR)
    register = box.charger.energy_wh
    box.cut_network(NetworkCut.BLACKHOLE)
    await box.sleep(HOUR)
    box.restore_network()
    await box.wait_connected()
    flowed = (box.charger.energy_wh - register) / 1000
    await box.sleep(MINUTE)
    assert float(screen.sensor("unattended_energy")) == pytest.approx(flowed, abs=0.1)
