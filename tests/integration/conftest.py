"""What the tests of one subject share, in more than one file."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE
from custom_components.wallbox_ocpp.wallbox.model import sessions
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from homeassistant.core import HomeAssistant
from simulator.virtual_wallbox import Car, Personality, VirtualWallbox
from tests.conftest import StartCharger
from tests.helpers.archive import FEW
from tests.helpers.cards import locked
from tests.helpers.failsafe import FailSafes
from tests.helpers.offline_test import Trial
from tests.helpers.owner import change_settings, choose_mode
from tests.helpers.past_sessions import Files
from tests.helpers.plans import FOLLOWS, PluggedIn
from tests.helpers.ready_chargers import connect_protected, start_protected
from tests.helpers.screen import Screen, protected
from tests.helpers.sunny_home import GRID, ONE_PHASE, Plugged, SunnyHome, name_sensors
from tests.helpers.told import shown, told

__all__ = ["connect_protected", "locked", "shown", "start_protected", "told"]


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions retire soon."""
    monkeypatch.setattr(sessions, "KEPT", FEW)


@pytest.fixture
def files(hass: HomeAssistant, entry: MockConfigEntry) -> Files:
    """Return the files of the first charger."""
    return Files(hass, next(iter(entry.subentries)))


@pytest.fixture
def trial(
    hass: HomeAssistant, device_id: str, screen: Screen, start_charger: StartCharger
) -> Trial:
    """Return somebody who tests a charger."""
    return Trial(hass, device_id, screen, start_charger)


@pytest.fixture
def failsafe(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> FailSafes:
    """Return an owner who chooses a fail-safe."""
    return FailSafes(hass, integration, start_charger, screen)


@pytest.fixture
def plugged(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    start_charger: StartCharger,
    screen: Screen,
) -> Plugged:
    """Return a function that lets a car wait for sun."""

    async def plug(
        mode: str = "solar",
        firmware: Personality = FOLLOWS,
        sensors: dict[str, Any] | None = None,
        failsafe: FailSafeMode = FailSafeMode.OFF,
        car: Car = ONE_PHASE,
    ) -> tuple[VirtualWallbox, SunnyHome]:
        change_settings(hass, integration, **{CONF_FAILSAFE: failsafe.value})
        name_sensors(hass, integration, **(sensors or {"grid": GRID}))
        box = await start_charger(firmware)
        await box.wait_until(lambda: protected(screen))
        await choose_mode(hass, screen, mode)
        box.plug(car)
        await box.wait_until(lambda: screen.sensor("status") != "available")
        return box, SunnyHome(hass, box)

    return plug


@pytest.fixture
def plugged_in(start_charger: StartCharger, screen: Screen) -> PluggedIn:
    """Return a function that starts a charger and lets a car charge at it."""

    async def plugged_in(
        personality: Personality = FOLLOWS, amps: int = 16, **car: Any
    ) -> VirtualWallbox:
        box = await start_charger(personality)
        await box.wait_until(lambda: protected(screen))
        await screen.set("current_limit", amps)
        box.plug(Car(**car))
        await box.wait_until(lambda: box.charger.current_drawn > 0)
        return box

    return plugged_in
